"""The runtime with real parts: several beats, redelivery, retries, kills; nothing is executed twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.services.runtime_project import Project, parts, until, write_project

SCHEDULERS = ("celery.beat:Scheduler", "celery.beat:PersistentScheduler", "django")


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("files"),
        pytest.param("servers", marks=pytest.mark.part("rabbitmq", "postgresql")),
    ],
)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """The project and one worker."""
    folder = tmp_path_factory.mktemp("office")
    project = write_project(folder, **parts(request, folder, request.param))
    with (folder / "office" / "tasks.py").open("a") as tasks:
        tasks.write(STUBBORN)
    with project.worker():
        yield project


STUBBORN = """
@shared_task(
    name="office.stubborn", autoretry_for=(ValueError,), retry_kwargs={"countdown": 0}, max_retries=2
)
@recorded("stubborn", **MINUTELY)
def stubborn() -> None:
    effect("stubborn")
    raise ValueError("no")
"""


def actions(runs: list[dict[str, Any]]) -> list[str]:
    return [run["action"] for run in runs]


def ended(office: Project, job: str, count: int) -> list[dict[str, Any]]:
    """The job's runs, once there are so many and all have ended."""

    def found() -> list[dict[str, Any]] | None:
        runs = office.runs(job)
        return runs if len(runs) >= count and all(run["finished"] for run in runs) else None

    runs: list[dict[str, Any]] = until(found, f"{count} runs of {job}")
    return runs


@pytest.fixture(autouse=True)
def empty(office: Project) -> None:
    """Each test begins with no hand-over, no run and no effect."""
    office.python(
        "for model in (models.Run, models.Slot, models.Acknowledgement, models.Handover, models.Host):\n"
        "    model.objects.all().delete()\n"
    )
    (office.folder / "effects").unlink(missing_ok=True)


@pytest.mark.parametrize("owner", ["cron", "shadow"])
def test_under_cron_and_in_shadow_celery_says_what_it_would_have_done(office: Project, owner: str) -> None:
    office.python(f"owned('work', {owner!r}); send('work')")
    [run] = ended(office, "work", 1)
    assert (run["action"], run["reason"], run["side"]) == ("would", f"the owner is {owner}", "candidate")
    assert run["published"] <= run["received"] <= run["started"]
    assert office.effects() == []


def test_a_slot_is_executed_once_however_often_its_message_comes(office: Project) -> None:
    office.python("owned('work', 'celery'); at = instants.now(); [send('work', at) for _ in range(5)]")
    runs = ended(office, "work", 5)
    assert Counter(actions(runs)) == {"execute": 1, "yield": 4}
    assert office.effects() == ["work"]
    assert len({run["slot"] for run in runs}) == 1
    executed = next(run for run in runs if run["action"] == "execute")
    assert executed["exit"] == 0
    assert executed["output"] == "worked well, password=***\n"


def test_in_turns_celery_executes_its_own_slots_and_says_what_it_would_have_done_in_cron_s(
    office: Project,
) -> None:
    turns = office.python(
        "from migrator.comparison.turns import turn\n"
        "owned('work', 'alternate')\n"
        "slots = JOBS['work'].definition.between(instants.now() - dt.timedelta(minutes=4), instants.now())\n"
        "for slot in slots:\n"
        "    for _ in range(2):\n"
        "        app.send_task('office.work', headers=stamped(JOBS['work'].definition, slot.due))\n"
        "print(json.dumps({slot.name: turn('work', slot.name) for slot in slots}))"
    )
    runs = ended(office, "work", 8)
    for slot, side in turns.items():
        done = sorted(run["action"] for run in runs if run["slot"] == slot)
        assert done == (["execute", "yield"] if side == "candidate" else ["would", "would"])
    assert office.effects() == ["work"] * list(turns.values()).count("candidate")
    reasons = {run["reason"] for run in runs if run["action"] == "would"}
    assert reasons == {"the owner is alternate, and it is cron's turn"}


