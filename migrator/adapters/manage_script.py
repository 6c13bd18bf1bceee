"""Django's own script, by which a project's folder is known."""

from __future__ import annotations

import os
from pathlib import Path

MANAGE = "manage.py"


def is_project(root: Path) -> bool:
    """Whether a Django project's own script lies there."""
    return os.path.isfile(root / MANAGE)  # noqa: PTH113 - False, not an error, in a folder that is closed to us
