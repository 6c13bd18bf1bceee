import os

from shop.version import VERSION

SECRET_KEY = os.environ.get("SECRET_KEY", f"golden {VERSION}")
INSTALLED_APPS = (
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "orders",
)
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}
TIME_ZONE = "Europe/Warsaw"
USE_TZ = True
