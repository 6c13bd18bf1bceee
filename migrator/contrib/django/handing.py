"""Changes owners for people: the gates that a job must pass first, and ``abort``."""

from __future__ import annotations

import datetime as dt
import shlex
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from migrator.comparison.document import JobComparison
from migrator.comparison.outcomes import Outcome
from migrator.comparison.ownership import PATH, Owner, Refused, Side, allowed
from migrator.comparison.unrecorded import Unrecorded
from migrator.configuration import EvidenceNeeded
from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django import owners
from migrator.contrib.django.beat import settle
from migrator.contrib.django.checks import failed, folded
from migrator.contrib.django.comparing import compare_jobs
from migrator.contrib.django.ledger import deciding_alone
from migrator.contrib.django.models import Handover, Host, Run
from migrator.contrib.django.own_rows import switch_on
from migrator.contrib.django.preflight import preflight
from migrator.errors import Cannot, MigratorError
from migrator.i18n import _

Decide = Callable[[JobComparison], JobComparison]


def hand_over(
    app: Any,
    jobs: Iterable[MigratedJob],
    owner: Owner,
    *,
    who: str,
    reason: str,
    accepted: str,
    now: dt.datetime,
    needed: EvidenceNeeded | None = None,
    rehearsed: Collection[str] = (),
    unrecorded: Mapping[str, Sequence[Unrecorded]] | None = None,
    seen: Mapping[str, int] | None = None,
    lines: str = "",
    decide: Decide | None = None,
) -> list[Handover]:
    """Ask for hand-overs, all or none, once everything they need is there.

    A job for which the owner has been asked for already is left out. ``needed``, ``rehearsed``
    and ``unrecorded``: as for comparing. ``seen``: by job, the key of the latest hand-over that the decision
    rests on, 0 for none; it is refused where there is another since. ``accepted``: why, whatever the
    evidence; ``lines``: what was accepted of the checklist, for the audit log. ``decide``: makes verdicts
    stricter by it.
    """
    jobs = list(jobs)
    current = _asked(jobs)
    moving = [job for job in jobs if current[job.definition.id] is not owner]
    compared = {"needed": needed, "rehearsed": rehearsed, "unrecorded": unrecorded, "decide": decide}
    told = "; ".join(filter(None, (accepted, lines)))
    for gate in gates(app, moving, owner, accepted=accepted, now=now, compared=compared):
        if gate.problem is not None:
            raise gate.problem
    with deciding_alone():
        _unchanged(seen or {})
        switch_on(app, [job for job in moving if _forward(current[job.definition.id], owner)])
        asked = [owners.ask(job.definition, owner, who=who, reason=reason, accepted=told) for job in moving]
        settle(app, moving, now)
    return [handover for handover in asked if handover is not None]


def _unchanged(seen: Mapping[str, int]) -> None:
    """Raise Refused where somebody else has changed an owner since it was looked at."""
    chains = owners.chains(seen) if seen else {}
    for job, key in seen.items():
        if key != owners.newest(chains.get(job, [])):
            raise Refused(
                _("the owner of {job} has been changed meanwhile").format(job=job),
                hint=_("look at it again, then decide"),
            )


@dataclass(frozen=True, slots=True)
class Gate:
    """One thing that a hand-over needs, and what is wrong with it; ``acceptable``: a reason lets it pass."""

    name: Literal["path", "line", "ready", "owners", "hosts", "evidence"]
    problem: MigratorError | None
    acceptable: bool = False


