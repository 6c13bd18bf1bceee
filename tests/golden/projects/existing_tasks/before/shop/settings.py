from pathlib import Path

BASE_DIR = Path(__file__).parent.parent
SECRET_KEY = "golden"
INSTALLED_APPS = [
    "django.contrib.auth", "django.contrib.contenttypes",
    "orders",
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}
TIME_ZONE = "Europe/Warsaw"
USE_TZ = True
CELERY_BROKER_URL = "redis://localhost"
CELERY_TIMEZONE = TIME_ZONE
