"""django-cron: classes that ``manage.py runcrons`` starts when it finds them due.

Authority: CronJobManager.should_run_now() in django_cron 0.6.0. ``runcrons`` looks at its own ticks
only, and a run that failed is due again at the next tick or after ``retry_after_failure_mins``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from migrator.crontab.reading import Lock, Reading
from migrator.findings import Finding, Place
from migrator.i18n import _
from migrator.schedule.kinds import Schedule, Undecided
from migrator.sources.facts import Listed, Startable
from migrator.sources.python.day_fields import schedule_of
from migrator.sources.python.jobs import function_job, interval, not_static, own_rule
from migrator.sources.python.module import Scope, inner_scope, text_of
from migrator.sources.python.parts import elements
from migrator.sources.python.reader import Reader, Told
from migrator.sources.python.settings import given
from migrator.sources.python.values import Call, Folder, is_static, shown

NAME = "django-cron"
BASE = "CronJobBase"
COMMAND = "runcrons"
CLASSES = "CRON_CLASSES"
# The parameters of Schedule(), in their order.
PARAMETERS = (
    "run_every_mins",
    "run_at_times",
    "retry_after_failure_mins",
    "run_on_days",
    "run_monthly_on_days",
)
_TIME = re.compile(r"(\d{1,2}):(\d{1,2})")


def read(folder: Folder) -> Iterator[Told]:
    """Every class with a schedule, and which classes the settings list."""
    for one in given(folder.module, CLASSES.__eq__):
        yield from _listed(folder, one.value, one.scope)
    known = _Classes(folder)
    for node, scope in folder.module.classes():
        known.add(node, scope)
    for node in known.jobs:
        yield from known.told(node)


READER = Reader(NAME, (BASE, CLASSES), read, rf"class \w+\(.*{BASE}\)|{CLASSES}\s*=")


def _listed(folder: Folder, value: ast.expr, scope: Scope) -> Iterator[Told]:
    for node, inside, readable in elements(folder, value, scope):
        place = folder.module.place(node, NAME)
        name = folder.fold(node, inside)
        if readable and isinstance(name, str):
            yield Listed(COMMAND, name, place)
        elif not folder.module.dotted(node).endswith(f".{CLASSES}"):
            yield not_static(place, text_of(node))


@dataclass(slots=True)
class _Classes:
    """The cron classes of a file, with the ones that they derive from."""

    folder: Folder
    scopes: dict[str, tuple[ast.ClassDef, Scope]] = field(default_factory=dict)
    jobs: list[ast.ClassDef] = field(default_factory=list)

    def add(self, node: ast.ClassDef, scope: Scope) -> None:
        bases = {self.folder.module.dotted(base).rpartition(".")[2] for base in node.bases}
        if bases & {BASE, *self.scopes}:
            self.scopes[node.name] = (node, inner_scope(node, scope))
            self.jobs.append(node)

    def attribute(self, node: ast.ClassDef, name: str) -> Any:
        """The value of a class attribute, its own or a base's; None where there is none."""
        seen: set[str] = set()
        while node.name not in seen:
            seen.add(node.name)
            scope = self.scopes[node.name][1]
            own = scope.bindings.get(name)
            if own:
                return self.folder.fold(own[-1].value, scope)
            bases = [self.folder.module.dotted(base) for base in node.bases]
            node = next((self.scopes[base][0] for base in bases if base in self.scopes), node)
        return None

    def told(self, node: ast.ClassDef) -> Iterator[Told]:
        module = self.folder.module
        place = module.place(node, NAME)
        schedule, code = self.attribute(node, "schedule"), self.attribute(node, "code")
        if code is None:
            return  # runcrons refuses a class without one: it is a base for others
        if not isinstance(schedule, Call):
            yield not_static(place, f"class {node.name}: schedule = {shown(schedule)}")
            return
        name = f"{module.short_name}.{node.name}"
        given = {key: schedule.argument(key, n) for n, key in enumerate(PARAMETERS)}
        reading = Reading()
        if self.attribute(node, "ALLOW_PARALLEL_RUNS") is not True:
            reading.lock = Lock(name, blocking=False)
        job = function_job(
            place,
            name,
            _schedule(schedule, given),
            reading=reading,
            label=code if isinstance(code, str) else node.name,
            findings=tuple(_rules(place, given)),
        )
        path = f"{module.name}.{node.name}"
        yield Startable(COMMAND, (path,), job, "driven", all_without_words=True)


def _schedule(call: Call, given: Mapping[str, Any]) -> Schedule:
    every, times = given["run_every_mins"], given["run_at_times"]
    weekdays, days = given["run_on_days"], given["run_monthly_on_days"]
    if not is_static([every, times, weekdays, days]):
        return Undecided(call.text, _("it depends on the run"))
    if every is None and times:
        return _at_times(call, times, weekdays, days)
    if every is not None and not times and weekdays is None and days is None:
        minutes = isinstance(every, int | float) and not isinstance(every, bool)
        return interval(f"run_every_mins={shown(every)}", every * 60 if minutes else every)
    return Undecided(call.text, _("it joins an interval and times of the day or days"))


def _at_times(call: Call, times: Any, weekdays: Any, days: Any) -> Schedule:
    found = [_TIME.fullmatch(str(time)) for time in times] if isinstance(times, list | tuple) else []
    pairs = {(int(match[1]), int(match[2])) for match in found if match}
    hours, minutes = {hour for hour, _minute in pairs}, {minute for _hour, minute in pairs}
    if not found or not all(found) or len(pairs) != len(hours) * len(minutes):
        return Undecided(call.text, _("one expression cannot say these times"))
    values: dict[str, Any] = {"minute": minutes, "hour": hours}
    try:
        if weekdays is not None:  # datetime.weekday(): Monday is 0
            values["weekday"] = {(int(day) + 1) % 7 for day in weekdays}
        if days is not None:
            values["day"] = {int(day) for day in days}
    except (TypeError, ValueError, OverflowError):
        return Undecided(call.text, _("its days are no numbers"))
    return schedule_of(call.text, values)


def _rules(place: Place, given: Mapping[str, Any]) -> Iterator[Finding]:
    again = given["retry_after_failure_mins"]
    yield own_rule(
        place,
        _("runcrons starts it at its own ticks only, and after a failure again at the next one")
        if again is None
        else _(
            "runcrons starts it at its own ticks only, and {minutes} minutes after a failure again"
        ).format(minutes=shown(again)),
    )
