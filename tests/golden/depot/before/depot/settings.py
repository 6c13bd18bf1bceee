from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1]

SECRET_KEY = "for tests"
USE_TZ = True
TIME_ZONE = CELERY_TIMEZONE = "Europe/Warsaw"
INSTALLED_APPS = ["depot", "migrator.contrib.django"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": FOLDER / "db.sqlite3"}}
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = FOLDER / "mails"

CELERY_BROKER_URL = "filesystem://"
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "data_folder_in": str(FOLDER / "queue"),
    "data_folder_out": str(FOLDER / "queue"),
    "control_folder": str(FOLDER / "control"),
    "polling_interval": 0.05,
    "store_processed": False,
}
