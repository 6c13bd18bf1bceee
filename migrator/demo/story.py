"""The demo, act by act: scan, prove, generate, both systems live, hand-over, report."""

from __future__ import annotations

import datetime as dt
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rich.text import Text

from migrator.cli.project import find_home
from migrator.cli.tables import console, table
from migrator.demo.daemons import daemons, hindrance, start_beat, start_cron, start_worker
from migrator.demo.mails import sent
from migrator.demo.narration import Narrator
from migrator.demo.stage import Stage, install_live_crontab, occupied, reference_project, set_stage
from migrator.demo.work import Work, too_often
from migrator.errors import Cannot
from migrator.i18n import _, ngettext
from migrator.zones import zone_of

MINUTE = 60
STARTING = 20  # seconds for beat, cron and the first owners to be in place before a slot
SETTLED = 18  # seconds after a slot in which all runs of it have ended
WORK_BEFORE = 12  # seconds before a slot at which its work is made
WORKER_PATIENCE = 60  # seconds for the worker to answer


@dataclass(frozen=True, slots=True)
class Played:
    """How a demo ended; ``wrong`` says what was not as it should be."""

    compared: dict[str, Any]
    mails: dict[tuple[str, str], int]
    report: Path
    wrong: tuple[str, ...]


def play(scratch: Path | None, daemon: str, database: str | None) -> Played:
    """The whole demo: every slot executed exactly once and every mail sent once, or what was wrong."""
    clone = reference_project(Path.cwd())
    hindered = hindrance(daemon)
    folder = (scratch or clone / ".demo").resolve()
    with occupied(folder):
        stage = set_stage(clone, folder, database)
        with daemons(stage, stage.environment()) as group:
            narrator = Narrator(group)
            prepare(narrator)
            first = start(narrator, stage, hindered)
            works = live(narrator, first)
        return finish(narrator, stage, works)


def prepare(tell: Narrator) -> None:
    """From the crontab to Celery code and a first report."""
    tell.say(
        _("All of it happens in {folder}; your own crontab is not touched.").format(
            folder=tell.group.stage.scratch
        )
    )
    tell.act(_("What does cron do today?"))
    tell.run("migrator", "init")
    tell.run("migrator", "scan")
    tell.act(_("Is the Celery schedule the same, for all time?"))
    tell.run("migrator", "prove")
    tell.act(_("Write the Celery code"))
    tell.run("migrator", "generate", "--write")
    tell.run("migrator", "generate", "--check")
    tell.run("python", "manage.py", "migrate", "--verbosity=0")
    _fresh_ledger(tell)
    tell.act(_("A first report: nothing has run yet"))
    tell.run("migrator", "report", "-o", "../report-before.html", fails=True)


def _fresh_ledger(tell: Narrator) -> None:
    """Owners of an earlier run would play along."""
    owners = json.loads(tell.run("migrator", "owner", "--format", "json", quiet=True))
    if owners["hosts"] or any(job["since"] for job in owners["jobs"]):
        raise Cannot(
            _("the database holds the ledger of an earlier run"), hint=_("name an empty one with --database")
        )


def start(tell: Narrator, stage: Stage, hindered: str | None) -> int:
    """Worker, beat, and an instrumented crontab under a cron of its own; gives the first slot.

    Beat and cron start between the same two minutes, so that neither has a slot alone.
    """
    tell.act(_("Start both systems side by side"))
    tell.say(_("broker: {broker}").format(broker=_broker()))
    place = _("the one that --database names") if stage.database else _("SQLite in the scratch folder")
    tell.say(_("database: {database}").format(database=place))
    start_worker(tell.group)
    install_live_crontab(stage)
    tell.run("migrator", "instrument", "apply", os.path.relpath(stage.live_crontab, stage.project))
    tell.run("migrator", "sync")
    if hindered is None:
        tell.say(_("cron: the real daemon, /usr/sbin/cron, with a private spool in a mount namespace"))
    else:
        tell.say(
            _("cron: python-crontab's scheduler stands in for the daemon ({reason})").format(reason=hindered)
        )
    _await_worker(tell)
    first = _next_minute(time.time() + STARTING)
    tell.wait(first - MINUTE + 1, _("the next minute"))
    start_beat(tell.group)
    start_cron(tell.group, real=hindered is None)
    return first


def _broker() -> str:
    if os.environ.get("CELERY_BROKER_URL"):
        return _("the one that CELERY_BROKER_URL names")
    return _("files in the scratch folder (for demos, never for production)")


def _await_worker(tell: Narrator) -> None:
    deadline = time.monotonic() + WORKER_PATIENCE
    while True:
        tell.group.check()
        try:
            answer = tell.run("celery", "-A", "config", "inspect", "ping", "--timeout=3", quiet=True)
        except Cannot:
            answer = ""
        if "pong" in answer:
            tell.say(_("the worker answers"))
            return
        if time.monotonic() > deadline:
            raise Cannot(
                _("the worker does not answer"),
                hint=_("see {log}").format(log=tell.group.stage.logs / "worker.log"),
            )


