"""The rows of run_court_session_parser."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from tasks.models import Court, CourtSession

pytestmark = pytest.mark.django_db


@pytest.fixture
def table() -> Court:
    return Court.objects.create(name="Sąd Okręgowy", parser="table", page="okregowy.html")


@pytest.fixture
def cards() -> Court:
    return Court.objects.create(name="Sąd Rejonowy", parser="cards", page="rejonowy.html")


def run(*arguments: str) -> str:
    output = StringIO()
    call_command("run_court_session_parser", *arguments, stdout=output)
    return output.getvalue()


def sessions() -> dict[str, int]:
    return {court.name: court.sessions.count() for court in Court.objects.all()}


def test_every_active_court_is_read(table: Court, cards: Court) -> None:
    Court.objects.create(name="closed", parser="table", page="missing.html", active=False)
    assert run() == "court sessions stored: 5\n"
    assert sessions() == {"Sąd Okręgowy": 3, "Sąd Rejonowy": 2, "closed": 0}


def test_times_on_a_page_are_local_times(table: Court) -> None:
    run()
    first = CourtSession.objects.get(number="I C 120/26")
    assert f"{timezone.localtime(first.starts_at):%Y-%m-%d %H:%M %Z}" == "2026-01-12 09:00 CET"


def test_a_second_run_updates_what_it_knows(table: Court) -> None:
    run()
    CourtSession.objects.update(room="old")
    run()
    assert sessions() == {"Sąd Okręgowy": 3}
    assert not CourtSession.objects.filter(room="old").exists()


def test_court_may_be_given_again(table: Court, cards: Court) -> None:
    other = Court.objects.create(name="other", parser="table", page="okregowy.html")
    run("--court", str(table.pk), "--court", str(other.pk))
    assert sessions() == {"Sąd Okręgowy": 3, "Sąd Rejonowy": 0, "other": 3}


def test_parser_chooses_the_courts_with_its_shape(table: Court, cards: Court) -> None:
    run("--parser", "cards")
    assert sessions() == {"Sąd Okręgowy": 0, "Sąd Rejonowy": 2}


def test_court_and_parser_narrow_each_other(table: Court, cards: Court) -> None:
    assert run("--court", str(table.pk), "--parser", "cards") == "court sessions stored: 0\n"


@pytest.mark.parametrize(
    ("parser", "page", "message"),
    [
        pytest.param("table", "missing.html", "bad: .*No such file", id="page is missing"),
        pytest.param("cards", "okregowy.html", "bad: the page has no element", id="page of another shape"),
        pytest.param("xml", "okregowy.html", "bad: there is no parser 'xml'", id="unknown parser"),
    ],
)
def test_a_bad_court_fails_the_run_and_keeps_the_courts_before_it(
    table: Court, parser: str, page: str, message: str
) -> None:
    Court.objects.create(name="bad", parser=parser, page=page)
    Court.objects.create(name="after", parser="table", page="okregowy.html")
    with pytest.raises(CommandError, match=message):
        run()
    assert sessions() == {"Sąd Okręgowy": 3, "bad": 0, "after": 0}


def test_an_unknown_court_is_an_error(table: Court) -> None:
    with pytest.raises(CommandError, match="no active court has the ID 98, 99"):
        run("--court", "99", "--court", "98", "--court", str(table.pk))


def test_an_unknown_parser_is_an_error() -> None:
    with pytest.raises(CommandError, match="invalid choice: 'xml'"):
        run("--parser", "xml")
