import environ

env = environ.Env(DEBUG=(bool, False))

DEBUG = env("DEBUG")
SECRET_KEY = env("SECRET_KEY", default="golden")
DATABASES = {"default": env.db(default="sqlite:///db.sqlite3")}
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "orders"]
TIME_ZONE = env("TIME_ZONE", default="UTC")
USE_TZ = True

try:
    from .local_settings import *  # noqa: F403
except ImportError:
    pass
