"""``manage.py migrator``: the same command line as ``migrator``."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser


class Command(BaseCommand):
    """Hand every argument on untouched; the exit code is the verb's."""

    help = "Move jobs from cron to Celery without losing or doubling a single run."
    requires_system_checks: list[str] = []

    def run_from_argv(self, argv: list[str]) -> None:
        from migrator.cli import BY_MANAGE, run

        sys.exit(run(argv[2:], name=BY_MANAGE))

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("arguments", nargs="*")

    def handle(self, *args: Any, **options: Any) -> None:
        """For ``call_command("migrator", "compare", ...)``."""
        from migrator.cli import BY_MANAGE, run

        code = run([*args, *options.get("arguments", [])], name=BY_MANAGE)
        if code:
            raise CommandError(f"migrator ended with {code}", returncode=code)
