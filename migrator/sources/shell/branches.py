"""Which parts of a shell text run only sometimes: the branches of ``if`` and ``case``, loops, ``||``."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from migrator.crontab.shell_mending import flat

Branch = tuple[int, ...]  # the conditional parts around a command, outermost first


def parts(node: Node) -> Iterator[tuple[Branch, Node]]:
    """The named children, each with the branch that it is, if it is one.

    What stands behind one ``&&`` after the other is one branch: ``mkdir d && crontab a && crontab b``.
    """
    own: Branch = ()
    for child in flat(node):
        if child.type == "then":
            own = (node.id,)
        elif child.type == "&&":
            own = own or (child.id,)
        elif child.type == "||":
            own = (child.id,)
        elif child.is_named:
            apart = child.type in ("elif_clause", "else_clause", "case_item", "do_group")
            yield (child.id,) if apart else own, child


def surely_behind(later: Branch, earlier: Branch) -> bool:
    """Whether what stands later runs whenever what stands earlier has run, if nothing ends the script."""
    return earlier[: len(later)] == later


def perhaps_behind(later: Branch, earlier: Branch) -> bool:
    """Whether both may run; in two branches of one condition they do not."""
    return surely_behind(earlier, later) or surely_behind(later, earlier)
