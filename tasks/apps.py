from django.apps import AppConfig


class TasksConfig(AppConfig):
    """The app whose management commands cron runs."""

    name = "tasks"
    verbose_name = "Legal-advice office"
    default_auto_field = "django.db.models.BigAutoField"
