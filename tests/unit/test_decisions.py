"""What migrator.toml says about a job stands in place of what was read."""

import datetime as dt

import pytest

from migrator.configuration import read_configuration
from migrator.crontab.reading import Lock
from migrator.errors import UsageProblem
from migrator.sources.drift import drift
from migrator.sources.inventory import Context, take_inventory
from migrator.sources.job import Inventory, Job
from migrator.sources.source import SourceFile

LINE = "0 6 * * * flock /run/x.lock timeout 1h ./manage.py export --all\n"
UNREAD = '5 6 * * * with_lock.sh stock 2h "./manage.py count_stock"\n'


def scan(text: str, decisions: str = "") -> Inventory:
    jobs = read_configuration(decisions).jobs
    return take_inventory(
        [SourceFile("crontab", text)], Context("Europe/Warsaw", dt.date(2026, 1, 1), decisions=jobs)
    )


def only(text: str, decisions: str) -> Job:
    [job] = scan(text, decisions).jobs
    return job


def test_without_a_decision_it_is_as_read() -> None:
    job = only(LINE, "")
    assert (job.reading.lock, job.reading.timeout, job.timezone) == (Lock("x", True), 3600, "Europe/Warsaw")


@pytest.mark.parametrize(
    ("decision", "lock"),
    [
        ('overlap = "skip"', Lock("x", False)),
        ('overlap = "wait"', Lock("x", True)),
        ('overlap = "allow"', None),
        ('lock = "exports"', Lock("exports", True)),
        ('lock = "exports"\noverlap = "skip"', Lock("exports", False)),
    ],
)
def test_the_lock(decision: str, lock: Lock | None) -> None:
    assert only(LINE, f"[jobs.export]\n{decision}").reading.lock == lock


def test_a_lock_of_its_own_is_named_after_the_job() -> None:
    job = only("0 6 * * * ./manage.py export\n", '[jobs.export]\noverlap = "skip"')
    assert job.reading.lock == Lock("export", False)


def test_a_decision_settles_an_unread_lock_script() -> None:
    assert scan(UNREAD).jobs[0].status == "decide"
    assert only(UNREAD, '[jobs.count_stock]\noverlap = "skip"').status == "exact"


def test_limits_and_zone() -> None:
    job = only(LINE, '[jobs.export]\ntimeout = "90m"\nfreshness = "25h"\ntimezone = "UTC"')
    assert (job.reading.timeout, job.reading.freshness, job.timezone) == (5400, 90000, "UTC")


def test_another_command_keeps_what_surrounds_it() -> None:
    text = "0 6 * * * cd /srv && if test -f on; then ./manage.py poll; fi\n"
    [before] = scan(text).jobs
    assert before.status == "decide"
    job = only(text, f'[jobs.{before.id}]\nruns = "python manage.py poll --once"')
    assert [(step.name, step.argv) for step in job.reading.steps] == [("poll", ("--once",))]
    assert (job.reading.cwd, job.status, job.id) == ("/srv", "exact", before.id)


@pytest.mark.parametrize(
    ("decision", "fact"),
    [
        ('overlap = "maybe"', "overlap = maybe has no meaning"),
        ('runner = "subproces"', "runner = subproces has no meaning"),
        ('mail = "sometimes"', "mail = sometimes has no meaning"),
        ('timeout = "soon"', "timeout = soon is no duration"),
        ('timezone = "Mars/Base"', "timezone = 'Mars/Base' is no time zone"),
    ],
)
def test_a_decision_without_meaning_is_refused_with_a_remedy(decision: str, fact: str) -> None:
    with pytest.raises(UsageProblem, match=fact) as caught:
        scan(LINE, f"[jobs.export]\n{decision}")
    assert caught.value.hint


def test_drift_names_what_is_gone_and_what_is_new() -> None:
    text = '# ours\n[jobs.send]\nignore = "old"\n[jobs.export]\naccept = ["CM203"]\n'
    decisions = read_configuration(text).jobs
    found = drift(scan(LINE), decisions, {"send_all": ""}, configuration=text)
    assert [(one.code, one.place and one.place.line) for one in found] == [
        ("CM420", 2),
        ("CM421", None),
        ("CM422", 1),
    ]


def test_nothing_is_new_before_anything_was_generated() -> None:
    assert list(drift(scan(LINE), {}, {}, configuration="")) == []


def test_a_job_that_the_team_leaves_in_cron_is_decided() -> None:
    """Neither what keeps it from moving nor Celery's nights are left to settle; what cron does wrong is."""
    text = "*/10 * * * * curl https://user:pw@x.example/a | ./manage.py read -\n"
    read = only(text, "")
    assert (read.status, {"CM203", "CM310", "CM317"} <= {one.code for one in read.findings}) == (
        "decide",
        True,
    )
    left = only(text, '[jobs.read]\nignore = "needs a pipe"')
    assert (left.status, [one.code for one in left.findings]) == ("stays", ["CM310"])


def test_a_job_without_a_command_is_not_asked_about_the_clock() -> None:
    assert [one.code for one in scan("*/10 * * * * curl https://x.example/\n").findings] == ["CM305"]
