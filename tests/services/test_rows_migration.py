"""The data migration with beat's rows: forwards, changed, and all the way back, on real databases."""

import json
from pathlib import Path
from typing import Any

import pytest

from migrator.cli import run
from tests.services.row_shop import DATABASES, ROOT, RowShop, row_shop

GOLDEN = ROOT / "tests/golden/rows"
STORY = Path(__file__).with_name("beat_rows_story.py")
WARSAW = "Europe/Warsaw"


@pytest.fixture(params=DATABASES)
def shop(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RowShop:
    """The shop whose rows come by a migration, as the folder we are in."""
    made = row_shop(request, tmp_path / "shop", generate='migration = "orders/migrations"\n')
    monkeypatch.chdir(made.folder)
    return made


def told(shop: RowShop, *steps: str) -> Any:
    done = shop.python(str(STORY), *steps)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_rows_of_a_crontab_that_changes(shop: RowShop) -> None:
    assert run(["generate", "--write"]) == 0
    written = (shop.folder / "orders/migrations/0001_beat_rows.py").read_text()
    assert written == (GOLDEN / "0001_beat_rows.py.golden").read_text()
    found = told(shop, "first", "enabled")

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
    shop.edit()
    assert run(["generate", "--write"]) == 0
    names = sorted(path.name for path in (shop.folder / "orders/migrations").glob("*.py"))
    assert names == ["0001_beat_rows.py", "0002_beat_rows.py", "__init__.py"]
    second = (shop.folder / "orders/migrations/0002_beat_rows.py").read_text()
    assert second == (GOLDEN / "0002_beat_rows.py.golden").read_text()
    found = told(shop, "changed", "undone", "gone")

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
