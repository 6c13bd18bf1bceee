"""A migration in the middle: one job safe, one on hold, one unsafe, one blocked, two that stay."""

import datetime as dt
from collections.abc import Callable

from migrator.comparison.document import JobComparison
from migrator.comparison.effects import Effects
from migrator.comparison.effects_beside import effects_beside
from migrator.comparison.jobs import JobDefinition
from migrator.comparison.judging import compare
from migrator.comparison.output_beside import output_beside
from migrator.comparison.ownership import Owner, Side
from migrator.comparison.runs import Action, RunRecord
from migrator.comparison.verdicts import judge
from migrator.configuration import Configuration, EvidenceNeeded
from migrator.cutover.facts import CeleryFacts, Evidence, Situation
from migrator.cutover.readiness import CutoverReport, assemble
from migrator.schedule.occurrences import Slot
from migrator.sources.inventory import Context, take_inventory
from migrator.sources.job import Inventory
from migrator.sources.source import SourceFile

NOW = dt.datetime(2026, 12, 10, 9, 30, tzinfo=dt.UTC)
ZONE = "Europe/Warsaw"
SECRET = "hunter2-is-no-password"

CRONTAB = f"""\
MAILTO=ops@office.example
API_TOKEN={SECRET}
# Reminders <b>for staff</b>
0 12 * * * cd /srv/app && flock -n /run/remind.lock timeout 10m python manage.py remind >> /var/log/a.log 2>&1
0 6 2 * * python /srv/app/manage.py monthly_bill --password={SECRET}
15 * * * * python /srv/app/manage.py fetch_courts --court "a|b <script>alert(1)</script>"
*/5 * * * * python /srv/app/manage.py pulse && [ -f /tmp/go ] && python /srv/app/manage.py after
10 4 * * 0 /usr/local/bin/backup.sh
0 3 30 2 * python /srv/app/manage.py leap
"""


def inventory(text: str = CRONTAB, path: str = "etc/crontab.office") -> Inventory:
    """The jobs of a crontab."""
    return take_inventory([SourceFile(path, text)], Context(ZONE, NOW.date()))


THREE_MAILS = Effects(3, 4, {"INSERT courts_session": 120, "UPDATE courts_court": 3})
ONE_MAIL = Effects(1, 2, {"INSERT courts_session": 120, "UPDATE courts_court": None})
Play = Callable[[JobDefinition, Slot, int], list[RunRecord]]


def run(job: JobDefinition, slot: Slot, side: Side, action: Action, **changes: object) -> RunRecord:
    """A run that starts a second after its slot is due, and takes 20 seconds if it executes."""
    start = slot.due + dt.timedelta(seconds=1 if side is Side.CONTROL else 2.4)
    values: dict[str, object] = {
        "run": f"{job.id}{slot.name}{side}{action}",
        "job": job.id,
        "side": side,
        "action": action,
        "slot": slot.name,
        "due": slot.due,
        "started": start,
        "finished": start + dt.timedelta(seconds=20 if action is Action.EXECUTE else 0),
        "exit": 0,
        "demo": job.demo,
    }
    return RunRecord(**(values | changes))  # type: ignore[arg-type]


def shadowed(job: JobDefinition, slot: Slot, _number: int) -> list[RunRecord]:
    """Cron executes, Celery would."""
    return [
        run(job, slot, Side.CONTROL, Action.EXECUTE),
        run(job, slot, Side.CANDIDATE, Action.WOULD),
    ]


def handed_over(job: JobDefinition, slot: Slot, _number: int) -> list[RunRecord]:
    """Celery executes, cron yields."""
    return [
        run(job, slot, Side.CONTROL, Action.YIELD),
        run(job, slot, Side.CANDIDATE, Action.EXECUTE),
    ]


