"""Commands that run other commands, and what each means for the job.

A wrapper takes its words and the reading so far, notes what it means, and gives back what
it runs: words, or the text of a shell command. None: it wraps nothing here.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from migrator.crontab.lock_script import duration
from migrator.crontab.reading import Lock, Reading
from migrator.crontab.shell import Word
from migrator.i18n import _

Inner = tuple[Word, ...] | str
Wrapper = Callable[[tuple[Word, ...], Reading], Inner | None]


def _options(words: tuple[Word, ...], with_value: str) -> int:
    """The index of the first word after the options; ``with_value``: letters that take one."""
    index = 1
    while index < len(words) and words[index].text.startswith("-") and words[index].text != "-":
        text = words[index].text
        if text == "--":
            return index + 1
        takes_value = re.fullmatch(rf"-\w*[{with_value}]", text) if with_value else None
        index += 2 if takes_value else 1
    return index


def _transparent(with_value: str = "") -> Wrapper:
    """A wrapper that changes nothing which the task must keep."""

    def unwrap(words: tuple[Word, ...], reading: Reading) -> Inner | None:
        return words[_options(words, with_value) :] or None

    return unwrap


def _shell(words: tuple[Word, ...], reading: Reading) -> Inner | None:
    """``sh -c 'text'``, also ``bash -lc``."""
    for index, word in enumerate(words[1:], 1):
        if re.fullmatch(r"-\w*c\w*", word.text) and index + 1 < len(words):
            return words[index + 1].value
        if not word.text.startswith("-"):
            return None
    return None


def _flock(words: tuple[Word, ...], reading: Reading) -> Inner | None:
    """flock(1): ``flock [-n] [-w seconds] FILE COMMAND...`` or ``FILE -c 'text'``."""
    index = _options(words, "wE")
    if index + 1 >= len(words):
        return None
    flags = [word.text for word in words[1:index]]
    waits = not any(re.match(r"-\w*n|--no", flag) for flag in flags)
    if "-w" in flags and flags[flags.index("-w") + 1 :][:1] == ["0"]:
        waits = False
    key = words[index].value or words[index].text
    reading.lock = Lock(key.rsplit("/", 1)[-1].removesuffix(".lock"), waits)
    rest = words[index + 1 :]
    if rest[0].text in ("-c", "--command") and len(rest) > 1:
        return rest[1].value
    return rest


def behind_cronwrap(words: tuple[Word, ...]) -> Inner | None:
    """What our own recorder runs: ``python3 -I -S .../cronwrap.py JOB -- COMMAND``."""
    texts = [word.value or word.text for word in words]
    if any(text.endswith("cronwrap.py") for text in texts[:4]) and "--" in texts:
        return words[texts.index("--") + 1 :] or None
    return None


def _timeout(words: tuple[Word, ...], reading: Reading) -> Inner | None:
    """timeout(1): ``timeout [-k 5] 12h COMMAND``."""
    index = _options(words, "ks")
    if index + 1 >= len(words):
        return None
    reading.timeout = duration(words[index].value or "")
    if reading.timeout is None:
        reading.remark(
            "CM307",
            _("the time limit {text} could not be read").format(text=words[index].text),
            _("write it in whole seconds, minutes, hours or days, such as 90m"),
        )
    return words[index + 1 :]


def _environment(words: tuple[Word, ...], reading: Reading) -> Inner | None:
    """env(1) with assignments."""
    index = _options(words, "uC")
    while index < len(words) and "=" in words[index].text:
        name, _equals, value = (words[index].value or words[index].text).partition("=")
        reading.environment[name] = value
        index += 1
    return words[index:] or None


def _sudo(words: tuple[Word, ...], reading: Reading) -> Inner | None:
    """sudo(8): a worker runs as one user, so the change is named."""
    reading.remark(
        "CM309",
        _("sudo changes the user, which a worker cannot"),
        _("run the worker as that user, or keep the job in cron"),
    )
    return words[_options(words, "ugDhpCrTt") :] or None


WRAPPERS: dict[str, Wrapper] = {
    "sh": _shell,
    "bash": _shell,
    "dash": _shell,
    "flock": _flock,
    "timeout": _timeout,
    "env": _environment,
    "sudo": _sudo,
    "nice": _transparent("n"),
    "ionice": _transparent("cnp"),
    "nohup": _transparent(),
    "exec": _transparent(),
    "time": _transparent(),
    "chronic": _transparent(),
    "cronic": _transparent(),
}
