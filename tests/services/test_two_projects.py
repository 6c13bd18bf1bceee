"""Two projects with a job of the same id in one crontab, under the real cron: no run lost, none doubled."""

from __future__ import annotations

import contextlib
import datetime as dt
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.parts.driven_clock import driven_clock
from tests.parts.process import Command, running
from tests.services.cron_container import CronContainer, cron_container, until
from tests.services.runtime_project import FILES, ROOT, write_project

TASKS = """
import os, time
from pathlib import Path
from celery import shared_task
from migrator.contrib.django.tasks import recorded

@shared_task(name="office.work")
@recorded("work", expression="* * * * *", timezone="Europe/Warsaw")
def work() -> None:
    with open(Path(os.environ["OFFICE"]) / "celery.executed", "a") as file:
        file.write(f"{int(time.time())}\\n")
"""
WORK = '#!/bin/sh\ndate +%s >> "$(dirname "$0")/cron.executed"\n'
CELERY = (sys.executable, "-m", "celery", "-A", "office")


@dataclass(frozen=True)
class Office:
    """A project in the container, with variables of its own that its line of sync has to set."""

    folder: Path
    container: CronContainer

    @property
    def environment(self) -> dict[str, str]:
        return {
            "OFFICE": str(self.folder),
            "DATABASE_URL": f"sqlite:///{self.folder / 'db.sqlite3'}",
            "PYTHONPATH": f"{self.folder}:{ROOT}",
        }

    def migrator(self, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        own = [f"{name}={value}" for name, value in self.environment.items()]
        done = self.container.run(["env", *own, sys.executable, "-m", "migrator", *words], self.folder)
        assert done.returncode == code, f"{words}\n{done.stdout}\n{done.stderr}"
        return done

    def executed(self, side: str) -> Counter[int]:
        """How often that side has executed the job in each minute."""
        path = self.folder / f"{side}.executed"
        return Counter(int(line) // 60 for line in path.read_text().split()) if path.exists() else Counter()

    @contextlib.contextmanager
    def celery(self) -> Iterator[None]:
        """Worker and beat."""
        everything = {**self.container.environment, **self.environment}
        with contextlib.ExitStack() as stack:
            for name, words, ready in (
                ("worker", ("worker", "-n", f"worker@{self.folder.name}", "-c", "1"), " ready."),
                ("beat", ("beat", "--pidfile="), "beat: Starting..."),
            ):
                log = self.folder / f"{name}.log"
                command = Command(["env", "-C", self.folder, *CELERY, *words, "-l", "info"], everything)
                begun = lambda _, log=log, ready=ready: ready in log.read_text(errors="replace")  # noqa: E731
                stack.enter_context(running(command, log, begun))
            yield


def write_office(folder: Path, spool: str) -> None:
    """A project whose one job has its line in the crontab of the user."""
    folder.mkdir()
    settings = FILES["office/settings.py"].replace('("work", "fail", "again", "slow")', '("work",)')
    settings = settings.replace("for this test only", f"of {folder.name}")
    files = {"office/settings.py": settings, "office/tasks.py": TASKS, "work.sh": WORK}
    write_project(folder, broker="filesystem://", database=f"sqlite:///{folder / 'db.sqlite3'}", files=files)
    (folder / "work.sh").chmod(0o755)
    (folder / "crontab").write_text(line_of(folder))
    (folder / "environment").write_text(
        f"export OFFICE={folder} DATABASE_URL=sqlite:///{folder}/db.sqlite3 PYTHONPATH={folder}:{ROOT}\n"
    )
    sync = f"cd {folder} && . ./environment && {sys.executable} -m migrator sync"
    (folder / "migrator.toml").write_text(
        'sources = ["crontab"]\n[project]\nsettings = "office.settings"\n'
        f'[instrument]\nsync = "{sync}"\n{spool}'
    )


def line_of(folder: Path) -> str:
    return f"* * * * * cd {folder} && ./work.sh\n"


@pytest.fixture
def offices(tmp_path: Path) -> Iterator[tuple[Office, Office]]:
    """Shop with the default spool and blog with its own; both lines in one crontab of the container."""
    clock = driven_clock(tmp_path)
    clock.leap(clock.now().replace(hour=9, minute=0, second=30) + dt.timedelta(days=1))
    shop, blog = tmp_path / "shop", tmp_path / "blog"
    write_office(shop, "")
    write_office(blog, f'spool = "{blog / "spool"}"\n')
    environment = {
        "CELERY_BROKER_URL": "filesystem://",
        "DJANGO_SETTINGS_MODULE": "office.settings",
        "MIGRATOR_SPOOL": str(tmp_path / "spool"),
        "TZ": "Europe/Warsaw",
    }
    (tmp_path / "plain").write_text(line_of(shop) + line_of(blog))
    with cron_container(tmp_path, clock, environment) as container:
        time.sleep(1.1)  # cron goes by whole seconds: a crontab from the one in which it began is not seen
        assert container.run(["crontab", "plain"], tmp_path).returncode == 0
        yield Office(shop, container), Office(blog, container)


def crontab(office: Office) -> list[str]:
    return office.container.run(["crontab", "-l"], office.folder).stdout.splitlines()


@pytest.mark.part("cron", "root", "gcc")
def test_each_goes_its_way(offices: tuple[Office, Office]) -> None:
    shop, blog = offices
    first = shop.container.next_minute()
    passed: list[int] = []

    def minutes(count: int) -> None:
        """So many more, in each of which every job is executed."""
        for _ in range(count):
            passed.append(minute := shop.container.next_minute())
            shop.container.pass_minute(minute)
            for office in offices:
                until(lambda: total(office)[minute], f"work of {office.folder.name}")  # noqa: B023
            shop.container.leave_minute(minute)

    with shop.celery():
        minutes(1)
        for office in offices:
            office.migrator("instrument", "apply")
            office.migrator("sync")
        recorded = crontab(shop)
        assert [line.count(" work -- ") for line in recorded] == [1, 1, 0, 0]
        minutes(2)
        shop.migrator("owner", "work", "celery", "--accept", "the office knows")
        minutes(4)
        assert (set(passed[-2:]) & shop.executed("cron").keys(), blog.executed("celery")) == (set(), {})
        assert set(passed) == set(blog.executed("cron"))  # the same id, and nobody yields for it

        blog.migrator("instrument", "rollback")
        assert crontab(shop)[0] == recorded[0]
        minutes(2)
        assert not set(passed[-2:]) & shop.executed("cron").keys()
        blog.migrator("instrument", "apply")
        blog.migrator("sync")
        shop.migrator("instrument", "rollback", code=1)  # Celery executes
        shop.migrator("abort", "--reason", "a test")
        minutes(4)
        assert set(passed[-2:]) <= shop.executed("cron").keys()
        shop.migrator("instrument", "rollback")
        minutes(2)
    assert crontab(shop)[0] + "\n" == line_of(shop.folder)
    assert sum(" work -- " in line for line in crontab(shop)) == 1
    for office in offices:
        assert total(office) == dict.fromkeys(range(first, passed[-1] + 1), 1)


def total(office: Office) -> Counter[int]:
    return office.executed("cron") + office.executed("celery")
