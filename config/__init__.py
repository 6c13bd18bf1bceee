"""The reference Django project: a legal-advice office that moves its jobs from cron to Celery."""

from config.celery import app

celery_app = app

__all__ = ["app", "celery_app"]
