"""Classes of django-cron, and the line that starts them; a line of kronos that is gone."""

from django_cron import CronJobBase, Schedule

CRONJOBS = [
# expect: CM144
    ("*/5 6-22 * * *", "django.core.management.call_command", ["runcrons"]),
# expect: CM145
    ("0 3 * * *", "django.core.management.call_command", ["runtask", "vacuum"]),
]
CRON_CLASSES = [
    "runcrons.PriceCheck",
    "runcrons.Opening",
# expect: CM145
    "django_cron.cron.FailedRunsNotificationCronJob",
]


# expect: CM140 CM144 CM149 CM205
class PriceCheck(CronJobBase):
    code = "shop.price_check"
    RUN_EVERY_MINS = 65
    schedule = Schedule(run_every_mins=RUN_EVERY_MINS, retry_after_failure_mins=5)


# expect: CM140 CM144 CM149
class Opening(CronJobBase):
    code = "shop.opening"
    schedule = Schedule(run_at_times=["07:30", "16:30"], run_on_days=[0, 1, 2, 3, 4])


# expect: CM140 CM146 CM149 CM205
class Forgotten(CronJobBase):
    code = "shop.forgotten"
    schedule = Schedule(run_every_mins=60)
