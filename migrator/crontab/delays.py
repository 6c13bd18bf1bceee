"""How long a job waits before it starts: ``sleep 30``, ``sleep $((RANDOM % 600))``."""

from __future__ import annotations

import re
from collections.abc import Callable

from migrator.crontab.durations import duration
from migrator.crontab.reading import Delay
from migrator.crontab.shell import Word

RANDOM_MOST = 32_767  # bash(1): "a random integer between 0 and 32767"

_RANDOM = r"\$?\{?RANDOM\}?"
_DIGITS = r"(\d{1,9})"


def _below(match: re.Match[str]) -> Delay:
    return Delay(0, int(match[1]) - 1)


def _shifted(match: re.Match[str]) -> Delay:
    return Delay(int(match[2]), int(match[1]) - 1 + int(match[2]))


def _scaled(match: re.Match[str]) -> Delay:
    return Delay(0, int(match[1]) * RANDOM_MOST // max(int(match[2]), 1))


def _prefix(match: re.Match[str]) -> Delay:
    return Delay(0, min(10 ** int(match[1]) - 1, RANDOM_MOST))


def _range(match: re.Match[str]) -> Delay:
    return Delay(int(match[1]), int(match[2]))


# How people write a random number of seconds, with blanks and quotes taken out.
_SHAPES: list[tuple[re.Pattern[str], Callable[[re.Match[str]], Delay]]] = [
    (re.compile(rf"\$[(\[]\(?\(?{_RANDOM}%{_DIGITS}\)?\)?[)\]]"), _below),
    (re.compile(rf"\$[(\[]\(?\(?{_RANDOM}%{_DIGITS}\)?\+{_DIGITS}\)?[)\]]"), _shifted),
    (re.compile(rf"\$[(\[]\(?\(?{_RANDOM}\*{_DIGITS}\)?/{_DIGITS}\)?[)\]]"), _scaled),
    (re.compile(rf"(?:\$\(|`)expr{_RANDOM}\\?%{_DIGITS}[)`]"), _below),
    (re.compile(rf"\$\{{RANDOM:0:{_DIGITS}\}}"), _prefix),
    (re.compile(rf"(?:\$\(|`)(?:\w|/)*shuf(?:-n1)?-i{_DIGITS}-{_DIGITS}(?:-n1)?[)`]"), _range),
]
_PERL = re.compile(r"sleep\(?(?:int)?\(?rand\(?(\d{1,9})\)*;?")
_PYTHON = re.compile(
    r"time\.sleep\(random\.(?:(?:randint|uniform|randrange)\((\d{1,9}),(\d{1,9})\)|random\(\)\*(\d{1,9}))\)"
)


def delay_of(name: str, words: tuple[Word, ...]) -> Delay | None:
    """The delay that a command is, None if it is something else; ``Delay(0, None)``: not known."""
    if name == "sleep":
        delays = [_seconds(word) for word in words[1:]]
        most = [delay.most for delay in delays if delay.most is not None]
        return Delay(sum(delay.least for delay in delays), sum(most) if len(most) == len(delays) else None)
    if len(words) == 3 and words[1].text in ("-e", "-c") and words[2].value:
        text = re.sub(r"\s", "", words[2].value)
        if name == "perl" and (match := _PERL.fullmatch(text)):
            return Delay(0, int(match[1]) - 1)
        if name.startswith("python") and (match := _PYTHON.search(text)):
            return Delay(int(match[1] or 0), int(match[2] or match[3]))
    return None


def needs_bash(words: tuple[Word, ...]) -> bool:
    """Whether the delay is computed from bash's RANDOM."""
    return any("RANDOM" in word.text for word in words[1:])


def _seconds(word: Word) -> Delay:
    if word.value is not None:
        seconds = duration(word.value)
        return Delay(0, None) if seconds is None else Delay(seconds, seconds)
    text = re.sub(r"[\s\"']", "", word.text)
    for shape, read in _SHAPES:
        if match := shape.fullmatch(text):
            return read(match)
    return Delay(0, RANDOM_MOST) if re.fullmatch(_RANDOM, text) else Delay(0, None)
