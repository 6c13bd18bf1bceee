"""This machine as a cron host of the ledger: its spool, where it has ever synced."""

from __future__ import annotations

import socket
from pathlib import Path

from migrator.adapters.spool import Spool
from migrator.cli.project import Home
from migrator.cronwrap import default_spool, user_name


def _own(home: Home) -> tuple[Spool, dict[str, str]]:
    """The spool that this user has here, and the columns by which the ledger knows it."""
    spool = Spool(Path(home.configuration.instrument.spool or default_spool()))
    return spool, {
        "name": socket.gethostname()[:128],
        "user": user_name()[:64],
        "spool": str(spool.folder.resolve())[:255],
    }


def other_hosts(home: Home) -> list[str]:
    """The cron hosts of the ledger that are not this one: their crontabs are out of reach."""
    from migrator.contrib.django.models import Host

    _spool, own = _own(home)
    return [str(host) for host in Host.objects.filter(left_at=None).exclude(**own).order_by("pk")]


def own_spool(home: Home) -> Spool | None:
    """The spool of this host and user; None where it has never synced: that one may be another project's."""
    from migrator.contrib.django.models import Host

    spool, own = _own(home)
    return spool if spool.folder.is_dir() and Host.objects.filter(**own).exists() else None
