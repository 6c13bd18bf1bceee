"""A job with a line on two cron hosts: each host takes its own out, puts it back, and sees it come back."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from migrator.adapters.virtual_cron import unshared
from tests.contract.cutover_project import CutoverProject, write_cutover_project

JOB = "clearsessions"
MARKER = f"#migrator retired {JOB}: "
EXECUTE = ("--accept", "the office knows", "--execute")

pytestmark = pytest.mark.part("namespaces")


class Host:
    """A machine: its name, its checkout, its crontab and its spool; the database is the office's."""

    def __init__(self, name: str, project: CutoverProject, database: Path) -> None:
        self.name, self.project = name, project
        self.within = unshared("--uts", "sh", "-c", f'hostname {name} && exec "$@"', "sh")
        self.database = f"sqlite:///{database}"

    def __call__(self, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        return self.project(*words, code=code, within=self.within, DATABASE_URL=self.database)

    def live(self) -> bool:
        text = self.project.installed.read_text()
        assert (f" {JOB} -- " in text) or MARKER in text
        return MARKER not in text


@pytest.fixture
def hosts(tmp_path: Path) -> tuple[Host, Host]:
    one = write_cutover_project(tmp_path / "web1")
    other = CutoverProject(tmp_path / "web2")
    shutil.copytree(one.folder, other.folder)
    path = other.installed
    shutil.rmtree(other.folder / ".migrator")
    found = tuple(
        Host(name, host, one.folder / "db.sqlite3") for name, host in (("web1", one), ("web2", other))
    )
    plain = (other.folder / "crontabs/poradnia/crontab").read_bytes()
    path.write_bytes(plain)
    found[1]("instrument", "apply")
    for host in found:
        host("sync")
    assert len(found) == 2
    return found


@contextlib.contextmanager
def syncing(host: Host) -> Iterator[None]:
    """A host whose sync goes on while another one waits for it."""
    done = threading.Event()

    def work() -> None:
        while not done.wait(5):
            host("sync")

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def runs_from(host: Host, *, code: int = 0) -> str:
    return host("cutover", "status", JOB, code=code).stdout


def state_of(host: Host) -> tuple[str, str]:
    """The owner that is asked for, and how far the cutover is on this host."""
    [job] = json.loads(host("cutover", "status", JOB, "--format", "json").stdout)["jobs"]
    return job["next"] or job["owner"], job["cutover"]


def test_each_host_takes_its_line_out_and_puts_it_back(hosts: tuple[Host, Host]) -> None:
    web1, web2 = hosts
    kept = [host.project.installed.read_bytes() for host in hosts]
    with syncing(web1), syncing(web2):
        web1("cutover", "apply", JOB, *EXECUTE)
    assert [host.live() for host in hosts] == [False, True]
    assert "@web2" in web1("cutover", "status", JOB).stderr  # whose crontab nobody sees from here
    # the other host's line is still in, and said to be so there
    assert "CM601" in runs_from(web2, code=1)

    assert "retired -> retired" in web2("cutover", "plan", JOB).stdout
    web2("cutover", "apply", JOB, "--execute")
    assert [host.live() for host in hosts] == [False, False]
    assert [state_of(host) for host in hosts] == [("retired", "applied")] * 2
    assert "owner is retired" in web2("cutover", "apply", JOB, *EXECUTE, code=1).stderr

    # somebody's deploy puts the line back on one of them
    out = web2.project.installed.read_bytes()
    web2.project.installed.write_bytes(kept[1])
    assert "CM601" in runs_from(web2, code=1)
    assert "CM601" not in runs_from(web1)
    web2.project.installed.write_bytes(out)

    web1("cutover", "rollback", JOB, "--execute")
    assert [host.live() for host in hosts] == [True, False]
    assert "its line is back" in web2("cutover", "rollback", JOB, "--execute").stdout
    assert [host.project.installed.read_bytes() for host in hosts] == kept
