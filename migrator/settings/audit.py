"""What is wrong with the settings modules of a project, for the jobs that Celery is to take over."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from migrator.findings import Finding, Place
from migrator.i18n import _
from migrator.schedule.expression import CronExpression
from migrator.schedule.kinds import Interval
from migrator.schedule.occurrences import following
from migrator.schedule.parting import minutes_in_utc
from migrator.settings.effective import OURS, Effective, Entry
from migrator.settings.modules import Where
from migrator.zones import zone_of

_TESTING = re.compile(r"(?:^|[._])(?:tests?|testing|ci|pytest)$")
_SAMPLE = 64  # occurrences: the longest gap of a schedule recurs within them
_REDELIVERS = {"redis": 3600, "rediss": 3600, "sqs": 1800}  # seconds without an ack; kombu's defaults
# "consumer_timeout": RabbitMQ closes the channel of a delivery that nobody has acknowledged for so long
_CONSUMER_TIMEOUT = 1800
_WITHOUT_ZONES = ("sqlite3", "spatialite", "mysql")  # databases that take no time with a zone
_UTC = ("UTC", "Etc/UTC")
_AMQP = ("amqp", "amqps", "pyamqp", "librabbitmq")


@dataclass(frozen=True, slots=True)
class Expected:
    """A job that has a task: what cron's side knows of it.

    ``timeout``: the most seconds that it takes, by its own limit or as measured; ``written``: the file
    with its generated entry, "" for none.
    """

    job: str
    task: str
    schedule: CronExpression | Interval
    timezone: str
    timeout: float | None = None
    written: str = ""

    def longest_gap(self, since: dt.date) -> dt.timedelta:
        """The longest time between two starts."""
        if isinstance(self.schedule, Interval):
            return dt.timedelta(seconds=self.schedule.seconds)
        start = dt.datetime.combine(since, dt.time(), dt.UTC)
        slots = following(self.schedule, zone_of(self.timezone), start, _SAMPLE)
        return max((later.due - sooner.due for sooner, later in pairwise(slots)), default=dt.timedelta())


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing about one module; ``setting``: the name whose line is its place."""

    code: str
    fact: str
    hint: str
    setting: str = ""


def audit(
    modules: Sequence[Effective],
    jobs: Sequence[Expected],
    *,
    bases: Mapping[str, Sequence[str]],
    where: Where,
    since: dt.date,
    rows: Collection[str] = (),
) -> list[Finding]:
    """The findings over all modules, one for what several share.

    ``bases``: for each module the names of those that it takes in; ``rows``: the entries that beat
    finds in the database, because a migration wrote them.
    """
    remarks: dict[tuple[Remark, Place | None], list[str]] = {}
    serve = {module.module for module in serving(modules, bases)}
    for module in modules:
        found = list(_of_every(module))
        if module.module in serve:
            there = rows if module.in_rows else ()
            found += [*_of_serving(module, jobs, since), *_hidden(module, modules, jobs, bases, rows=there)]
        for remark in dict.fromkeys(found):
            place = where(module.module, remark.setting) if remark.setting else None
            remarks.setdefault((remark, place), []).append(module.module)
    return sorted(
        (
            Finding(remark.code, place, f"{', '.join(names)}: {remark.fact}", remark.hint)
            for (remark, place), names in remarks.items()
        ),
        key=lambda one: (one.code, one.message),
    )


def serving(modules: Sequence[Effective], bases: Mapping[str, Sequence[str]]) -> list[Effective]:
    """Those that production may load: no base of another, no debugging, not named for tests.

    Where all that there is to load is for debugging, as in a project with one module, it is that.
    """
    taken = {name for names in bases.values() for name in names}
    real = [one for one in modules if one.module not in taken and not _TESTING.search(one.module)]
    strict = [one for one in real if one.error or not one.debug] or real
    return [one for one in strict if not one.error]


