"""A command in a process of its own: status, output, surroundings, under the generated contract."""

import logging
import os
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from migrator.contrib.django.exits import exit_status


def run(contract: ModuleType, caplog: pytest.LogCaptureFixture, script: str, **more: Any) -> list[str]:
    with caplog.at_level(logging.INFO):
        contract.run_process("/bin/sh", "-c", script, **more)
    return caplog.messages


def test_both_streams_go_to_the_log(contract: ModuleType, caplog: pytest.LogCaptureFixture) -> None:
    assert run(contract, caplog, "echo one; echo two >&2; printf three") == ["one", "two", "three"]


def test_it_has_what_the_line_gives_it(
    contract: ModuleType, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    before = (Path.cwd(), os.umask(0o22), os.umask(0o22))
    script = "pwd; umask; echo $LANG; echo $INHERITED; cat"
    os.environ["INHERITED"] = "yes"
    lines = run(
        contract,
        caplog,
        script,
        cwd=str(tmp_path),
        umask=0o027,
        environment={"LANG": "pl_PL.UTF-8"},
        text="first\nsecond\n",
    )
    del os.environ["INHERITED"]
    assert lines == [str(tmp_path), "0027", "pl_PL.UTF-8", "yes", "first", "second"]
    assert Path.cwd() == before[0]
    assert "LANG" not in os.environ or os.environ["LANG"] != "pl_PL.UTF-8"


def test_without_a_text_it_reads_the_end(contract: ModuleType, caplog: pytest.LogCaptureFixture) -> None:
    assert run(contract, caplog, "cat; echo end") == ["end"]


@pytest.mark.parametrize(("script", "status"), [("exit 3", 3), ("kill -9 $$", 137), ("no-such-program", 127)])
def test_its_status_decides(contract: ModuleType, script: str, status: int) -> None:
    with pytest.raises(contract.CommandFailed, match=f"exit status {status}") as failure:
        contract.run_process("/bin/sh", "-c", script)
    assert exit_status(failure.value) == status
