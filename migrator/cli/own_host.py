"""This machine as a cron host of the ledger: its spool, where it has ever synced."""

from __future__ import annotations

import socket
from pathlib import Path

from migrator.adapters.spool import Spool
from migrator.cli.project import Home
from migrator.cronwrap import default_spool, user_name


def own_spool(home: Home) -> Spool | None:
    """The spool of this host and user; None where it has never synced: that one may be another project's."""
    from migrator.contrib.django.models import Host

    spool = Spool(Path(home.configuration.instrument.spool or default_spool()))
    known = Host.objects.filter(
        name=socket.gethostname()[:128], user=user_name()[:64], spool=str(spool.folder.resolve())[:255]
    )
    return spool if spool.folder.is_dir() and known.exists() else None