def _of_every(module: Effective) -> Iterator[Remark]:
    """What is wrong wherever it stands."""
    if module.error:
        yield Remark(
            "CM433",
            _("it does not load here: {error}").format(error=module.error),
            _("give this command the environment that these settings need, and call it again"),
        )
        return
    if module.problem:
        yield Remark(
            "CM433",
            _("its tasks do not load: {error}").format(error=module.problem),
            _("a worker with these settings would not start: mend the import"),
        )
    for name, meant in module.unknown.items():
        yield Remark("CM424", _("{name} is no setting of Celery's").format(name=name), _meant(meant), name)
    for entry in module.entries:
        if module.tasks is not None and entry.task and entry.task not in module.tasks:
            yield Remark(
                "CM432",
                _("the entry {name} sends {task}, which no worker has").format(
                    name=entry.name, task=entry.task
                ),
                _("correct the name of the task, or remove the entry"),
                "CELERY_BEAT_SCHEDULE",
            )


def _meant(meant: str) -> str:
    if meant.startswith("@"):
        return _("it is an option of each task: {spelling}").format(spelling=meant)
    if meant:
        return _("write {name}").format(name=meant)
    return _("Celery ignores it: remove it, or give it another prefix if your own code reads it")


def _of_serving(module: Effective, jobs: Sequence[Expected], since: dt.date) -> Iterator[Remark]:
    """What is wrong in settings that production may load."""
    if module.eager:
        yield Remark(
            "CM425",
            _("tasks run where they are called, and no worker gets one"),
            _("set CELERY_TASK_ALWAYS_EAGER in the settings of tests only"),
            "CELERY_TASK_ALWAYS_EAGER",
        )
    yield from _rows(module)
    yield from _expiries(module)
    yield from _zones(module, jobs, since)
    yield from _limits(module, jobs)
    yield from _redelivery(module, jobs)
    yield from _retention(module, jobs, since)


def _rows(module: Effective) -> Iterator[Remark]:
    """What the rows of django-celery-beat need of Django's settings."""
    if not module.in_rows_of_its_own:
        return
    if not module.tz_aware and module.use_tz and module.timezone != "UTC":
        yield Remark(
            "CM427",
            _("DJANGO_CELERY_BEAT_TZ_AWARE = False with USE_TZ sends due rows again every five minutes"),
            _("remove DJANGO_CELERY_BEAT_TZ_AWARE"),
            "DJANGO_CELERY_BEAT_TZ_AWARE",
        )
    yield from times_of_rows(module)


def times_of_rows(module: Effective) -> Iterator[Remark]:
    """Whether the rows' own scheduler can keep, and read again, when it has run."""
    if module.use_tz or not module.in_rows_of_its_own:
        return
    if module.tz_aware and module.database in _WITHOUT_ZONES:
        fact = _("USE_TZ = False: the database refuses the time of a row's last run, and beat stops")
    elif module.django_zone not in _UTC:
        fact = _("USE_TZ = False: beat takes the times of its rows for UTC, and they are those of {zone}")
    else:
        return
    yield Remark(
        "CM427",
        fact.format(zone=module.django_zone),
        _('set USE_TZ = True, or CELERY_BEAT_SCHEDULER = "{name}"').format(name=OURS),
        "USE_TZ",
    )


def _expiries(module: Effective) -> Iterator[Remark]:
    """Entries whose messages do not expire, because the option has the other scheduler's name."""
    read, dropped = ("expire_seconds", "expires") if module.in_rows else ("expires", "expire_seconds")
    names = [one.name for one in module.entries if dropped in one.options and read not in one.options]
    if names:
        yield Remark(
            "CM436",
            _("beat drops the option {name} of {entries}: their messages never expire").format(
                name=dropped, entries=", ".join(names)
            ),
            _("write {name}; for generated entries, correct scheduler in [generate]").format(name=read),
            "CELERY_BEAT_SCHEDULE",
        )


def _zones(module: Effective, jobs: Sequence[Expected], since: dt.date) -> Iterator[Remark]:
    """Entries that go by another clock than cron's."""
    for job in jobs:
        for entry in module.entries:
            if entry.task == job.task and not _on_the_clock_of_cron(job, entry, since):
                yield Remark(
                    "CM428",
                    _("{job} goes by {celery}, and by {cron} under cron").format(
                        job=job.job, celery=entry.timezone, cron=job.timezone
                    ),
                    _('set CELERY_TIMEZONE = "{zone}"').format(zone=job.timezone),
                    "CELERY_TIMEZONE",
                )


def _on_the_clock_of_cron(job: Expected, entry: Entry, since: dt.date) -> bool:
    if isinstance(job.schedule, Interval):
        return True
    if entry.timezone == "UTC" and minutes_in_utc(job.schedule, zone_of(job.timezone), since):
        return True
    return entry.timezone in (None, job.timezone)


