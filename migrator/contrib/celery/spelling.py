"""Reads ``crontab(...)`` as somebody wrote it: literals only, and Celery itself says what they mean."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Any

from celery.schedules import ParseException, crontab

from migrator.equivalence.celery_crontab import KINDS, CeleryCrontab, celery_meaning
from migrator.errors import MigratorError, UsageProblem
from migrator.findings import Finding
from migrator.i18n import _
from migrator.schedule.dialect import CRONIE
from migrator.schedule.field import FieldKind, Refused

FIELDS = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")
LARGEST_RANGE = 1000  # values; no field has more than 60
COUNTED = (["schedule"], ["timedelta"])
FROM_STRING = "from_string"


class NoClock(MigratorError):
    """A schedule of Celery's that goes by no clock, so that it is equal to none of cron's."""

    exit_code = 1


def read_crontab_calls(texts: Sequence[str]) -> tuple[CeleryCrontab, ...]:
    """The entries that the texts are, each ``crontab(...)`` with literals; nothing is evaluated."""
    return tuple(read_crontab_call(text) for text in texts)


def read_crontab_call(text: str) -> CeleryCrontab:
    """The entry of one ``crontab(...)``, its sets as Celery's own class reads them."""
    try:
        return as_celery_reads(_crontab(text))
    except (AttributeError, TypeError, ValueError, ParseException) as error:
        raise _refused(text, str(error)) from None


def _crontab(text: str) -> crontab:
    """Celery's own object."""
    call = _call(text)
    arguments = [_literal(node) for node in call.args]
    keywords = {_keyword(node): _literal(node.value) for node in call.keywords}
    make = crontab.from_string if getattr(call.func, "attr", None) == FROM_STRING else crontab
    return make(*arguments, **keywords)


def odd_fields(texts: Sequence[str]) -> Iterator[Finding]:
    """The fields that Celery takes for something else than crontab(5) does, or takes and cron does not.

    Celery's parser looks at the start of each part and skips the rest, wraps ranges round, and
    looks up three letters among days and months alike, whichever field they stand in.
    """
    for text in texts:
        written, sets = _crontab(text), read_crontab_call(text).as_dict()
        for name in FIELDS:
            value = getattr(written, f"_orig_{name}")
            if isinstance(value, str) and _strict(KINDS[name], value) != _strict(KINDS[name], sets[name]):
                yield _odd(name, value, sets[name])


def _strict(kind: FieldKind, text: str) -> int | None:
    """The values as crontab(5) has them, whose authority is cronie here: it skips nothing."""
    try:
        return CRONIE.fields.read(kind, text).mask
    except Refused:
        return None


def _odd(name: str, value: str, read: str) -> Finding:
    return Finding(
        "CM213",
        None,
        _("Celery takes {name}={value} for {read}").format(name=name, value=repr(value), read=read),
        _("write {name}={read}: cron and django-celery-beat's forms read the other in another way").format(
            name=name, read=repr(read)
        ),
    )


def as_celery_reads(schedule: crontab) -> CeleryCrontab:
    """The entry that a schedule is, by the sets of Celery's own class; raises ValueError for an empty one."""
    sets: dict[str, Any] = {name: set(getattr(schedule, name)) for name in FIELDS}
    entry = CeleryCrontab.of_sets(**sets)
    if not celery_meaning(entry):
        raise ValueError(_("the schedule never occurs"))  # which Celery 5.5 does not notice
    return entry


def _call(text: str) -> ast.Call:
    try:
        node = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        node = None
    called = ast.unparse(node.func).split(".") if isinstance(node, ast.Call) else []
    if called[-1:] == [FROM_STRING]:
        called.pop()
    if isinstance(node, ast.Call) and called[-1:] == ["crontab"]:
        return node
    number = isinstance(node, ast.Constant) and isinstance(node.value, int | float)
    if number or called[-1:] in COUNTED:
        raise NoClock(
            _("it counts from its last start, and cron goes by the clock"),
            text=text,
            hint=_('by the clock, every five minutes is crontab(minute="*/5")'),
        )
    if called[-1:] == ["solar"]:
        raise NoClock(
            _("it follows the sun, and cron the clock"),
            text=text,
            hint=_("give the crontab(...) that is meant"),
        )
    raise UsageProblem(
        _("this is no crontab(...)"), text=text, hint=_('write it as beat has it: crontab(minute="*/5")')
    )


def _keyword(node: ast.keyword) -> str:
    if node.arg in ("nowfun", "app"):
        raise UsageProblem(
            _("code is not run here, and {name} is code").format(name=node.arg),
            text=ast.unparse(node),
            hint=_("leave it out; what it does to beat, migrator prove --installed tells"),
        )
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
