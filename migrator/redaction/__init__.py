"""Secrets, taken out of everything that we show or keep.

A bearer token in one crontab line was once found 24,827 times in a journal, because cron
logs each command. So every value that leaves the tool passes through here. Every pattern
takes time linear in the text: a run of letters is entered at its beginning only, and what
is searched between two words has a bound.
"""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_left
from collections.abc import Callable, Sequence
from functools import lru_cache

from migrator.redaction.names import secret_name
from migrator.redaction.shapes import (
    ADDRESSES,
    ATTACHED_ONLY,
    BY_PROGRAM,
    KEYED,
    NEXT_ONLY,
    PROGRAM,
    SHAPES,
)
from migrator.redaction.triggers import may_hold_secret
from migrator.redaction.typed import TYPED

MASK = "***"
_TELLING = 4  # characters; a shorter secret would mask half of the words around it

_NO_SECRETS = re.compile(
    r"true|false|yes|no|on|off|none|null|[01]|\$\w+|\$\{\w+\}|\$\(.*|\{\{.*|%\(\w+\)s", re.IGNORECASE
)


# A value as a shell reads it: quoted, escaped and plain pieces next to each other, on one line.
_PLAIN = r"""(?:[^\s"'&;|<>,)\\]|\\.|,(?![\s"']))"""
_PIECES = rf"""(?:"[^"\n]*+"|'[^'\n]*+'|{_PLAIN})"""
_VALUE = rf"""(?:\\+"[^"\\\n]*+\\+"|(?>{_PIECES}+))"""
_START = r"(?<![\w.-])"  # a name is entered at its beginning, and never again in its middle

_WORD = re.compile(_VALUE)
# A quote that begins a value and closes on a later line, or never.
_LONG_WORD = re.compile(rf"""(?:"[^"]*+"|'[^']*+')(?>{_PIECES}*)|["'][^\n]++""")
# What a shell quotes on one line; a backslash takes the next character along, and a lone quote ends it.
_QUOTED = re.compile(r"""\\.|'[^'\n]*+'|"(?>(?:[^"\\\n]|\\.)*)"|["']""")
_BEFORE_A_WORD = " \t\n;&|([{,"
_AFTER_A_WORD = " \t\n;&|<>),]}"
_TO_THE_END = re.compile(r"""["']\w[^\n]*+""")

_ASSIGNED = re.compile(rf"""{_START}([\w.-]++)\\*["']?[ \t]*+(=|:)[ \t]*+""")
_OPTION = re.compile(r"""(?<![^\s"'(\[])--?([A-Za-z][\w.-]*+)[ \t]++(?!-)""")
_OPTION_ALONE = re.compile(r"--?([A-Za-z][\w.-]*)")
_OPTION_WITH_VALUE = re.compile(r"(--?([A-Za-z][\w.-]*)=)(.+)", re.DOTALL)
_STRINGS = re.compile(r"""(["'])--?([\w-]++)\1,[ \t]*+(["'])((?>(?:(?!\3).)+))\3""")
# What a Kubernetes manifest calls its variables: {name: TOKEN, value: x}, or on two lines.
_NAMED = re.compile(r"""\bname["']?:[ \t]*+["']?([\w.-]++)["']?[ \t]*+,?[ \t]*+$""")
_VALUED = re.compile(r"""([ \t]*+(?:-[ \t]++)?["']?value["']?:[ \t]*+)(\S.*+)""")
_NAME_AND_VALUE = re.compile(
    r"""(\bname["']?:[ \t]*+["']?([\w.-]++)["']?[ \t]*+,[ \t]*+["']?value["']?:[ \t]*+)([^\s,}][^,}\n]*+)"""
)
_HEADERS = ("authorization", "proxy-authorization", "cookie", "set-cookie")
_HEADER = re.compile(
    rf"""(["']?){_START}(?:{"|".join(_HEADERS)})[ \t]*+:[ \t]*+(?:(?:bearer|basic|token|digest)[ \t]++)?""",
    re.IGNORECASE,
)
_QUERY = re.compile(
    r"""([?&;](?:sig|signature|x-amz-signature|key|code|hash|hmac)=)[^\s&"'#;]++""",
    re.IGNORECASE,
)
_USER = re.compile(
    r"""(?<!\S)(-[a-zA-Z]{0,8}[uU]|--user|--proxy-user)([ \t=]*+["']?)"""
    r"""([^\s:'"]*+):(\\*"[^"\n]++"|\\*'[^'\n]++'|[^\s'"]*+)"""
)
# A user and a password beside each other, of a program that nobody knows.
_PAIR = re.compile(
    r"""(?<!\S)(-u[ \t]+[^\s-]\S*+[ \t]+-p[ \t]+\\*["']?)(?![-$\d/."'\\])([^\s"'|;&:\\]++)(?![:/])"""
)
# A lone name in small letters is a user's.
_A_KEY = re.compile(r"(?=[a-z]*[A-Z0-9])[\w.~%+=-]{6,}|\S{16,}")
_QUOTED_IN_URL = re.compile(r"""(://[^\s:/@"']{0,100}:)(?:\\*"[^"\n]++"|\\*'[^'\n]++')(?=@)""")
_NO_PASSWORD_USER = re.compile(r"\b(?:docker|podman|nerdctl|compose|kubectl|chpst|sudo|runuser|gosu)\b")


