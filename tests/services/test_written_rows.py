"""`migrator rows`: shown, written, changed, undone, in a real database; nobody else's row is touched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.services.row_shop import DATABASES, RowShop, row_shop

ROWS = """
import django; django.setup()
import json
from django_celery_beat.models import PeriodicTask
rows = PeriodicTask.objects.select_related("crontab").order_by("name")
print(json.dumps({row.name: [row.enabled, f"{row.crontab.minute} {row.crontab.hour}"] for row in rows}))
"""
CREATED = ["remind_baskets", "count_stock", "count_stock-2", "import_catalogue", "import"]


@pytest.fixture(params=DATABASES)
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> RowShop:
    """A shop whose rows `migrator rows` writes; a row of somebody's is there."""
    made = row_shop(request, tmp_path / "shop")
    assert made.python("-m", "django", "migrate", "-v0").returncode == 0
    do(
        made,
        'noon = CrontabSchedule.objects.create(minute="0", hour="12");'
        ' PeriodicTask.objects.create(name="thumbnails", task="somebody.s", crontab=noon)',
    )
    return made


def do(shop: RowShop, code: str) -> None:
    begin = (
        "import django; django.setup(); from django_celery_beat.models import CrontabSchedule, PeriodicTask; "
    )
    done = shop.python("-c", begin + code)
    assert done.returncode == 0, done.stderr


def rows(shop: RowShop) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(shop.python("-c", ROWS).stdout)
    return found


def migrator(shop: RowShop, *words: str) -> tuple[int, list[str]]:
    done = shop.python("-m", "migrator", "rows", *words)
    return done.returncode, done.stdout.splitlines()


def test_the_story_of_the_rows(shop: RowShop) -> None:
    before = rows(shop)
    shown = [f"would write {name}, disabled" for name in CREATED]
    assert migrator(shop) == (0, shown)
    assert migrator(shop, "--check") == (1, shown)
    assert rows(shop) == before

    assert migrator(shop, "--write") == (0, [f"wrote {name}, disabled" for name in CREATED])
    written = rows(shop)
    assert {name for name, (enabled, _at) in written.items() if enabled} == {"thumbnails"}
    assert migrator(shop, "--check") == (0, ["up to date"])
    assert migrator(shop, "--write") == (0, ["up to date"])
    told = shop.python("-m", "migrator", "rows").stderr
    assert "thumbnails is not migrator's, and differs: task, crontab, expire_seconds" in told

    do(shop, 'PeriodicTask.objects.filter(name__in=["import", "remind_baskets"]).update(enabled=True)')
    enabled = rows(shop)
    shop.edit()
    document = json.loads(shop.python("-m", "migrator", "rows", "--format", "json").stdout)
    assert [(one["name"], one["change"], list(one["fields"])) for one in document["rows"]] == [
        ("thumbnails", "theirs", ["task", "crontab", "expire_seconds"]),
        ("import", "change", ["crontab"]),
        ("tidy_up", "create", ["task", "crontab", "expire_seconds", "headers"]),
        ("remind_baskets", "switch_off", []),
    ]
    assert migrator(shop, "--write") == (
        0,
        [
            "changed import",
            "    crontab: 0 * * * * Europe/Warsaw -> 30 * * * * Europe/Warsaw",
            "wrote tidy_up, disabled",
            "disabled remind_baskets",
        ],
    )
    changed = enabled | {
        "import": [True, "30 *"],
        "tidy_up": [False, "0 7"],
        "remind_baskets": [False, enabled["remind_baskets"][1]],
    }
    assert rows(shop) == changed

    undone = ["import: as it was before", "tidy_up: deleted", "remind_baskets: as it was before"]
    assert migrator(shop, "--undo") == (0, [*undone, "nothing is written yet: run it again with --write"])
    assert rows(shop) == changed
    assert migrator(shop, "--undo", "--write") == (0, undone)
    assert rows(shop) == enabled

    do(shop, 'PeriodicTask.objects.filter(name="count_stock").update(expire_seconds=5)')
    refused = shop.python("-m", "migrator", "rows", "--undo", "--write")
    assert (refused.returncode, rows(shop)) == (3, enabled)
    assert "the row remind_baskets has changed since migrator wrote it" in refused.stderr


@pytest.mark.parametrize("shop", ["sqlite"], indirect=True)
def test_a_schedule_in_the_settings_has_no_rows(shop: RowShop) -> None:
    toml = shop.folder / "migrator.toml"
    toml.write_text(toml.read_text().replace("[generate]\n", '[generate]\nscheduler = "file"\n'))
    done = shop.python("-m", "migrator", "rows")
    assert (done.returncode, "scheduler = 'file' has no rows" in done.stderr) == (2, True)
    assert shop.python("-m", "migrator", "rows", "--check", "--write").returncode == 2
