"""Functions that kronos and cronjobs know, and one line for the second."""

import cronjobs
import kronos

CRONJOBS = [
# expect:
    ("0 2 * * *", "django.core.management.call_command", ["cron", "expire_carts"]),
# expect: CM145
    ("0 4 * * *", "django.core.management.call_command", ["cron", "expire_cart"]),
]


# expect:
@kronos.register("45 0 * * *", args={"days": 30})
def purge_logs():
    pass


@cronjobs.register
def expire_carts():
    pass


# expect: CM146
@cronjobs.register(lock=False)
def count_stock():
    pass
