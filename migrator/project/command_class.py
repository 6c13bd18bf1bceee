"""The class ``Command`` of a module, with the classes of the tree that it inherits from."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from migrator.project.python_module import FunctionNode, Library, Module

LONGEST_CHAIN = 20
DJANGO_BASES = frozenset({"BaseCommand", "NoArgsCommand", "LabelCommand", "AppCommand"})


@dataclass(frozen=True, slots=True, eq=False)
class Link:
    """One class of a chain, in its module."""

    module: Module
    node: ast.ClassDef

    @property
    def methods(self) -> dict[str, FunctionNode]:
        return {one.name: one for one in self.node.body if isinstance(one, FunctionNode)}

    def attribute(self, name: str) -> ast.expr | None:
        """The value that the class body gives to a name."""
        for one in self.node.body:
            targets = one.targets if isinstance(one, ast.Assign) else []
            if any(isinstance(target, ast.Name) and target.id == name for target in targets):
                return one.value if isinstance(one, ast.Assign) else None
        return None


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """The classes in the order in which Python looks for a method, and the bases beyond the tree."""

    links: tuple[Link, ...]
    outside: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Nothing but Django's own classes lies outside the tree."""
        return all(_of_django(name) for name in self.outside)

    @property
    def labels(self) -> str | None:
        """What the positional arguments are called by LabelCommand and AppCommand."""
        words = {"LabelCommand": "label", "AppCommand": "app_label"}
        return next((words[name.rpartition(".")[2]] for name in self.outside if _labelled(name)), None)

    def method(self, name: str, after: Link | None = None) -> tuple[Link, FunctionNode] | None:
        """The method of that name, or the one that ``super()`` finds in ``after``."""
        start = self.links.index(after) + 1 if after in self.links and after else 0
        return next(((link, link.methods[name]) for link in self.links[start:] if name in link.methods), None)

    def text(self, name: str) -> str | None:
        """A text that a class body says, such as its help."""
        for link in self.links:
            value = link.attribute(name)
            if value is not None:
                return (
                    value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else None
                )
        return None


def _of_django(name: str) -> bool:
    return name == "object" or (name.startswith("django.") and name.rpartition(".")[2] in DJANGO_BASES)


def _labelled(name: str) -> bool:
    return _of_django(name) and name.rpartition(".")[2] in ("LabelCommand", "AppCommand")


def command_chain(module: Module, library: Library, name: str = "Command") -> Chain | None:
    """The chain of the module's class; None where it has none that the text shows."""
    found = _class(module, name, library)
    return None if found is None else chain_of(found, library)


def chain_of(start: Link, library: Library) -> Chain:
    """A class and its bases; diamonds are told once, at their first place."""
    links: list[Link] = []
    outside: list[str] = []
    waiting = [start]
    while waiting and len(links) < LONGEST_CHAIN:
        link = waiting.pop(0)
        if any(link.node is seen.node for seen in links):
            continue
        links.append(link)
        above: list[Link] = []
        for base in link.node.bases:
            name = link.module.dotted(base)
            found = None if name is None else _class(link.module, name, library)
            if found:
                above.append(found)
            else:
                outside.append(name or ast.unparse(base))
        waiting = above + waiting
    return Chain(tuple(links), tuple(dict.fromkeys(outside)))


def _class(module: Module, name: str, library: Library) -> Link | None:
    """A class by its name in the module or by its dotted path."""
    if name in module.classes:
        return Link(module, module.classes[name])
    alias = module.values.get(name)
    dotted = module.names.get(name) or (module.dotted(alias) if alias is not None else None) or name
    if dotted != name and dotted in module.classes:
        return Link(module, module.classes[dotted])
    found = library.definition(dotted, module.path)
    return Link(found[0], found[1]) if found and isinstance(found[1], ast.ClassDef) else None


def names_of(chain: Chain) -> Iterator[str]:
    """The chain in words: the classes above the first, then those outside."""
    yield from (link.node.name for link in chain.links[1:])
    yield from chain.outside
