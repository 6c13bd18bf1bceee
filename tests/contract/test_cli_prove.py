"""migrator prove from the outside."""

from pathlib import Path

import pytest

from tests.contract.command_line import ROOT, CommandLine


@pytest.fixture
def migrator(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path)


def prove(migrator: CommandLine, expression: str, *celery: str, zone: str = "UTC") -> tuple[int, str]:
    written = [word for text in celery for word in ("--celery", text)]
    done = migrator("prove", "--expression", expression, *written, "--timezone", zone, "--format", "json")
    return done.returncode, done.stdout


def test_the_reference_project_is_exact() -> None:
    migrator = CommandLine(ROOT)
    assert migrator("prove").returncode == 0
    proofs = migrator.document("prove")["proofs"]
    assert [(proof["equal"], proof["exact"], proof["verdict"]) for proof in proofs] == [
        (True, True, "equivalent")
    ] * 4


def test_what_stays_in_cron_is_asked_for_no_proof(migrator: CommandLine) -> None:
    migrator.write("crontab", "0 5 * * * ./manage.py send\n*/10 * * * * curl https://x.example/\n")
    migrator.write("migrator.toml", 'sources = ["crontab"]\nproject.timezone = "Europe/Warsaw"\n')
    done = migrator("prove")
    assert (done.returncode, done.stderr) == (0, "1 job stays in cron: curl\n")
    assert migrator("prove", "curl").returncode == 1


def test_what_croniter_says_of_a_job_is_told_with_its_name(migrator: CommandLine) -> None:
    migrator.write("crontab", "0 9 */2 * 1 ./manage.py send\n0 9 */2 * 2 ./manage.py remind\n")
    migrator.write("migrator.toml", 'sources = ["crontab"]\nproject.timezone = "UTC"\n')
    told = [line[:30] for line in migrator("prove").stdout.splitlines() if line.startswith("CM214")]
    assert told == ["CM214 send: croniter starts it"[:30], "CM214 remind: croniter starts it"[:30]]
    alone = migrator("prove", "--expression", "0 9 */2 * 1", "--timezone", "UTC").stdout
    assert "\nCM214 croniter starts it" in alone


def test_one_job_by_name() -> None:
    proofs = CommandLine(ROOT).document("prove", "clearsessions")["proofs"]
    assert [(proof["job"], proof["expression"]) for proof in proofs] == [("clearsessions", "@daily")]


@pytest.mark.parametrize(
    ("expression", "celery", "sentence"),
    [
        ("*/30 * * * *", ["crontab(minute=30)"], "Celery misses "),
        ("0 0 13 * 5", ["crontab(0, 0, day_of_month=13, day_of_week=5)"], "Celery misses "),
        ("0 0 * * 1", ["crontab(0, 0, day_of_week=0)"], "Celery fires once too often, at "),
        ("0 0 1 * *", ["crontab(0, 0, day_of_month=1)"] * 2, "two Celery entries fire at "),
    ],
)
def test_a_wrong_entry_is_refuted_by_its_first_minute(
    migrator: CommandLine, expression: str, celery: list[str], sentence: str
) -> None:
    status, document = prove(migrator, expression, *celery)
    assert (status, sentence in document) == (1, True)


def test_the_right_entries_are_exact(migrator: CommandLine) -> None:
    two = ("crontab(0, 0, day_of_month=13)", "crontab(0, 0, day_of_month='1-12,14-31', day_of_week='fri')")
    assert prove(migrator, "0 0 13 * 5", *two)[0] == 0


def test_a_night_of_the_clock_change_is_named(migrator: CommandLine) -> None:
    status, document = prove(migrator, "30 2 * * *", zone="Europe/Warsaw")
    assert (status, '"kind": "gap"' in document, '"equal": true' in document) == (1, True, True)


def test_what_no_crontab_says_is_not_passed_over(migrator: CommandLine) -> None:
    migrator.write("crontab", "@reboot python manage.py warm\n0 6 * * * python manage.py report\n")
    migrator.write("migrator.toml", 'sources = ["crontab"]\n')
    done = migrator("prove")
    assert (done.returncode, "warm: no proof: @reboot is no schedule" in done.stderr) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["--expression", "0 0 1,32 * *"], 1, "day of month: 32 is outside 1-31"),
        (["--expression", "@reboot"], 1, "@reboot is no schedule"),
        (["--expression", "* * * * *", "--celery", "print(1)"], 2, "this is no crontab(...)"),
        (["--expression", "* * * * *", "--celery", "crontab(minute=60)"], 2, "Celery refuses it"),
        (["--expression", "* * * * *", "--timezone", "Mars/Base"], 2, "there is no time zone Mars/Base"),
        (["--celery", "crontab()"], 2, "--celery needs --expression"),
        ([], 3, "no sources are named"),
    ],
)
def test_errors_are_one_line_and_a_remedy(
    migrator: CommandLine, arguments: list[str], status: int, said: str
) -> None:
    done = migrator("prove", *arguments)
    assert (done.returncode, said in done.stderr, done.stdout) == (status, True, "")
    assert len(done.stderr.splitlines()) <= 4
