"""A job of django-extensions without a line that starts it."""

from django_extensions.management.jobs import DailyJob


# expect: CM146 CM206
class Job(DailyJob):
    def execute(self):
        pass