def gates(
    app: Any,
    moving: Sequence[MigratedJob],
    owner: Owner,
    *,
    accepted: str,
    now: dt.datetime,
    compared: Mapping[str, Any] | None = None,
) -> Iterator[Gate]:
    """What has to be passed for these jobs to get the owner, in the order in which it is looked at.

    Each is looked at when it is asked for: whoever stops at the first problem waits for none of the others.
    ``compared``: as for comparing.
    """
    current = _asked(moving)
    for job in moving:
        before, accepting = current[job.definition.id], bool(accepted)
        problem = _problem(allowed, before, owner, accepted=accepting)
        yield Gate("path", problem, acceptable=_problem(allowed, before, owner, accepted=True) is None)
        if before is Owner.RETIRED and not accepted:
            yield Gate("line", without_its_line(job.definition.id), acceptable=True)
    forward = [job for job in moving if _forward(current[job.definition.id], owner)]
    if forward:
        yield Gate("ready", _problem(ready, app, forward, now))
    if forward and owner in (Owner.ALTERNATE, Owner.CELERY):
        names = [job.definition.id for job in forward]
        problem = _problem(hosts_read_owners, names, accepted=bool(accepted))
        yield Gate("owners", problem, acceptable=_problem(hosts_read_owners, names, accepted=True) is None)
        yield Gate("hosts", _problem(hosts_listen, now))
        if not accepted:
            problem = _problem(evidence, forward, owner, now, **(compared or {}))
            yield Gate("evidence", problem, acceptable=True)


def _problem(check: Callable[..., object], *arguments: Any, **named: Any) -> MigratorError | None:
    try:
        check(*arguments, **named)
    except MigratorError as problem:
        return problem
    return None


def _asked(jobs: Iterable[MigratedJob]) -> dict[str, Owner]:
    """The owner that was asked for last, by job."""
    names = [job.definition.id for job in jobs]
    chains = owners.chains(names)
    return {name: owners.asked(chains.get(name, [])) for name in names}


def without_its_line(job: str) -> Refused:
    """Why a retired job is given to nobody: cron would own it, and have no line to start it from."""
    return Refused(
        _("{job} is retired: its line is out of the crontab").format(job=job),
        hint=_(
            "run `migrator cutover rollback {job}`, which puts it back; was that done by hand: {accept}"
        ).format(job=job, accept='--accept "reason"'),
    )


def _forward(current: Owner, owner: Owner) -> bool:
    return PATH.index(owner) > PATH.index(current)


def ready(app: Any, jobs: list[MigratedJob], now: dt.datetime) -> None:
    """Raise Cannot where database, broker, worker, registry or beat is not ready for these jobs."""
    problems = failed(folded(preflight(app, jobs, now)))
    if problems:
        hint = _("hint: {hint}")
        raise Cannot("\n".join(f"{one.fact}\n{hint.format(hint=one.remedy)}" for one in problems))


def hosts_listen(now: dt.datetime) -> None:
    """Raise Cannot unless every cron host has synced lately: one that has not would go on executing."""
    if not owners.current_hosts():
        raise Cannot(
            _("no cron host has synced yet, so none can give the job up"),
            hint=_("run `migrator instrument`, which adds `migrator sync` to the crontab"),
        )
    unheard = owners.unheard(now)
    if unheard:
        raise silent(unheard)


def hosts_read_owners(jobs: Collection[str], *, accepted: bool) -> None:
    """Raise Refused while a host that reaches only the broker runs one of the jobs, or may run it."""
    for name, host in owners.broker_hosts().items():
        recorded = recorded_by(host)
        theirs = sorted(set(jobs) & recorded)
        if theirs:
            raise Refused(
                _("{host} runs {jobs} and reaches only the broker, so it cannot read who executes").format(
                    host=name, jobs=", ".join(theirs)
                ),
                hint=_(
                    "leave them in shadow, or let its `migrator sync` reach the database; "
                    "if their lines are gone from there: migrator owner --forget {host}"
                ).format(host=shlex.quote(name)),
            )
        if not accepted:
            raise Refused(
                _("{host} reaches only the broker, and may have lines of {jobs} not due yet").format(
                    host=name, jobs=", ".join(sorted(jobs))
                ),
                hint=_('look at its crontab; if it has none: --accept "reason"'),
            )


def recorded_by(host: Host) -> set[str]:
    """The jobs that the host has recorded."""
    runs = Run.objects.filter(side=Side.CONTROL, host=host.name, user=host.user)
    return set(runs.values_list("job", flat=True).distinct())


def silent(hosts: Iterable[Host]) -> Cannot:
    """Why nothing is handed over while cron hosts have not synced lately.

    That all jobs of a host have left is known of those that it has recorded; of a line that has
    not been due yet nothing is, so a person has to say that the host is to be forgotten.
    """
    hosts = list(hosts)
    fact = _("not heard for five minutes: {hosts}").format(hosts=", ".join(str(host) for host in hosts))
    done = done_hosts(hosts)
    if not done:
        return Cannot(fact, hint=owners.how_to_be_heard())
    commands = "; ".join(f"migrator owner --forget {shlex.quote(host)}" for host in done)
    return Cannot(
        fact,
        hint=_("all jobs that it has recorded are retired; with no line left there, run: {commands}").format(
            commands=commands
        ),
    )


