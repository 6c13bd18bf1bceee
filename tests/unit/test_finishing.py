"""A module before and after the toolkit leaves it; everything else of it stays byte for byte."""

from __future__ import annotations

import re

import pytest

from migrator.codegen.copying import closure
from migrator.codegen.finishing import mentions, package_of, taken_out
from migrator.comparison.ownership import Owner
from migrator.cutover.leaving import Standing, hindrances
from migrator.findings import Place

TASK = """\
from celery import shared_task
from migrator.contrib.django.tasks import recorded  # taken out by `migrator finish`

@shared_task(name="shop.remind")
@recorded(
    "remind", expression="0 12 * * *", timezone="Europe/Warsaw",
)
def remind() -> None:
    pass
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            TASK,
            "from celery import shared_task\n\n"
            '@shared_task(name="shop.remind")\ndef remind() -> None:\n    pass\n',
            id="decorator",
        ),
        pytest.param(
            "from migrator.contrib.django.tasks import recorded as noted\n@noted('a')\nasync def a(): pass",
            "async def a(): pass",
            id="under-another-name",
        ),
        pytest.param(
            'APPS = [\n    "a",  # é\n    "migrator.contrib.django",  # the ledger\n    "b"\n]\n',
            'APPS = [\n    "a",  # é\n    "b"\n]\n',
            id="a-line-of-its-own",
        ),
        pytest.param('A = ["é", "migrator.contrib.django"]\n', 'A = ["é"]\n', id="the-last"),
        pytest.param('A = ["migrator.contrib.django", "b"]\n', 'A = ["b"]\n', id="the-first"),
        pytest.param('A = ["migrator.contrib.django"]\n', "A = []\n", id="the-only-one"),
        pytest.param('A = ("a", "migrator.contrib.django")\n', 'A = ("a",)\n', id="a-tuple-stays-one"),
        pytest.param(
            'A += ["migrator.contrib.django"]\nB = 1\n', "B = 1\n", id="a-sum-of-nothing-else-goes-whole"
        ),
        pytest.param('A = ["migrator.contrib.django.apps.MigratorConfig"]\n', "A = []\n", id="by-its-config"),
        pytest.param(
            "from django.urls import include, path\nurlpatterns = [\n"
            '    path("a/", a),\n    path("migrator/", include("migrator.contrib.django.urls")),\n]\n',
            'from django.urls import path\nurlpatterns = [\n    path("a/", a),\n]\n',
            id="the-dashboard-and-its-import",
        ),
        pytest.param(
            "from django.urls import path, include\n"
            'urlpatterns = [path("m/", include("migrator.contrib.django.urls")),'
            ' path("b/", include("b.urls"))]\n',
            'from django.urls import path, include\nurlpatterns = [path("b/", include("b.urls"))]\n',
            id="the-dashboard-among-others",
        ),
        pytest.param(
            "from django.urls import (\n    path,\n    include,\n)\n"
            'urlpatterns += [re_path("^m/", include("migrator.contrib.django.urls"))]\n',
            "from django.urls import (\n    path,\n)\n",
            id="the-dashboard-alone",
        ),
        pytest.param("# migrator.contrib.django\nA = 'migrator'\n", None, id="comments-and-words-stay"),
        pytest.param("def recorded(x): ...\n@recorded(1)\ndef a(): ...\n", None, id="a-decorator-of-theirs"),
        pytest.param("this is no Python\n", None, id="no-python"),
    ],
)
def test_a_module_without_the_toolkit(before: str, after: str | None) -> None:
    found = taken_out("module.py", before, "shop.cron_clock")
    assert (found.text, found.left) == (before if after is None else after, ())
    assert taken_out("module.py", found.text, "shop.cron_clock").text == found.text


def test_a_schedule_that_keeps_crons_nights_is_the_projects_own() -> None:
    before = (
        "from migrator.contrib.celery.cron_schedule import CronSchedule\n"
        'S = "migrator.contrib.celery.database_beat:DatabaseScheduler"\n'
    )
    found = taken_out("module.py", before, package_of("shop/beat_schedule.py"))
    assert found.text == before.replace("migrator.contrib", "shop.cron_clock.contrib")
    assert found.clocks == {
        "migrator.contrib.celery.cron_schedule",
        "migrator.contrib.celery.database_beat",
    }


def test_what_no_edit_takes_out_is_named() -> None:
    migration = 'class Migration:\n    dependencies = [("migrator", "0001_ledger")]\n'
    assert [one.line for one in taken_out("m.py", migration, "x").left] == [2]
    compose = "services:\n  beat: celery beat -S migrator.contrib.celery.database_beat:DatabaseScheduler\n"
    assert [one.line for one in mentions("compose.yml", compose)] == [2]
    assert taken_out("m.py", 'FILES = ["migrator.toml", "migrator.lock"]\n', "x").left == ()
    found = taken_out("shop/ops.py", "import os\nfrom migrator.cli import run\n", "shop.cron_clock")
    assert list(map(str, found.left)) == ["shop/ops.py:2: from migrator.cli import run"]


def test_the_copies_need_nothing_of_ours() -> None:
    files = closure({"migrator.contrib.celery.database_beat"}, "shop.cron_clock")
    assert "shop/cron_clock/contrib/celery/cron_schedule.py" in files
    left = [one for path, text in files.items() for one in taken_out(path, text, "x").left]
    assert (left, "MIT License" in files["shop/cron_clock/__init__.py"]) == ([], True)


LINE = Place("crontab", 7)


@pytest.mark.parametrize(
    ("owner", "live", "says"),
    [
        pytest.param(Owner.RETIRED, (), None, id="retired"),
        pytest.param(Owner.CELERY, (), None, id="with-celery-and-no-line"),
        pytest.param(
            Owner.CELERY, (LINE,), "work would run twice: .* crontab:7", id="with-celery-and-a-line"
        ),
        pytest.param(Owner.RETIRED, (LINE,), "work would run twice", id="the-line-is-back"),
        pytest.param(Owner.SHADOW, (), "work is with shadow", id="never-handed-over"),
    ],
)
def test_a_job_that_has_not_left_cron_hinders(
    owner: Owner, live: tuple[Place, ...], says: str | None
) -> None:
    found = list(hindrances([Standing("work", owner, live)]))
    assert len(found) == (says is not None)
    assert all(re.match(str(says), one) for one in found)


def test_a_module_with_a_byte_order_mark_keeps_it() -> None:
    assert taken_out("shop/tasks.py", f"\ufeff{TASK}", "shop").text == "\ufeff" + taken_out("", TASK, "").text
