"""A cron host that reaches RabbitMQ and no database: its runs reach the ledger once, whatever is lost."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.services.runtime_project import ROOT, Project, parts, until, write_project

pytestmark = pytest.mark.part("rabbitmq", "postgresql")

CRONWRAP = str(ROOT / "migrator" / "cronwrap.py")
NOWHERE = "postgres://nobody@127.0.0.1:9/none"


@dataclass(frozen=True)
class Away:
    """The host: the project's code, the broker, a spool of its own, and a database that is not there."""

    office: Project

    @property
    def spool(self) -> Path:
        return self.office.folder / "away"

    @property
    def environment(self) -> dict[str, str]:
        return {"DATABASE_URL": NOWHERE, "MIGRATOR_SPOOL": str(self.spool)}

    def cron(self, job: str, *command: str) -> int:
        words = (sys.executable, "-I", "-S", CRONWRAP, job, "--", *command)
        return self.office.run(*words, **self.environment).returncode

    def sync(self, *more: str, code: int = 0, **environment: str) -> dict[str, Any]:
        done = self.office.migrator(
            "sync", "--broker", *more, "--format", "json", **self.environment | environment
        )
        assert done.returncode == code, done.stderr
        found: dict[str, Any] = json.loads(done.stdout) if done.stdout else {}
        return found | {"said": done.stderr}

    def shipped(self) -> bool:
        """Whether every byte of the spool is confirmed."""
        offsets = json.loads((self.spool / "shipped.json").read_text())
        return all(offsets.get(path.name) == path.stat().st_size for path in self.spool.glob("*.jsonl"))

    def confirmed(self) -> dict[str, Any]:
        """Sync until all is."""
        answers = until(lambda: self.sync()["waiting"] == 0 and [1], "the confirmation", 60)
        assert self.shipped()
        return {"answers": answers}


@pytest.fixture(scope="module")
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("office")
    return write_project(folder, **parts(request, folder, "servers"))


@pytest.fixture
def away(office: Project, tmp_path: Path) -> Away:
    office.python("for model in (models.Run, models.Host, models.Handover): model.objects.all().delete()")
    subprocess.run(["rm", "-rf", office.folder / "away"], check=True)
    return Away(office)


def test_runs_reach_the_ledger_through_a_worker_and_are_confirmed(office: Project, away: Away) -> None:
    assert away.cron("work", "sh", "-c", "echo TOKEN=abc; exit 4") == 4
    first = away.sync()
    assert (first["sent"], first["waiting"], first["said"]) == (2, 1, "")
    assert not away.shipped()
    with office.worker():
        until(lambda: office.runs("work"), "the run in the ledger")
        away.confirmed()
    [run] = office.runs("work")
    assert (run["side"], run["kind"], run["exit"], run["output"]) == (
        "control",
        "scheduled",
        4,
        "TOKEN=***\n",
    )
    assert run["slot"]
    hosts = json.loads(office.migrator("owner", "--format", "json").stdout)["hosts"]
    assert [(one["host"].endswith("/away"), one["over"]) for one in hosts] == [(True, "broker")]


def test_what_was_lost_is_sent_again_and_counted_once(office: Project, away: Away) -> None:
    """The queue is emptied by somebody, as with `celery purge`; later, answers are lost as well."""
    away.cron("work", "true")
    away.sync()
    assert "1 message" in office.run(sys.executable, "-m", "celery", "-A", "office", "purge", "-f").stdout
    sent = away.spool / "sent.json"
    document = json.loads(sent.read_text())
    for pieces in document.values():
        pieces[0][3] -= 400  # sent so long ago
    sent.write_text(json.dumps(document))
    again = away.sync(code=3)
    assert (again["lost"], again["sent"]) == (1, 2)
    assert "no worker has confirmed" in again["said"]
    with office.worker():
        away.confirmed()
        sent.unlink()
        (away.spool / "shipped.json").unlink()
        assert away.sync()["sent"] == 2
        away.confirmed()
    assert len(office.runs("work")) == 1


def test_its_jobs_stay_with_cron(office: Project, away: Away) -> None:
    with office.worker(), office.beat("beat", "django"):
        away.cron("work", "true")
        away.sync()
        until(lambda: office.runs("work"), "the run in the ledger")
        shadow = office.migrator("owner", "work", "shadow")
        assert shadow.returncode == 0, shadow.stderr
        for job, words, said in (
            ("work", ("--accept", "a test"), "runs work and reaches only the broker"),
            ("fail", ("--accept", "a test"), "no cron host has synced yet"),
        ):
            assert office.migrator("owner", "fail", "shadow").returncode == 0
            refused = office.migrator("owner", job, "alternate", *words)
            assert refused.returncode in (1, 3)
            assert said in refused.stderr
        careful = office.migrator("owner", "fail", "alternate")
        assert careful.returncode == 1
        assert "may have lines of fail" in careful.stderr
        away.sync()
    assert "celery" not in (away.spool / "jobs" / "work").read_text()
    assert "reaches only the broker" in office.migrator("owner").stderr


def test_a_host_whose_table_gives_a_job_to_celery_does_not_take_it_back(office: Project, away: Away) -> None:
    (away.spool / "jobs").mkdir(parents=True)
    table = away.spool / "jobs" / "work"
    table.write_text("migrator-slots 1\nowner-after celery\ntolerance 30\n\n")
    done = away.sync(code=3)
    assert done["tables_kept"] == ["work"]
    assert "owner-after celery" in table.read_text()
    assert "owner-after cron" in (away.spool / "jobs" / "fail").read_text()


def test_a_line_that_nobody_can_read_is_put_aside_here(office: Project, away: Away) -> None:
    away.cron("work", "true")
    [records] = away.spool.glob("*.jsonl")
    with records.open("a") as file:
        file.write("{]\n")
    done = away.sync()
    assert (done["bad"], done["sent"]) == (1, 2)
    assert (away.spool / "quarantine" / records.name).read_text() == "{]\n"


def test_the_broker_away_is_one_line_and_everything_waits(office: Project, away: Away) -> None:
    away.cron("work", "true")
    said = away.sync(code=3, CELERY_BROKER_URL="amqp://127.0.0.1:9//")["said"]
    assert "the broker does not answer" in said
    assert "Traceback" not in said
    assert not (away.spool / "sent.json").exists()


def test_a_message_of_somebody_without_the_key_writes_nothing(office: Project, away: Away) -> None:
    with office.worker():
        code = (
            "from migrator.contrib.django.broker_messages import Delivery, TASK, seal\n"
            "sealed = seal(Delivery('k', 'evil', 'root', '/s', 'migrator.sync.' + '0' * 16, 0, []))\n"
            "task = app.send_task(TASK, kwargs=sealed | {'signature': 'x' + sealed['signature'][1:]})\n"
            "task = app.send_task(TASK, kwargs=sealed | {'text': sealed['text'].replace('evil', 'good')})\n"
            "sealed = seal(Delivery('k', 'last', 'root', '/s', 'migrator.sync.' + '0' * 16, 0, []))\n"
            "task = app.send_task(TASK, kwargs=sealed)\n"
        )
        office.python(code)
        names = "print(json.dumps(list(models.Host.objects.values_list('name', flat=True))))"
        until(lambda: "last" in office.python(names), "the good message")
        assert not {"evil", "good"} & set(office.python(names))