@lru_cache(maxsize=4096)
def redact(text: str) -> str:
    """The text with its secrets masked; the names beside them stay."""
    return by_all_rules(text) if may_hold_secret(text) else text


def by_all_rules(text: str) -> str:
    """The same, whether or not there is anything in the text to find."""
    for rule in _RULES:
        text = rule(text)
    return text


def redact_part(text: str, line: str) -> str:
    """A text out of a line: what only the line around it shows to be a secret is masked as well."""
    for secret in _secrets_of(line):
        text = text.replace(secret, MASK)
    return redact(text)


def redact_line(text: str, before: str, after: str) -> str:
    """A line of a file; of ``name: DB_PASSWORD`` and ``value: x`` the one tells what the other is."""
    beside = after if text.lstrip().startswith("- ") else before
    named = _NAMED.search(beside) if "value" in text else None
    if named and secret_name(named[1]) and (value := _VALUED.match(text)) and _holds_secret(value[2]):
        return value[1] + MASK
    return redact(text)


@lru_cache(maxsize=256)
def _secrets_of(line: str) -> tuple[str, ...]:
    """What stands in a line where its redaction has a mask; the longest first."""
    masked = redact(line)
    if masked == line or MASK in line:
        return ()
    first, *pieces = masked.split(MASK)
    found, start = [], len(first)
    for piece in pieces:
        end = line.find(piece, start + 1) if piece else len(line)
        found.append(line[start:end].strip("\"'\\"))
        start = end + len(piece)
    return tuple(sorted({one for one in found if len(one) >= _TELLING}, key=len, reverse=True))


def redact_arguments(program: str, arguments: Sequence[str], *, line: str = "") -> list[str]:
    """The arguments of a program, each redacted; a secret behind its option is seen by that option.

    ``line``: the whole command line, where it is known: it shows what ``echo SECRET | sudo -S`` is.
    """
    name = posixpath.basename(program)
    options = BY_PROGRAM.get(name, ())
    next_word, attached = name not in ATTACHED_ONLY, name not in NEXT_ONLY
    shown: list[str] = []
    before = ""
    for argument in arguments:
        if next_word and before in options:
            shown.append(MASK)
        else:
            shown.append(redact_part(_argument(before, argument, options if attached else ()), line))
        before = argument
    return shown


def _argument(before: str, argument: str, options: Sequence[str]) -> str:
    named = _OPTION_ALONE.fullmatch(before)
    if named and not argument.startswith("-") and secret_name(named[1], option=True):
        return MASK if _holds_secret(argument) else argument
    whole = _OPTION_WITH_VALUE.fullmatch(argument)
    if whole and secret_name(whole[2]) and _holds_secret(whole[3]):
        return whole[1] + MASK
    for option in options:
        if len(option) == 2 and argument.startswith(option) and len(argument) > 2:
            return option + MASK
    if header := _HEADER.match(argument):
        return argument[: header.end()] + MASK
    pair = _USER.fullmatch(f"{before} {argument}") if ":" in argument else None
    return f"{pair[3]}:{MASK}" if pair and _is_password(pair) else redact(argument)


def first_line(error: BaseException) -> str:
    """What somebody else's error says, in one line; its kind where that is no sentence."""
    text = redact(str(error).strip().split("\n", 1)[0])
    return text if " " in text else f"{type(error).__name__}: {text}".removesuffix(": ")


def redact_setting(name: str, value: str) -> str:
    """The value of a setting, masked where its name says that it is a secret."""
    return MASK if value and secret_name(name) else redact(value)


