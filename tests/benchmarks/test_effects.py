"""What the effect recorder costs per query, with and without it in the same run."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.db import connection
from pytest_benchmark.fixture import BenchmarkFixture

from migrator.comparison.statements import written
from migrator.contrib.django import effects
from migrator.contrib.django.effects import recording

ROUNDS, QUERIES = 30, 200


def select() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()


def update() -> None:
    Group.objects.filter(pk=1).update(name="one")


def insert_many() -> None:
    Group.objects.all().delete()
    Group.objects.bulk_create(Group(name=str(number)) for number in range(400))


def send() -> None:
    mail.EmailMessage("subject", "text", "a@office.example", ["b@office.example"]).send()


def cost(work: Callable[[], None], around: AbstractContextManager[object], queries: int) -> float:
    """Microseconds for one."""
    with around:
        begin = time.perf_counter()
        for _ in range(queries):
            work()
        return (time.perf_counter() - begin) / queries * 1e6


@pytest.mark.django_db
@pytest.mark.benchmark(group="effects")
@pytest.mark.parametrize(
    ("work", "queries"), [(select, QUERIES), (update, QUERIES), (insert_many, 2), (send, QUERIES)]
)
def test_overhead(benchmark: BenchmarkFixture, work: Callable[[], None], queries: int) -> None:
    """In turns, and the best of all rounds: what is slower than that is the machine's other work."""
    effects._listen()
    bare, counted = [], []
    for _ in range(ROUNDS):
        bare.append(cost(work, without_wrapper(), queries))
        counted.append(cost(work, recording(), queries))
        mail.outbox.clear()
    before, after = min(bare), min(counted)
    benchmark.extra_info |= {"bare": round(before, 1), "counted": round(after, 1)}
    print(f"\n{work.__name__}: {before:.1f} us, counted {after:.1f} us, {after - before:+.1f} us")
    benchmark.pedantic(work, rounds=1)


class without_wrapper(nullcontext[None]):  # noqa: N801 - reads as the context manager that it is
    """As in a process that has never counted."""

    def __enter__(self) -> None:
        connection.execute_wrappers.remove(effects._watch)

    def __exit__(self, *_: object) -> None:
        connection.execute_wrappers.insert(0, effects._watch)


@pytest.mark.benchmark(group="read a statement")
def test_a_statement_is_read(benchmark: BenchmarkFixture) -> None:
    benchmark(written, 'UPDATE "shop_order" SET "state" = %s, "at" = %s WHERE "shop_order"."id" = %s')
