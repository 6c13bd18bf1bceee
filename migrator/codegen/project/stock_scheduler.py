"""django-celery-beat's own scheduler beside entries that it refuses: each CronSchedule."""

from __future__ import annotations

from collections.abc import Iterator

from migrator.codegen.project.edits import Edit, Instruction
from migrator.codegen.project.lines import Insertion
from migrator.codegen.project.python_file import literal
from migrator.codegen.project.settings_modules import PART, Base, SettingsModules
from migrator.i18n import _
from migrator.settings.effective import OURS

SCHEDULER = "CELERY_BEAT_SCHEDULER"
_WHY = "# in place of the one above, which refuses a CronSchedule"
_STOCK = (
    "django_celery_beat.schedulers:DatabaseScheduler",
    "django_celery_beat.schedulers.DatabaseScheduler",
    "django",  # its name among Celery's entry points
)


def stock_schedulers(modules: SettingsModules, *, edited: bool) -> Iterator[Edit | Instruction]:
    """Ours below each line that names it, so that the user's own line stays; ``edited``: by an edit."""
    for base in modules.bases():
        for one in (base, *(Base(file, (file,)) for file in modules.on(base))):
            found = one.assigned(SCHEDULER)
            if found is None or literal(found[1].value) not in _STOCK:
                continue
            file, assigned = found
            if edited:
                line = f"{SCHEDULER} = {file.quote}{OURS}{file.quote}"
                yield Edit(file.path, PART, Insertion(file.last_line(assigned.statement), (_WHY, line)))
            else:
                yield Instruction(
                    f"{file.path}:{file.first_line(assigned.value)}",
                    _(
                        "the schedule has a CronSchedule, which django-celery-beat's scheduler refuses:"
                        " beat would leave the entry out"
                    ),
                    f'{SCHEDULER} = "{OURS}"',
                )
