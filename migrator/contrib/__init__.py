"""What runs inside the migrated project: the Django app and Celery's side."""
