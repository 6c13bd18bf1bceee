from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from tasks.reminders import send_old_cases_reminder


class Command(BaseCommand):
    help = "Mail those who asked for it about the open cases without activity."

    def handle(self, *args: Any, **options: Any) -> None:
        sent = send_old_cases_reminder(timezone.now())
        self.stdout.write(f"mails about old cases sent: {sent}")
