"""Edits of a crontab, and of a script that installs one: made in the text, checked before anybody writes it.

A script is edited so that it renders to the edited crontab, which is seen by rendering it again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from migrator.crontab.syntax import Format
from migrator.crontab.wrapping import Edit, apply_edits
from migrator.errors import Cannot
from migrator.i18n import _
from migrator.sources.rendering import Rendering, edit_through, renderings


@dataclass(frozen=True, slots=True)
class Target:
    """A crontab, or a script that installs one (``script``), as it is now."""

    name: str
    text: str
    format: Format = "user"
    script: bool = False


@dataclass(frozen=True, slots=True)
class Edited:
    """A target afterwards; ``jobs``: whose lines change, ``left``: why others do not; and notes."""

    target: Target
    after: str
    jobs: tuple[str, ...]
    left: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def changes(self) -> bool:
        return self.after != self.target.text


@dataclass(frozen=True, slots=True)
class Change:
    """The edits of one crontab, the jobs that they are for, why other lines are left, what to know."""

    edits: Sequence[Edit]
    jobs: tuple[str, ...]
    left: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


Changing = Callable[
    [Target, str], Change
]  # the change of a crontab's text, under the target's name and format


def edited(target: Target, changing: Changing, *, undone: Callable[[str], str], by_hand: str) -> Edited:
    """The target after the change; ``undone`` takes it out of a text, ``by_hand`` is the other remedy."""
    if target.script:
        return _script(target, changing, undone, by_hand)
    change = changing(target, target.text)
    after = apply_edits(target.text, change.edits)
    _check(target, target.text, after, undone)
    return Edited(target, after, change.jobs, change.left, change.notes)


def _script(target: Target, changing: Changing, undone: Callable[[str], str], by_hand: str) -> Edited:
    """Each crontab that the script installs, edited in the script, and checked by rendering it again."""
    found = list(renderings(target.text, {}))
    known = [one for one in found if isinstance(one, Rendering) and not one.open]
    if not known:
        raise Cannot(
            _("{name} cannot be edited: what it installs depends on the run").format(name=target.name),
            hint=by_hand,
        )
    after = target.text
    jobs: list[str] = []
    left: list[str] = []
    notes: list[str] = []
    for number in [index for index, one in enumerate(found) if one in known]:
        made = list(renderings(after, {}))[number]
        assert isinstance(made, Rendering)
        change = changing(replace(target, format=made.crontab.format), made.text)
        expected = apply_edits(made.text, change.edits)
        after = edit_through(after, made, change.edits)
        again = list(renderings(after, {}))
        one = again[number] if number < len(again) else None
        if not isinstance(one, Rendering) or one.text != expected:
            raise Cannot(
                _("{name} cannot be edited safely: it would not install what was meant").format(
                    name=target.name
                ),
                hint=by_hand,
            )
        _check(target, made.text, expected, undone)
        jobs += change.jobs
        left += change.left
        notes += change.notes
    return Edited(target, after, tuple(jobs), tuple(left), tuple(notes))


def _check(target: Target, before: str, after: str, undone: Callable[[str], str]) -> None:
    if undone(after) != undone(before):
        raise Cannot(_("{name}: the edit cannot be undone exactly").format(name=target.name))
