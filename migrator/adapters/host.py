"""Gathers all that this machine's cron, anacron and systemd run on a schedule; reads, and asks nothing."""

from __future__ import annotations

import getpass
import os
import pwd
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from migrator.adapters import user_crontab
from migrator.adapters.called import called_paths, unnamed
from migrator.adapters.collect import Collected, NoText, read_source
from migrator.adapters.files import cannot_read
from migrator.adapters.standing import (
    reason_against_part,
    reason_against_system_crontab,
    reason_against_user_crontab,
)
from migrator.adapters.timers import timer_units
from migrator.crontab.syntax import Format, decode
from migrator.errors import Cannot, MigratorError
from migrator.i18n import _
from migrator.sources.crontab_script import is_shell_script
from migrator.sources.kinds import source_of
from migrator.sources.passed_over import reason_by_name
from migrator.sources.source import SourceFile

# Debian's, SUSE's, cronie's and busybox's; a machine may have several of these folders, one is used.
SPOOLS = ("var/spool/cron/crontabs", "var/spool/cron/tabs", "var/spool/cron", "etc/crontabs")
DRAFTS = ("tmp.", "cron.update", ".")  # crontab(1)'s own, which the daemon does not read
LINKS = 40  # the kernel's own limit


@dataclass(slots=True)
class Host:
    """A machine by its root folder: ``/``, or where its file system is mounted."""

    root: Path
    files: dict[str, SourceFile] = field(default_factory=dict)
    problems: list[MigratorError] = field(default_factory=list)

    @property
    def live(self) -> bool:
        """Whether this machine itself is read, and not a mounted one."""
        return self.root == Path("/")

    @property
    def superuser(self) -> int:
        """Who owns the system: 0, or in an image that a user unpacked, that user."""
        return 0 if self.live else self.root.stat().st_uid

    @property
    def cronie(self) -> bool:
        """Whether cron is Fedora's, which takes other names than Debian's."""
        return cron_of(self.root) == "cronie"

    def has(self, *paths: str) -> bool:
        """Whether one of these programs is installed."""
        return any(os.path.lexists(self.root / path) for path in paths)

    def listed(self, folder: str) -> list[Path]:
        """What a folder holds, by name; nothing where it is not there."""
        try:
            return sorted(self.inside(self.root / folder).iterdir())
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            self.problems.append(_closed(self.root / folder, error))
            return []

    def add(self, path: Path, judge: Callable[[Path], str | None], format: Format | None = None) -> None:
        """A file, with the reason why nothing runs it; what cannot be read is a problem."""
        try:
            target = self.inside(path)
            if target.is_dir():
                return
            reason = judge(path) or ""
            file = read_source(str(path), target)
            self.files[str(path)] = replace(file, format=format, skipped=reason)
        except OSError as error:
            self.problems.append(cannot_read(path, error))
        except MigratorError as problem:
            self.problems.append(problem)

    def inside(self, path: Path) -> Path:
        """The file behind links, which a mounted image has below its own root, however high they climb."""
        if self.live:
            return path
        reached, links = self.root, 0
        waiting = [*reversed(path.relative_to(self.root).parts)]
        while waiting:
            name = waiting.pop()
            there = reached / name
            if name == "..":
                reached = self.root if reached == self.root else reached.parent
            elif not os.path.islink(there):  # noqa: PTH114 - False, not an error, behind a closed folder
                reached = there
            elif links == LINKS:
                return Path(os.devnull)
            else:
                links += 1
                target = there.readlink()
                if target.is_absolute():
                    reached, target = self.root, target.relative_to("/")
                waiting += reversed(target.parts)
        return reached


def cron_of(root: Path) -> str | None:
    """The dialect of the cron that is installed below a root; None: Debian's, or none at all."""
    daemons = [root / name for name in ("usr/sbin/crond", "usr/bin/crond")]
    daemon = next((path for path in daemons if os.path.lexists(path)), None)
    if daemon is None or os.path.lexists(root / "usr/sbin/cron"):
        return None
    return "busybox" if daemon.is_symlink() and daemon.readlink().name == "busybox" else "cronie"


def collect_host(root: Path = Path("/")) -> Collected:
    """Every crontab, run-parts folder, anacrontab and timer of a machine."""
    try:
        root = root.resolve()
        if not root.is_dir():
            raise NotADirectoryError(20, os.strerror(20), str(root))
        host = Host(root)
        for gather in (_user_crontabs, _system_crontabs, _parts, _anacrontab, _timers, _called):
            gather(host)
    except OSError as error:
        return Collected((), (cannot_read(root, error),))
    return Collected(tuple(host.files.values()), tuple(host.problems))


