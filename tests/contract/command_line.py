"""The command line as a process of its own, as a shell or a pipeline calls it."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class CommandLine:
    """Calls of migrator in one folder."""

    folder: Path

    def __call__(self, *arguments: str, **how: Any) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "TZ": "Europe/Warsaw", "COLUMNS": "200"}
        command = [*how.pop("before", ()), sys.executable, "-m", "migrator", *arguments]
        defaults = {"cwd": self.folder, "env": environment, "capture_output": True, "timeout": 60}
        done = subprocess.run(command, **{"stdin": subprocess.DEVNULL, **defaults, **how})
        return subprocess.CompletedProcess(
            command, done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")
        )

    def document(self, *arguments: str, **how: Any) -> Mapping[str, Any]:
        """The JSON on stdout, which holds nothing else."""
        found: Mapping[str, Any] = json.loads(self(*arguments, "--format", "json", **how).stdout)
        return found

    def write(self, name: str, data: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return path
