"""The generated module that keeps cron's promises: exit status, lock, output; without migrator."""

import logging
import subprocess
import sys
import threading
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.core.management.base import BaseCommand, CommandError

from migrator.codegen.contract import CONTRACT_MODULE


@pytest.fixture(scope="module")
def contract() -> ModuleType:
    """The module as generated; pytest's own modules stay as they are."""
    module = ModuleType("generated_cron_contract")
    exec(compile(CONTRACT_MODULE, "cron_contract.py", "exec"), module.__dict__)
    return module


@pytest.fixture
def command(contract: ModuleType, db: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a body as the management command ``job`` through Django's own call_command."""
    from django.core import management

    def run(body: Any, *arguments: str) -> None:
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
        contract.run_command("job", *arguments)

    return run


def stop(code: object) -> Any:
    def body(command: BaseCommand, rest: list[str]) -> None:
        raise SystemExit(code)

    return body


@pytest.mark.parametrize("code", [0, None])
def test_a_successful_exit_is_success(command: Any, code: object) -> None:
    command(stop(code))


@pytest.mark.parametrize("code", [1, 3, "message"])
def test_another_exit_status_is_a_failure(command: Any, contract: ModuleType, code: object) -> None:
    with pytest.raises(contract.CommandFailed, match=f"exit status {code}"):
        command(stop(code))


def test_an_error_of_the_command_stays_itself(command: Any) -> None:
    def body(command: BaseCommand, rest: list[str]) -> None:
        raise CommandError("no court answers")

    with pytest.raises(CommandError, match="no court answers"):
        command(body)


def test_arguments_reach_the_command_as_they_are(command: Any) -> None:
    seen: list[str] = []
    command(lambda _command, rest: seen.extend(rest), "a b", "--", "-c")
    assert seen == ["a b", "-c"]


def test_each_line_of_output_goes_to_the_log(command: Any, caplog: pytest.LogCaptureFixture) -> None:
    def body(command: BaseCommand, rest: list[str]) -> None:
        command.stdout.write("one\ntwo")
        command.stderr.write("three", ending="")

    with caplog.at_level(logging.INFO):
        command(body)
    assert [record.getMessage() for record in caplog.records] == ["one", "two", "three"]


def test_a_held_lock_is_an_error_and_a_free_one_is_not(
    contract: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCK_DIR", str(tmp_path))
    with contract.lock("job"):
        with pytest.raises(contract.AlreadyRunning, match="job: still running"), contract.lock("job"):
            pass
        with contract.lock("other"):
            pass
    with contract.lock("job"):
        pass


def test_the_lock_is_flocks_own(
    contract: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCK_DIR", str(tmp_path))
    with contract.lock("job"):
        assert subprocess.run(["flock", "-n", tmp_path / "job.lock", "true"]).returncode == 1
    assert subprocess.run(["flock", "-n", tmp_path / "job.lock", "true"]).returncode == 0


def test_a_waiting_lock_waits(contract: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCK_DIR", str(tmp_path))
    order: list[str] = []

    def second() -> None:
        with contract.lock("job", wait=True):
            order.append("second")

    with contract.lock("job"):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(0.1)
        order.append("first")
    thread.join(30)
    assert order == ["first", "second"]


def test_it_needs_no_migrator(tmp_path: Path) -> None:
    (tmp_path / "cron_contract.py").write_text(CONTRACT_MODULE)
    code = (
        "import sys; sys.modules['migrator'] = None; import cron_contract; print(cron_contract.lock.__name__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "lock\n", done.stderr
