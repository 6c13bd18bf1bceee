"""This user's installed crontab, through crontab(1): the spool's own guardian."""

from __future__ import annotations

import getpass
import subprocess

from migrator.errors import Cannot
from migrator.i18n import _


def name() -> str:
    """How messages call it."""
    return _("the crontab of {user}").format(user=getpass.getuser())


def read() -> bytes:
    """What is installed; empty where there is none."""
    result = _crontab("-l")
    if result.returncode and b"no crontab for" not in result.stderr:
        raise Cannot(
            _("cannot read {name}: {reason}").format(
                name=name(), reason=result.stderr.decode(errors="replace").strip()
            ),
            hint=_("name the crontab's file instead"),
        )
    return result.stdout if result.returncode == 0 else b""


def install(data: bytes, *, expected: bytes) -> None:
    """Install it if ``expected`` is still there, and read it back."""
    if read() != expected:
        raise Cannot(
            _("{name} has changed since it was read").format(name=name()),
            hint=_("run the command again and look at the new plan"),
        )
    result = _crontab("-", data)
    if result.returncode:
        raise Cannot(
            _("crontab refused: {reason}").format(reason=result.stderr.decode(errors="replace").strip())
        )
    if read() != data:
        raise Cannot(_("{name} does not hold what was installed").format(name=name()))


def _crontab(argument: str, data: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(["crontab", argument], input=data, capture_output=True, check=False)
    except FileNotFoundError:
        raise Cannot(
            _("there is no crontab program on this machine"), hint=_("name the crontab's file instead")
        ) from None
