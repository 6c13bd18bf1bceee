"""``migrator owner``: show or change who executes."""

from __future__ import annotations

import datetime as dt
import shlex
from typing import TYPE_CHECKING, Any

import click

from migrator.cli.deciding import deciding
from migrator.cli.lines_gone import lines_gone
from migrator.cli.options import accept_option, format_option, note, print_json, tell
from migrator.cli.past_recorder import past_the_recorder
from migrator.cli.project import find_home
from migrator.cli.runtime import Runtime, runtime, standings, who
from migrator.cli.tables import console, table
from migrator.cli.unrecorded_lines import unrecorded_lines
from migrator.comparison.ownership import PATH, Owner
from migrator.errors import UsageProblem
from migrator.i18n import _
from migrator.required import Accepted, accepted

if TYPE_CHECKING:
    from migrator.contrib.django.models import Handover
    from migrator.contrib.django.owners import Standing


@click.command("owner", short_help="Show or change who executes.")
@click.argument("job", required=False)
@click.argument("state", required=False)
@click.option("--all", "everyone", is_flag=True, help=_("every job: migrator owner --all STATE"))
@click.option("--reason", default="", help=_("why, for the audit log"))
@accept_option
@click.option("--forget", metavar="HOST", help=_("cron is gone from this host: do not wait for its word"))
@format_option
def command(
    job: str | None,
    state: str | None,
    everyone: bool,
    reason: str,
    accept: tuple[str, ...],
    forget: str | None,
    output: str,
) -> int:
    """Show or change who executes: cron, shadow (cron executes, Celery watches), alternate (they take
    turns), celery, retired.

    A change takes effect with a slot at least two minutes ahead, when every cron host has
    acknowledged it.
    """
    if forget is not None and (job is not None or everyone):
        raise UsageProblem(
            _("--forget takes a host alone, and changes no owner"),
            hint=_("call it twice: migrator owner --forget HOST, and migrator owner JOB STATE"),
        )
    if everyone and state is not None:
        raise UsageProblem(_("name a job, or --all"), hint=_("every job: migrator owner --all STATE"))
    if everyone:
        job, state = None, job
    now = dt.datetime.now(dt.UTC)
    with runtime() as found:
        if forget is not None:
            return _forget(forget, now, output)
        if state is None:
            return _show(found, job, output)
        return _change(found, job, _owner(state), reason=reason, accept=accepted(accept), output=output)


def _owner(word: str) -> Owner:
    try:
        return Owner(word)
    except ValueError:
        raise UsageProblem(
            _("there is no owner {word}").format(word=word),
            hint=_("the owners are {owners}").format(owners=", ".join(PATH)),
        ) from None


def _forget(name: str, now: dt.datetime, output: str) -> int:
    from migrator.contrib.django.owners import forget

    gone = forget(name, now)
    if not gone:
        raise UsageProblem(
            _("no host {name} has synced").format(name=name), hint=_("see `migrator owner --format json`")
        )
    if output == "json":
        print_json({"forgotten": [str(host) for host in gone]})
        return 0
    for host in gone:
        tell(_("{host} is forgotten until it syncs again").format(host=host))
    return 0


def _change(
    found: Runtime, job: str | None, owner: Owner, *, reason: str, accept: Accepted, output: str
) -> int:
    from migrator.contrib.django.handing import hand_over
    from migrator.contrib.django.owners import orphans

    if job and owner is Owner.CRON and job in orphans(found.jobs):
        return _give_up(job, reason=reason, accept=accept, output=output)
    jobs = found.chosen(job)
    now = dt.datetime.now(dt.UTC)
    resting = deciding(find_home(), found, now, accept.lines)
    done = hand_over(
        found.app, jobs, owner, who=who(), reason=reason, accepted=accept.everything, now=now,
        needed=found.configuration.evidence, rehearsed=resting.rehearsed,
        unrecorded=past_the_recorder(jobs, now), lines=accept.line_sentence, decide=resting.decide,
    )  # fmt: skip
    if owner is Owner.CRON:
        for line in lines_gone(find_home(), {one.definition.id for one in jobs}):
            text = _("{job}: cron will not execute it, its line is gone from {place}; {backup} has it")
            note(text.format(job=line.job, place=line.place, backup=f"{line.backup}:{line.number}"))
    if done and owner not in (Owner.CRON, Owner.RETIRED):
        for said in unrecorded_lines(find_home(), {one.job for one in done}):
            note(f"migrator: {said}")
    if output == "json":
        print_json({"handovers": [_handover(one) for one in done]})
        return 0
    changed = {one.job: one for one in done}
    for name in (one.definition.id for one in jobs):
        if name not in changed:
            tell(_("{job}: {owner} has been asked for already").format(job=name, owner=owner))
            continue
        one = changed[name]
        text = _("{job}: {previous} -> {owner} from {slot}")
        tell(text.format(job=name, previous=one.previous, owner=owner, slot=one.from_slot))
    return 0


