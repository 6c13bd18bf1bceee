"""django-extensions: ``jobs/daily/x.py`` with ``class Job(DailyJob)``, which ``runjobs daily`` starts.

Authority: django_extensions/management/jobs.py 4.1. The class says when; a folder of that name only
sorts the files. A class whose ``when`` is None is started by ``runjob NAME`` alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from migrator.i18n import _
from migrator.schedule.kinds import Undecided
from migrator.sources.facts import Startable
from migrator.sources.python.jobs import command_job
from migrator.sources.python.reader import Reader, Told
from migrator.sources.python.values import Folder

NAME = "django-extensions"
WHEN = {
    "MinutelyJob": "minutely",
    "QuarterHourlyJob": "quarter_hourly",
    "HourlyJob": "hourly",
    "DailyJob": "daily",
    "WeeklyJob": "weekly",
    "MonthlyJob": "monthly",
    "YearlyJob": "yearly",
}


def read(folder: Folder) -> Iterator[Told]:
    """The class ``Job`` of a module below a folder ``jobs``."""
    module = folder.module
    folders = module.path.split("/")[:-1]
    name = module.path.rpartition("/")[2].removesuffix(".py")
    if "jobs" not in folders or name.startswith("_"):
        return
    app = folders[folders.index("jobs") - 1] if folders.index("jobs") else ""
    for node, _scope in module.classes():
        bases = [module.dotted(base).rpartition(".")[2] for base in node.bases]
        when = next((WHEN[base] for base in bases if base in WHEN), None)
        if node.name != "Job" or when is None:
            continue
        job = command_job(
            module.place(node, NAME),
            ("runjob", *([app] if app else []), name),
            Undecided(when, _("the line `runjobs {when}` that starts it was not scanned").format(when=when)),
            label=name,
        )
        yield Startable("runjobs", (when,), job, "driven", borrows=True)
        yield Startable("runjob", (name,), job, "placed")


READER = Reader(NAME, ("django_extensions.management.jobs",), read, r"class Job\((?:\w+\.)?\w+ly_?Job\)")
