from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tasks.courts import CourtError, parse_courts
from tasks.models import Court
from tasks.parsers import PARSERS


class Command(BaseCommand):
    help = "Store the sessions that the courts' pages announce."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--court", action="append", type=int, metavar="ID", help="only this court; may be given again"
        )
        parser.add_argument("--parser", choices=sorted(PARSERS), help="only courts with this shape of page")

    def handle(self, *args: Any, **options: Any) -> None:
        courts = Court.objects.filter(active=True)
        if options["court"]:
            courts = courts.filter(pk__in=options["court"])
            unknown = set(options["court"]) - set(courts.values_list("pk", flat=True))
            if unknown:
                raise CommandError(f"no active court has the ID {', '.join(map(str, sorted(unknown)))}")
        if options["parser"]:
            courts = courts.filter(parser=options["parser"])
        try:
            count = parse_courts(courts)
        except CourtError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"court sessions stored: {count}")
