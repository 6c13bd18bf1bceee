"""The data migration with beat's rows: forwards, changed, and all the way back, on real databases."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from migrator.cli import run

ROOT = Path(__file__).parents[2]
SHOP = ROOT / "tests/golden/shop/before"
GOLDEN = ROOT / "tests/golden/rows"
STORY = Path(__file__).with_name("beat_rows_story.py")
CRONTAB = """\
*/15 8-18 * * 1-5 ./manage.py remind_baskets --limit 50
0 8 13 * 5 ./manage.py count_stock
30 4 * * * ./manage.py import_catalogue && ./manage.py import_prices
0 1 1 */3 * timeout 2h ./manage.py thumbnails
@hourly ./manage.py import
"""
SETTINGS = """
import os
import dj_database_url

INSTALLED_APPS += ["django.contrib.contenttypes", "django_celery_beat"]
DATABASES = {"default": dj_database_url.parse(os.environ["DATABASE_URL"])}
"""
Python = Callable[..., str]
WARSAW = "Europe/Warsaw"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The golden shop with jobs of its own, whose rows come by a migration, as the folder we are in."""
    project = Path(shutil.copytree(SHOP, tmp_path / "shop"))
    monkeypatch.chdir(project)
    (project / "crontab").write_text(CRONTAB)
    toml = project / "migrator.toml"
    toml.write_text(toml.read_text().replace('scheduler = "file"', 'migration = "orders/migrations"'))
    with (project / "shop" / "settings.py").open("a") as file:
        file.write(SETTINGS)
    return project


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.part("postgresql"))])
def python(request: pytest.FixtureRequest, shop: Path) -> Python:
    """Run Python in the project, and give what it prints."""
    url = f"sqlite:///{shop / 'db.sqlite3'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    given = {
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "shop.settings",
        "PYTHONPATH": f"{ROOT}{os.pathsep}{shop}",
    }

    def python(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, *words],
            cwd=shop,
            env=os.environ | given,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return python


def told(python: Python, *steps: str) -> Any:
    return json.loads(python(str(STORY), *steps))


def edit(shop: Path) -> None:
    """Another schedule, a job less, and a new one."""
    crontab = shop / "crontab"
    text = crontab.read_text().replace("@hourly", "30 * * * *").replace("*/15 8-18", "#*/15 8-18")
    crontab.write_text(text + "0 7 * * * ./manage.py tidy_up\n")


def test_the_rows_of_a_crontab_that_changes(shop: Path, python: Python) -> None:
    assert run(["generate", "--write"]) == 0
    written = (shop / "orders/migrations/0001_beat_rows.py").read_text()
    assert written == (GOLDEN / "0001_beat_rows.py.golden").read_text()
    found = told(python, "first", "enabled")

    assert found["first"]["told"]
    assert found["first"]["rows"] == {
        "thumbnails": ["somebody.s", "0 12 * * *", "UTC", True, None],
        "remind_baskets": ["orders.remind_baskets", "*/15 8-18 * * 1-5", WARSAW, False, 450],
        "count_stock": ["orders.count_stock", "0 8 13 * *", WARSAW, False, 3600],
        "count_stock-2": ["orders.count_stock", "0 8 1-12,14-31 * 5", WARSAW, False, 3600],
        "import_catalogue": ["orders.import_catalogue", "30 4 * * *", WARSAW, False, 3600],
        "import": ["orders.import", "0 * * * *", WARSAW, False, 1800],
    }
    assert found["enabled"] == {"loaded": ["import", "remind_baskets"], "sent": 0}

    assert run(["generate", "--check"]) == 0
    edit(shop)
    assert run(["generate", "--write"]) == 0
    names = sorted(path.name for path in (shop / "orders/migrations").glob("*.py"))
    assert names == ["0001_beat_rows.py", "0002_beat_rows.py", "__init__.py"]
    second = (shop / "orders/migrations/0002_beat_rows.py").read_text()
    assert second == (GOLDEN / "0002_beat_rows.py.golden").read_text()
    found = told(python, "changed", "undone", "gone")

    assert found["changed"]["seeded"]
    rows = found["changed"]["rows"]
    assert rows["import"] == ["orders.import", "30 * * * *", WARSAW, True, 1800]
    assert rows["tidy_up"] == ["orders.tidy_up", "0 7 * * *", WARSAW, False, 3600]
    assert rows["remind_baskets"][3] is False  # it was enabled, and its job is gone
    assert rows["thumbnails"][0] == "somebody.s"
    assert found["undone"]["import"] == ["orders.import", "0 * * * *", WARSAW, True, 1800]
    assert "tidy_up" not in found["undone"]
    assert sorted(found["gone"]["left"]) == ["count_stock", "thumbnails"]
    assert found["gone"]["again"] == sorted(rows)
