"""migrator prove on the nights when the clock jumps, from the outside."""

import datetime as dt
from pathlib import Path

import pytest

from tests.contract.command_line import CommandLine

CRONTAB = "30 2 * * * cd /srv/shop && python manage.py send_invoices\n"
TOML = 'sources = ["crontab"]\n[project]\ntimezone = "Europe/Warsaw"\n'


@pytest.fixture
def migrator(tmp_path: Path) -> CommandLine:
    line = CommandLine(tmp_path)
    line.write("crontab", CRONTAB)
    line.write("migrator.toml", TOML)
    return line


def test_each_night_has_the_starts_that_only_one_of_the_two_has(migrator: CommandLine) -> None:
    [proof] = migrator.document("prove")["proofs"]
    assert len(proof["differences"]) == 10
    for night in proof["differences"]:
        date = dt.date.fromisoformat(night["date"])
        assert (date.month, date.isoweekday()) == (3, 7)
        assert (night["cron"], night["celery"]) == ([f"{date}T03:00+02:00"], [f"{date}T03:30+02:00"])


def test_the_table_shows_the_first_night_and_counts_those_like_it(migrator: CommandLine) -> None:
    done = migrator("prove")
    assert (
        done.returncode,
        done.stdout.count("cron 03:00; Celery 03:30"),
        "9 more nights" in done.stdout,
    ) == (
        1,
        1,
        True,
    )


def test_an_accepted_difference_is_settled(migrator: CommandLine) -> None:
    migrator.write("migrator.toml", TOML + '[jobs.send_invoices]\naccept = ["CM203"]\n')
    [proof] = migrator.document("prove")["proofs"]
    assert (migrator("prove").returncode, proof["accepted"], proof["exact"]) == (0, True, False)


def test_what_is_accepted_is_the_night_and_no_other_difference(migrator: CommandLine) -> None:
    migrator.write("migrator.toml", TOML + '[jobs.send_invoices]\naccept = ["CM201"]\n')
    assert migrator("prove").returncode == 1


@pytest.mark.parametrize("expression", ["0 2 * * *", "0 4 * * *", "@daily"])
def test_schedules_that_do_not_part_are_exact(migrator: CommandLine, expression: str) -> None:
    arguments = ("prove", "--expression", expression, "--timezone", "Europe/Warsaw")
    [proof] = migrator.document(*arguments)["proofs"]
    assert (migrator(*arguments).returncode, proof["exact"], proof["differences"]) == (0, True, [])


def test_a_schedule_that_differs_anyway_is_not_run_through_the_nights(migrator: CommandLine) -> None:
    arguments = ("prove", "--expression", "30 2 * * *", "--celery", "crontab(minute=30, hour=3)")
    [proof] = migrator.document(*arguments)["proofs"]
    assert (proof["equal"], proof["differences"]) == (False, [])


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        (CRONTAB, "move the job out of the hours that the clock skips or repeats"),
        (
            "*/15 * * * * python manage.py poll\n",
            'let `generate` give its entry the zone UTC (clock_changes = "exact")',
        ),
    ],
)
def test_the_way_out_depends_on_the_line(migrator: CommandLine, line: str, hint: str) -> None:
    migrator.write("crontab", line)
    assert hint in migrator("scan").stdout


@pytest.mark.parametrize(
    ("line", "schedule"),
    [
        (CRONTAB, 'CronSchedule("30 2 * * *", "Europe/Warsaw")'),
        ("*/15 * * * * cd /srv/shop && python manage.py poll\n", 'CronSchedule("0,15,30,45 * * * *", "UTC")'),
    ],
)
def test_what_generate_takes_for_such_nights_is_what_is_proved(
    migrator: CommandLine, line: str, schedule: str
) -> None:
    migrator.write("crontab", line)
    [stock] = migrator.document("prove")["proofs"]
    migrator.write("migrator.toml", TOML + '[generate]\nclock_changes = "exact"\n')
    [own] = migrator.document("prove")["proofs"]
    assert (stock["exact"], stock["remedy"]) == (False, schedule)
    assert (own["exact"], own["schedules"], own["differences"]) == (True, [schedule], [])
    assert (migrator("prove").returncode, "CM203" in migrator("scan").stdout) == (0, False)
    assert schedule in migrator("generate", "--diff").stdout


def test_a_job_that_does_not_move_yet_is_proved_by_its_own_clock(migrator: CommandLine) -> None:
    migrator.write("crontab", "0 4 * * * [ -f /srv/go ] && python manage.py send_invoices\n")
    migrator.write("migrator.toml", TOML + '[generate]\nclock_changes = "exact"\n')
    [proof] = migrator.document("prove")["proofs"]
    assert proof["schedules"] == ['crontab(minute="0", hour="4")']


def test_another_daemon_reads_the_expression_by_its_own_rules(migrator: CommandLine) -> None:
    arguments = ("prove", "--expression", "0 0 */2 * *", "--timezone", "UTC")
    [debian] = migrator.document(*arguments)["proofs"]
    [busybox] = migrator.document(*arguments, "--dialect", "busybox")["proofs"]
    found = [proof["celery"][0]["day_of_month"] for proof in (debian, busybox)]
    assert found == ["*/2", "2-30/2"]
    assert migrator(*arguments, "--dialect", "nope").returncode == 2
