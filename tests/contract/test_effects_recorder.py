"""Effects are counted as they happen, and counting changes nothing."""

from __future__ import annotations

import ctypes.util
import os
import platform
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.locmem import EmailBackend
from django.db import DatabaseError, connection, transaction

from migrator.codegen.contract import whole_contract
from migrator.comparison.effects import Effects
from migrator.contrib.django import effects, spooled
from migrator.contrib.django.children import counted as counted_children
from migrator.contrib.django.effects import recording
from migrator.contrib.django.models import Host
from tests.contract.command_line import ROOT

ADDRESSES = ["a@office.example", "b@office.example"]


def message(*to: str) -> mail.EmailMessage:
    return mail.EmailMessage("subject", "text", "from@office.example", list(to or ADDRESSES))


def counted(recorder: effects.Recorder | None) -> Effects:
    assert recorder is not None
    return recorder.effects


@pytest.mark.django_db
def test_rows_by_verb_and_table() -> None:
    with recording() as recorder:
        Group.objects.create(name="one")
        Group.objects.bulk_create(Group(name=str(number)) for number in range(700))
        Group.objects.bulk_create([Group(name="one")], ignore_conflicts=True)
        assert Group.objects.filter(pk__gt=0).delete()[0] == 701
        assert not Group.objects.exists()
    assert counted(recorder).writes == {"INSERT auth_group": 701, "DELETE auth_group": 701}
    assert counted(recorder).complete


@pytest.mark.django_db
def test_executemany_and_what_nobody_can_count() -> None:
    with recording() as recorder, connection.cursor() as cursor:
        cursor.executemany("INSERT INTO auth_group (name) VALUES (%s)", [("a",), ("b",)])
        cursor.execute("WITH x AS (SELECT 'c' AS name) INSERT INTO auth_group (name) SELECT name FROM x")
    assert counted(recorder).writes == {"INSERT auth_group": 2}
    assert (counted(recorder).unread, counted(recorder).complete) == (1, False)


@pytest.mark.django_db
def test_the_ledgers_own_tables_are_not_the_jobs() -> None:
    with recording() as recorder:
        Host.objects.create(name="web1", user="deploy", spool="/spool")
    assert counted(recorder) == Effects()


