"""What a generation has to know of the project around the files that it writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Around:
    """The project as it is.

    ``beat``: the newest migration of the django-celery-beat that is installed; ``migrations``: the
    texts in the folder of migrations, by file name; ``pytest``: the project's tests are pytest's.
    """

    beat: str = ""
    migrations: Mapping[str, str] = field(default_factory=dict)
    pytest: bool = False
