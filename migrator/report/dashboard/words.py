"""The words of the dashboard that are not those of the cutover report."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from migrator.comparison.durations_beside import durations_in_words
from migrator.comparison.effects_beside import effect_name, summary
from migrator.comparison.lag import Spread
from migrator.comparison.outcomes import Outcome
from migrator.comparison.output_beside import output_in_words
from migrator.comparison.ownership import Side
from migrator.comparison.recent import Recent
from migrator.comparison.runs import Action, Kind, RunRecord
from migrator.comparison.verdicts import Verdict
from migrator.cutover.removal import shown
from migrator.i18n import _, ngettext
from migrator.report.cutover_words import likeness_word, outcome_word, verdict_word, written
from migrator.report.dashboard.board import NOT_JUDGED, Board, Row
from migrator.report.dashboard.job_page import JobPage
from migrator.report.dashboard.plans import GateSeen
from migrator.report.words import moment
from migrator.schedule.occurrences import Slot
from migrator.unseen import without_unseen

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.)?")

ORDER_WORDS = ("verdict", "trouble", "next", "job")


def headline(board: Board) -> str:
    """Where the migration stands, in one sentence."""
    if not board.rows:
        return _("There is no migrated job yet.")
    total = len(board.rows)
    moved = sum(row.owner.executes(Side.CONTROL) is Side.CANDIDATE for row in board.rows)  # in every turn
    text = ngettext(
        "Celery executes {moved} of {count} job.", "Celery executes {moved} of {count} jobs.", total
    )
    return text.format(moved=moved, count=total)


def word(verdict: str) -> str:
    """A verdict's word, or that there is none yet."""
    return _("not judged yet") if verdict == NOT_JUDGED else verdict_word(Verdict(verdict))


def order_word(order: str) -> str:
    return {
        "verdict": _("the worst verdict first"),
        "trouble": _("the latest trouble first"),
        "next": _("what is due next first"),
        "job": _("by name"),
    }[order]


def missing(row: Row) -> str:
    """What is missing, in one line; the others are on the job's page."""
    if row.verdict is None:
        return ""
    if row.verdict.verdict is Verdict.SAFE:
        return ""
    first, *others = row.verdict.reasons or ("",)
    if others:
        more = _("and {count} more").format(count=len(others))
        return f"{first}; {more}"
    return first


def earliest(row: Row) -> str:
    """The earliest date on which the evidence can be complete, where there is one to wait for."""
    if row.verdict is None or row.verdict.verdict is not Verdict.HOLD or row.verdict.earliest is None:
        return ""
    return _("at the earliest on {date}").format(date=row.verdict.earliest.isoformat())


def recent_words(row: Row) -> str:
    """The picture of the last slots in words."""
    counts = row.counts
    if not row.recent:
        return _("no slot yet")
    pending = sum(one.outcome is None for one in row.recent)
    if not counts:
        return ngettext("{count} slot, not settled", "{count} slots, not settled", pending).format(
            count=pending
        )
    if set(counts) == {Outcome.MATCHED}:
        text = ngettext("{count} slot, matched", "all {count} slots matched", counts[Outcome.MATCHED])
        return text.format(count=counts[Outcome.MATCHED])
    return ", ".join(
        _("{count} {outcome}").format(count=count, outcome=outcome_word(outcome))
        for outcome, count in sorted(counts.items(), key=lambda one: -one[1])
    )


def wall(one: Recent) -> str:
    """The slot's minute where cron runs."""
    return slot_moment(one.slot)


def slot_moment(slot: Slot) -> str:
    """The same of a slot that nothing has become of yet."""
    return moment(slot.wall)


def when(instant: dt.datetime | None, zone: ZoneInfo) -> str:
    """An instant with its zone, or nothing."""
    return written(instant.astimezone(zone)) if instant else ""


def outcome_or_pending(one: Recent) -> str:
    return outcome_word(one.outcome) if one.outcome else _("too early to tell")


def legend() -> Iterator[tuple[Outcome | None, str]]:
    """Each sign of the strip once."""
    yield Outcome.MATCHED, _("matched: both sides were there, the owner executed, once")
    yield Outcome.LATE, _("late or early")
    yield Outcome.CONTROL_ONLY, _("cron only: Celery was not there")
    yield Outcome.CANDIDATE_ONLY, _("Celery only: cron was not there")
    yield Outcome.NEITHER, _("neither side was there")
    yield Outcome.DUPLICATE, _("failed, executed twice, or overlapping")
    yield Outcome.IGNORED, _("not compared: cron alone, before shadow")
    yield None, _("too early to tell")


