"""The module that keeps cron's contract for generated tasks, and never imports migrator."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from migrator.codegen.excerpt import definitions, excerpt


@cache
def whole_contract() -> str:
    """All that cron ever promised; a project gets what its tasks use of it."""
    return files("migrator.codegen").joinpath("templates/cron_contract.py").read_text("utf-8")


def contract_module(names: Iterable[str]) -> str:
    """The text of the contract module with what tasks take from it."""
    return excerpt(whole_contract(), names)


@cache
def offered_names() -> frozenset[str]:
    """What tasks can take from the contract."""
    return frozenset(definitions(whole_contract()))