def _give_up(job: str, *, reason: str, accept: Accepted, output: str) -> int:
    """Note that a job that no task has is cron's again."""
    from migrator.contrib.django.handing import retired, without_its_line
    from migrator.contrib.django.owners import give_up

    if job in retired() and not accept.everything:
        raise without_its_line(job)
    given = give_up(job, who=who(), reason=reason)
    if output == "json":
        print_json({"handovers": [_handover(given)]})
        return 0
    text = _("{job}: {previous} -> {owner} in the ledger; cron executes where the spool has no jobs/{job}")
    tell(text.format(job=job, previous=given.previous, owner=given.owner))
    return 0


def _handover(one: Handover) -> dict[str, Any]:
    return {
        "job": one.job,
        "previous": one.previous,
        "owner": one.owner,
        "from": one.from_slot,
        "from_due": one.from_due.isoformat(),
        "reason": one.reason,
        "accepted": one.accepted,
        "who": one.who,
    }


def _show(found: Runtime, job: str | None, output: str) -> int:
    from migrator.contrib.django.handing import done_hosts
    from migrator.contrib.django.owners import broker_hosts, current_hosts

    chosen = {one.definition.id for one in found.chosen(job)}
    shown = [one for one in standings(found) if one.job in chosen]
    if output == "json":
        seen = [
            {"host": name, "last_seen": host.last_seen.isoformat(), "over": host.over}
            for name, host in (current_hosts() | broker_hosts()).items()
        ]
        print_json({"jobs": [_standing(one) for one in shown], "hosts": seen})
        return 0
    rows = table(_("job"), _("owner"), _("since"), _("next"), narrow=(1, 2))
    for one in shown:
        zone = found.jobs[one.job].definition.zone
        rows.add_row(one.job, one.owner, _instant(one.since, zone), next_owner(one, zone))
    console().print(rows)
    for host in done_hosts():
        text = _("all jobs that {host} has recorded are retired; with no line left there, run: {command}")
        note(text.format(host=host, command=f"migrator owner --forget {shlex.quote(host)}"))
    for name in broker_hosts():
        text = _("{host} reaches only the broker: what it runs stays in cron or shadow")
        note(text.format(host=name))
    return 0


def _standing(one: Standing) -> dict[str, Any]:
    return {
        "job": one.job,
        "owner": one.owner,
        "since": one.since.isoformat() if one.since else None,
        "next": one.asked,
        "next_from": one.asked_from.isoformat() if one.asked_from else None,
        "silent": list(one.silent),
    }


def next_owner(one: Standing, zone: dt.tzinfo) -> str:
    """What has been asked for and is not in force yet, from when, and who has not acknowledged it."""
    if one.asked is None:
        return ""
    text = _("{owner} from {instant}").format(owner=one.asked, instant=_instant(one.asked_from, zone))
    if one.silent:
        text += "\n" + _("not acknowledged: {hosts}").format(hosts=", ".join(one.silent))
    return text


def _instant(moment: dt.datetime | None, zone: dt.tzinfo) -> str:
    """In cron's zone, as `compare` shows slots."""
    return moment.astimezone(zone).isoformat(sep=" ", timespec="minutes") if moment else ""