def troubled(job: JobDefinition, slot: Slot, number: int) -> list[RunRecord]:
    """Celery executes: one slot fails, one is executed twice, one is missed by both."""
    if number == 3:
        failed = {"exit": 1, "output": f"password={SECRET}"}
        return [
            run(job, slot, Side.CONTROL, Action.YIELD),
            run(job, slot, Side.CANDIDATE, Action.EXECUTE, **failed),
        ]
    if number == 5:
        return [
            run(job, slot, Side.CONTROL, Action.EXECUTE, effects=THREE_MAILS, output="3 courts\nslow: b\n"),
            run(job, slot, Side.CANDIDATE, Action.EXECUTE, effects=ONE_MAIL, output="1 courts\n"),
        ]
    return [] if number == 6 else handed_over(job, slot, number)


def compared(
    job: JobDefinition, slots: int, play: Play, owner: Owner, *, now: dt.datetime = NOW
) -> JobComparison:
    """What the ledger says after that many slots, with the verdict on the job's real schedule."""
    seen = job.demonstrated("* * * * *") if job.demo else job
    start = now - dt.timedelta(hours=1)
    while len(seen.between(start, now - dt.timedelta(hours=1))) < slots:
        start -= dt.timedelta(hours=1 if job.demo else 6)
    expected = seen.between(start, now - dt.timedelta(hours=1))[-slots:]
    runs = [record for number, slot in enumerate(expected) for record in play(seen, slot, number)]
    comparison = compare(seen, expected=expected, runs=runs, owner_of=lambda _: owner, now=now)
    effects = effects_beside(comparison.slots)
    begin = expected[0].due if expected else None
    judgement = judge(comparison, job=job, evidence_from=begin, now=now, effects=effects)
    return JobComparison(comparison, judgement, effects, output_beside(comparison.slots))


def situation(evidence: Evidence | None = None, celery: CeleryFacts | None = None) -> Situation:
    """A project whose ledger and workers nobody has asked, and which requires no line of the checklist."""
    return Situation(
        project="office",
        configuration=Configuration(evidence=EvidenceNeeded(require=())),
        evidence=evidence or Evidence(absent="the ledger's tables are missing"),
        celery=celery or CeleryFacts(),
        left_out={},
        now=NOW,
    )


def definition(found: Inventory, identity: str) -> JobDefinition:
    """The job as the generated task knows it."""
    job = found.job(identity)
    assert job is not None
    assert job.expression is not None
    return JobDefinition(job.id, job.expression.text, job.timezone)


def story() -> CutoverReport:
    """The migration in the middle."""
    found = inventory()
    remind, fetch, bill = (definition(found, name) for name in ("remind", "fetch_courts", "monthly_bill"))
    comparisons = (
        compared(remind, 8, handed_over, Owner.CELERY),
        compared(fetch, 9, troubled, Owner.CELERY),
        compared(bill, 1, shadowed, Owner.SHADOW),
    )
    evidence = Evidence(
        {one.id: one for one in comparisons},
        {"remind": Owner.CELERY, "fetch_courts": Owner.CELERY, "monthly_bill": Owner.SHADOW},
    )
    moving = [definition(found, job.id) for job in found.jobs if job.status == "exact"]
    tasks = [f"tasks.{one.id}" for one in moving]
    celery = CeleryFacts(
        tasks={one.id: one for one in moving},
        registered=frozenset(tasks),
        zones={task: frozenset({ZONE}) for task in tasks},
    )
    return assemble(found, situation(evidence, celery))


def demonstration() -> CutoverReport:
    """A demonstration: four slots in a minute's rhythm, two before the hand-over and two after."""
    found = inventory()

    def play(job: JobDefinition, slot: Slot, number: int) -> list[RunRecord]:
        return shadowed(job, slot, number) if number < 2 else handed_over(job, slot, number)

    job = definition(found, "remind")
    one = compared(JobDefinition(job.id, job.expression, job.timezone, demo=True), 4, play, Owner.CELERY)
    return assemble(found, situation(Evidence({one.id: one}, {one.id: Owner.CELERY})))