def live(tell: Narrator, first: int) -> list[Work]:
    """Slots in shadow, the hand-over, slots of Celery; gives the work of those that were played."""
    tell.act(_("Shadow: cron executes, Celery only says that it would"))
    tell.run("migrator", "owner", "--all", "shadow", "--reason", "demo")
    works = [_slot(tell, first)]
    tell.act(_("Hand over: cron yields, Celery executes"))
    tell.say(_("(cron ships its records every minute; here we do not wait for it)"))
    tell.run("migrator", "sync")
    tell.run("migrator", "owner", "--all", "celery", "--reason", "demo")
    tell.run("migrator", "sync")
    handed = _first_celery_slot(tell)
    last = handed + MINUTE
    return works + [_slot(tell, slot) for slot in range(first + MINUTE, last + 1, MINUTE)]


def _next_minute(instant: float) -> int:
    return int(instant // MINUTE + 1) * MINUTE


def _slot(tell: Narrator, slot: int) -> Work:
    """Fresh work before the slot, so that every slot sends mail; then the slot itself."""
    zone = zone_of(find_home(tell.group.stage.project).configuration.project.timezone or "UTC")
    name = _clock(slot, zone)
    tell.wait(slot - WORK_BEFORE, _("before the slot {slot}").format(slot=name))
    begun = time.time()
    tell.run("python", "manage.py", "seed_demo", "--fresh", name, quiet=True)
    work = Work(name, slot, begun, time.time())
    tell.wait(slot + SETTLED, _("slot {slot}, with fresh work for each job").format(slot=name))
    count = sum(number for (subject, _to), number in sent(tell.group.stage.mail).items() if name in subject)
    tell.say(
        _("slot {slot}: ").format(slot=name)
        + ngettext("{count} mail sent", "{count} mails sent", count).format(count=count)
        + (_("; this machine is slow, and its work came too late") if work.late else "")
    )
    return work


def _clock(slot: int, zone: ZoneInfo) -> str:
    return dt.datetime.fromtimestamp(slot, zone).strftime("%H:%M")


def _first_celery_slot(tell: Narrator) -> int:
    """When the hand-over takes effect, as `migrator owner` says it."""
    document = json.loads(tell.run("migrator", "owner", "--format", "json", quiet=True))
    starts = [_instant(job) for job in document["jobs"]]
    return max(starts)


def _instant(job: dict[str, object]) -> int:
    return int(dt.datetime.fromisoformat(str(job["next_from"] or job["since"])).timestamp())


def finish(tell: Narrator, stage: Stage, works: list[Work]) -> Played:
    """The comparison, the mails, the report; and whether each slot was executed once."""
    tell.act(_("The comparison log"))
    tell.run("migrator", "sync", quiet=True)
    tell.run("migrator", "compare", fails=True)
    tell.act(_("The mails that were sent"))
    mails = sent(stage.mail)
    _show_mails(mails)
    compared = json.loads(tell.run("migrator", "compare", "--format", "json", fails=True, quiet=True))
    wrong = _wrong(compared, len(works), len(compared["jobs"]))
    wrong += [
        _("sent {n} times: {mail}").format(n=n, mail=" -> ".join(mail))
        for mail, n in too_often(mails, works, SETTLED)
    ]
    tell.act(_("The cutover report"))
    tell.run("migrator", "report", "-o", str(stage.report), fails=True)
    tell.say(
        _("Every verdict is hold: these slots were a demonstration, and the real jobs have not run yet.")
    )
    if wrong:
        tell.say(_("NOT as it should be:") + "".join(f"\n  {line}" for line in wrong))
    else:
        count = len(compared["slots"])
        tell.say(_("{count} slots, each executed exactly once, across the hand-over.").format(count=count))
    tell.say(_("Report: {path}").format(path=stage.report))
    return Played(compared, mails, stage.report, tuple(wrong))


def _show_mails(mails: dict[tuple[str, str], int]) -> None:
    rows = table(_("subject"), _("to"), _("sent"))
    for (subject, recipient), count in sorted(mails.items()):
        rows.add_row(subject, recipient, Text(str(count), "red" if count > 1 else "green"))
    console().print(rows)


def _wrong(document: dict[str, list[dict[str, object]]], slots: int, jobs: int) -> list[str]:
    """What the ledger says against "every slot of every job, exactly once"."""
    wrong = [
        f"{slot['job']} {slot['slot']}: {slot['outcome']}"
        for slot in document["slots"]
        if slot["outcome"] != "matched"
    ]
    expected = slots * jobs
    if len(document["slots"]) != expected:
        wrong.append(
            _("{found} slots in the log, {expected} expected").format(
                found=len(document["slots"]), expected=expected
            )
        )
    return wrong
