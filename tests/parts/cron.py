"""cron: the real daemon with a private spool, which never sees the machine's crontabs."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.parts.part import Found, State, missing, which
from tests.parts.process import Command, running, scratch
from tests.parts.programs import Namespaces, unshared

# /run is the daemon's own, so that neither its lock nor its @reboot mark meets the machine's
_START = """set -e
mount --bind "$1/spool" /var/spool/cron/crontabs
mount --bind "$1/crontab" /etc/crontab
mount --bind "$1/cron.d" /etc/cron.d
mount -t tmpfs none /run
shift
exec "$@"
"""


@dataclass(frozen=True, slots=True)
class Daemon:
    """A running cron and the folder of its crontabs."""

    spool: Path
    pid: int

    def install(self, text: str, user: str = "root") -> None:
        """Give a user a crontab, which the daemon reads at the next full minute."""
        write_crontab(self.spool, text, user)


def write_crontab(spool: Path, text: str, user: str = "root") -> None:
    """Put a crontab into a spool as crontab(1) does: complete, or not at all."""
    draft = spool / f".{user}"
    draft.write_text(text)
    draft.chmod(0o600)
    draft.rename(spool / user)


class Cron:
    """The daemon of Debian and Ubuntu."""

    name = "cron"
    packages = ("cron",)

    def find(self) -> Found:
        """Never counted as running: the machine's own daemon is not for tests."""
        namespaces = Namespaces().find()
        if which("cron") is None:
            return missing(self.packages, "no cron")
        if namespaces.state is State.MISSING:
            return namespaces
        return Found(State.INSTALLED, f"{which('cron')}, {namespaces.detail}")

    @contextlib.contextmanager
    def private(self, crontab: str = "") -> Iterator[Daemon]:
        """A daemon that starts with this crontab of root and runs its @reboot jobs.

        In a user namespace the daemon reads crontabs but runs nothing: it may not change groups there.
        """
        with scratch("migrator-cron") as folder:
            spool, log = folder / "spool", folder / "output"
            spool.mkdir()
            (folder / "cron.d").mkdir()
            (folder / "crontab").touch()
            write_crontab(spool, crontab)
            words = unshared("sh", "-c", _START, "sh", folder, which("cron") or "cron", "-f")
            environment = {"PATH": f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin", "LANG": "C.UTF-8"}
            with running(Command(words, environment), log, _is_cron, seconds=20) as pid:
                yield Daemon(spool, pid)


def _is_cron(pid: int) -> bool:
    """The shell that made the private mounts has become the daemon."""
    return Path(f"/proc/{pid}/comm").read_text().strip() == "cron"
