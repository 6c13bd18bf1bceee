from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from tasks.reminders import send_event_reminders


class Command(BaseCommand):
    help = "Mail each member of staff about the events that come near."

    def handle(self, *args: Any, **options: Any) -> None:
        sent = send_event_reminders(timezone.now())
        self.stdout.write(f"event reminders sent: {sent}")