def asked_words(row: Row) -> str:
    """What has been asked for and is not in force yet."""
    if row.asked is None:
        return ""
    text = _("{owner} from {moment}").format(
        owner=row.asked.value, moment=when(row.asked_from, row.job.zone) or "?"
    )
    if row.silent:
        text += "; " + _("not acknowledged: {hosts}").format(hosts=", ".join(row.silent))
    return text


def plain(output: str) -> str:
    """What a job printed, for eyes: no secrets, no colours, nothing that moves a cursor."""
    return shown(without_unseen(_ANSI.sub("", output.replace("\r\n", "\n"))))


def outcome_name(outcome: Outcome | None) -> str:
    return outcome_word(outcome) if outcome else _("no outcome")


def action_word(run: RunRecord) -> str:
    """What a start came to."""
    return {
        Action.EXECUTE: _("executed"),
        Action.WOULD: _("would have run"),
        Action.YIELD: _("yielded"),
        Action.EXPIRED: _("message expired"),
        Action.REVOKED: _("message revoked"),
    }[run.action]


def kind_word(run: RunRecord) -> str:
    """How a run came about."""
    return {
        Kind.SCHEDULED: _("scheduled"),
        Kind.MANUAL: _("by hand"),
        Kind.EXTRA: _("at no slot's time"),
        Kind.OBSERVED: _("known from cron's log"),
    }[run.kind]


def run_facts(run: RunRecord, zone: ZoneInfo) -> Iterator[tuple[str, str]]:
    """All that was recorded of a run, by name."""
    for name, instant in (
        (_("published"), run.published),
        (_("received"), run.received),
        (_("started"), run.started),
        (_("finished"), run.finished),
    ):
        if instant:
            yield name, instant.astimezone(zone).isoformat(sep=" ", timespec="milliseconds")
    ended = "" if run.exit is None else str(run.exit)
    told = (
        (_("exit status"), ended),
        (_("signal"), "" if run.signal is None else str(run.signal)),
        (_("reason"), run.reason),
        (_("host"), run.host),
        (_("user"), run.user),
        (_("worker"), run.worker),
        (_("task id"), run.task),
        (_("run id"), run.run),
        (_("effects"), effects_words(run)),
    )
    yield from ((name, shown(value)) for name, value in told if value)


def effects_words(run: RunRecord) -> str:
    """What a run did, as far as it was counted."""
    if run.effects is None:
        return _("unknown") if run.executed else ""
    counts = run.effects.counts.items()
    return ", ".join(f"{effect_name(name)}: {_unknown(count)}" for name, count in counts)


def _unknown(count: int | None) -> str:
    return _("unknown") if count is None else str(count)


def beside_facts(page: JobPage, *, output: bool) -> Iterator[tuple[str, str]]:
    """Effects, output and durations of both sides, by name; ``output``: what was printed may be told."""
    facts = [
        (_("effects"), page.effects.likeness, summary(page.effects)),
        (_("output"), page.output.likeness, output_in_words(page.output) if output else ""),
        (_("duration"), page.durations.likeness, durations_in_words(page.durations)),
    ]
    for name, likeness, text in facts:
        yield name, plain("; ".join(filter(None, (likeness_word(likeness), text))))


def lag_steps(page: JobPage) -> list[tuple[str, str, str]]:
    """Each step before a start with what it took on both sides."""
    names = {
        "published": _("due to published"),
        "received": _("published to received"),
        "started": _("received to started"),
        "total": _("due to started"),
    }
    lag = page.lag
    return [
        (text, _spread(lag.control.get(name)), _spread(lag.candidate.get(name)))
        for name, text in names.items()
        if name in lag.control or name in lag.candidate
    ]


def _spread(one: Spread | None) -> str:
    return f"{one.median:+.1f} ({one.most:.1f})" if one else ""


def gate_word(name: str) -> str:
    """What a gate is about."""
    return {
        "path": _("the step from one owner to the next"),
        "line": _("the line in the crontab"),
        "ready": _("database, broker, worker and beat are ready"),
        "owners": _("every cron host can read who executes"),
        "hosts": _("the cron hosts follow"),
        "evidence": _("the evidence in the ledger"),
    }[name]


def gate_state(gate: GateSeen) -> str:
    if gate.fact is None:
        return _("done")
    return _("open") if gate.acceptable else _("blocked")
