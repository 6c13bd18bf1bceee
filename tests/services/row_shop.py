"""The golden shop with jobs of its own, whose rows of beat lie in a real database."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.golden import with_commands

ROOT = Path(__file__).parents[2]
DATABASES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.part("postgresql"))]
_CRONTAB = """\
*/15 8-18 * * 1-5 ./manage.py remind_baskets --limit 50
0 8 13 * 5 ./manage.py count_stock
30 4 * * * ./manage.py import_catalogue && ./manage.py import_prices
0 1 1 */3 * timeout 2h ./manage.py thumbnails
@hourly ./manage.py import
"""
_COMMANDS = ("remind_baskets", "import_catalogue", "import_prices", "thumbnails", "import", "tidy_up")
_SETTINGS = """
import os
import dj_database_url

INSTALLED_APPS += ["django.contrib.contenttypes", "django_celery_beat"]
DATABASES = {"default": dj_database_url.parse(os.environ["DATABASE_URL"])}
"""


@dataclass(frozen=True, slots=True)
class RowShop:
    """The project's folder, and the address of its database."""

    folder: Path
    database: str

    def python(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run Python in the project."""
        given = {
            "DATABASE_URL": self.database,
            "DJANGO_SETTINGS_MODULE": "shop.settings",
            "PYTHONPATH": f"{ROOT}{os.pathsep}{self.folder}",
        }
        return subprocess.run(
            [sys.executable, *words],
            cwd=self.folder,
            env=os.environ | given,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def edit(self) -> None:
        """Another schedule, a job less, and a new one."""
        crontab = self.folder / "crontab"
        text = crontab.read_text().replace("@hourly", "30 * * * *").replace("*/15 8-18", "#*/15 8-18")
        crontab.write_text(text + "0 7 * * * ./manage.py tidy_up\n")


def row_shop(request: pytest.FixtureRequest, folder: Path, *, generate: str = "") -> RowShop:
    """The shop in ``folder``, on the database that the fixture's parameter names.

    ``generate``: a line of [generate], where it has more than rows in place of Celery's own file.
    """
    shutil.copytree(ROOT / "tests/golden/shop/before", folder)
    with_commands(folder, *_COMMANDS)
    (folder / "crontab").write_text(_CRONTAB)
    toml = folder / "migrator.toml"
    toml.write_text(toml.read_text().replace('scheduler = "file"\n', generate))
    with (folder / "shop" / "settings.py").open("a") as file:
        file.write(_SETTINGS)
    server = request.param == "postgresql"
    return RowShop(
        folder,
        str(request.getfixturevalue("postgres_url")) if server else f"sqlite:///{folder / 'db.sqlite3'}",
    )
