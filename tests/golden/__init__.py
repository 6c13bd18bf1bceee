"""Whole projects before and after, file by file."""

from pathlib import Path

COMMAND = """\
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    def add_arguments(self, parser):
        parser.add_argument("--limit", type=int)
        parser.add_argument("--token")
        parser.add_argument("words", nargs="*")
"""


def with_commands(project: Path, *names: str) -> None:
    """The shop with more of the commands that its crontab names; without them each run would fail."""
    for name in names:
        (project / "orders/management/commands" / f"{name}.py").write_text(COMMAND)
