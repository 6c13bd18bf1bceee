"""What a command's code does that matters in a worker, each time with the line that does it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

from migrator.findings import Place
from migrator.project import effects, patterns
from migrator.project.command_class import Chain
from migrator.project.control import control_evidence
from migrator.project.model import SOURCE, Behaviour, Effect, EffectKind, Evidence
from migrator.project.patterns import Pattern
from migrator.project.python_module import Library, Module
from migrator.project.reach import Reached, Seen, reached
from migrator.project.state import state_changes

LONGEST_TEXT = 60


def behaviour_of(chain: Chain, library: Library) -> Behaviour:
    """All that the command does, as far as its code lies in the tree; nothing seen is said as such."""
    parts = reached(chain, library)
    instances = _instances_of_self(parts)
    found = [one for part in parts for one in _part(part, instances)]
    evidence = dict.fromkeys(one for one in found if isinstance(one, Evidence))
    done = {(one.kind, one.place): one for one in found if isinstance(one, Effect)}
    first = chain.links[0]
    nothing = Effect("none-seen", _place(first.module, first.node), f"class {first.node.name}")
    return Behaviour(tuple(evidence), tuple(done.values()) or (nothing,))


def _part(part: Reached, instances: Mapping[str, str]) -> Iterator[Evidence | Effect]:
    known = {**instances, **_instances(part)}
    for one in part.nodes:
        if isinstance(one.node, ast.Call):
            dotted = _dotted(one.node.func, part.module, known)
            yield from _call(one, one.node, dotted, part)
        for node, pattern in (*state_changes(one, part), *control_evidence(one, part)):
            yield _evidence(pattern, part.module, node, one)
    yield from _defaults(part)
    yield from _borrowed_clocks(part)


def _call(one: Seen, call: ast.Call, dotted: str, part: Reached) -> Iterator[Evidence | Effect]:
    for pattern in patterns.patterns_of(dotted):
        yield _evidence(pattern, part.module, call, one)
    if part.at_import and dotted in patterns.CLOCKS:
        yield _evidence(patterns.CLOCK, part.module, call, one)
    if _untimed(call, dotted):
        yield _evidence(patterns.UNTIMED, part.module, call, one)
    if _sends_a_task(call, dotted):
        yield _evidence(patterns.HANDS_ON, part.module, call, one)
    kind = effects.effect_of(dotted) or _method_effect(call) or _opened(call, dotted) or _sql(call)
    if kind is not None:
        yield Effect(kind, _place(part.module, call), shown(call))


def _evidence(pattern: Pattern, module: Module, node: ast.AST, one: Seen) -> Evidence:
    return Evidence(pattern.code, _place(module, node), shown(node), pattern.fact, pattern.hint, one.guards)


def _place(module: Module, node: ast.AST) -> Place:
    return Place(module.path, getattr(node, "lineno", 1), SOURCE)


def shown(node: ast.AST) -> str:
    """A node in a few words, without the values in it: some are secrets."""
    match node:
        case ast.Call():
            text = f"{shown(node.func)}(...)"
        case ast.Attribute():
            text = f"{shown(node.value).replace('(...)', '()')}.{node.attr}"
        case ast.Subscript():
            text = f"{shown(node.value)}[...]"
        case ast.Name():
            text = node.id
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            text = f"def {node.name}"
        case _:
            text = _STATEMENTS.get(type(node), "...")
    return text if len(text) <= LONGEST_TEXT else "..." + text[-LONGEST_TEXT:]


_STATEMENTS: Mapping[type[ast.AST], str] = {
    ast.While: "while True",
    ast.ExceptHandler: "except",
    ast.Return: "return",
    ast.Raise: "raise SystemExit",
    ast.Global: "global",
    ast.With: "with transaction.atomic()",
}


def _instances(part: Reached) -> dict[str, str]:
    """Names that stand for an instance: ``session`` is ``requests.Session()``."""
    return {name: made for name, made in _made(part) if not name.startswith("self.")}


def _instances_of_self(parts: Iterable[Reached]) -> dict[str, str]:
    return {name: made for part in parts for name, made in _made(part) if name.startswith("self.")}


def _made(part: Reached) -> Iterator[tuple[str, str]]:
    for one in part.nodes:
        targets: list[ast.expr] = []
        value: ast.expr | None = None
        match one.node:
            case ast.Assign():
                targets, value = one.node.targets, one.node.value
            case ast.withitem(context_expr=value, optional_vars=ast.expr() as target):
                targets = [target]
        dotted = part.module.dotted(value) if isinstance(value, ast.Call) else None
        if dotted:
            yield from ((name, dotted) for target in targets if (name := part.module.dotted(target)))


def _dotted(node: ast.expr, module: Module, instances: Mapping[str, str]) -> str:
    """The dotted name of what is called, seen through the names of instances; "" for none."""
    name = module.dotted(node) or ""
    words = name.split(".")
    for length in (1, 2):
        head = ".".join(words[:length])
        if head in instances:
            return ".".join([instances[head], *words[length:]])
    return name


def _untimed(call: ast.Call, dotted: str) -> bool:
    """The call waits for another machine, and nothing says for how long."""
    given = {one.arg: one.value for one in call.keywords}
    if dotted.startswith("httpx."):  # waits for five seconds unless told otherwise
        return _is_none(given.get("timeout"))
    if (
        dotted not in effects.WAITING
        or None in given
        or any(isinstance(one, ast.Starred) for one in call.args)
    ):
        return False
    position = effects.WAITING[dotted]
    positional = position is not None and len(call.args) > position
    return not positional and ("timeout" not in given or _is_none(given["timeout"]))


def _sends_a_task(call: ast.Call, dotted: str) -> bool:
    """``task.delay()``, or ``apply`` of what comes from a module of tasks: other things are applied, too."""
    if not isinstance(call.func, ast.Attribute):
        return False
    *owner, name = dotted.split(".") if dotted else ["", call.func.attr]
    return name in ("apply_async", "send_task") or (
        (name == "delay" and owner != ["self"]) or (name == "apply" and "tasks" in owner)
    )


def _is_none(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _method_effect(call: ast.Call) -> EffectKind | None:
    """What a method of the ORM, of a user or of a path does."""
    if not isinstance(call.func, ast.Attribute):
        return None
    name = call.func.attr
    if name in effects.METHODS:
        return effects.METHODS[name]
    if name in effects.BARE_METHODS and not call.args:
        return effects.BARE_METHODS[name]
    if name in effects.QUERY_METHODS and effects.QUERY_WORDS & _chained(call.func.value):
        return effects.QUERY_METHODS[name]
    return None


def _chained(node: ast.expr) -> set[str]:
    """The words of ``Order.objects.filter(...)``."""
    words: set[str] = set()
    while isinstance(node, ast.Attribute | ast.Call):
        if isinstance(node, ast.Attribute):
            words.add(node.attr)
            node = node.value
        else:
            node = node.func
    return words


def _opened(call: ast.Call, dotted: str) -> EffectKind | None:
    """A file that is opened to be written."""
    own = dotted in ("builtins.open", "io.open", "codecs.open")
    method = isinstance(call.func, ast.Attribute) and call.func.attr == "open"
    if not own and not method:
        return None
    position = 1 if own else 0
    given = [one.value for one in call.keywords if one.arg == "mode"] or call.args[position : position + 1]
    mode = given[0].value if given and isinstance(given[0], ast.Constant) else ""
    return "file" if isinstance(mode, str) and len(mode) < 4 and set(mode) & set("wax+") else None


def _sql(call: ast.Call) -> EffectKind | None:
    """A statement of SQL, by its first word."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in effects.SQL_METHODS or not call.args:
        return None
    text = call.args[0]
    if isinstance(text, ast.JoinedStr) and text.values:
        text = text.values[0]
    statement = text.value if isinstance(text, ast.Constant) else None
    words = statement.split(None, 1) if isinstance(statement, str) else []
    return effects.SQL.get(words[0].lower()) if words else None


def _defaults(part: Reached) -> Iterator[Evidence]:
    """Clocks in the defaults of parameters: they are read when the function is defined."""
    functions = [part.function] if part.function else []
    for function in functions:
        values = [*function.args.defaults, *(one for one in function.args.kw_defaults if one)]
        yield from _clocks(values, part, frozenset())


def _borrowed_clocks(part: Reached) -> Iterator[Evidence]:
    """Clocks in the values of another module that the part uses."""
    if part.function and part.hops:
        used = {one.node.id for one in part.nodes if isinstance(one.node, ast.Name)}
        yield from _clocks(
            [value for name, value in part.module.values.items() if name in used], part, part.guards
        )


def _clocks(values: Iterable[ast.expr], part: Reached, guards: frozenset[str]) -> Iterator[Evidence]:
    for node in (node for value in values for node in ast.walk(value)):
        if isinstance(node, ast.Call) and part.module.dotted(node.func) in patterns.CLOCKS:
            yield _evidence(patterns.CLOCK, part.module, node, Seen(node, guards, ()))
