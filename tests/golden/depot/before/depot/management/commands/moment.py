import time

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    imported = time.time()

    def handle(self, *args, **options):
        self.stdout.write(f"imported at {self.imported}")
