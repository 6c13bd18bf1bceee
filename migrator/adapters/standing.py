"""Whether cron takes a file, by its mode, its owner and its links.

Authority: process_crontab() of Debian's cron 3.0pl1; cronie asks the same.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from migrator.i18n import _


def reason_against_system_crontab(path: Path, target: Path, root: int) -> str | None:
    """Why cron passes over /etc/crontab or a file of /etc/cron.d.

    ``target``: the file behind its links; ``root``: the owner of the system.
    """
    link, file = path.lstat(), target.stat()
    if stat.S_ISLNK(link.st_mode) and link.st_uid != root:
        return _("the link is not root's")
    if file.st_uid != root:
        return _("it is not root's (chown root {path})").format(path=path)
    if file.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return _("others than its owner may write to it (chmod go-w {path})").format(path=path)
    return _hard_link(file)


def reason_against_user_crontab(path: Path, *, owner: int | None, root: int) -> str | None:
    """Why cron passes over a file of the spool; ``owner`` None: there is no such user."""
    file = path.lstat()
    if stat.S_ISLNK(file.st_mode):
        return _("it is a link")
    if owner is None:
        return _("there is no user {name}").format(name=path.name)
    if file.st_uid not in (owner, root):
        return _("it is not {name}'s (chown {name} {path})").format(name=path.name, path=path)
    if stat.S_IMODE(file.st_mode) != 0o600:
        return _("its mode is {mode}, and cron wants 0600 (chmod 600 {path})").format(
            mode=f"{stat.S_IMODE(file.st_mode):04o}", path=path
        )
    return _hard_link(file)


def reason_against_part(path: Path) -> str | None:
    """Why run-parts, which root calls, passes over a file of its folder."""
    executable = path.stat().st_mode & (stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    return None if executable else _("it is not executable (chmod +x {path})").format(path=path)


def _hard_link(file: os.stat_result) -> str | None:
    return _("it has a second hard link") if file.st_nlink != 1 else None
