"""Comments of a crontab: the label above a job, and jobs that are only prose."""

from __future__ import annotations

import re
import string

from migrator.crontab.columns import begins_a_command
from migrator.crontab.marks import RETIRED
from migrator.crontab.syntax import Comment, JobLine, Line

_DECORATION = f"{string.whitespace}#=*~|-"
_RULER = re.compile(r"\s*#[\s#=*~|_-]{3,}")
_RULED = re.compile(r"#[\s#]*[#=*~|_-]{2}")  # how a comment begins that stands between two rulers on its line
_LONGEST_HEADING = 500  # characters
_HEADING = re.compile(
    r"(?i)\bdom\b.*\bdow\b|^\W*m(?:in\w*)?\W+h(?:our)?\W+d|\bday of (?:the )?(?:month|week)\b"
)
_STANDS_FOR = re.compile(r"(?i)\W*(?:the[ _-])?(?:user(?:[ _-]?name)?|command|cmd|job|task|script)\b")
# "@daily  Run once a day  0 0 * * *", "@yearly (or @annually) ...": nicknames and what they stand for
_LEGEND = re.compile(r"(?:^|[\s(])@[a-z]+\b|(?:[ \t][0-9*]\S*){5}\s*$")


class Label:
    """The comments directly above a line: a blank line, a setting and a job part them from it.

    ``heading``: it is one of a section, as ``# --- loans ---`` and what has a ruler under it; where several
    jobs stand under it, it is no label of the first.
    """

    def __init__(self) -> None:
        self._lines: list[str] = []
        self.heading = False

    @property
    def text(self) -> str | None:
        return " ".join(self._lines) or None

    def pass_by(self, line: Line) -> None:
        """Takes a line into account; a line that a cutover retired labels nothing."""
        if not isinstance(line, Comment) or line.text.startswith(RETIRED):
            self._lines, self.heading = [], False
        elif _RULER.fullmatch(line.text):
            self.heading = bool(self._lines)  # a ruler under it
        elif (text := _plain(line.text)) is not None:
            if self.heading:  # what stands under a heading is the label
                self._lines = []
            self.heading = _is_between_rulers(line.text.strip())
            self._lines.append(text)


def _plain(comment: str) -> str | None:
    """The words of a comment; None for rulers and for the heading of the columns."""
    text = comment.strip().lstrip("#").strip()
    if _HEADING.search(text, 0, _LONGEST_HEADING):
        return None
    return text.strip(_DECORATION) or None


def _is_between_rulers(comment: str) -> bool:
    """``# --- loans ---``: both ends are rulers, and something else stands between them."""
    begin = _RULED.match(comment)
    end = re.fullmatch(r"[#=*~|_-]{2}", comment[-2:])
    return bool(begin and end and re.search(r"[^#=*~|_\s-]", comment[begin.end() : -2]))


def is_prose(job: JobLine) -> bool:
    """Whether what looks like a disabled job is a sentence, or the legend of the columns.

    ``# * * * * * command to be executed``, ``# 5 4 3 2 1 go``, ``# @daily jobs go below``.
    """
    words = [word for word in (job.user, *job.raw.split()) if word]
    if job.schedule.text.startswith("@") and _LEGEND.search(job.raw):
        return True
    if not words or _STANDS_FOR.match(words[0]) or (job.user and _STANDS_FOR.match(job.raw)):
        return True
    if any(begins_a_command(word) for word in words[: 1 + (job.user is not None)]) or re.search(
        r"[/._$=-]", words[0]
    ):
        return False
    plain = all(re.fullmatch(r"[^\W\d_]+[,.:;!?]*", word) for word in words)
    return plain and (len(words) > 3 or "*" not in job.schedule.text)
