"""What a command changes in its process: it ends with the run under cron, and stays in a worker."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from migrator.project.patterns import MUTATORS, STATE, Pattern
from migrator.project.python_module import FunctionNode, Module
from migrator.project.reach import Reached, Seen

Change = tuple[ast.AST, Pattern]

_PROCESS_WIDE = ("django.conf.settings", "os.environ")
_STREAMS = frozenset({"sys.stdout", "sys.stderr", "sys.stdin", "sys.argv", "sys.path"})
_CONTAINERS = frozenset(
    {
        "dict",
        "list",
        "set",
        "collections.defaultdict",
        "collections.OrderedDict",
        "collections.deque",
        "collections.Counter",
    }
)


def state_changes(one: Seen, part: Reached) -> Iterator[Change]:
    """The changes that a node makes to what outlives the run."""
    match one.node:
        case ast.Assign(targets=targets) | ast.Delete(targets=targets):
            yield from ((target, STATE) for target in targets if _outlives(target, part))
        case ast.AugAssign(target=target) if _outlives(target, part):
            yield target, STATE
        case ast.Call(func=ast.Attribute(value=holder, attr=verb)) as call:
            if verb in MUTATORS and not part.at_import and _kept(holder, part):
                yield call, STATE
        case ast.Call(func=ast.Name(id="setattr"), args=[holder, *_rest]) as call:
            if part.module.dotted(holder) in _PROCESS_WIDE:
                yield call, STATE
        case ast.Global(names=names) if part.function and set(names) & _stored(part.function):
            yield one.node, STATE


def _outlives(target: ast.expr, part: Reached) -> bool:
    if isinstance(target, ast.Subscript):
        whole = part.module.dotted(target.value) in _PROCESS_WIDE
        return whole or (not part.at_import and _kept(target.value, part))
    if isinstance(target, ast.Attribute):
        holder = part.module.dotted(target.value)
        return holder in _PROCESS_WIDE or part.module.dotted(target) in _STREAMS
    return False


def _kept(holder: ast.expr, part: Reached) -> bool:
    """A container of the module, or of the class, that the runs in one worker share."""
    match holder:
        case ast.Name(id=name):
            value = part.module.values.get(name)
            return value is not None and _container(value, part.module) and name not in _locals(part)
        case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name) if part.chain:
            links = [link for link in part.chain.links if link.attribute(name) is not None]
            value = links[0].attribute(name) if links else None
            return value is not None and _container(value, links[0].module) and not _own(name, part)
    return False


def _container(value: ast.expr, module: Module) -> bool:
    if isinstance(value, ast.Call):
        return module.dotted(value.func) in _CONTAINERS
    return isinstance(value, ast.List | ast.Dict | ast.Set)


def _locals(part: Reached) -> set[str]:
    if part.function is None:
        return set()
    shared = {name for node in ast.walk(part.function) if isinstance(node, ast.Global) for name in node.names}
    parameters = {node.arg for node in ast.walk(part.function) if isinstance(node, ast.arg)}
    return (_stored(part.function) | parameters) - shared


def _stored(function: FunctionNode) -> set[str]:
    return {
        node.id
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


def _own(name: str, part: Reached) -> bool:
    """Whether some method gives each instance its own."""
    assert part.chain is not None
    return any(
        isinstance(node, ast.Attribute) and node.attr == name and isinstance(node.ctx, ast.Store)
        for link in part.chain.links
        for method in link.methods.values()
        for node in ast.walk(method)
    )
