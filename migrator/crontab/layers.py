"""Mappings on top of each other: a shell in a shell sees the variables around it, and changes its own."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, MutableMapping
from typing import Generic, TypeVar

V = TypeVar("V")


class Layers(MutableMapping[str, V], Generic[V]):
    """A mapping over the one ``below``, which stays as it is: what is set or taken out here ends with it.

    To open one takes no time, however much is below: a line of a thousand subshells under a thousand
    variables copies none of them. ``only``: the names that are seen from here on, if not all.
    """

    __slots__ = ("below", "only", "own")

    def __init__(self, below: Mapping[str, V], only: Container[str] | None = None) -> None:
        self.below = below
        self.only = only
        self.own: dict[str, V | None] = {}  # None: taken out

    def __getitem__(self, name: str) -> V:
        layer: Mapping[str, V] = self
        while isinstance(layer, Layers):
            if name in layer.own:
                found: V | None = layer.own[name]
                if found is None:
                    raise KeyError(name)
                return found
            if layer.only is not None and name not in layer.only:
                raise KeyError(name)
            layer = layer.below
        return layer[name]

    def __setitem__(self, name: str, value: V) -> None:
        self.own[name] = value

    def __delitem__(self, name: str) -> None:
        if name not in self:
            raise KeyError(name)
        self.own[name] = None

    def __iter__(self) -> Iterator[str]:
        below = (name for name in self.below if self.only is None or name in self.only)
        return iter([name for name in dict.fromkeys([*below, *self.own]) if name in self])

    def __len__(self) -> int:
        return len(list(iter(self)))

    @property
    def changed(self) -> dict[str, V]:
        """What is set here."""
        return {name: value for name, value in self.own.items() if value is not None}

    def settle(self) -> MutableMapping[str, V]:
        """The mapping below, with what has changed here."""
        below = self.below
        assert isinstance(below, MutableMapping)
        for name, value in self.own.items():
            if value is not None:
                below[name] = value
            else:
                below.pop(name, None)
        return below
