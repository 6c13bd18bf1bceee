"""Values that are made for every line of a crontab, or every run: equal by their fields, and never changed.

``dataclass(frozen=True)`` sets each field through ``object.__setattr__``, which makes a value four times as
dear, and took a seventh of a scan. A ``value`` is kept from changes by the type checker alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform, overload

Value = TypeVar("Value")


@overload
def value(kind: type[Value], /) -> type[Value]: ...
@overload
def value(*, kw_only: bool) -> Callable[[type[Value]], type[Value]]: ...
@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def value(
    kind: type[Value] | None = None, /, *, kw_only: bool = False
) -> type[Value] | Callable[[type[Value]], type[Value]]:
    """The class as a dataclass whose values can be hashed, and are not to be changed."""
    made = dataclass(slots=True, unsafe_hash=True, kw_only=kw_only)
    return made if kind is None else made(kind)
