"""A small project with beat's schedule in its settings, for `migrator rehearse` from the outside."""

from pathlib import Path

from tests.contract.command_line import CommandLine

CRONTAB = """\
30 2 * * * cd /srv/shop && python manage.py nightly
0 * * * * cd /srv/shop && python manage.py hourly
0 9 * * 1 cd /srv/shop && python manage.py weekly
"""
TOML = """\
sources = ["crontab"]
[project]
settings = "shop_settings"
celery = "celery_app"
timezone = "Europe/Warsaw"
[generate]
app_label = "shop"
"""
SETTINGS = """\
from celery.schedules import crontab
INSTALLED_APPS = ["django_celery_beat"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}
USE_TZ = True
TIME_ZONE = "Europe/Warsaw"
SECRET_KEY = "none"
CELERY_TIMEZONE = "Europe/Warsaw"
CELERY_BEAT_SCHEDULE = {
    "nightly": {"task": "shop.nightly", "schedule": crontab("30", "2")},
    "hourly": {"task": "shop.hourly", "schedule": crontab("0")},
    "weekly": {"task": "shop.weekly", "schedule": crontab("0", "9", day_of_week="sun")},
}
"""
EXACT = """\
from shop_settings import *
from migrator.contrib.celery.cron_schedule import CronSchedule
for name, text in {"nightly": "30 2 * * *", "hourly": "0 * * * *", "weekly": "0 9 * * 1"}.items():
    CELERY_BEAT_SCHEDULE[name]["schedule"] = CronSchedule(text, "Europe/Warsaw")
"""
ROWS = (
    'from shop_settings import *\nCELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"\n'
)
ELSEWHERE = 'from shop_settings import *\nCELERY_BEAT_SCHEDULER = "elsewhere:Scheduler"\n'
FOREIGN = "from celery.beat import Scheduler as Celerys\nclass Scheduler(Celerys):\n    pass\n"
BROKEN = "from shop_settings import *\nCELERY_BEAT_SCHEDULE['nightly']['no such option'] = 1\n"
NAIVE = ROWS + "USE_TZ = False\n"  # which django-celery-beat and SQLite do not bear together
OURS = (
    "from exact import *\nUSE_TZ = False\n"
    'CELERY_BEAT_SCHEDULER = "migrator.contrib.celery.database_beat:DatabaseScheduler"\n'
)
APP = """\
from celery import Celery
app = Celery("shop")
app.config_from_object("django.conf:settings", namespace="CELERY")
"""


def shop_in(folder: Path) -> CommandLine:
    """The project, and its command line."""
    migrator = CommandLine(folder)
    texts = {
        "crontab": CRONTAB,
        "migrator.toml": TOML,
        "shop_settings.py": SETTINGS,
        "exact.py": EXACT,
        "rows.py": ROWS,
        "foreign.py": ELSEWHERE,
        "elsewhere.py": FOREIGN,
        "broken.py": BROKEN,
        "naive.py": NAIVE,
        "ours.py": OURS,
        "celery_app.py": APP,
    }
    for name, text in texts.items():
        migrator.write(name, text)
    return migrator
