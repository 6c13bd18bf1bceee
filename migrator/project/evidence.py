"""The findings that a command's code gives for one job, with the arguments of its line in mind."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from migrator.crontab.reading import TypedCall
from migrator.findings import Finding, Place
from migrator.i18n import _, ngettext
from migrator.project import patterns
from migrator.project.model import SOURCE, Command, Evidence
from migrator.project.patterns import Pattern

_IRREVOCABLE = {"mail": patterns.SENDS, "delete": patterns.DELETES}


def evidence_findings(command: Command, call: TypedCall | None, argv: Sequence[str]) -> Iterator[Finding]:
    """One finding per thing that the code does, at the first place where it does it."""
    evidence = [*command.behaviour.evidence, *_irrevocable(command)]
    grouped: dict[tuple[str, str], list[Evidence]] = {}
    for one in evidence:
        if not (one.code == "CM404" and _answered(one, command, call, argv)):
            grouped.setdefault((one.code, one.fact), []).append(one)
    for same in grouped.values():
        yield _finding(command, same)
    yield from _rehearsal(command, argv)


def settled_by_a_process(finding: Finding) -> bool:
    """Whether a finding means nothing to a command in a process of its own: its end undoes all."""
    own = (patterns.KILLS, patterns.CLOCK, patterns.STATE, patterns.CHILDREN)
    return any(finding.code == one.code and one.fact in finding.message for one in own)


def _irrevocable(command: Command) -> Iterator[Evidence]:
    for effect in command.behaviour.effects:
        pattern = _IRREVOCABLE.get(effect.kind)
        if pattern:
            yield Evidence(pattern.code, effect.place, effect.text, pattern.fact, pattern.hint)


def _finding(command: Command, same: Sequence[Evidence]) -> Finding:
    first, more = same[0], len({one.place for one in same}) - 1
    text = _("{command} {fact}: {text}").format(command=command.name, fact=first.fact, text=first.text)
    if more:
        text += ngettext(", and at {count} more place", ", and at {count} more places", more).format(
            count=more
        )
    return Finding(first.code, first.place, text, first.hint)


def _answered(one: Evidence, command: Command, call: TypedCall | None, argv: Sequence[str]) -> bool:
    """Whether the line gives, or leaves out, the option that decides if somebody is asked."""
    given = set(call.kwargs) if call else {_plain(word) for word in argv if word.startswith("--")}
    off = command.signature.off_unless_given if command.signature else frozenset()
    answers = one.unless & given & patterns.ANSWERS
    asking = one.unless & patterns.ASKING
    silenced = given & {"noinput", "no_input"} or any(
        call and call.kwargs.get(name) is False for name in asking
    )
    return bool(answers or (asking and silenced) or (asking and asking <= off - given))


def _plain(word: str) -> str:
    return re.sub(r"\W", "_", word.partition("=")[0].lstrip("-"))


def _rehearsal(command: Command, argv: Sequence[str]) -> Iterator[Finding]:
    for argument in command.arguments:
        names = {argument.dest, _plain(argument.name)}
        if names & patterns.REHEARSALS and argument.name.startswith("-") and argument.name not in argv:
            pattern: Pattern = patterns.REHEARSES
            place = command.place or Place(command.app, 1, SOURCE)
            message = _("{command} {fact}: {text}").format(
                command=command.name, fact=pattern.fact, text=argument.name
            )
            yield Finding(pattern.code, place, message, pattern.hint)
            return
