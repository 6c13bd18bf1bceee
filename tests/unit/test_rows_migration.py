"""The migration with beat's rows as text: its number, what it depends on, when there is a new one."""

import ast
import datetime as dt
import json
from typing import Any

import pytest
from celery import Celery
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from migrator.codegen.around import Around
from migrator.codegen.migration import migration_files
from migrator.codegen.rows import beat_rows
from migrator.configuration import Generate
from migrator.contrib.celery.database_beat import DatabaseScheduler, RowSchedule
from migrator.errors import Cannot
from migrator.sources.inventory import Context, take_inventory
from migrator.sources.job import Job
from migrator.sources.source import SourceFile

BEAT = "0019_alter_periodictasks_options"
CRONTAB = "0 6 * * * /srv/manage.py send\n30 2 1 * 1 /srv/manage.py close\n"
GENERATE = Generate(migration="shop/migrations", app_label="shop")
EXACT = Generate(migration="shop/migrations", app_label="shop", clock_changes="exact")
FIRST = 'dependencies = [("auth", "0012_alter")]\n'


def jobs(crontab: str = CRONTAB) -> list[Job]:
    context = Context("Europe/Warsaw", dt.date(2026, 9, 1))
    return list(take_inventory([SourceFile("crontab", crontab)], context).jobs)


def files(crontab: str = CRONTAB, *, configuration: Generate = GENERATE, **present: str) -> dict[str, str]:
    texts = {f"{name}.py": text for name, text in present.items()}
    return dict(migration_files(jobs(crontab), configuration, Around(BEAT, texts)))


def depends(text: str) -> list[tuple[str, str]]:
    [migration] = [node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)]
    [value] = [node.value for node in migration.body if isinstance(node, ast.Assign)][:1]
    found: list[tuple[str, str]] = ast.literal_eval(value)
    return found


def test_without_the_key_there_is_none() -> None:
    assert files(configuration=Generate()) == {}


def test_an_app_without_migrations_gets_its_first() -> None:
    found = files()
    assert list(found) == ["shop/migrations/__init__.py", "shop/migrations/0001_beat_rows.py"]
    assert depends(found["shop/migrations/0001_beat_rows.py"]) == [("django_celery_beat", BEAT)]


def test_it_comes_after_the_newest_of_the_app() -> None:
    second = 'dependencies = [\n    ("shop", "0001_initial"),\n    ("auth", "0001_initial"),\n]\n'
    found = files(**{"__init__": "", "0001_initial": FIRST, "0002_more": second})
    assert list(found) == ["shop/migrations/0003_beat_rows.py"]
    [text] = found.values()
    assert depends(text) == [("shop", "0002_more"), ("django_celery_beat", BEAT)]


def test_two_newest_ones_are_joined() -> None:
    after = "dependencies = [('shop', '0001_initial')]\n"
    [text] = files(
        **{"__init__": "", "0001_initial": FIRST, "0002_left": after, "0002_right": after}
    ).values()
    assert depends(text)[:2] == [("shop", "0002_left"), ("shop", "0002_right")]


def test_what_moves_or_is_relabelled_is_no_change() -> None:
    [text] = [text for text in files().values() if text]
    again = "# Invoices\n\n" + "".join(reversed(CRONTAB.splitlines(keepends=True)))
    assert files(again, **{"__init__": "", "0001_beat_rows": text}) == {}


def test_a_change_begins_where_the_last_one_ended() -> None:
    [first] = [text for text in files().values() if text]
    [second] = files("5 6 * * * /srv/manage.py send\n", **{"__init__": "", "0001_beat_rows": first}).values()
    values = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in ast.parse(second).body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    assert values["BEFORE"] == beat_rows(jobs(), GENERATE)
    assert list(values["AFTER"]) == ["send"]
    later = {"__init__": "", "0001_beat_rows": first, "0002_beat_rows": second}
    assert files("5 6 * * * /srv/manage.py send\n", **later) == {}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("30 2 * * *", [True]),
        ("0 6 * * *", [False]),
        ("*/15 * * * *", [False]),
        ("30 2 31 * 0", [True, True]),
    ],
)
def test_the_rows_keep_the_nights_where_crontabs_do_not(line: str, kept: list[bool]) -> None:
    for name, row in beat_rows(jobs(f"{line} /srv/manage.py send\n"), EXACT).items():
        write(name, row)
    app = Celery("rows", set_as_current=False, broker="memory://")
    app.conf.update(timezone="Europe/Warsaw", result_expires=None, beat_schedule={})
    loaded = DatabaseScheduler(app=app).schedule
    assert [isinstance(entry.schedule, RowSchedule) for _name, entry in sorted(loaded.items())] == kept


def write(name: str, row: dict[str, Any]) -> None:
    crontab = CrontabSchedule.objects.create(**row["crontab"])
    PeriodicTask.objects.create(
        name=name, task=row["task"], crontab=crontab, headers=json.dumps(row["headers"])
    )


@pytest.mark.parametrize("edit", ["AFTER = rows()", "AFTER = {", "AFTER = dict(**BEFORE)"])
def test_a_migration_whose_rows_somebody_computes_is_said_to_be_unreadable(edit: str) -> None:
    [text] = [text for text in files().values() if text]
    head, _after, tail = text.partition("\nAFTER = {")
    with pytest.raises(Cannot, match=r"0001_beat_rows.py was edited"):
        files("", **{"__init__": "", "0001_beat_rows": f"{head}\n{edit}\nOLD = {{{tail}"})
