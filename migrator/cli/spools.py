"""A spool serves one project: its slot tables go by the job's id alone, and two have a ``clearsessions``."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from pathlib import Path

from migrator.adapters.journal import CutoverJournal, Entry, Journal
from migrator.adapters.spool import PROJECT, Spool, open_spool
from migrator.cli.project import Home, find_home, start_django
from migrator.crontab.marks import Whose, of_spool, spool_of
from migrator.cronwrap import default_spool
from migrator.cutover.editing import Target
from migrator.cutover.operation import retired
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


def refuse_spool_that_was_moved(home: Home) -> None:
    """Raise Cannot where migrator.toml names another spool than the lines that are recorded or out of cron.

    The spool tells whose they are, so that they would be taken for another project's.
    """
    spool = home.configuration.instrument.spool
    operations = CutoverJournal(home.root).operations()
    last = {job: one for one in operations for job in one.jobs}
    told = [*Journal(home.root).entries(), *(last[job] for job in retired(operations))]
    before = [one.spool for one in told if not one.unnamed and one.spool != spool]
    if before:
        raise Cannot(
            _("this project has recorded into {before}, and migrator.toml names {spool}").format(
                before=before[0] or _("the default spool"), spool=spool or _("the default spool")
            ),
            hint=_(
                "name it again as spool under [instrument]; to move, give the jobs back to cron first: "
                "`migrator cutover rollback --all`, `migrator abort`, `migrator instrument rollback`"
            ),
        )


def whose(home: Home, entry: Entry) -> Whose:
    """Tells the project's own lines in a crontab that it has recorded."""
    spool = home.configuration.instrument.spool if entry.unnamed else entry.spool
    return of_spool(spool, unnamed=entry.unnamed)


def refuse_spool_of_another(home: Home, targets: Sequence[Target]) -> None:
    """Raise Cannot where lines of this project would be recorded into the spool of another one."""
    spool = Spool(Path(home.configuration.instrument.spool or default_spool()))
    for target in targets:
        _refuse_its_other_names(target, spool, home.is_ours)
    marked = spool.project()
    if marked is None or marked[0] == str(home.root):
        return
    try:
        start_django(home)
        key = _key()
    except MigratorError:
        key = ""  # then the folder alone tells
    _refuse_another(spool, str(home.root), key)


def _refuse_its_other_names(target: Target, spool: Spool, is_ours: Whose) -> None:
    """Of what the lines of other projects name, nothing may be our spool: a name is what tells them apart."""
    for number, line in enumerate(target.text.split("\n"), 1):
        if not is_ours(line) and _leads_to(spool_of(line) or default_spool(), spool.folder):
            raise Cannot(
                _("{name}:{line} names the spool {path}, which is this project's by another name").format(
                    name=target.name, line=number, path=spool_of(line) or default_spool()
                ),
                hint=_(
                    "name another folder as spool under [instrument], "
                    "or the same one by the same name, if the line is this project's"
                ),
            )


def _leads_to(name: str, folder: Path) -> bool:
    """Whether a folder has this name, too; what somebody has written into a line may be no name at all."""
    try:
        return Path(name).resolve() == folder.resolve()
    except (OSError, ValueError, RuntimeError):  # a NUL, a circle of links
        return False


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
    """Tells one project from another wherever it is deployed to, and nothing of its secret.

    A secret may have been copied with a template: the routes, or the database by its name, tell those
    projects apart. Where that lies is no part of it, because a container may call its server otherwise.
    """
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured

    try:
        secret = str(settings.SECRET_KEY)
    except ImproperlyConfigured:
        return ""
    database = Path(str(settings.DATABASES.get("default", {}).get("NAME", ""))).name
    project = ["the spool of a project", str(getattr(settings, "ROOT_URLCONF", "")), database]
    return hmac.new(secret.encode(), "\0".join(project).encode(), hashlib.sha256).hexdigest()[:16]
