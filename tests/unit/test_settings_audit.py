"""What the settings of production make of Celery, as Celery itself reads them; what is no finding, too."""

from dataclasses import replace

import pytest
from celery.app.defaults import NAMESPACES, flatten

from migrator.contrib.celery.setting_names import unknown_names
from migrator.findings import Finding
from migrator.settings.requirements import unknown_extras
from tests.settings_modules import JOBS, judged, split

HEAD = 'from celery.schedules import crontab\nINSTALLED_APPS = ["shop"]\nCELERY_TIMEZONE = "Europe/Warsaw"\n'
SIX = '{"send_invoices": {"task": "shop.send_invoices", "schedule": crontab(minute="0", hour="6")}}'
DATABASE = 'CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"\n'

ROWS_OF_OURS = 'CELERY_BEAT_SCHEDULER = "migrator.contrib.celery.database_beat:DatabaseScheduler"\n'
NAIVE = 'USE_TZ = False\nTIME_ZONE = "Europe/Warsaw"\n'
SQLITE, POSTGRESQL = (
    f'DATABASES = {{"default": {{"ENGINE": "django.db.backends.{name}"}}}}\n'
    for name in ("sqlite3", "postgresql")
)

QUIET = {
    "nothing of Celery's": "",
    "a right name": "CELERY_WORKER_SEND_TASK_EVENTS = True\n",
    "another prefix": "SHOP_TASK_MAX_RETRIES = 3\n",
    "no results are kept": "CELERY_RESULT_BACKEND = None\n",
    "results are kept for ever": 'CELERY_RESULT_BACKEND = "django-db"\nCELERY_RESULT_EXPIRES = 0\n',
    "a limit that cron had": "CELERY_TASK_TIME_LIMIT = 7200\n",
    "early acknowledgement": 'CELERY_BROKER_URL = "redis://localhost"\n',
    "no rows": "USE_TZ = True\nDJANGO_CELERY_BEAT_TZ_AWARE = False\n",
    "our scheduler": ROWS_OF_OURS + NAIVE + SQLITE + "DJANGO_CELERY_BEAT_TZ_AWARE = False\n",
    "PostgreSQL without zones, in UTC": DATABASE + "USE_TZ = False\n" + POSTGRESQL,
    "UTC": DATABASE + 'USE_TZ = True\nCELERY_TIMEZONE = "UTC"\nDJANGO_CELERY_BEAT_TZ_AWARE = False\n',
}
FOUND = {
    "RabbitMQ waits half an hour": (
        'CELERY_BROKER_URL = "amqp://localhost"\nCELERY_TASK_ACKS_LATE = True\n',
        ["CM430"],
    ),
    "SQLite without zones": (DATABASE + "USE_TZ = False\n" + SQLITE, ["CM427"]),
    "PostgreSQL without zones": (DATABASE + NAIVE + POSTGRESQL, ["CM427"]),
    "times in UTC of which some are not": (
        DATABASE + NAIVE + SQLITE + "DJANGO_CELERY_BEAT_TZ_AWARE = False\n",
        ["CM427"],
    ),
    "results of a week": ('CELERY_RESULT_BACKEND = "rpc://"\nCELERY_RESULT_EXPIRES = 604800\n', ["CM426"]),
    "the zone of the machine": (
        f'CELERY_TIMEZONE = "America/New_York"\nCELERY_BEAT_SCHEDULE = {SIX}\n',
        ["CM428"],
    ),
}


def codes(found: list[Finding]) -> list[str]:
    return [one.code for one in found]


@pytest.mark.parametrize("text", QUIET.values(), ids=QUIET)
def test_what_is_well_is_not_named(text: str) -> None:
    jobs = JOBS[1:] if "LIMIT" in text else JOBS
    assert judged({"shop/settings.py": HEAD + text}, jobs) == []


@pytest.mark.parametrize(("text", "expected"), FOUND.values(), ids=FOUND)
def test_what_is_wrong_is_named(text: str, expected: list[str]) -> None:
    assert codes(judged({"shop/settings.py": HEAD + text})) == expected


LACKS = "shop.settings.production: beat has no entry"
TEAM = split(f"""\
# shop/settings/base.py
{HEAD}CELERY_BEAT_SCHEDULE = {SIX}
# shop/settings/local.py
from .base import *
DEBUG = True
CELERY_TASK_ALWAYS_EAGER = True
CELERY_BEAT_SCHEDULE["extra"] = {{"task": "shop.close_month", "schedule": 30.0}}
# shop/settings/production.py
from .base import *
CELERY_BEAT_SCHEDULE = {{}}
# shop/settings/testing.py
from .base import *
CELERY_BEAT_SCHEDULE = {{}}
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_TIME_LIMIT = 1
""")