def _limits(module: Effective, jobs: Sequence[Expected]) -> Iterator[Remark]:
    """One limit for all tasks, where cron had none."""
    limit = min(filter(None, (module.soft_time_limit, module.time_limit)), default=None)
    capped = [job.job for job in jobs if limit and (job.timeout is None or job.timeout > limit)]
    if limit and capped:
        yield Remark(
            "CM429",
            _("every task is stopped after {limit:g} s, and cron let {jobs} run on").format(
                limit=limit, jobs=", ".join(capped)
            ),
            _("limit the tasks that need it, each by its measured duration"),
            "CELERY_TASK_SOFT_TIME_LIMIT" if module.soft_time_limit else "CELERY_TASK_TIME_LIMIT",
        )


def _redelivery(module: Effective, jobs: Sequence[Expected]) -> Iterator[Remark]:
    """A message that is acknowledged at the end, of a job that may take longer than the broker waits."""
    waits = patience_of(module.broker, module.visibility_timeout) if module.acks_late else None
    long = [job.job for job in jobs if waits and job.timeout and job.timeout > waits.seconds]
    if waits and long:
        yield Remark(
            "CM430",
            _("the broker gives a message away after {seconds:g} s, and {jobs} may take longer").format(
                seconds=waits.seconds, jobs=", ".join(long)
            ),
            _("raise {name} of the broker above the longest run, or acknowledge early").format(
                name=waits.name
            ),
            "CELERY_TASK_ACKS_LATE",
        )


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a broker waits for an acknowledgement, and the name of the setting that says so."""

    seconds: float
    name: str


def patience_of(broker: str, visibility_timeout: float | None) -> Patience | None:
    """The patience of a broker, by the scheme of its address; None where nothing is known."""
    if broker in _AMQP:
        return Patience(_CONSUMER_TIMEOUT, "consumer_timeout")
    waits = _REDELIVERS.get(broker)
    return Patience(visibility_timeout or waits, "visibility_timeout") if waits else None


def _retention(module: Effective, jobs: Sequence[Expected], since: dt.date) -> Iterator[Remark]:
    """Results that are gone before the slowest job runs again."""
    if not jobs or not module.result_expires or module.result_backend in ("", "disabled"):
        return
    slowest = max(jobs, key=lambda job: job.longest_gap(since))
    gap, kept = slowest.longest_gap(since), dt.timedelta(seconds=module.result_expires)
    if kept < gap:
        yield Remark(
            "CM426",
            _("results are kept for {kept}, and {job} runs every {gap}").format(
                kept=in_days(kept), job=slowest.job, gap=in_days(gap)
            ),
            _("set CELERY_RESULT_EXPIRES = timedelta(days={days})").format(days=gap.days + 7),
            "CELERY_RESULT_EXPIRES",
        )


def in_days(duration: dt.timedelta) -> str:
    """``31 d``, ``90 min``: one unit."""
    seconds = duration.total_seconds()
    if seconds >= 2 * 86400 or seconds % 86400 == 0:
        return f"{seconds / 86400:.3g} d"
    return f"{seconds / 3600:.3g} h" if seconds >= 7200 else f"{seconds / 60:.3g} min"


def _hidden(
    module: Effective,
    modules: Sequence[Effective],
    jobs: Sequence[Expected],
    bases: Mapping[str, Sequence[str]],
    *,
    rows: Collection[str],
) -> Iterator[Remark]:
    """Entries of a base that these settings lose, and jobs that only others send, or a generated schedule."""
    own = {*rows, *(entry.name for entry in module.entries)}
    lost = {
        entry.name: other.module
        for other in modules
        if other.module in bases.get(module.module, ())
        for entry in other.entries
        if entry.name not in own
    }
    for job in jobs:
        others = [other.module for other in modules if other.sends(job.task)]
        others += [job.written] if job.written else []
        if others and not module.sends(job.task) and job.job not in own and job.job not in lost:
            lost[job.job] = others[0]
    for name, other in lost.items():
        yield Remark(
            "CM423",
            _("beat has no entry {name}, which {other} has").format(name=name, other=other),
            _("add to the schedule instead of replacing it: CELERY_BEAT_SCHEDULE.update(...)"),
            "CELERY_BEAT_SCHEDULE",
        )