def _holds_secret(value: str) -> bool:
    """A value that names a variable, or is a switch, tells nothing."""
    return _NO_SECRETS.fullmatch(value.strip('"\\')) is None


def _assignments(text: str) -> str:
    """``NAME=secret``, ``"name": "secret"``, ``X-Name: secret``."""
    return _mask_behind(_ASSIGNED, text, _assigns_secret)


def _assigns_secret(match: re.Match[str]) -> bool:
    name, sign = match.groups()
    if match[0] == f"{name}:" and not re.search(r"[-_]", name):
        return False  # an image, a rake task: auth:latest
    # A header that has been masked already keeps the word in front of its secret.
    return secret_name(name) and not (sign == ":" and name.lower() in _HEADERS)


def _options(text: str) -> str:
    """``--password secret``."""
    return _mask_behind(_OPTION, text, lambda match: secret_name(match[1], option=True))


def _mask_behind(before: re.Pattern[str], text: str, is_secret: Callable[[re.Match[str]], bool]) -> str:
    """The text with each word masked that stands behind a match."""
    pieces, position = [], 0
    for match in before.finditer(text):
        if match.start() < position or not is_secret(match):
            continue
        end = _end_of_value(text, match.start(), match.end())
        if end is not None:
            value = text[match.end() : end]
            pieces += [text[position : match.end()], MASK if _holds_secret(value) else value]
            position = end
    return "".join([*pieces, text[position:]])


def _end_of_value(text: str, name: int, position: int) -> int | None:
    """Where the word at a position ends, which ``name`` leads to; None where there is none.

    The quote of ``"Password: "`` ends a text there, and begins no value.
    """
    opened, close = _quote_around(text, position)
    inside = position < close
    option = text[name] == "-" and name == opened + 1 and text[opened - 1 : opened] in _BEFORE_A_WORD
    whole = option and text[position - 1] == "="
    if inside and _ends_at(close, text, position, whole=whole):
        return close
    word = _WORD.match(text, position)
    if word is not None:
        goes_on = _WORD.match(text, close + 1) if inside and word.end() >= close else None
        return max(word.end(), goes_on.end() if goes_on else 0)
    quote = text[position : position + 1]
    if quote not in ("'", '"'):
        return None
    before = text[text.rfind("\n", 0, position) + 1 : position]
    long = (_TO_THE_END if before.count(quote) % 2 else _LONG_WORD).match(text, position)
    return long and long.end()


def _ends_at(close: int, text: str, position: int, *, whole: bool) -> bool:
    """Whether a value ends at the quote around it: of ``'--token=abc' -n 'x y'`` it is ``abc``.

    Only where the shell's word ends there, too: else the longest reading stays, which hides most.
    ``whole``: as in ``'--token=a b'``, one argument, and all of it the value.
    """
    if text[close + 1 : close + 2] not in _AFTER_A_WORD:
        return False
    word = _WORD.match(text, position, close)
    return whole or (word is not None and word.end() == close)


def _quote_around(text: str, position: int) -> tuple[int, int]:
    """The places of the two quotes around a position, (-1, -1) where it is not quoted."""
    if "'" not in text and '"' not in text:
        return -1, -1
    opening, closing = _quoted(text)
    index = bisect_left(opening, position) - 1
    return (opening[index], closing[index]) if index >= 0 else (-1, -1)


@lru_cache(maxsize=4)
def _quoted(text: str) -> tuple[list[int], list[int]]:
    """Where quotes open and where each closes, of the lines in which every quote is closed."""
    opening: list[int] = []
    closing: list[int] = []
    begin = 0
    for line in text.split("\n"):
        found = [match.span() for match in _QUOTED.finditer(line) if match[0][0] != "\\"]
        if all(end - start > 1 for start, end in found):
            opening += [begin + start for start, _end in found]
            closing += [begin + end - 1 for _start, end in found]
        begin += len(line) + 1
    return opening, closing


def _named(match: re.Match[str]) -> str:
    """``{name: TOKEN, value: x}``."""
    return match[1] + MASK if secret_name(match[2]) and _holds_secret(match[3]) else match[0]


def _strings(match: re.Match[str]) -> str:
    start, end = match.span(4)
    if not secret_name(match[2], option=True):
        return match[0]
    return match[0][: start - match.start()] + MASK + match[0][end - match.start() :]


