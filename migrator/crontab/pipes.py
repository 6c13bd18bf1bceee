"""What stands behind a pipe: where the output goes, and what stands before one: what is read."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from migrator.crontab.options import Options, plain
from migrator.crontab.programs import ENTRY_POINTS, management_text, program_step
from migrator.crontab.reading import OutputMail, Reading
from migrator.crontab.scope import SHELLS
from migrator.crontab.shell import Group, Opaque, Shell, Simple, Word
from migrator.crontab.streams import Input, Sink, Streams
from migrator.i18n import _

# They change how the output looks, not what the job does.
FILTERS = {
    "awk", "cat", "col", "column", "cut", "egrep", "fgrep", "fold", "gawk", "grep", "head", "iconv",
    "mawk", "nl", "perl", "sed", "sort", "stdbuf", "tac", "tai64n", "tail", "tr", "ts", "uniq",
}  # fmt: skip
MAILERS = {"mail", "mailx", "msmtp", "mutt", "nail", "s-nail", "sendmail", "ssmtp"}
# What their options take is no address: mailx(1), sendmail(8), msmtp(1), mutt(1).
_MAIL_OPTIONS = Options(
    """
    -s|--subject= -r= -f|--from= -F= -c= -b= -a|--account= -A= -S= -q= -X|--logfile= -C|--file= -E -n -v
    --host= --port= --user= --passwordeval= --auth= --domain= --proxy-host=
    """,
    permutes=True,
)
LATER = {"at", "batch"}  # they run their standard input as a shell would, at another time
STAMPING = {"[", "date", "echo", "logger", "printf", "read", "tee"}
_MANAGING = re.compile("|".join(["manage", "django", *map(re.escape, ENTRY_POINTS), r"\$"]))
_FARTHEST = 40  # words; a command that begins later than this is in no pipe that was ever seen


@dataclass(frozen=True, slots=True)
class Behind:
    """Where a pipe leads: the last sink, a log on the way, a mail, and the program that eats the output."""

    sink: Sink
    log: Sink = None
    mail: OutputMail | None = None
    filters: tuple[str, ...] = ()
    eaten_by: str | None = None


def behind(parts: Iterable[Shell], streams: Streams, *, bash: bool, reading: Reading) -> Behind:
    """What the parts behind the command do with its output."""
    found = Behind(streams.out)
    for part in parts:
        if isinstance(part, Simple) and part.words:
            streams = streams.redirected(part.redirects, bash=bash, reading=reading)
            found = replace(_stage(part, found), sink=streams.out)
        elif isinstance(part, Group) and _stamps(part):
            streams = streams.redirected(part.redirects, bash=bash, reading=reading)
            found = replace(found, sink=streams.out)
        elif not _stamps(part):
            found = replace(found, eaten_by=part.text)
    return found


def _stage(part: Simple, found: Behind) -> Behind:
    name = _name(part)
    texts = [plain(word) for word in part.words[1:]]
    if name == "ifne" and texts:
        inner = replace(part, words=part.words[1:])
        found = _stage(inner, found)
        return replace(found, mail=replace(found.mail, when="output")) if found.mail else found
    if name in MAILERS:
        return replace(found, mail=_mail(part))
    if read := _LOGS.get(name):
        return replace(found, log=read(texts) or found.log)
    if name in FILTERS:
        return replace(found, filters=(*found.filters, part.text))
    return replace(found, eaten_by=part.text)


def _logger(texts: list[str]) -> Sink:
    """logger(1) and systemd-cat(1): the tag is the log's name."""
    return f"syslog:{_option(texts, 't', ('--tag', '--identifier')) or 'user'}"


def _tee(texts: list[str]) -> Sink:
    return next((text for text in texts if not text.startswith("-") and text != "/dev/null"), None)


def _rotated(texts: list[str]) -> Sink:
    """rotatelogs(8), cronolog(1): the file's name is a pattern."""
    return next((text for text in texts if "/" in text or "%" in text), None)


_LOGS: dict[str, Callable[[list[str]], Sink]] = {
    "logger": _logger,
    "systemd-cat": _logger,
    "tee": _tee,
    "rotatelogs": _rotated,
    "cronolog": _rotated,
}


