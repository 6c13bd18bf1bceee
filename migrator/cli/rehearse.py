"""``migrator rehearse``: the installed beat and cron on a virtual clock, slot by slot."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import click

from migrator.adapters.rehearsals import keep_rehearsals, kept_rehearsals
from migrator.cli.options import dated, format_option, note, print_json
from migrator.cli.project import Home, required_home
from migrator.cli.rehearse_table import print_rehearsals
from migrator.cli.rehearsing import Part, rehearsed, require_daemon, with_daemon
from migrator.cli.scanning import chosen, host_zone, whole_inventory
from migrator.comparison.rehearsal_events import Event, read_event
from migrator.comparison.rehearsal_record import record_document, with_records
from migrator.errors import Cannot, UsageProblem
from migrator.i18n import _
from migrator.report.installed_proof import to_compare
from migrator.sources.job import Job
from migrator.zones import zone_of

MONTHS = 13  # a year has each night of a clock change, and the month more each day of a month


@click.command("rehearse", short_help="Run the installed beat and cron on a virtual clock.")
@click.argument("jobs", nargs=-1, metavar="[JOB]...")
@click.option("--from", "since", metavar="DATE", help=_("the window's start (default: today)"))
@click.option("--to", "until", metavar="DATE", help=_("the window's end (default: thirteen months later)"))
@click.option(
    "--event",
    "events",
    multiple=True,
    metavar="EVENT",
    help=_(
        "what happens to beat: late/90s, restart@03:00, crash@TIME, deploy@TIME, off@TIME/1d, edit@TIME=CRON"
    ),
)
@click.option("--full", is_flag=True, help=_("every day also of jobs that are due very often"))
@click.option("--real-cron", is_flag=True, help=_("ask the real Debian cron on this machine, too"))
@format_option
def command(
    jobs: tuple[str, ...],
    since: str | None,
    until: str | None,
    events: tuple[str, ...],
    full: bool,
    real_cron: bool,
    output: str,
) -> int:
    """Run the installed beat and cron on a virtual clock, and compare every slot.

    The scheduler class that the settings name runs with its real entries, or with copies of
    its rows in memory; nothing is sent and no database is written. Of a job that is due more often
    than each half hour, and whose schedule is proved, the days that tell are rehearsed: a week, and
    each turn of a month, change of the clock and event; --full takes every day. The result is kept
    in .migrator/rehearsal.json, for the report. Exit 1 when a start differs, unless it is on a
    day of a clock change and CM203 is accepted.
    """
    home = required_home()
    part = _part(home, jobs, (since, until), events, full=full)
    kept = kept_rehearsals(home.root)
    if real_cron:
        require_daemon(part)
    records = rehearsed(home, part)
    if real_cron:
        records = with_daemon(records, part)
    keep_rehearsals(home.root, with_records(kept, records))
    accepted = {name for name, decision in home.configuration.jobs.items() if "CM203" in decision.accept}
    if output == "json":
        told = [{**record_document(one), "accepted": one.job in accepted} for one in records]
        print_json({"rehearsals": told})
    else:
        print_rehearsals(records, accepted)
    return 0 if all(one.equal or (one.by_clock_changes and one.job in accepted) for one in records) else 1


def _part(
    home: Home,
    identities: Sequence[str],
    dates: tuple[str | None, str | None],
    events: Sequence[str],
    *,
    full: bool,
) -> Part:
    zone = zone_of(home.configuration.project.timezone or host_zone())
    found = to_compare(chosen(whole_inventory(home), identities), home.configuration)
    jobs = [job for job in found if job.expression is not None or job.interval is not None]
    for job in found:
        if job not in jobs:
            note(
                _(
                    '{job}: it counts seconds, and is rehearsed with interval = "beat" in migrator.toml'
                ).format(job=job.id)
            )
    if not jobs:
        raise Cannot(
            _("there is no job to rehearse"), hint=_("`migrator scan` shows which jobs may leave cron")
        )
    start = _date(dates[0], zone) if dates[0] else _today(zone)
    end = _date(dates[1], zone) if dates[1] else _months_later(start)
    if end <= start:
        raise UsageProblem(
            _("the window ends before it begins"), hint=_("give --from a date before that of --to")
        )
    asked = tuple(read_event(one, zone) for one in sorted(set(events)))
    _refuse_edits(jobs, asked)
    return Part(jobs, start, end, asked, zone, full=full)


def _refuse_edits(jobs: Sequence[Job], events: Sequence[Event]) -> None:
    counted = [job.id for job in jobs if job.interval]
    if counted and any(event.schedule for event in events):
        raise UsageProblem(
            _("an edit brings a schedule by the clock, and these count: {jobs}").format(
                jobs=", ".join(counted)
            ),
            hint=_("name the other jobs, or leave out the edit"),
        )


def _today(zone: ZoneInfo) -> dt.datetime:
    return dt.datetime.combine(dt.datetime.now(zone).date(), dt.time(), zone)


def _date(text: str, zone: ZoneInfo) -> dt.datetime:
    """A date, or an instant; without an offset it is of cron's zone."""
    found = dated(text)
    return found.astimezone(zone) if found.tzinfo else found.replace(tzinfo=zone)


def _months_later(start: dt.datetime) -> dt.datetime:
    month = start.month - 1 + MONTHS
    # the 31st becomes the first of the month after, so that the window is never shorter
    return start.replace(year=start.year + month // 12, month=month % 12 + 1, day=1) + dt.timedelta(
        days=start.day - 1
    )