def test_what_beat_catches_up_on_is_not_executed_again(office: Project) -> None:
    """A message published long after its slot is extra; the slot's claim is taken."""
    slow = "slow = JobDefinition('work', '0 0 1 1 *', 'Europe/Warsaw')\n"
    office.python(
        slow + "owned('work', 'celery')\n"
        "due = slow.latest(instants.now()).due\n"
        "models.Handover.objects.update(from_due=due); models.Acknowledgement.objects.update(effective=due)\n"
        "app.send_task('office.work', headers=stamped(slow, due))\n"
    )
    ended(office, "work", 1)  # a broker of files may deliver two messages of one millisecond in any order
    office.python(slow + "app.send_task('office.work', headers=stamped(slow, instants.now()))")
    runs = ended(office, "work", 2)
    assert Counter((run["kind"], run["action"]) for run in runs) == {
        ("scheduled", "execute"): 1,
        ("extra", "yield"): 1,
    }
    assert office.effects() == ["work"]


def test_a_run_by_hand_runs_and_takes_no_slot(office: Project) -> None:
    office.python("app.send_task('office.work')")
    [run] = ended(office, "work", 1)
    assert (run["kind"], run["action"], run["slot"]) == ("manual", "execute", "")
    assert office.effects() == ["work"]
    assert office.python("print(models.Slot.objects.count())") == 0


def test_a_message_of_beat_without_a_slot_is_not_taken_for_one_sent_by_hand(office: Project) -> None:
    """Its beat did not load our app; Celery 5.7 itself says that a message is beat's."""
    office.python("app.send_task('office.work', headers={'celery_beat_task': True})")
    [run] = ended(office, "work", 1)
    assert run["kind"] in ("scheduled", "extra")  # extra in the second half of the minute
    assert (run["action"], bool(run["slot"])) == ("would", True)
    assert office.effects() == []


def test_the_function_called_directly_runs_by_hand(office: Project) -> None:
    office.python("from office.tasks import work; work(); print(0)")
    assert [run["kind"] for run in office.runs("work")] == ["manual"]


def test_sys_exit_is_the_jobs_status_and_leaves_the_worker_alive(office: Project) -> None:
    office.python("owned('fail', 'celery'); owned('work', 'celery'); send('fail'); send('work')")
    [failed] = ended(office, "fail", 1)
    [worked] = ended(office, "work", 1)
    assert (failed["exit"], failed["reason"]) == (3, "SystemExit")
    assert failed["pid"] == worked["pid"]
    assert "the job exited with status 3" in (office.folder / "worker.log").read_text()


def test_a_declared_retry_is_an_attempt_under_the_same_claim(office: Project) -> None:
    office.python("owned('again', 'celery'); at = instants.now(); send('again', at); send('again', at)")
    runs = ended(office, "again", 3)
    assert Counter((run["action"], run["exit"]) for run in runs) == {
        ("execute", 75): 1,
        ("execute", 0): 1,
        ("yield", 0): 1,
    }
    assert office.effects() == ["again 0", "again 1"]


def test_a_retry_that_is_not_declared_executes_nothing_again_and_ends_well(office: Project) -> None:
    """What CM471 says: the ledger has the failure, and Celery's result of the same message is a success."""
    office.python("owned('stubborn', 'celery'); send('stubborn')")
    runs = ended(office, "stubborn", 2)
    assert [(run["action"], run["exit"]) for run in runs] == [("execute", 1), ("yield", 0)]
    assert office.effects() == ["stubborn"]
    office.python("app.tasks['office.stubborn'].delay()")
    until(lambda: len(office.effects()) == 4, "by hand, once and twice more")


def test_an_expired_message_is_recorded(office: Project) -> None:
    office.python("owned('work', 'celery'); send('work', expires=instants.now() - dt.timedelta(seconds=5))")
    [run] = ended(office, "work", 1)
    assert run["action"] == "expired"
    assert run["slot"]
    assert office.effects() == []