def _headers(text: str) -> str:
    """``-H 'Authorization: Bearer abc'``: up to the quote that began it, else one word."""
    pieces, position = [], 0
    for match in _HEADER.finditer(text):
        if match.start() < position:
            continue
        until = rf"[^{match[1]}\n]+" if match[1] else r"\"[^\"\n]+\"?|'[^'\n]+'?|[^\s\"']+"
        value = re.compile(until).match(text, match.end())
        if value is not None:
            pieces += [text[position : match.end()], MASK]
            position = value.end()
    return "".join([*pieces, text[position:]])


def _url(match: re.Match[str]) -> str:
    """``scheme://user:password@host``, where the password may hold a slash; ``scheme://token@host``."""
    before, slashes, rest = match[0].partition("://")
    userinfo, at, host = rest.rpartition("@")
    if not slashes or not at:
        return match[0]
    user, colon, password = userinfo.partition(":")
    lone = not password and "/" not in user
    if lone and (len(user) >= 16 or (before.endswith(("http", "https")) and _A_KEY.fullmatch(user))):
        return f"{before}://{MASK}{colon}@{host}"
    if colon and "/" not in user and not re.match(r"\d{1,5}(?:[/?#]|$)", password):
        return f"{before}://{user}:{MASK}@{host}"
    return match[0]


def _is_password(match: re.Match[str]) -> bool:
    """Whether of user and password the second is one; curl takes a key for either, too."""
    return bool(match[4]) and not (match[3].isdigit() and match[4].isdigit())


def _users(match: re.Match[str]) -> str:
    """curl's ``-u user:password``, ``-sSu``, ``-U``; elsewhere -u names a user and a group."""
    before = match.string[max(0, match.start() - 200) : match.start()]
    command = re.split(r"[|;&\n]", before)[-1]
    if _NO_PASSWORD_USER.search(command):
        return match[0]
    if not match[4] and "curl" in command.lower() and _A_KEY.fullmatch(match[3]):
        return f"{match[1]}{match[2]}{MASK}:"
    if not _is_password(match):
        return match[0]
    if match[1] not in ("-u", "--user", "--proxy-user") and "curl" not in command.lower():
        return match[0]
    return f"{match[1]}{match[2]}{match[3]}:{MASK}"


def _by_program(match: re.Match[str]) -> str:
    """``mysql -pSECRET``, ``sshpass -p SECRET``: within one simple command."""
    program, rest = match.groups()
    for option in BY_PROGRAM[program]:
        gap = r"" if program in ATTACHED_ONLY else r"[ \t]+" if program in NEXT_ONLY else r"[ \t=]*"
        rest = re.sub(rf"(?<=\s)({re.escape(option)}{gap})(?!-)({_VALUE})", rf"\1{MASK}", rest)
        if len(option) == 2 and program not in NEXT_ONLY:  # "-pSECRET"
            rest = re.sub(rf"(?<=\s)([\"']{re.escape(option)})([^\"'\n]+)(?=[\"'])", rf"\1{MASK}", rest)
    return program + rest


def _pairs(match: re.Match[str]) -> str:
    """``-u NAME -p PASSWORD``; of mysql -p alone asks, and docker's is a port."""
    before = match.string[max(0, match.start() - 200) : match.start()]
    command = re.split(r"[|;&\n]", before)[-1]
    names = {posixpath.basename(word) for word in command.split()}
    asks = _NO_PASSWORD_USER.search(command) or not names.isdisjoint(ATTACHED_ONLY)
    return match[0] if asks else match[1] + MASK


def _sub(pattern: re.Pattern[str], replacement: str | Callable[[re.Match[str]], str]) -> Callable[[str], str]:
    return lambda text: pattern.sub(replacement, text)


_RULES: tuple[Callable[[str], str], ...] = (
    _sub(re.compile(r"""[^\s"'`]++"""), lambda match: _url(match) if "://" in match[0] else match[0]),
    _sub(_QUOTED_IN_URL, rf"\1{MASK}"),
    _sub(ADDRESSES, rf"\1{MASK}"),
    _headers,
    _assignments,
    _options,
    _sub(_STRINGS, _strings),
    _sub(_NAME_AND_VALUE, _named),
    _sub(_QUERY, rf"\1{MASK}"),
    _sub(_USER, _users),
    _sub(PROGRAM, _by_program),
    _sub(_PAIR, _pairs),
    *(_sub(place, rf"\1{MASK}") for place in KEYED),
    *(_sub(typed, rf"\1\2{MASK}\4") for typed in TYPED),
    *(_sub(shape, rf"\1{MASK}") for shape in SHAPES),
)
