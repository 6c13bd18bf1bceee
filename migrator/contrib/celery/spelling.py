"""Reads ``crontab(...)`` as somebody wrote it: literals only, and Celery itself says what they mean."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

from celery.schedules import ParseException, crontab

from migrator.equivalence.celery_crontab import CeleryCrontab, celery_meaning
from migrator.errors import UsageProblem
from migrator.i18n import _

FIELDS = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")
LARGEST_RANGE = 1000  # values; no field has more than 60


def read_crontab_calls(texts: Sequence[str]) -> tuple[CeleryCrontab, ...]:
    """The entries that the texts are, each ``crontab(...)`` with literals; nothing is evaluated."""
    return tuple(read_crontab_call(text) for text in texts)


def read_crontab_call(text: str) -> CeleryCrontab:
    """The entry of one ``crontab(...)``, its sets as Celery's own class reads them."""
    call = _call(text)
    try:
        arguments = [_literal(node) for node in call.args]
        keywords = {_keyword(node): _literal(node.value) for node in call.keywords}
        schedule: Any = crontab(*arguments, **keywords)
        entry = CeleryCrontab.of_sets(**{name: set(getattr(schedule, name)) for name in FIELDS})
        if not celery_meaning(entry):
            raise ValueError(_("the schedule never occurs"))  # which Celery 5.5 does not notice
        return entry
    except (TypeError, ValueError, ParseException) as error:
        raise _refused(text, str(error)) from None


def _call(text: str) -> ast.Call:
    try:
        node = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        node = None
    name = getattr(node, "func", None)
    if not isinstance(node, ast.Call) or "crontab" not in (
        getattr(name, "id", None),
        getattr(name, "attr", None),
    ):
        raise UsageProblem(
            _("this is no crontab(...)"),
            text=text,
            hint=_('write it as beat has it: crontab(minute="*/5")'),
        )
    return node


def _keyword(node: ast.keyword) -> str:
    if node.arg not in FIELDS:
        raise ValueError(
            _("{name} is no field; the fields are {fields}").format(
                name=node.arg or "**", fields=", ".join(FIELDS)
            )
        )
    return node.arg


def _literal(node: ast.expr) -> Any:
    """A number, a text, a list, tuple or set of them, or ``range(...)``."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range":
        values = range(*(ast.literal_eval(argument) for argument in node.args))
        if len(values) > LARGEST_RANGE:
            raise ValueError(_("the range is too long"))
        return values
    try:
        return ast.literal_eval(node)
    except ValueError:
        raise ValueError(_("{text} is no literal").format(text=ast.unparse(node))) from None


def _refused(text: str, reason: str) -> UsageProblem:
    return UsageProblem(
        _("Celery refuses it: {reason}").format(reason=reason),
        text=text,
        hint=_("beat would refuse it, too: use numbers, three-letter names, ranges, lists or */step"),
    )
