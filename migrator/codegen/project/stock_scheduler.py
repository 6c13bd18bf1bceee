"""django-celery-beat's own scheduler beside entries that it refuses: each CronSchedule."""

from __future__ import annotations

from collections.abc import Iterator

from migrator.codegen.project.edits import Instruction
from migrator.codegen.project.python_file import literal
from migrator.codegen.project.settings_modules import Base, SettingsModules
from migrator.i18n import _

SCHEDULER = "CELERY_BEAT_SCHEDULER"
OURS = "migrator.contrib.celery.database_beat:DatabaseScheduler"
_STOCK = (
    "django_celery_beat.schedulers:DatabaseScheduler",
    "django_celery_beat.schedulers.DatabaseScheduler",
    "django",  # its name among Celery's entry points
)


def stock_schedulers(modules: SettingsModules, *, added: bool) -> Iterator[Instruction]:
    """What to write where the settings name it; ``added``: an edit names it where nothing else does."""
    for base in modules.bases():
        for one in (base, *(Base(file, (file,)) for file in modules.on(base))):
            found = one.assigned(SCHEDULER)
            place = f"{found[0].path}:{found[0].first_line(found[1].value)}" if found else one.file.path
            lacking = added and one is base and SCHEDULER not in base.names()
            if lacking or (found and literal(found[1].value) in _STOCK):
                yield Instruction(
                    place,
                    _(
                        "the schedule has a CronSchedule, which django-celery-beat's scheduler refuses:"
                        " beat would leave the entry out"
                    ),
                    f'{SCHEDULER} = "{OURS}"',
                )
