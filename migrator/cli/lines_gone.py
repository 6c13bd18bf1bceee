"""Whether the lines that a cutover gave back are still there, for those who give a job back to cron."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from migrator.adapters.journal import CutoverJournal
from migrator.cli.project import Home
from migrator.cli.targets import read
from migrator.crontab.syntax import decode
from migrator.crontab.wrapping import unwrap
from migrator.cutover.removal import restore
from migrator.cutover.switching import LostLine, lost_lines
from migrator.errors import Cannot


def lines_gone(home: Home, jobs: Collection[str]) -> Iterator[LostLine]:
    """The lines that a cutover of these jobs took out, and that their files have no more, recorded or not."""
    journal = CutoverJournal(home.root)
    operations = [one for one in journal.operations() if set(one.jobs) & set(jobs)]
    files = {}
    for path in dict.fromkeys(write.path for one in operations for write in one.writes):
        try:
            files[path] = read(path)
        except Cannot:
            continue  # it is of another host, or closed to us
    for line in lost_lines(operations, sorted(jobs), files, journal):
        plain = unwrap(restore(line.text))
        there = filter(home.is_ours, decode(files[line.path]).split("\n"))
        if plain and plain not in map(unwrap, there):
            yield line
