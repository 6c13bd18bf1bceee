"""install.sh pipes the rendered crontab into crontab(1): here a stand-in on PATH, never the real one."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

STAND_IN = """#!/bin/sh
[ "$*" = - ] || exit 64
cat > "$INSTALLED"
"""

Install = Callable[..., bytes]


@pytest.fixture
def install(root: Path, tmp_path: Path) -> Install:
    """Run install.sh and return what it installed."""
    stand_in = tmp_path / "bin" / "crontab"
    stand_in.parent.mkdir()
    stand_in.write_text(STAND_IN)
    stand_in.chmod(0o755)
    installed = tmp_path / "installed"

    def run(shell: str = "sh", **schedules: str) -> bytes:
        done = subprocess.run(
            [shell, str(root / "crontabs/poradnia/install.sh")],
            env={"PATH": f"{stand_in.parent}:/usr/bin:/bin", "INSTALLED": str(installed), **schedules},
            capture_output=True,
            check=False,
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
        return installed.read_bytes()

    return run


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_the_script_renders_the_crontab(install: Install, root: Path, shell: str) -> None:
    assert install(shell) == (root / "crontabs/poradnia/crontab").read_bytes()


def test_a_schedule_can_be_set_by_its_variable(install: Install, root: Path) -> None:
    rendered = (root / "crontabs/poradnia/crontab").read_bytes()
    assert install(EVENT_REMINDERS_SCHEDULE="30 7 * * 1-5") == rendered.replace(
        b"\n0 12 * * * cd", b"\n30 7 * * 1-5 cd"
    )
    assert install(CLEARSESSIONS_SCHEDULE="") == rendered


def test_the_scripts_can_be_started(root: Path) -> None:
    for name in ("install.sh", "run_locked.sh"):
        path = root / "crontabs/poradnia" / name
        assert path.stat().st_mode & 0o111 == 0o111
        assert path.read_text().startswith("#!/bin/sh\n")
