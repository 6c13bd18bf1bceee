"""migrator prove --installed from the outside: what beat really has, in the settings or in its rows."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.command_line import ROOT, CommandLine

CRONTAB = """\
0 6 * * * cd /srv/shop && python manage.py right
*/30 * * * * cd /srv/shop && python manage.py half
0 9 * * 1 cd /srv/shop && python manage.py weekly
0 7 * * * cd /srv/shop && python manage.py gone
0 8 * * * cd /srv/shop && python manage.py off
0 5 * * 0 cd /srv/shop && python manage.py sunday
5,10 4 * * * cd /srv/shop && python manage.py listed
0 3 * * * cd /srv/shop && python manage.py zoned
0 1 13 * 5 cd /srv/shop && python manage.py both
0 12 * * * cd /srv/shop && python manage.py renamed
"""
TOML = """\
sources = ["crontab"]
[project]
settings = "shop_settings"
celery = "celery_app"
timezone = "Europe/Warsaw"
[generate]
app_label = "shop"
[jobs.renamed]
celery = ["noon"]
"""
SETTINGS = """
from celery.schedules import crontab
INSTALLED_APPS = ["django_celery_beat"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}
USE_TZ = True
TIME_ZONE = "Europe/Warsaw"
SECRET_KEY = "none"
CELERY_TIMEZONE = "Europe/Warsaw"
CELERY_BEAT_SCHEDULE = {
    "right": {"task": "shop.right", "schedule": crontab(minute="0", hour="6")},
    "half": {"task": "shop.half", "schedule": crontab(minute=30)},
    "weekly": {"task": "shop.weekly", "schedule": crontab(0, 9, day_of_week="sun")},
    "both": {"task": "shop.both", "schedule": crontab(0, 1, day_of_month="13", day_of_week="5")},
    "listed": {"task": "shop.listed", "schedule": crontab(minute=[5, 10], hour=4)},
    "noon": {"task": "old.name", "schedule": crontab(minute="0", hour="12")},
    "late": {"task": "shop.nobody", "schedule": 3600.0},
}
"""
IN_ROWS = SETTINGS + 'CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"\n'
APP = """
import os
from celery import Celery
app = Celery("shop")
app.config_from_object("django.conf:settings", namespace="CELERY")
"""
ROWS = """
import django
django.setup()
from django_celery_beat.models import CrontabSchedule, PeriodicTask
def row(name, zone="Europe/Warsaw", enabled=True, **fields):
    at = CrontabSchedule.objects.create(**fields, timezone=zone)
    PeriodicTask.objects.create(name=name, task=f"shop.{name}", crontab=at, enabled=enabled)
row("off", minute="0", hour="8", enabled=False)
row("sunday", minute="0", hour="5", day_of_week="7")
row("zoned", zone="UTC", minute="0", hour="3")
row("right", minute="59", hour="23", enabled=True)  # an edit in the admin, which beat takes back
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    for name in ("DJANGO_SETTINGS_MODULE", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    migrator = CommandLine(tmp_path)
    texts = {"crontab": CRONTAB, "migrator.toml": TOML, "shop_settings.py": SETTINGS, "celery_app.py": APP}
    for name, text in texts.items():
        migrator.write(name, text)
    return migrator


def verdicts(shop: CommandLine, *arguments: str) -> dict[str, str]:
    proofs = shop.document("prove", "--installed", *arguments)["proofs"]
    return {proof["job"]: proof["verdict"] for proof in proofs}


def test_the_settings_are_what_beat_goes_by(shop: CommandLine) -> None:
    found = verdicts(shop)
    assert found.pop("weekly") in ("missed", "extra")  # by the day on which it is asked
    assert found == {
        "right": "equivalent",
        "half": "missed",
        "gone": "missing",
        "off": "missing",
        "sunday": "missing",
        "listed": "equivalent",
        "zoned": "missing",
        "both": "missed",
        "renamed": "equivalent",
    }


def test_the_first_minute_of_each_way_is_told(shop: CommandLine) -> None:
    (proof,) = shop.document("prove", "--installed", "weekly")["proofs"]
    assert set(proof["first"]) == {"missed", "extra"}
    assert proof["moment"] == min(proof["first"].values())


def test_an_entry_without_a_job_is_shown(shop: CommandLine) -> None:
    (entry,) = shop.document("prove", "--installed", "right")["without_job"]
    assert (entry["name"], entry["schedule"]) == ("late", "schedule(3600)")


def test_the_exit_status_is_the_answer(shop: CommandLine) -> None:
    assert [shop("prove", "--installed", job).returncode for job in ("right", "half")] == [0, 1]


def test_rows_are_what_beat_goes_by_with_its_database_scheduler(shop: CommandLine) -> None:
    shop.write("row_settings.py", IN_ROWS)
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "row_settings", "PYTHONPATH": str(ROOT)}
    for arguments in (["-m", "django", "migrate", "--verbosity", "0"], ["-c", ROWS]):
        command = [sys.executable, *arguments]
        where = {**environment, "PYTHONPATH": f"{shop.folder}:{ROOT}"}
        subprocess.run(command, cwd=shop.folder, env=where, check=True, timeout=120)
    document = shop.document("prove", "--installed", "--settings", "row_settings")
    found = {proof["job"]: proof for proof in document["proofs"]}
    assert {job: proof["verdict"] for job, proof in found.items() if job != "weekly"} == {
        "right": "equivalent",
        "half": "missed",
        "gone": "missing",
        "off": "idle",
        "sunday": "idle",
        "listed": "idle",
        "zoned": "other clock",
        "both": "missed",
        "renamed": "equivalent",
    }
    assert "the row is disabled" in found["off"]["sentence"]
    assert "never loaded: Invalid end range: 7 > 6" in found["sunday"]["sentence"]
    assert "as text, which Celery refuses to load again" in found["listed"]["sentence"]


