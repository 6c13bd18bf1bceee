"""What curl and wget are told to ask for, as a request of Python's own; not more than is understood."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from math import inf

from migrator.crontab.options import Options, plain
from migrator.crontab.reading import Step
from migrator.crontab.wrappers.unwrapping import word
from migrator.i18n import _
from migrator.redaction import redact, redact_arguments


@dataclass(frozen=True, slots=True)
class Request:
    """``patience``: seconds without a sign of life; ``strict``: an answer of 400 and more is a failure."""

    url: str = ""
    patience: float = 300  # curl(1): "--connect-timeout ... default 300 seconds"
    method: str | None = None
    data: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    follow: bool = False
    strict: bool = False


def request_of(step: Step) -> Request | str:
    """The request of a step, or why it is none that can be written down."""
    if redact_arguments(step.name, step.argv) != list(step.argv) or redact(step.text) != step.text:
        return _("its request holds a secret, which is not copied into code: send it from a command instead")
    options, meanings = _WGET if step.name == "wget" else _CURL
    call = options.read([word(text) for text in (step.name, *step.argv)])
    # wget(1): "--read-timeout ... The default read timeout is 900 seconds"
    request = Request(patience=900, follow=True, strict=True) if step.name == "wget" else Request()
    rest = [plain(one) for one in call.rest]
    urls = [text for text in rest if not text.startswith("-")]
    unclear = [*call.unknown, *(text for text in rest if text.startswith("-")), *urls[1:]]
    for option, value in call.given:
        try:
            request = meanings.get(option.name, _nothing)(request, plain(value))
        except ValueError:
            unclear.append(f"{option.name} {plain(value)}")
    if unclear:
        return _("{program} {option} is not understood: let a shell run it").format(
            program=step.name, option=unclear[0]
        )
    if not re.match(r"https?://", "".join(urls)):
        return _("{program} asks for no address that begins with http").format(program=step.name)
    return replace(request, url=urls[0])


Meaning = Callable[[Request, str], Request]


def _nothing(request: Request, _value: str) -> Request:
    return request


def _patience(request: Request, value: str) -> Request:
    seconds = float(value)
    if not 0 < seconds < inf:  # curl(1) and wget(1): 0 is no limit
        raise ValueError(value)
    return replace(request, patience=seconds)


def _method(request: Request, value: str) -> Request:
    return replace(request, method=value)


def _header(request: Request, value: str) -> Request:
    """curl(1): ``X:`` takes a header away, ``X;`` sends an empty one, and @FILE is read from a file."""
    name, _colon, text = value.partition(":")
    if value.startswith("@") or not text.strip():
        raise ValueError(value)
    return replace(request, headers={**request.headers, name.strip(): text.strip()})


def _agent(request: Request, value: str) -> Request:
    return _header(request, f"User-Agent: {value}")


def _data(request: Request, value: str) -> Request:
    """curl(1): several are "merged with a separating &-symbol", and @FILE is read from a file."""
    if value.startswith("@"):
        raise ValueError(value)
    return replace(request, data=value if request.data is None else f"{request.data}&{value}")


def _dropped(request: Request, value: str) -> Request:
    """A file may be there for somebody else to read."""
    if value not in ("/dev/null", "-"):
        raise ValueError(value)
    return request


def _head(request: Request, _value: str) -> Request:
    return replace(request, method="HEAD")


def _strict(request: Request, _value: str) -> Request:
    return replace(request, strict=True)


def _following(request: Request, _value: str) -> Request:
    return replace(request, follow=True)


_CURL: tuple[Options, Mapping[str, Meaning]] = (
    Options(
        """
        -f|--fail -L|--location -I|--head -s|--silent -S|--show-error -X|--request= -d|--data= -H|--header=
        -m|--max-time= -o|--output= -A|--user-agent=
        """,
        permutes=True,
    ),
    {
        "-f": _strict,
        "-L": _following,
        "-I": _head,
        "-X": _method,
        "-d": _data,
        "-H": _header,
        "-m": _patience,
        "-o": _dropped,
        "-A": _agent,
    },
)
_WGET: tuple[Options, Mapping[str, Meaning]] = (
    Options(
        """
        -q|--quiet -nv|--no-verbose -T|--timeout= -O|--output-document= --spider --post-data= --header=
        -U|--user-agent=
        """,
        permutes=True,
    ),
    {
        "-T": _patience,
        "-O": _dropped,
        "--spider": _head,
        "--post-data": _data,
        "--header": _header,
        "-U": _agent,
    },
)
