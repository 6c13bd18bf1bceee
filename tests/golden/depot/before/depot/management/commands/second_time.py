from pathlib import Path

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    def add_arguments(self, parser):
        parser.add_argument("--password")

    def handle(self, *args, password, **options):
        first = Path("first")
        if not first.exists():
            first.touch()
            raise CommandError("not yet")
        self.stdout.write(f"done with {password}")
