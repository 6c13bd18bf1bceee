"""``check --mail``: one mail of a period in place of one for each line that printed something."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from migrator.cli.freshness import limits
from migrator.cli.options import print_json, say
from migrator.cli.project import find_home
from migrator.cli.runtime import Runtime, runtime
from migrator.cli.scanning import scan
from migrator.errors import MigratorError, UsageProblem
from migrator.i18n import _, ngettext

# cron takes no other: "UNSAFE MAIL" is dropped
_ADDRESS = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+%@-]*@[A-Za-z0-9.-]+")


def send(names: Sequence[str], *, kind: str, to: Sequence[str], output: str) -> int:
    """Send the digest of the latest hour, day or week that nobody has sent yet."""
    with runtime() as found:
        from migrator.contrib.django.digest import send_digest

        jobs = [job for name in names for job in found.chosen(name)] or found.chosen(None)
        addresses = _recipients(found, to)
        mails = send_digest(jobs, limits(find_home()), addresses, kind=kind, now=dt.datetime.now(dt.UTC))
    if output == "json":
        sent = [{"to": list(mail.to), "subject": mail.subject} for mail in mails or ()]
        print_json({"mails": sent, "already_sent": mails is None})
    elif mails is None:
        say(_("it has been sent already, for this {period}").format(period=kind))
    elif not mails:
        say(_("nothing went wrong, nothing was sent"))
    else:
        text = ngettext("{count} mail sent to {people}", "{count} mails sent to {people}", len(mails))
        people = ", ".join(sorted({address for mail in mails for address in mail.to}))
        say(text.format(count=len(mails), people=people))
    return 0


def _recipients(found: Runtime, to: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Who hears of each job: --to, else MAILTO above its line, else Django's ADMINS; MAILTO="": nobody."""
    from django.conf import settings

    for address in to:
        if not _ADDRESS.fullmatch(address):
            raise UsageProblem(_("{text} is no address").format(text=address))
    people = [one[1] if isinstance(one, (tuple, list)) else str(one) for one in settings.ADMINS]
    others = tuple(to) or tuple(people)
    given = {} if to else _mailto()
    return {name: given.get(name, others) for name in found.jobs}


def _mailto() -> dict[str, tuple[str, ...]]:
    """What the crontab says; one that cannot be read any more says nothing."""
    try:
        jobs = scan(find_home()).inventory.jobs
    except MigratorError:
        return {}
    return {
        job.id: tuple(one for one in re.split(r"[,\s]+", job.declared.mail) if _ADDRESS.fullmatch(one))
        for job in jobs
        if job.declared.mail is not None
    }