def test_only_what_production_may_load_is_judged() -> None:
    assert [(str(one.place), one.code, one.message) for one in judged(TEAM)] == [
        ("shop/settings/production.py:3", "CM423", f"{LACKS} close_month, which shop.settings.local has"),
        ("shop/settings/production.py:3", "CM423", f"{LACKS} send_invoices, which shop.settings.base has"),
    ]


def test_rows_that_a_migration_writes_are_no_loss() -> None:
    texts = {**TEAM, "shop/settings/base.py": TEAM["shop/settings/base.py"] + DATABASE}
    names = ("send_invoices", "close_month")
    assert judged(texts, rows=names) == []
    assert codes(judged(TEAM, rows=names)) == ["CM423", "CM423"]  # beat goes by the settings there


def test_one_finding_for_what_several_modules_share() -> None:
    texts = {**TEAM, "shop/settings/base.py": TEAM["shop/settings/base.py"] + "CELERY_TIMEZON = 'UTC'\n"}
    [shared] = [one for one in judged(texts) if one.code == "CM424"]
    assert str(shared.place) == "shop/settings/base.py:6"
    assert shared.message.count("shop.settings.") == len(TEAM)
    assert shared.hint == "write CELERY_TIMEZONE"


def test_where_production_does_not_load_nobody_takes_its_part() -> None:
    texts = {**TEAM, "shop/settings/production.py": "from .base import *\nraise RuntimeError('no')\n"}
    assert codes(judged(texts)) == ["CM433"]


def test_no_setting_of_celery_is_unknown() -> None:
    names = [f"CELERY_{name.upper()}" for name, _option in flatten(NAMESPACES)]
    assert unknown_names(names, "CELERY") == {}


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("CELERY_TASK_MAX_RETRIES", "@shared_task(max_retries=...)"),
        ("CELERY_TASK_DEFAULT_RETRY_DELAY", "@shared_task(default_retry_delay=...)"),
        ("CELERY_SEND_TASK_EVENTS", "CELERY_WORKER_SEND_TASK_EVENTS"),
        ("CELERY_TASK_RESULT_EXPIRES", "CELERY_RESULT_EXPIRES"),
        ("CELERYD_CONCURRENCY", "CELERY_WORKER_CONCURRENCY"),
        ("CELERY_WORKER_MAX_TASK_PER_CHILD", "CELERY_WORKER_MAX_TASKS_PER_CHILD"),
        ("CELERY_NOTIFY_ON_DEPLOY", ""),
    ],
)
def test_the_name_that_was_meant(name: str, meant: str) -> None:
    assert unknown_names([name], "CELERY") == {name: meant}


def test_without_a_namespace_the_old_names_are_right() -> None:
    old = ["CELERYBEAT_SCHEDULE", "BROKER_URL", "CELERY_TASK_RESULT_EXPIRES", "CELERY_BEAT_SCHEDULES"]
    assert list(unknown_names(old, None)) == ["CELERY_BEAT_SCHEDULES"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("celery[rabbitmq]>=5", ["celery has no extra rabbitmq"]),
        ('    "celery[redis, rabbitmq]>=5.5",', ["celery has no extra rabbitmq"]),
        ('celery = {extras = ["reddis"], version = "^5.5"}', ["celery has no extra reddis"]),
        ("Celery[Redis]==5.5", []),
        ("celery  # not celery[rabbitmq]", []),
        ("django-celery[rabbitmq]", []),
        ("celery>=5.5", []),
    ],
)
def test_extras_that_celery_does_not_have(line: str, said: list[str]) -> None:
    found = list(unknown_extras("requirements.txt", f"django\n{line}\n", ("redis", "sqs")))
    assert [one.message for one in found] == said
    assert all(str(one.place) == "requirements.txt:2" for one in found)


def test_an_entry_that_generate_wrote_and_the_only_settings_lose_is_named() -> None:
    jobs = [replace(JOBS[0], written="shop/beat_schedule.py"), JOBS[1]]
    for emptied, expected in (("{}", ["CM423"]), (SIX, [])):
        found = judged({"shop/settings.py": f"{HEAD}CELERY_BEAT_SCHEDULE = {emptied}\n"}, jobs)
        assert codes(found) == expected
        assert all(
            "beat has no entry send_invoices, which shop/beat_schedule.py has" in str(one) for one in found
        )