CRON = """
from migrator.contrib.celery.cron_schedule import CronSchedule
CELERY_BEAT_SCHEDULE["right"]["schedule"] = CronSchedule("0 6 * * *", "Europe/Warsaw")
"""
OURS = 'CELERY_BEAT_SCHEDULER = "migrator.contrib.celery.database_beat:DatabaseScheduler"\n'


@pytest.mark.parametrize(
    ("scheduler", "verdict"), [("", "equivalent"), (IN_ROWS[len(SETTINGS) :], "idle"), (OURS, "equivalent")]
)
def test_a_schedule_that_fires_as_cron_does(shop: CommandLine, scheduler: str, verdict: str) -> None:
    shop.write("cron_settings.py", SETTINGS + CRON + scheduler)
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "cron_settings",
        "PYTHONPATH": f"{shop.folder}:{ROOT}",
    }
    command = [sys.executable, "-m", "django", "migrate", "--verbosity", "0"]
    subprocess.run(command, cwd=shop.folder, env=environment, check=True, timeout=120)
    assert verdicts(shop, "right", "--settings", "cron_settings") == {"right": verdict}


def test_a_database_without_the_tables_is_a_plain_error(shop: CommandLine) -> None:
    shop.write("row_settings.py", IN_ROWS)
    done = shop("prove", "--installed", "--settings", "row_settings")
    assert (done.returncode, "cannot be read" in done.stderr, "hint:" in done.stderr) == (3, True, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--settings", "row_settings"], "--settings needs --installed"),
        (["--installed", "--expression", "* * * * *"], "--installed judges jobs"),
    ],
)
def test_options_that_do_not_go_together(shop: CommandLine, arguments: list[str], said: str) -> None:
    done = shop("prove", *arguments)
    assert (done.returncode, said in done.stderr) == (2, True)


def test_a_declared_move_that_beat_has_early_is_accepted_and_told(shop: CommandLine) -> None:
    assert shop("prove", "--installed", "weekly").returncode == 1
    move = '[jobs.weekly]\nmove = "0 9 * * 0"\nmove_reason = "the office is closed then"\n'
    shop.write("migrator.toml", TOML + move)
    document = shop.document("prove", "--installed", "weekly")
    [proof] = document["proofs"]
    assert (proof["expression"], proof["moved_from"], proof["exact"]) == ("0 9 * * 0", "0 9 * * 1", True)
    assert "beat has the declared move, 0 9 * * 0, and cron's line still 0 9 * * 1" in proof["sentence"]
    assert shop("prove", "--installed", "weekly").returncode == 0
    shop.write("migrator.toml", TOML + move.replace("0 9 * * 0", "0 10 * * 0"))
    assert shop("prove", "--installed", "weekly").returncode == 1
