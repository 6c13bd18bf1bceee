"""Commands that run other commands, and what each means for the job.

A wrapper takes its words and the reading so far, notes what it means, and gives back what
it runs: words, or the text of a shell command. None: it wraps nothing here. To add one: a
row in the mapping of its family, with its options as its manual lists them.
"""

from __future__ import annotations

from collections.abc import Mapping

from migrator.crontab.lock_script import reads_as_lock_script
from migrator.crontab.options import plain, program_of
from migrator.crontab.reading import Reading
from migrator.crontab.wrappers.containers import CONTAINERS
from migrator.crontab.wrappers.environments import ENVIRONMENTS
from migrator.crontab.wrappers.limits import LIMITS
from migrator.crontab.wrappers.locks import LOCKS
from migrator.crontab.wrappers.monitors import MONITORS
from migrator.crontab.wrappers.output import OUTPUT
from migrator.crontab.wrappers.services import SERVICES
from migrator.crontab.wrappers.shells import SHELLS
from migrator.crontab.wrappers.unread import behind_unread as behind_unread
from migrator.crontab.wrappers.unwrapping import Inner as Inner
from migrator.crontab.wrappers.unwrapping import Words, Wrapper
from migrator.crontab.wrappers.users import USERS
from migrator.i18n import _

WRAPPERS: dict[str, Wrapper] = {
    **LOCKS,
    **LIMITS,
    **USERS,
    **SHELLS,
    **OUTPUT,
    **ENVIRONMENTS,
    **CONTAINERS,
    **SERVICES,
    **MONITORS,
}


def unwrap(words: Words, reading: Reading, scripts: Mapping[str, str]) -> Inner | None:
    """What the words run, if they are a wrapper; its meaning goes to the reading."""
    name = program_of(words)
    if recorded := behind_cronwrap(words):
        return recorded
    if wrapper := WRAPPERS.get(name):
        return wrapper(words, reading)
    return _behind_script(words, name, reading, scripts)


def behind_cronwrap(words: Words) -> Inner | None:
    """What our own recorder runs: ``python3 -I -S .../cronwrap.py JOB -- COMMAND``."""
    for word in words[:4]:
        if plain(word).endswith("cronwrap.py"):
            texts = [plain(word) for word in words]
            return (words[texts.index("--") + 1 :] or None) if "--" in texts else None
    return None


def _behind_script(words: Words, name: str, reading: Reading, scripts: Mapping[str, str]) -> Inner | None:
    """What a lock script runs, its lock and its freshness limit noted."""
    found = reads_as_lock_script(words, scripts)
    if found is None:
        return None
    reading.freshness = found.freshness
    reading.cover(found.lock, name)
    if found.lock.blocking is None:
        reading.remark(
            "CM303",
            _("{name} looks like a lock script and could not be read").format(name=name),
            _("scan the folder that holds it as well, or decide on the lock in migrator.toml"),
        )
    return found.command
