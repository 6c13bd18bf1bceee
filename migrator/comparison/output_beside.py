"""What a job prints, cron's side beside Celery's: the kinds of lines, without what changes each time."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from migrator.comparison.likeness import Likeness
from migrator.comparison.outcomes import SlotComparison
from migrator.i18n import _, ngettext
from migrator.redaction.tails import is_cut

SAMPLES = 3
LOOKED_AT = 200  # runs of a side, the latest: what they print hardly changes, and a year of it is long
LONGEST_SAMPLE = 160
TAUGHT = 5  # runs of a side, from which on its own history shows what comes and goes by itself
CHANCE = 0.01  # of a line being absent by accident: what is less likely than that is no accident

# In this order: a date holds numbers, a path may hold a date.
CHANGING = (
    (re.compile(r"\x1b\[[0-9;]*[A-Za-z]"), ""),
    (re.compile(r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"), "<id>"),
    (
        re.compile(
            r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?)?(?: ?(?:Z\b|UTC\b|[+-]\d\d:?\d\d\b))?"
        ),
        "<time>",
    ),
    (re.compile(r"\b\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)?\b"), "<time>"),
    (re.compile(r"\b(?:0x[0-9a-fA-F]+|(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{8,})\b"), "<id>"),
    (re.compile(r"(?<![\w.<])~?/(?:[\w.+@%-]+/?)+"), "<path>"),
    (re.compile(r"(?<![\w.])[+-]?\d+(?:[.,]\d+)*"), "<number>"),
)


def normalised(line: str) -> str:
    """A line with its times, ids, paths and numbers taken out: those are the data's, not the job's."""
    for pattern, word in CHANGING:
        line = pattern.sub(word, line)
    return " ".join(line.split())


@dataclass(frozen=True, slots=True)
class OneSided:
    """Kinds of lines that only one side printed: how many, and the first few."""

    count: int = 0
    samples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OutputBeside:
    """What was printed; ``control``, ``candidate``: on that side only; ``ignored``: lines left out.

    ``noise``: kinds of lines that come and go on their own side, too seldom for their absence on the other
    to say anything.
    """

    likeness: Likeness = Likeness.UNKNOWN
    control: OneSided = OneSided()
    candidate: OneSided = OneSided()
    ignored: int = 0
    noise: int = 0


def output_beside(slots: Iterable[SlotComparison], ignore: Sequence[re.Pattern[str]] = ()) -> OutputBeside:
    """Compare what the executed runs of both sides printed.

    A side that never printed anything was not heard: a redirect in the crontab line keeps the
    output from the recorder. Nor is a line missing that may have been in the part that was cut.
    """
    seen = OutputSeen()
    for one in slots:
        seen.add(one)
    return seen.beside(ignore)


class OutputSeen:
    """What the latest runs of both sides printed that executed and ended well, gathered slot by slot."""

    def __init__(self, stored: Mapping[str, Sequence[str]] | None = None) -> None:
        stored = stored or {}
        self.control = deque(stored.get("control", ()), maxlen=LOOKED_AT)
        self.candidate = deque(stored.get("candidate", ()), maxlen=LOOKED_AT)

    def stored(self) -> dict[str, Sequence[str]]:
        """As JSON holds it."""
        return {"control": list(self.control), "candidate": list(self.candidate)}

    def add(self, one: SlotComparison) -> None:
        for side, run in ((self.control, one.control), (self.candidate, one.candidate)):
            if run is not None and run.executed and run.finished_well:
                side.append(run.output)

    def beside(self, ignore: Sequence[re.Pattern[str]] = ()) -> OutputBeside:
        return _beside(_Printed(self.control, ignore), _Printed(self.candidate, ignore))


def _beside(control: _Printed, candidate: _Printed) -> OutputBeside:
    only_control, noise = _only(control, candidate)
    only_candidate, more_noise = _only(candidate, control)
    silent = not control.runs or not candidate.runs or bool(control.kinds) != bool(candidate.kinds)
    if silent or ((control.cut or candidate.cut) and (only_control.count or only_candidate.count)):
        word = Likeness.UNKNOWN
    else:
        word = Likeness.DIFFERS if only_control.count or only_candidate.count else Likeness.EQUAL
    return OutputBeside(
        word, only_control, only_candidate, control.ignored + candidate.ignored, noise + more_noise
    )


class _Printed:
    """The kinds of lines of one side, in the order in which they first came, and how many runs had each."""

    def __init__(self, outputs: Collection[str], ignore: Sequence[re.Pattern[str]]) -> None:
        self.runs, self.ignored = len(outputs), 0
        self.cut = False
        self.kinds: Counter[str] = Counter()
        for output in outputs:
            self._add(output, ignore)

    def _add(self, output: str, ignore: Sequence[re.Pattern[str]]) -> None:
        lines, kinds = output.splitlines(), dict[str, None]()
        if is_cut(output):
            self.cut = True
            lines = lines[1:]
        for line in lines:
            if any(rule.search(line) for rule in ignore):
                self.ignored += 1
            elif kind := normalised(line):
                kinds[kind] = None
        self.kinds.update(kinds.keys())


def _only(side: _Printed, other: _Printed) -> tuple[OneSided, int]:
    """The kinds of lines that only one side printed, and how many of them are its own noise."""
    absent = [kind for kind in side.kinds if kind not in other.kinds]
    kinds = [kind for kind in absent if not _noise(kind, side, other)]
    told = OneSided(len(kinds), tuple(kind[:LONGEST_SAMPLE] for kind in kinds[:SAMPLES]))
    return told, len(absent) - len(kinds)


def _noise(kind: str, side: _Printed, other: _Printed) -> bool:
    """Whether the other side may lack a kind of line by accident, as far as this side's runs teach.

    One that is in each run here is in each run there, if all is well. Of one that is in every tenth, 44
    runs without it are an accident that happens once in a hundred times: then it is no noise.
    """
    often = side.kinds[kind] / side.runs
    return side.runs >= TAUGHT and bool((1 - often) ** other.runs > CHANCE)


def output_in_words(beside: OutputBeside) -> str:
    """What only one side printed, and how much was left out."""
    return "; ".join(_facts(beside))


def _facts(beside: OutputBeside) -> Iterator[str]:
    for side, one in ((_("cron"), beside.control), ("Celery", beside.candidate)):
        if one.count:
            yield _one_sided_in_words(side, one)
    if beside.noise:
        text = ngettext(
            "{count} kind of line comes and goes by itself",
            "{count} kinds of lines come and go by themselves",
            beside.noise,
        )
        yield text.format(count=beside.noise)
    if beside.ignored:
        text = ngettext("{count} line ignored", "{count} lines ignored", beside.ignored)
        yield text.format(count=beside.ignored)


def _one_sided_in_words(side: str, one: OneSided) -> str:
    """How many kinds of lines only one side printed, and the first few of them."""
    text = ngettext(
        "{count} kind of line only under {side}: {samples}",
        "{count} kinds of lines only under {side}: {samples}",
        one.count,
    )
    more = ", ..." if one.count > len(one.samples) else ""
    return text.format(count=one.count, side=side, samples=", ".join(map(repr, one.samples)) + more)
