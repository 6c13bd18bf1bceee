"""The generated module by itself: its parts, its form, and that it needs no migrator."""

import subprocess
import sys
from pathlib import Path

from migrator.codegen.contract import contract_module, offered_names, whole_contract


def test_each_part_comes_with_what_it_needs_and_nothing_else(tmp_path: Path) -> None:
    for name in offered_names():
        (tmp_path / f"{name.lower()}_alone.py").write_text(contract_module([name]))
    ruff = [sys.executable, "-m", "ruff"]
    wide = ["format", "--check", "--line-length", "110"]  # lines that fit are left alone by any formatter
    for words in (["format", "--check"], wide, ["check"]):
        done = subprocess.run([*ruff, *words, "--isolated", tmp_path], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout
    alone = (tmp_path / "lock_alone.py").read_text()
    assert ("def lock" in alone, "def run_command" in alone, "call_command" in alone) == (True, False, False)


def test_it_needs_no_migrator(tmp_path: Path) -> None:
    (tmp_path / "cron_contract.py").write_text(whole_contract())
    code = (
        "import sys; sys.modules['migrator'] = None; import cron_contract; print(cron_contract.lock.__name__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "lock\n", done.stderr
