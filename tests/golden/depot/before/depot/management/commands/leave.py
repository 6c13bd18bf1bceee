import sys

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    def add_arguments(self, parser):
        parser.add_argument("status", type=int)

    def handle(self, *args, status, **options):
        sys.exit(status)
