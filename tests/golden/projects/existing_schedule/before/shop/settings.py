from celery.schedules import crontab

SECRET_KEY = "golden"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django_celery_beat",
    "orders",
    "shop",
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}
TIME_ZONE = "Europe/Warsaw"
USE_TZ = True

CELERY_BROKER_URL = "amqp://localhost"
CELERY_TIMEZONE = "Europe/Warsaw"
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_SCHEDULE = {
    # is anybody there?
    "ping": {"task": "shop.tasks.ping", "schedule": crontab(minute="*/5")},
}
