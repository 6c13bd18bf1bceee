"""Three cron hosts, two workers, one ledger: each host in a namespace with its own name, on one machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from tests.contract.cronwrapped import CRONWRAP
from tests.services.runtime_project import Project, parts, until, write_project

HOSTS = ("web1", "web2", "web3")

pytestmark = [
    pytest.mark.part("rabbitmq", "postgresql"),
    pytest.mark.skipif(os.geteuid() != 0, reason="a namespace with a name of its own needs root"),
]


@dataclass(frozen=True, slots=True)
class CronHost:
    """A machine with cron: its name, and a spool that no other host sees."""

    name: str
    project: Project

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = ("unshare", "--uts", "sh", "-c", 'hostname "$0" && exec "$@"', self.name, *words)
        return self.project.run(*command)

    def sync(self) -> None:
        done = self.run(sys.executable, "-m", "migrator", "sync")
        assert done.returncode == 0, done.stderr

    def cron(self, job: str) -> None:
        """What the instrumented line starts."""
        done = self.run(sys.executable, "-I", "-S", str(CRONWRAP), job, "--", "/bin/sh", "-c", "echo done")
        assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    folder = tmp_path_factory.mktemp("several")
    project = write_project(folder, **parts(request, folder, "servers"))
    with project.worker("worker1"), project.worker("worker2"):
        yield project


def host(office: Project, name: str) -> CronHost:
    environment = office.environment | {"MIGRATOR_SPOOL": str(office.folder / name)}
    return CronHost(name, replace(office, environment=environment))


def owner(office: Project, job: str, due: float) -> str:
    code = (
        "from migrator.comparison.ownership import Side\n"
        f"at = dt.datetime.fromtimestamp({due}, dt.UTC)\n"
        f"print(json.dumps(owners.owner_of({job!r}, at, Side.CANDIDATE)))"
    )
    found: str = office.python(code)
    return found


def test_a_job_changes_hands_when_all_hosts_have_given_it_up(office: Project) -> None:
    hosts = [host(office, name) for name in HOSTS]
    for one in hosts:
        one.sync()
        one.cron("work")
        one.sync()
    runs = office.runs("work")
    assert {(run["host"], run["side"], run["action"]) for run in runs} == {
        (name, "control", "execute") for name in HOSTS
    }

    due = office.python(
        "from migrator.comparison.ownership import Owner\n"
        "row = owners.ask(JOBS['work'].definition, Owner.CELERY, who='test', accepted='a test')\n"
        "print(row.from_due.timestamp())"
    )
    for one in hosts[:2]:
        one.sync()
    assert owner(office, "work", due + 3600) == "cron"  # web3 would execute it, too
    [told] = office.python(
        "from migrator.contrib.django.owners import chains, current_hosts, standing\n"
        "found = standing('work', chains()['work'], current_hosts(), instants.now())\n"
        "print(json.dumps(found.silent))"
    )
    assert "web3" in told
    hosts[2].sync()
    assert owner(office, "work", due + 3600) == "celery"


def test_all_workers_share_the_work(office: Project) -> None:
    office.python(
        "for minute in range(2, 22):\n"
        "    send('slow', instants.now() - dt.timedelta(minutes=minute))\n"
        "print(1)"
    )
    ended = until(
        lambda: [run for run in office.runs("slow") if run["finished"]][19:] and office.runs("slow"), "all"
    )
    assert {run["worker"] for run in ended} == {"worker1@test", "worker2@test"}
    assert len({run["slot"] for run in ended}) == len(ended) == 20


def test_doctor_and_check_know_every_host(office: Project) -> None:
    for name in HOSTS:
        host(office, name).sync()
    office.python("models.Host.objects.filter(name='web2').update(ahead=45.0); print(1)")
    done = office.migrator("doctor")
    clocks = " ".join(done.stdout.split())
    assert "CM457 clocks disagree" in clocks
    assert all(f"cron on {name} " in clocks for name in HOSTS)
    assert all(f"{name}@test " in clocks for name in ("worker1", "worker2"))
    office.python(
        "long_ago = instants.now() - dt.timedelta(hours=1)\n"
        "models.Host.objects.filter(name='web3').update(last_seen=long_ago); print(1)"
    )
    done = office.migrator("doctor", "--format", "json")
    [silent] = [one for one in json.loads(done.stdout)["checks"] if one["code"] == "CM512"]
    assert "web3" in silent["fact"]
    assert "web1" not in silent["fact"]
