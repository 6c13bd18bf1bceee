"""A spool serves one project: its slot tables go by the job's id alone, and two have a ``clearsessions``."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

from migrator.adapters.spool import PROJECT, Spool, open_spool
from migrator.cli.project import Home, find_home, start_django
from migrator.cronwrap import default_spool
from migrator.errors import Cannot, MigratorError
from migrator.i18n import _


def spool_of_project(named: str | None) -> Spool:
    """The spool that this project syncs, marked as its own; Django runs."""
    home = find_home()
    spool = open_spool(named or home.configuration.instrument.spool)
    root, key = str(home.root), _key()
    _refuse_another(spool, root, key)
    spool.mark(root, key)
    return spool


def refuse_spool_of_another(home: Home) -> None:
    """Raise Cannot where lines of this project would be recorded into the spool of another one."""
    spool = Spool(Path(home.configuration.instrument.spool or default_spool()))
    marked = spool.project()
    if marked is None or marked[0] == str(home.root):
        return
    try:
        start_django(home)
        key = _key()
    except MigratorError:
        key = ""  # then the folder alone tells
    _refuse_another(spool, str(home.root), key)


def _refuse_another(spool: Spool, root: str, key: str) -> None:
    marked = spool.project()
    if marked is None or marked[0] == root or (key and marked[1] == key):
        return
    raise Cannot(
        _("the spool {path} is that of the project in {root}, and would mix its jobs with this one's").format(
            path=spool.folder, root=marked[0]
        ),
        hint=_(
            "name another folder as spool under [instrument], then run `migrator instrument apply`; "
            "where that project is gone, delete {file}"
        ).format(file=spool.folder / PROJECT),
    )


def _key() -> str:
    """Tells one project from another wherever it is deployed to, and nothing of its secret."""
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured

    try:
        secret = str(settings.SECRET_KEY)
    except ImproperlyConfigured:
        return ""
    return hmac.new(secret.encode(), b"the spool of a project", hashlib.sha256).hexdigest()[:16]
