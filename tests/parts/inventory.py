"""Which parts this test run needs, what became of each, and the summary of it."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from tests.parts import apt
from tests.parts.cron import Cron
from tests.parts.mysql import MySQL
from tests.parts.mysql import server_program as mysql_program
from tests.parts.part import Found, Part, State
from tests.parts.postgresql import PostgreSQL, installed_programs
from tests.parts.programs import (
    BUSYBOX,
    CHROMIUM,
    GCC,
    PATCH,
    REDIS,
    RUN_PARTS,
    SYSTEMD,
    GoCrons,
    Namespaces,
    Root,
    ServerPrograms,
    Tracing,
)
from tests.parts.rabbitmq import RabbitMQ, server_program

KNOWN: dict[str, Part] = {
    part.name: part
    for part in (
        RabbitMQ(),
        ServerPrograms("rabbitmq-programs", RabbitMQ.packages, server_program),
        PostgreSQL(),
        MySQL(),
        ServerPrograms("mysql-programs", MySQL.packages, mysql_program),
        ServerPrograms("postgresql-programs", PostgreSQL.packages, installed_programs),
        Cron(),
        GCC,
        GoCrons(),
        BUSYBOX,
        CHROMIUM,
        PATCH,
        REDIS,
        RUN_PARTS,
        SYSTEMD,
        Namespaces(),
        Tracing(),
        Root(),
    )
}


class Inventory:
    """The parts that were looked for, and how many tests did not run for want of one."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self.found: dict[str, Found] = {}
        self.how: dict[str, str] = {}
        self.lost: Counter[str] = Counter()

    def look(self, names: Iterable[str]) -> None:
        """Find each part once, and install what is missing where that is allowed."""
        new = sorted(set(names) - set(self.found))
        self.found |= {name: KNOWN[name].find() for name in new}
        self.how |= {name: f"{self.found[name].state.value}: {self.found[name].detail}" for name in new}
        absent = [name for name in new if self._missing(name) and KNOWN[name].packages]
        if absent and apt.possible():
            self._install(absent)

    def absent(self, names: Iterable[str]) -> list[str]:
        """Those of the parts that are missing."""
        return [name for name in names if self._missing(name)]

    def why(self, name: str) -> str:
        """One sentence on a missing part and how to get it."""
        found = self.found[name]
        return f"{name} is missing: {found.detail} ({found.remedy})"

    def summary(self) -> list[str]:
        """A line per part, and a box that nobody can overlook when tests did not run."""
        lines = [f"{name:<20} {self.how[name]}" for name in sorted(self.found) if not self._missing(name)]
        return lines + (_box(self._losses()) if self.lost else [])

    def _missing(self, name: str) -> bool:
        return self.found[name].state is State.MISSING

    def _install(self, names: Sequence[str]) -> None:
        packages = sorted({package for name in names for package in KNOWN[name].packages})
        self._say(f"installing with apt-get: {' '.join(packages)}")
        problem = apt.install(packages)
        if problem:
            self._say(f"apt-get failed: {problem}")
        for name in names:
            self.found[name] = found = KNOWN[name].find()
            self.how[name] = f"installed with apt: {found.detail}"

    def _losses(self) -> list[str]:
        rows = []
        for name, count in sorted(self.lost.items()):
            tests = "1 test" if count == 1 else f"{count} tests"
            found = self.found[name]
            rows += [f"{name}: {tests} did not run", f"    {found.detail}", f"    to get it: {found.remedy}"]
        return ["PARTS ARE MISSING, SO TESTS DID NOT RUN", "", *rows]


def _box(rows: Sequence[str]) -> list[str]:
    width = max(map(len, rows))
    edge = "#" * (width + 6)
    return [edge, *(f"#  {row:<{width}}  #" for row in rows), edge]