def done_hosts(hosts: Iterable[Host] | None = None) -> list[str]:
    """Those of the hosts, or of all, whose recorded jobs are all retired."""
    all_hosts = (*owners.current_hosts().values(), *owners.broker_hosts().values())
    return [str(host) for host in (all_hosts if hosts is None else hosts) if _all_retired(host)]


def _all_retired(host: Host) -> bool:
    """Whether every job that the host has recorded is retired, and there was one."""
    recorded = recorded_by(host)
    return bool(recorded) and recorded <= set(retired())


def evidence(
    jobs: Iterable[MigratedJob],
    owner: Owner,
    now: dt.datetime,
    *,
    needed: EvidenceNeeded | None = None,
    rehearsed: Collection[str] = (),
    unrecorded: Mapping[str, Sequence[Unrecorded]] | None = None,
    decide: Decide | None = None,
) -> None:
    """Raise Refused, with what each job lacks, unless the ledger speaks for handing all of them over."""
    refused, listed = [], False
    for found in compare_jobs(
        jobs, now=now, needed=needed, rehearsed=rehearsed, unrecorded=unrecorded, shown=0
    ):
        decided = decide(found) if decide and not _lenient(found, owner) else found
        if fact := _clean_shadow(found) if _lenient(found, owner) else _enough(decided):
            refused.append((found, fact))
            listed = listed or decided.judgement.against != found.judgement.against
    if not refused:
        return
    days = [found.judgement.earliest_safe for found, _fact in refused]
    verb = "migrator cutover checklist" if listed else "migrator compare"
    command = verb + (f" {refused[0][0].id}" if len(refused) == 1 else "")
    hint = _("see `{command}`").format(command=command)
    if owner is Owner.CELERY and all(days):
        day = max(day for day in days if day is not None)
        hint = _("the evidence can be complete on {date}; {hint}").format(date=day.isoformat(), hint=hint)
    facts = "\n".join(f"{found.id}: {fact}" for found, fact in refused)
    raise Refused(facts, hint=hint, acceptable=True)


def _lenient(found: JobComparison, owner: Owner) -> bool:
    """Turns are how evidence is gathered; and a demonstration lasts minutes."""
    return owner is Owner.ALTERNATE or found.comparison.job.demo


def _clean_shadow(found: JobComparison) -> str | None:
    """What is wrong, unless every slot compared since shadow began matched, and there was one."""
    if found.unrecorded:
        return found.unrecorded[0].fact
    counts = {outcome for outcome, count in found.compared.counts.items() if count} - {Outcome.IGNORED}
    if not counts:
        return _("no slot has been compared in shadow yet")
    bad = [(found.compared.latest[outcome], outcome) for outcome in counts - {Outcome.MATCHED}]
    if not bad:
        return None
    slot, outcome = max(bad)
    return _("the slot {slot} was {outcome}").format(slot=slot, outcome=outcome)


def _enough(found: JobComparison) -> str | None:
    """What stands between the job and Celery: the cutover's own verdict, but for what comes after."""
    return "; ".join(found.judgement.against) or None


def retired() -> list[str]:
    """The jobs whose lines are out, or about to go: under cron nothing would start them."""
    return sorted(job for job, chain in owners.chains().items() if owners.asked(chain) is Owner.RETIRED)


def abort(
    app: Any, jobs: Iterable[MigratedJob], *, who: str, reason: str, now: dt.datetime
) -> list[Handover]:
    """Every job that is ever due and has a line back to cron, from the first slot that can be changed."""
    out = retired()
    due = [job for job in jobs if job.definition.id not in out and job.definition.fires]
    asked = [owners.ask(job.definition, Owner.CRON, who=who, reason=reason) for job in due]
    settle(app, [job for job, handover in zip(due, asked, strict=True) if handover is not None], now)
    return [handover for handover in asked if handover is not None]
