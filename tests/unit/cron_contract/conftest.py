"""What the tests of the generated contract share: the module, and a command that runs under it."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.core.management.base import BaseCommand

from migrator.codegen.contract import whole_contract

Body = Callable[[BaseCommand, list[str]], None]


@pytest.fixture(scope="module")
def contract() -> ModuleType:
    """The module as generated, with all that a task can use; pytest's own modules stay as they are."""
    module = ModuleType("generated_cron_contract")
    exec(compile(whole_contract(), "cron_contract.py", "exec"), module.__dict__)
    return module


@pytest.fixture
def command(contract: ModuleType, db: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a body as the management command ``job`` through Django's own call_command."""
    from django.core import management

    def run(body: Body, *arguments: str, **streams: Any) -> None:
        class Command(BaseCommand):
            def add_arguments(self, parser: Any) -> None:
                parser.add_argument("rest", nargs="*")

            def handle(self, *args: Any, **options: Any) -> None:
                body(self, options["rest"])

        load = management.load_command_class
        monkeypatch.setattr(management, "get_commands", lambda: {"job": "here"})
        monkeypatch.setattr(
            management,
            "load_command_class",
            lambda app, name: Command() if app == "here" else load(app, name),
        )
        contract.run_command("job", *arguments, **streams)

    return run


@pytest.fixture
def alive() -> Callable[[int], bool]:
    """Whether a process is there."""

    def is_there(pid: int) -> bool:
        """A process that has ended, and that nobody has waited for, is none."""
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        except OSError:
            return False

    return is_there