@pytest.mark.django_db
def test_a_statement_that_fails_wrote_nothing() -> None:
    with (
        recording() as recorder,
        pytest.raises(DatabaseError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("INSERT INTO auth_group (nothing) VALUES (1)")
    assert counted(recorder).writes == {}


@pytest.mark.django_db
def test_the_projects_own_wrappers_come_off_as_they_went_on() -> None:
    """Django's context manager takes the last wrapper off: ours must not be it."""
    effects._listen()

    def theirs(execute: Any, *call: Any) -> Any:
        return execute(*call)

    with connection.execute_wrapper(theirs):
        effects._beside(connection=connection)
        assert connection.execute_wrappers[-1] is theirs
    assert theirs not in connection.execute_wrappers
    assert connection.execute_wrappers.count(effects._watch) == 1


def test_mails_however_they_are_sent() -> None:
    with recording() as recorder:
        message().send()
        mail.send_mail("subject", "text", None, ADDRESSES[:1])
        mail.send_mass_mail([("subject", "text", None, ADDRESSES)] * 3)
        mail.get_connection().send_messages([message("c@office.example")])
        EmailBackend().send_messages([])
    assert (counted(recorder).mails, counted(recorder).recipients) == (6, 10)
    assert len(mail.outbox) == 6


def test_the_mail_of_a_runs_output_is_crons_and_none_of_the_jobs() -> None:
    contract: dict[str, Any] = {}
    exec(compile(whole_contract(), "cron_contract.py", "exec"), contract)
    with recording() as recorder, contract["mailed"]("ops@office.example", command="job") as output:
        output.write("done\n")
        message().send()
    assert (counted(recorder).mails, len(mail.outbox)) == (1, 2)


def test_a_backend_that_is_made_later_and_hands_on_to_another_counts_once() -> None:
    class Outer(EmailBackend):
        def send_messages(self, messages: Any) -> int:
            return super().send_messages(messages)

    with recording() as recorder:
        Outer().send_messages([message()])
    assert counted(recorder).mails == 1


class Failing(BaseEmailBackend):
    def send_messages(self, messages: Any) -> int:
        raise ConnectionError("the mail server is away")


class Silent(BaseEmailBackend):
    def send_messages(self, messages: Any) -> None:  # type: ignore[override]
        return None


@pytest.mark.parametrize(
    ("backend", "messages", "mails"),
    [
        pytest.param(Failing(), 1, 0, id="the-only-one-failed"),
        pytest.param(Failing(), 2, None, id="some-may-have-gone-out"),
        pytest.param(Silent(), 1, None, id="the-backend-does-not-say"),
    ],
)
def test_a_mail_that_was_not_surely_sent(backend: BaseEmailBackend, messages: int, mails: int | None) -> None:
    with recording() as recorder, suppress(ConnectionError):
        backend.send_messages([message() for _ in range(messages)])
    assert counted(recorder).mails == mails


WATCHED = """
import sys
sys.addaudithook(lambda event, given: event == "subprocess.Popen" and print("started", given[1]))
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", "check"])
"""


def test_other_programs_are_seen_to_start() -> None:
    with recording() as recorder:
        subprocess.run(["true"], check=True)
    assert counted(recorder).programs == 1


@pytest.mark.parametrize(
    "look",
    [
        pytest.param(platform.architecture, id="file"),
        pytest.param(partial(ctypes.util.find_library, "pq"), id="ldconfig"),
    ],
)
def test_what_python_starts_to_look_at_the_machine_is_no_work(look: Callable[[], object]) -> None:
    """psycopg without its binary and croniter do so when they are imported, in the middle of a job."""
    with recording() as recorder:
        look()
    assert counted(recorder) == Effects()


def test_the_project_starts_no_program_before_its_command_does() -> None:
    """Effects of a job whose process started one are not known, and so never equal."""
    done = subprocess.run(
        [sys.executable, "-c", WATCHED],
        cwd=ROOT, capture_output=True, text=True, check=True,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.testing"},
    )  # fmt: skip
    assert "started" not in done.stdout


def test_runs_inside_runs_count_for_both_and_after_them_nothing_counts() -> None:
    with recording() as outer:
        message().send()
        with recording() as inner:
            message().send()
    message().send()
    assert (counted(outer).mails, counted(inner).mails) == (2, 1)


def test_in_a_thread_nobody_knows_whose_effects_they_are() -> None:
    seen: list[effects.Recorder | None] = []

    def task() -> None:
        with recording() as recorder:
            seen.append(recorder)

    thread = threading.Thread(target=task)
    thread.start()
    thread.join()
    assert seen == [None]


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("a bug of ours")

    for name in ("_read", "_count"):
        monkeypatch.setattr(effects, name, fail)


@pytest.mark.django_db
@pytest.mark.usefixtures("broken")
def test_a_bug_in_the_recorder_is_not_the_jobs() -> None:
    with recording() as recorder:
        Group.objects.create(name="one")
        assert message().send() == 1
    assert Group.objects.count() == 1
    assert (counted(recorder).complete, counted(recorder).unread >= 2) == (False, True)


def test_a_recorder_that_cannot_begin_lets_the_job_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise RuntimeError("a bug of ours")

    monkeypatch.setattr(effects, "_listen", fail)
    with recording() as recorder:
        assert recorder is None


def test_a_fork_counts_nothing_and_so_waits_for_no_lock_of_ours() -> None:
    """A lock that another thread held at the fork is never released in the child."""
    with recording() as recorder:
        child = os.fork()
        if child == 0:
            os._exit(7 if effects._recorders else 0)
        assert os.waitpid(child, 0)[1] == 0
    assert counted(recorder).programs == 1


def test_a_process_that_finds_no_spool_starts_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise KeyError("no such user")

    monkeypatch.setattr(spooled, "default_spool", fail)
    monkeypatch.setenv("MIGRATOR_RUN", "1")
    monkeypatch.setenv("MIGRATOR_JOB", "work")
    spooled.connect()
    assert effects._recorders == []


CHILD = """
import django, os, subprocess, sys
django.setup()
from django.core.mail import send_mail
send_mail("subject", "text", None, ["a@office.example", "b@office.example"])
"""


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        pytest.param(CHILD, Effects(mails=1, recipients=2), id="it says what it did"),
        pytest.param(CHILD + "os._exit(0)", Effects(programs=1), id="killed before it could say so"),
        pytest.param("pass", Effects(programs=1), id="nobody's"),
        pytest.param(
            CHILD + "subprocess.run(['true'])", Effects(mails=1, recipients=2, programs=1), id="a grandchild"
        ),
    ],
)
def test_a_process_of_the_job_counts_for_its_run(code: str, expected: Effects) -> None:
    contract: dict[str, Any] = {}
    exec(compile(whole_contract(), "cron_contract.py", "exec"), contract)
    before = dict(os.environ)
    with recording() as recorder, counted_children("a-run", "work", alone=True) as children:
        contract["run_process"](sys.executable, "-c", code)
    assert children.added(counted(recorder)) == expected
    assert dict(os.environ) == before
