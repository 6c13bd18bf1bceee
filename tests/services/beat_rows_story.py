"""What the rows of beat are at one point of a story; run in a project, prints JSON.

python beat_rows_story.py STEP
"""

import datetime as dt
import json
import sys
import time
from typing import Any

import django

django.setup()

from celery import Celery  # noqa: E402 - Django first
from django.core.management import call_command  # noqa: E402
from django.utils import timezone  # noqa: E402
from django_celery_beat.models import CrontabSchedule, PeriodicTask, PeriodicTasks  # noqa: E402
from django_celery_beat.schedulers import DatabaseScheduler  # noqa: E402

BEAT = ("django_celery_beat", "0019")


def rows() -> dict[str, Any]:
    found = PeriodicTask.objects.select_related("crontab")
    return {
        row.name: [
            row.task,
            " ".join(getattr(row.crontab, name) for name in FIELDS),
            str(row.crontab.timezone),
            row.enabled,
            row.expire_seconds,
        ]
        for row in found
    }


FIELDS = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")


def first() -> Any:
    """Somebody's own row is there; then the migration comes."""
    call_command("migrate", *BEAT, verbosity=0)
    noon = CrontabSchedule.objects.create(minute="0", hour="12", timezone="UTC")
    PeriodicTask.objects.create(name="thumbnails", task="somebody.s", crontab=noon)
    before = PeriodicTasks.last_change()
    call_command("migrate", verbosity=0)
    return {"rows": rows(), "told": PeriodicTasks.last_change() > before}


def enabled() -> Any:
    """Days later somebody enables two rows, and beat looks at them."""
    PeriodicTask.objects.update(date_changed=timezone.now() - dt.timedelta(days=3))
    PeriodicTask.objects.filter(name="thumbnails").update(enabled=False)
    while timezone.now().second > 50:  # a slot that falls due meanwhile would be sent rightly
        time.sleep(0.5)
    for row in PeriodicTask.objects.filter(name__in=("remind_baskets", "import")):
        row.enabled = True
        row.save()
    app = Celery("story", broker="memory://")
    app.conf.update(result_expires=None, timezone="Europe/Warsaw", beat_schedule={})
    beat = DatabaseScheduler(app=app)
    names = sorted(beat.schedule)
    beat.tick()
    with app.connection() as connection:
        sent = connection.default_channel.queue_declare("celery").message_count
    return {"loaded": names, "sent": sent}


def changed() -> Any:
    """The migration of an edited crontab; the description of one row says that it is somebody's now."""
    PeriodicTask.objects.filter(name="count_stock").update(description="mine")
    since = timezone.now()
    call_command("migrate", verbosity=0)
    return {"rows": rows(), "seeded": PeriodicTask.objects.get(name="import").last_run_at >= since}


def undone() -> Any:
    """One step back."""
    call_command("migrate", "orders", "0001", verbosity=0)
    return rows()


def gone() -> Any:
    """All the way back, and again forwards."""
    call_command("migrate", "orders", "zero", verbosity=0)
    left = rows()
    call_command("migrate", verbosity=0)
    return {"left": left, "again": sorted(rows())}


STEPS = {step.__name__: step for step in (first, enabled, changed, undone, gone)}

if __name__ == "__main__":
    print(json.dumps({name: STEPS[name]() for name in sys.argv[1:]}))
