"""The schedule of the project's periodic tasks."""

CELERY_BEAT_SCHEDULE: dict[str, dict[str, object]] = {}
