"""The settings modules of a project: which there are, what Celery makes of each, where that differs."""
