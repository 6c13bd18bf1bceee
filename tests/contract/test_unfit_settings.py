"""Settings with which the ledger could not work are refused, before anything goes by it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks
from django.db import router

from migrator.contrib.django.ledger import ledger_at_hand
from migrator.errors import Cannot
from tests.contract.command_line import ROOT

HINT = 'let the routers say "default" where model._meta.app_label is "migrator"'


class Copies:
    """Reads come from a copy, as is common; what the hint says is an option."""

    def __init__(self, label: str = "") -> None:
        self.label = label

    def db_for_read(self, model: Any, **_hints: object) -> str:
        return "default" if model._meta.app_label == self.label else "copy"


class Elsewhere:
    """One app has a database of its own."""

    def db_for_write(self, model: Any, **_hints: object) -> str | None:
        return "other" if model._meta.app_label == "migrator" else None


@pytest.mark.parametrize(("routers", "place"), [([Copies()], "copy"), ([Elsewhere()], "other")])
def test_it_is_refused_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, routers: list[object], place: str
) -> None:
    monkeypatch.setattr(router, "routers", routers)
    with pytest.raises(Cannot, match=f'"{place}"') as refused, ledger_at_hand():
        pytest.fail("the ledger was used")
    assert refused.value.hint == HINT
    [error] = [one for one in run_checks() if one.id == "migrator.E001"]
    assert (place in error.msg, error.hint) == (True, HINT)


@pytest.mark.parametrize("routers", [[], [Copies("migrator")]])
def test_a_router_that_leaves_the_ledger_alone_is_welcome(
    monkeypatch: pytest.MonkeyPatch, routers: list[object]
) -> None:
    monkeypatch.setattr(router, "routers", routers)
    with ledger_at_hand():
        pass
    assert not [one for one in run_checks() if one.id == "migrator.E001"]


def test_a_deployment_stops_before_a_worker_starts(tmp_path: Path) -> None:
    (tmp_path / "routed.py").write_text(
        "from config.settings.testing import *\n"
        "DATABASE_ROUTERS = ['tests.contract.test_unfit_settings.Elsewhere']\n"
    )
    command = [sys.executable, "manage.py", "check", "--settings", "routed", "--pythonpath", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, "migrator.E001" in done.stderr, HINT in done.stderr) == (1, True, True)