def _user_crontabs(host: Host) -> None:
    """All of the spool, byte for byte; an ordinary user's own crontab where the spool is closed."""
    # python-crontab's CronTabs reads the same files, but as strict UTF-8 and through crontab(1).
    closed = len(host.problems)
    for spool in SPOOLS:
        for path in host.listed(spool):
            if not path.name.startswith(DRAFTS):
                host.add(path, lambda path: _against(host, path), "user")
    if len(host.problems) > closed and host.live and shutil.which("crontab"):
        try:
            data = user_crontab.read()
        except MigratorError as problem:
            host.problems.append(problem)
            return
        path = f"/{_spool_in_use(host)}/{getpass.getuser()}"
        if data and path not in host.files:
            host.files[path] = SourceFile(path, decode(data), "user", skipped="")


def _spool_in_use(host: Host) -> str:
    return next(spool for spool in SPOOLS if (host.root / spool).is_dir())


def _against(host: Host, path: Path) -> str | None:
    return reason_against_user_crontab(path, owner=_owner(host, path.name), root=host.superuser)


def _owner(host: Host, name: str) -> int | None:
    """The number of a user of that machine; of an image that names none, whoever owns the file."""
    if host.live:
        try:
            return pwd.getpwnam(name).pw_uid
        except KeyError:
            return None
    users = host.root / "etc/passwd"
    if not users.is_file():
        return host.superuser
    lines = (line.split(":") for line in decode(users.read_bytes()).splitlines())
    found = next((fields[2] for fields in lines if len(fields) > 2 and fields[0] == name), None)
    return int(found) if found and re.fullmatch(r"\d{1,10}", found, re.ASCII) else None


def _system_crontabs(host: Host) -> None:
    """/etc/crontab and /etc/cron.d, with what cron has against each file."""
    for path in (host.root / "etc/crontab", *host.listed("etc/cron.d")):
        if os.path.lexists(path):
            host.add(path, lambda path: _against_system(host, path), "system")


def _against_system(host: Host, path: Path) -> str | None:
    return reason_by_name(str(path), cronie=host.cronie) or reason_against_system_crontab(
        path, host.inside(path), host.superuser
    )


def _parts(host: Host) -> None:
    """The folders of run-parts: /etc/cron.daily and its like, Alpine's /etc/periodic."""
    folders = [
        path for path in host.listed("etc") if path.name.startswith("cron.") and path.name.endswith("ly")
    ]
    for folder in (*folders, *host.listed("etc/periodic")):
        for path in host.listed(str(folder.relative_to(host.root))):
            target = host.inside(path)
            if path.name.startswith(".") or not target.is_file():
                continue
            reason = reason_by_name(str(path), cronie=host.cronie) or reason_against_part(target)
            text = _script(host, path, target)
            if text is not None and (text.startswith("#!") or not reason):
                host.files[str(path)] = SourceFile(str(path), text, skipped=reason or "")


def _script(host: Host, path: Path, target: Path) -> str | None:
    """The text of a part; empty for a program, which is a job all the same."""
    try:
        return read_source(str(path), target).text
    except NoText:
        return ""
    except MigratorError as problem:
        host.problems.append(problem)
        return None


def _anacrontab(host: Host) -> None:
    """/etc/anacrontab, which may have outlived anacron."""
    path = host.root / "etc/anacrontab"
    if os.path.lexists(path):
        there = host.has("usr/sbin/anacron", "usr/bin/anacron", "sbin/anacron")
        host.add(path, lambda _path: None if there else _("anacron is not installed"))


def _timers(host: Host) -> None:
    """Timers that start, those of the administrator, and the units that belong to them."""
    for path, reason in timer_units(host.root, live=host.live):
        host.add(path, lambda _path, reason=reason: reason)


def _called(host: Host) -> None:
    """The scripts that all those call by their paths; what cannot be read is left to the line."""
    texts = [file.text for file in host.files.values()]
    while texts:
        paths = [path for text in texts for path in called_paths(text)]
        texts = []
        for path in dict.fromkeys(host.root / path.lstrip("/") for path in paths):
            target = host.inside(path)
            # os.path: False, not an error, behind a folder that is closed to us
            if str(path) in host.files or not os.path.isfile(target):  # noqa: PTH113
                continue
            try:
                file = read_source(str(path), target)
            except MigratorError:
                continue
            if is_shell_script(file.path, file.text) and not source_of(unnamed(file)):
                host.files[str(path)] = unnamed(file)
                texts.append(file.text)


def _closed(folder: Path, error: OSError) -> Cannot:
    """What an ordinary user does not see."""
    if not isinstance(error, PermissionError):
        return cannot_read(folder, error)
    return Cannot(
        _("cannot list {folder}, so other users' jobs are missing: {reason}").format(
            folder=folder, reason=error.strerror
        ),
        hint=_("run it as root: sudo $(command -v migrator) scan --host"),
    )
