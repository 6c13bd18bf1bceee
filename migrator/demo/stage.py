"""The scratch folder: a copy of the reference project as it was before Celery tasks were written."""

from __future__ import annotations

import contextlib
import fcntl
import getpass
import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from migrator.errors import Cannot
from migrator.i18n import _

COPIED = ("config", "tasks", "crontabs", "manage.py")
WRITTEN_BY_THE_GENERATOR = ("tasks/tasks.py", "tasks/cron_contract.py", "config/beat_schedule.py")
EVERY_MINUTE = "* * * * *"
MARKER = ".stage-of-a-demo"  # a folder without it is somebody else's

SETTINGS = '''\
"""The demo: every job each minute, mail to files; its slots are labelled and never count as evidence."""

from celery.schedules import crontab

from config.settings.local import *
from config.settings.common import CELERY_BEAT_SCHEDULE as PROJECT_SCHEDULE

MIGRATOR_DEMO_EXPRESSION = "* * * * *"
# on a broker that others use as well, their workers leave our messages alone
CELERY_TASK_DEFAULT_QUEUE = "migrator-demo"
CELERY_BEAT_SCHEDULE = {
    name: {**entry, "schedule": crontab(), "options": {"expire_seconds": 30}}
    for name, entry in PROJECT_SCHEDULE.items()
}
'''


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the demo plays; ``database``: a URL, None for SQLite in the scratch folder."""

    scratch: Path
    database: str | None = None

    @property
    def project(self) -> Path:
        return self.scratch / "project"

    @property
    def logs(self) -> Path:
        return self.scratch / "log"

    @property
    def mail(self) -> Path:
        return self.scratch / "mail"

    @property
    def spool(self) -> Path:
        """The recorder's spool."""
        return self.scratch / "records"

    @property
    def crontabs(self) -> Path:
        """What the demo's cron daemon sees as /var/spool/cron/crontabs."""
        return self.scratch / "crontabs"

    @property
    def live_crontab(self) -> Path:
        return self.crontabs / getpass.getuser()

    @property
    def report(self) -> Path:
        return self.scratch / "report.html"

    def environment(self) -> dict[str, str]:
        """What the project's processes need beyond the environment of this one."""
        return {
            "DJANGO_SETTINGS_MODULE": "config.settings.demo",
            "DATABASE_URL": self.database or f"sqlite:///{self.scratch / 'db.sqlite3'}",
            "CELERY_BROKER_URL": os.environ.get("CELERY_BROKER_URL") or "filesystem://",
            "CELERY_BROKER_FOLDER": str(self.scratch / "broker"),
            "EMAIL_FILE_PATH": str(self.mail),
            "LOCK_DIR": str(self.scratch / "locks"),
            "STATE_DIR": str(self.scratch / "locks"),
            "MIGRATOR_SPOOL": str(self.spool),
            "LOG_LEVEL": "ERROR",
        }


def reference_project(start: Path) -> Path:
    """The clone that holds the reference project, at or above ``start`` or beside this package."""
    for folder in (start, *start.parents, Path(__file__).resolve().parents[2]):
        if (folder / "crontabs" / "poradnia" / "crontab").is_file() and (folder / "manage.py").is_file():
            return folder
    raise Cannot(
        _("the demo plays on the reference project, which is not here"),
        hint=_("run it in a clone of the repository"),
    )


def set_stage(clone: Path, scratch: Path, database: str | None) -> Stage:
    """A fresh copy of the project in ``scratch``, its crontab pointing there."""
    stage = Stage(scratch, database)
    if not re.fullmatch(r"[^%\"\\$`\n]+", str(scratch)):
        raise Cannot(
            _("the folder {path} has a character that a crontab cannot carry").format(path=scratch),
            hint=_("choose another folder with --scratch"),
        )
    _clear(scratch)
    for folder in (stage.project, stage.logs, stage.mail, stage.spool, stage.crontabs, scratch / "locks"):
        folder.mkdir(parents=True)
    for name in COPIED:
        source = clone / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
            shutil.copytree(source, stage.project / name, ignore=ignored)
        else:
            shutil.copy2(source, stage.project / name)
    for name in WRITTEN_BY_THE_GENERATOR:
        (stage.project / name).unlink(missing_ok=True)
    (stage.project / "config" / "settings" / "demo.py").write_text(SETTINGS)
    for name in ("crontab", "install.sh"):
        path = stage.project / "crontabs" / "poradnia" / name
        path.write_text(_relocated(path.read_text(), stage))
    return stage


@contextlib.contextmanager
def occupied(scratch: Path) -> Iterator[None]:
    """The folder for this demo alone; a second one at the same time would pull the stage away."""
    scratch.mkdir(parents=True, exist_ok=True)
    handle = os.open(scratch, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        _lock(handle, scratch)
        yield
    finally:
        os.close(handle)


def _lock(handle: int, scratch: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Cannot(
            _("a demo plays in {path} already").format(path=scratch),
            hint=_("wait for it, or choose another folder with --scratch"),
        ) from None


def _clear(scratch: Path) -> None:
    """Empty an earlier stage; a folder that is no stage of ours is left alone."""
    if any(scratch.iterdir()) and not (scratch / MARKER).is_file():
        raise Cannot(
            _("{path} exists and is no earlier demo").format(path=scratch),
            hint=_("choose another folder with --scratch"),
        )
    (scratch / MARKER).touch()
    for entry in scratch.iterdir():
        if entry.name == MARKER:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def _relocated(text: str, stage: Stage) -> str:
    """The crontab's paths and interpreter, as they are on the stage."""
    text = text.replace("/var/log/", shlex.quote(str(stage.logs)) + "/")
    text = text.replace("/code", shlex.quote(str(stage.project)))
    return text.replace('"python3 ', f'"{shlex.quote(sys.executable)} ')


def install_live_crontab(stage: Stage) -> None:
    """The project's crontab as a host would have it, but each job every minute and mail to nobody."""
    text = (stage.project / "crontabs" / "poradnia" / "crontab").read_text()
    text = re.sub(r"^MAILTO=.*$", 'MAILTO=""', text, flags=re.MULTILINE)
    text = re.sub(r"^(@\w+|[\d*]\S*( \S+){4})(?= cd )", EVERY_MINUTE, text, flags=re.MULTILINE)
    settings = "".join(f"{name}={value}\n" for name, value in stage.environment().items())
    stage.live_crontab.write_text(settings + text)
    stage.live_crontab.chmod(0o600)
