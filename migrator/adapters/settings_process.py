"""Loads each settings module in a process of its own, by this interpreter: a broken one harms nobody."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from migrator.i18n import _

PROBE = "migrator.contrib.celery.effective"
PATIENCE = 60  # seconds; settings that ask a service for their values may wait for it


def load_all(modules: Sequence[str], app: str | None, root: Path) -> list[Mapping[str, Any]]:
    """The document of each module, in their order; ``{"error": ..}`` where there is none."""
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as threads:
        return list(threads.map(lambda module: _load(module, app, root), modules))


def _load(module: str, app: str | None, root: Path) -> Mapping[str, Any]:
    paths = [str(root), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": module,
        "PYTHONPATH": os.pathsep.join(paths),
    }
    words = [sys.executable, "-m", PROBE, *filter(None, [app])]
    try:
        done = subprocess.run(
            words,
            cwd=root,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"error": _("nothing after {seconds} s").format(seconds=PATIENCE)}
    try:
        document: Mapping[str, Any] = json.loads(done.stdout)
    except ValueError:
        return {"error": _("its process ended with exit status {status}").format(status=done.returncode)}
    return document