def test_three_beats_of_three_kinds_and_one_execution(office: Project) -> None:
    """Under each scheduler of beat the slot is in the message; the claim makes three fires one."""
    office.python("owned('work', 'celery', dt.timedelta(minutes=2))")
    with ExitStack() as beats:
        for number, scheduler in enumerate(SCHEDULERS):
            beats.enter_context(office.beat(f"beat{number}", scheduler))
        until(lambda: len(office.runs("work")) >= 3, "a message from every beat")
    by_slot: dict[str, Counter[str]] = {}
    for run in ended(office, "work", 3):
        by_slot.setdefault(run["slot"], Counter())[run["action"]] += 1
        assert run["kind"] == "scheduled"
    assert Counter({"execute": 1, "yield": 2}) in by_slot.values()
    assert all(found["execute"] == 1 for found in by_slot.values())
    assert office.effects() == ["work"] * len(by_slot)


def test_without_the_database_celery_executes_nothing(office: Project) -> None:
    nowhere = "postgres://nobody@127.0.0.1:1/nothing"
    code = (
        "task = app.tasks['office.work']\n"
        "result = task.apply(headers=stamped(JOBS['work'].definition, instants.now()))\n"
        "print(json.dumps([result.state, str(result.result).splitlines()[0]]))\n"
    )
    state, error = office.python(code, DATABASE_URL=nowhere)
    assert state == "FAILURE"
    assert "refused" in error
    assert office.effects() == []


def test_without_the_database_a_run_by_hand_runs(office: Project) -> None:
    code = "print(json.dumps(app.tasks['office.work'].apply().state))"
    assert office.python(code, DATABASE_URL="postgres://nobody@127.0.0.1:1/nothing") == "SUCCESS"
    assert office.effects() == ["work"]


def test_claims_are_taken_by_one_of_many_processes(office: Project) -> None:
    code = (
        "import multiprocessing as mp\n"
        "from migrator.comparison.ownership import Owner\n"
        "from migrator.contrib.celery.headers import read_stamp\n"
        "from migrator.contrib.django import claims\n"
        "definition = JOBS['work'].definition\n"
        "stamps = [stamped(definition, instants.now() - dt.timedelta(minutes=n)) for n in range(20)]\n"
        "class Request: pass\n"
        "def stamp(headers):\n"
        "    request = Request(); request.headers = headers\n"
        "    return read_stamp(request, 'work')\n"
        "def race(number):\n"
        "    won = [claims.claim('work', stamp(h), owner=Owner.CELERY, run=f'{number}', task=f'{number}',\n"
        "                        attempt=0, now=instants.now()) for h in stamps]\n"
        "    return sum(one is not None for one in won)\n"
        "with mp.get_context('fork').Pool(4) as pool:\n"
        "    print(json.dumps(sum(pool.map(race, range(8), chunksize=1))))\n"
    )
    assert office.python(code) == 20


def test_an_abandoned_claim_is_taken_over_and_a_started_one_never(office: Project) -> None:
    code = (
        "from migrator.comparison.ownership import Owner\n"
        "from migrator.contrib.celery.headers import read_stamp\n"
        "from migrator.contrib.django import claims\n"
        "class Request: headers = stamped(JOBS['work'].definition, instants.now())\n"
        "def claim(run, minutes):\n"
        "    now = instants.now() + dt.timedelta(minutes=minutes)\n"
        "    taken = claims.claim('work', read_stamp(Request, 'work'), owner=Owner.CELERY, run=run,\n"
        "                         task=run, attempt=0, now=now)\n"
        "    return taken is not None\n"
        "taken = [claim('a', 0), claim('b', 9), claim('c', 11)]\n"
        "models.Slot.objects.update(state='started')\n"
        "print(json.dumps([*taken, claim('d', 99)]))\n"
    )
    assert office.python(code) == [True, False, True, False]
