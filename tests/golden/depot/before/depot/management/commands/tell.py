from django.core.management.base import BaseCommand


class Command(BaseCommand):
    def add_arguments(self, parser):
        parser.add_argument("what")

    def handle(self, *args, what, **options):
        self.stdout.write(f"told {what}")
        print(f"printed {what}")
