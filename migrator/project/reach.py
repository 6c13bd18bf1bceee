"""The code that a command runs, as far as its names lead: its class, its module, and one module further."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from migrator.project.command_class import Chain, Link, chain_of, command_chain
from migrator.project.python_module import FunctionNode, Library, Module, Unparsed

STARTS = ("__init__", "execute", "handle", "handle_noargs", "handle_label", "handle_app_config", "handle_app")
ALWAYS = ("__init__", "__call__", "__enter__", "__exit__")  # what an instance runs by itself
CALL_COMMAND = "django.core.management.call_command"
FURTHEST = 1  # modules away from those of the command's class


@dataclass(frozen=True, slots=True)
class Seen:
    """A node with what stands around it."""

    node: ast.AST
    guards: frozenset[str]
    loops: tuple[ast.stmt, ...]


@dataclass(frozen=True, eq=False)
class Reached:
    """A function that the command runs, or statements of its module (``at_import``).

    ``guards``: the words in the tests that stand around the way to it.
    """

    module: Module
    body: Sequence[ast.stmt]
    function: FunctionNode | None = None
    chain: Chain | None = None
    link: Link | None = None
    hops: int = 0
    guards: frozenset[str] = frozenset()
    at_import: bool = False

    @cached_property
    def nodes(self) -> tuple[Seen, ...]:
        """Every node, those of nested functions included; of a module, what no function holds."""
        return tuple(
            one for statement in self.body for one in _walk(statement, self.guards, top=self.at_import)
        )


def _walk(start: ast.AST, guards: frozenset[str], *, top: bool) -> Iterator[Seen]:
    """Without recursion: somebody's table of a thousand sums is no reason to fail."""
    waiting = [Seen(start, guards, ())]
    while waiting:
        one = waiting.pop()
        if top and isinstance(one.node, FunctionNode | ast.ClassDef):
            continue
        yield one
        guards, loops = one.guards, one.loops
        if isinstance(one.node, ast.If | ast.IfExp | ast.BoolOp):
            test = one.node if isinstance(one.node, ast.BoolOp) else one.node.test
            guards |= frozenset(_words(test))
        if isinstance(one.node, ast.While | ast.For | ast.AsyncFor):
            loops = (*loops, one.node)
        waiting += [Seen(child, guards, loops) for child in reversed(list(ast.iter_child_nodes(one.node)))]


def _words(test: ast.AST) -> Iterator[str]:
    """The names and texts in a test: ``options["interactive"]`` holds ``interactive``."""
    for node in ast.walk(test):
        match node:
            case ast.Constant(value=str(text)):
                yield text
            case ast.Name(id=name):
                yield name
            case ast.Attribute(attr=name):
                yield name


def reached(chain: Chain, library: Library) -> list[Reached]:
    """All that the command runs, each part once, its methods first."""
    search = _Search(library)
    for name in STARTS:
        search.method(chain, name, _Way())
    while search.waiting:
        search.follow(search.waiting.pop(0))
    modules = {link.module.path: link.module for link in chain.links}
    return [
        *search.parts.values(),
        *(Reached(module, list(_imported(module)), at_import=True) for module in modules.values()),
        *(Reached(link.module, link.node.body, at_import=True) for link in chain.links),
    ]


def _imported(module: Module) -> Iterator[ast.stmt]:
    """What runs when the module is imported: not what stands under ``if __name__ == "__main__"``."""
    for statement in module.tree.body:
        if not (isinstance(statement, ast.If) and "__name__" in _words(statement.test)):
            yield statement


@dataclass(frozen=True, slots=True)
class _Way:
    """How the search came to a name: so many modules away, through these tests."""

    hops: int = 0
    guards: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Search:
    library: Library
    parts: dict[int, Reached] = field(default_factory=dict)  # by the identity of their function
    waiting: list[Reached] = field(default_factory=list)
    chains: dict[int, Chain] = field(default_factory=dict)

    def add(self, part: Reached) -> None:
        """A part that is new, or that another way leads to with fewer tests around it."""
        known = self.parts.get(id(part.function))
        if known is not None:
            part = replace(known, guards=known.guards & part.guards)
        if known is None or part.guards != known.guards:
            self.parts[id(part.function)] = part
            self.waiting.append(part)

    def method(self, chain: Chain, name: str, way: _Way, after: Link | None = None) -> None:
        found = chain.method(name, after)
        if found:
            link, node = found
            self.add(Reached(link.module, node.body, node, chain, link, way.hops, way.guards))

    def follow(self, part: Reached) -> None:
        """The functions that a part names: called, handed on, or used as a method."""
        attributes = {one.node.attr for one in part.nodes if isinstance(one.node, ast.Attribute)}
        for one in part.nodes:
            way = _Way(part.hops, one.guards)
            match one.node:
                case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name) if part.chain:
                    self.method(part.chain, name, way)
                case ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr=name) if part.chain:
                    self.method(part.chain, name, way, part.link)
                case ast.Name(ctx=ast.Load()) | ast.Attribute(ctx=ast.Load()):
                    self.name(part, one, attributes)
                case ast.Call(args=[ast.Constant(value=str(command)), *_rest]) as call:
                    if part.module.dotted(call.func) == CALL_COMMAND:
                        self.command(command, _Way(part.hops + 1, one.guards))

    def command(self, name: str, way: _Way) -> None:
        """Another command of the tree, called by its name."""
        path = self.library.commands.get(name)
        if path is None or way.hops > FURTHEST:
            return
        try:
            chain = command_chain(self.library.module(path), self.library)
        except Unparsed:
            return
        if chain is not None:
            for start in STARTS:
                self.method(chain, start, way)

    def name(self, part: Reached, one: Seen, attributes: set[str]) -> None:
        assert isinstance(one.node, ast.expr)
        dotted = part.module.dotted(one.node)
        if dotted is None:
            return
        module, hops = part.module, part.hops
        node: FunctionNode | ast.ClassDef | None = module.functions.get(dotted) or module.classes.get(dotted)
        if node is None and part.hops < FURTHEST:
            found = self.library.definition(dotted, module.path)
            if found:
                (module, node), hops = found, part.hops + 1
        if isinstance(node, FunctionNode):
            self.add(Reached(module, node.body, node, hops=hops, guards=one.guards))
        elif isinstance(node, ast.ClassDef):
            self.instance(Link(module, node), _Way(hops, one.guards), attributes)

    def instance(self, link: Link, way: _Way, attributes: set[str]) -> None:
        """A class that a part names: of its methods, those that the part names too."""
        chain = self.chains.setdefault(id(link.node), chain_of(link, self.library))
        for name in (*ALWAYS, *sorted(attributes)):
            self.method(chain, name, way)