def _option(texts: list[str], letter: str, names: tuple[str, ...]) -> str | None:
    """The value of ``-t x``, ``-tx``, ``-it x``, ``--tag x`` or ``--tag=x``."""
    for index, text in enumerate(texts):
        name, equals, value = text.partition("=")
        if name in names:
            return value if equals else next(iter(texts[index + 1 :]), None)
        if match := re.fullmatch(rf"-[a-zA-Z]*?{letter}(.*)", text):
            return match[1] or next(iter(texts[index + 1 :]), None)
    return None


def _mail(part: Simple) -> OutputMail:
    """mail(1): ``-s`` takes the subject, and what is no option is an address."""
    texts = [plain(word) for word in part.words[1:]]
    subject = _option(texts, "s", ("--subject",))
    operands = map(plain, _MAIL_OPTIONS.read(part.words).rest)
    others = [text for text in operands if text != subject and not text.startswith("-")]
    never_empty = any(re.fullmatch(r"-[a-zA-Z]*E[a-zA-Z]*", text) for text in texts)
    return OutputMail(part.text, tuple(others), subject, "output" if never_empty else "always")


def _stamps(part: Shell) -> bool:
    """``while read line; do echo "$(date) $line"; done``."""
    body = part.body if isinstance(part, Group) else part
    if not isinstance(body, Opaque) or not body.inside:
        return False
    return all(_name(one) in STAMPING for one in body.inside)


def _name(part: Simple) -> str:
    return posixpath.basename(plain(part.words[0])) if part.words else ""


def manages(part: Shell) -> bool:
    """Whether a part of a pipe seems to call a management command, behind whatever wrappers."""
    if isinstance(part, Opaque):
        return any(map(manages, part.inside))
    if not isinstance(part, Simple):
        return re.search("manage|django", part.text) is not None
    if not part.words or _name(part) in FILTERS | MAILERS | _LOGS.keys() | {"echo", "printf"}:
        return False
    if not _MANAGING.search(part.text):
        return False
    words = part.words[:_FARTHEST]
    return any(
        program_step(words[index:], "").kind == "management"
        or re.search(r"manage\w*(\.py)? \w", word.value or "")
        or management_text(word.value or "")
        for index, word in enumerate(words)
    )


def decides(part: Shell) -> bool:
    """``grep -q x``: it prints nothing, and its status is what it is for."""
    quiet = r"--quiet|--silent|-[a-zA-Z]*q[a-zA-Z]*"
    return (
        isinstance(part, Simple)
        and _name(part).endswith("grep")
        and any(re.fullmatch(quiet, word.text) for word in part.words)
    )


def runs_text(parts: tuple[Shell, ...]) -> bool:
    """``echo "cd D && a" | sudo sh``, ``echo a | at now``: the first part is what the second one runs."""
    first, second = parts[0], parts[1] if len(parts) > 1 else None
    if not isinstance(second, Simple) or manages(first) or fed_by(first).text is None:
        return False
    return bool({posixpath.basename(plain(word)) for word in second.words} & (SHELLS | LATER))


def fed_by(part: Shell) -> Input:
    """What the command behind a pipe reads."""
    if not isinstance(part, Simple) or not part.words:
        return Input(_("what another command writes"))
    name, words = _name(part), part.words[1:]
    read = _TEXTS.get(name)
    text = read(words) if read and all(word.value is not None for word in words) else None
    if name == "cat" and not words:
        text = next((one.target.value for one in part.redirects if one.operator == "<<"), None)
    return Input(_("what {command} writes").format(command=name), text)


def _echoed(words: tuple[Word, ...]) -> str | None:
    options = bool(words) and words[0].text in ("-n", "-e", "-ne", "-en")
    text = " ".join(plain(word) for word in words[options:])
    # sh's echo reads backslashes, bash's does not.
    return None if "\\" in text else text + ("" if options and "n" in words[0].text else "\n")


def _printed(words: tuple[Word, ...]) -> str | None:
    text = plain(words[0]) if len(words) == 1 else "%"
    return None if "%" in text else text.replace("\\n", "\n")


def _repeated(words: tuple[Word, ...]) -> str | None:
    """yes(1) goes on for ever: one line of it."""
    return (" ".join(plain(word) for word in words) or "y") + "\n"


_TEXTS: dict[str, Callable[[tuple[Word, ...]], str | None]] = {
    "echo": _echoed,
    "printf": _printed,
    "yes": _repeated,
}
