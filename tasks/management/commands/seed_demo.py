from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from tasks.demo import LONGEST_LABEL, fresh, seed


class Command(BaseCommand):
    help = "Fill the database with data to try the jobs on; what is there stays."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--fresh",
            metavar="LABEL",
            help="instead make work for the next run of each job, with LABEL in its mails and rows",
        )

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        label: str | None = options["fresh"]
        if label is None:
            seed(timezone.now())
            self.stdout.write("the database has staff, courts, cases and events")
            return
        if not 0 < len(label.strip()) <= LONGEST_LABEL:
            raise CommandError(f"the label must have 1 to {LONGEST_LABEL} characters")
        fresh(label.strip(), timezone.now())
        self.stdout.write(f"each job has work labelled {label.strip()}")
