"""Settings of django-crontab and of Celery, as a project has them while it moves."""

from celery.schedules import crontab, solar

LOG = "/var/log/shop"
CRONTAB_LOCK_JOBS = True
CRONJOBS = [
# expect: CM140
    ("*/5 6-22 * * *", "shop.cron.refresh_prices"),
# expect: CM140
    ("0 4 * * *", "shop.cron.nightly", f">> {LOG}/nightly.log 2>&1"),
# expect:
    ("15 4 * * *", "django.core.management.call_command", ["clearsessions"]),
# expect: CM142
    ("30 6 * * *", "django.core.management.call_command", ["send_reminders", "--all"]),
# expect: CM101
    ("0 24 * * *", "shop.cron.never"),
# expect: CM140 CM206
    (NIGHTLY, "shop.cron.at_night"),
# expect: CM147
    nightly_job("shop.cron.archive"),
]
# expect: CM147
CRONJOBS += PLUGIN_JOBS

CELERY_BEAT_SCHEDULE = {
# expect: CM141
    "remind": {"task": "shop.tasks.remind", "schedule": crontab(hour=6, minute=30)},
# expect: CM141
    "first-monday": {"task": "shop.tasks.report", "schedule": crontab(0, 5, "mon", "1-7")},
# expect: CM141
    "dusk": {"task": "shop.tasks.lights", "schedule": solar("dusk", 52.2, 21.0)},
# expect: CM141
    "poll": {"task": "shop.tasks.poll", "schedule": 30.0},
# expect: CM147
    "late": make_entry("shop.tasks.late"),
}
if PRODUCTION:
# expect: CM143
    CELERY_BEAT_SCHEDULE = {}


@shared_task(name="shop.tasks.remind")
def remind():
    call_command("send_reminders", "--all")


@app.on_after_configure.connect
def more_entries(sender, **kwargs):
# expect: CM141
    sender.add_periodic_task(crontab(minute=10), remind.s(), name="remind-late")
