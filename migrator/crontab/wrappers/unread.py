"""Wrappers that nobody has described: the management command inside is found, and a person decides."""

from __future__ import annotations

import re
from collections.abc import Collection

from migrator.crontab.options import plain, program_of
from migrator.crontab.programs import is_management, management_text
from migrator.crontab.reading import Reading
from migrator.crontab.wrappers.unwrapping import Inner, Words
from migrator.i18n import _

_WINDOW = 12  # words in which python, its flags, a manage script and a name are found
# These look at their arguments, move them or print them, and run none of them.
_LOOKING = """
    alias awk basename bzip2 cat cd chgrp chmod chown cksum cmp comm cp crontab cut date dd df diff
    dirname du echo egrep expr false fgrep file git grep gzip head hg hostname id install kill killall
    less ln logger logrotate ls mail mailx mkdir mv mysql nc openssl pgrep pidof pkill printf ps psql
    pwd readlink realpath renice rm rmdir rsync scp sed sendmail service sort stat svn systemctl tail
    tar tee test touch tr true uniq unlink unzip wait wc which whereis zip [ [[ : . source eval read set
    trap unset return exit
"""
NO_WRAPPERS = frozenset(_LOOKING.split())

_COMPUTED = re.compile(r"[\"']?(?:\$\(|`)")
_FARTHEST = 200  # words; each look at the rest takes as long as the rest


def behind_unread(words: Words, reading: Reading, manage: Collection[str] = ()) -> Inner | None:
    """The management command among the arguments of a program that is not known."""
    name = program_of(words)
    if name in NO_WRAPPERS or len(words) < 2 or is_management(words, manage):
        return None
    inner = _found(_run_by_find(words) if name == "find" else words[1:], manage)
    if inner is not None:
        reading.remark(
            "CM320",
            _("what {program} does around the command is not known").format(program=name),
            _("scan the folder that holds it as well, or decide on locks and limits in migrator.toml"),
        )
    return inner


def _run_by_find(words: Words) -> Words:
    """What find runs: not the names that it looks for, be they manage.py."""
    texts = [plain(word) for word in words]
    places = [texts.index(one) for one in ("-exec", "-execdir", "-ok", "-okdir") if one in texts]
    return words[min(places) + 1 :] if places else ()


def _found(arguments: Words, manage: Collection[str]) -> Inner | None:
    for index, argument in enumerate(arguments[:_FARTHEST]):
        text = plain(argument)
        if argument.value is None and _COMPUTED.match(text):
            continue  # its output is an argument: it is read where it stands
        if re.search(r"\s", text):
            if management_text(text):
                return text
        elif is_management(arguments[index : index + _WINDOW], manage):
            return arguments[index:]
    return None
