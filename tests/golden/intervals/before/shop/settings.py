"""Settings of the shop."""

SECRET_KEY = "golden"
INSTALLED_APPS = ["orders"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
TIME_ZONE = "Europe/Warsaw"
USE_TZ = True
