"""migrator doctor --settings from the outside: what each settings module really has."""

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.contract.command_line import ROOT, CommandLine

FILES = {
    "crontab": "0 6 * * * cd /srv/shop && python manage.py remind\n",
    "migrator.toml": """\
sources = ["crontab"]
[project]
timezone = "Europe/Warsaw"
[generate]
app_label = "shop"
""",
    "manage.py": 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings.local")\n',
    "requirements.txt": "celery[rabbitmq]>=5\n",
    "shop/__init__.py": "from .celery import app as celery_app\n",
    "shop/celery.py": """\
import os
from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings.local")
app = Celery("shop")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
""",
    "shop/tasks.py": """\
from celery import shared_task

@shared_task(name="shop.remind")
def remind():
    pass
""",
    "shop/settings/__init__.py": "",
    "shop/settings/base.py": """\
from celery.schedules import crontab

INSTALLED_APPS = ["django.contrib.contenttypes", "shop"]
USE_TZ = True
CELERY_TIMEZONE = "Europe/Warsaw"
CELERY_BROKER_URL = "redis://:hunter2@localhost/0"
CELERY_BEAT_SCHEDULE = {"remind": {"task": "shop.remind", "schedule": crontab(minute="0", hour="6")}}
""",
    "shop/settings/local.py": """\
from .base import *

print("a word on standard output")
DEBUG = True
CELERY_BEAT_SCHEDULE["old"] = {"task": "shop.remind_task", "schedule": 60.0}
""",
    "shop/settings/production.py": """\
from .base import *

CELERY_BEAT_SCHEDULE = {}
CELERY_TASK_MAX_RETRIES = 3
""",
    "shop/settings/staging.py": """\
from .base import *

raise RuntimeError("cannot reach postgres://shop:s3cret@db/shop")
""",
    "shop/settings/testing.py": "import os\nfrom .base import *\n\nos._exit(7)\n",
}
PRODUCTION = "shop/settings/production.py"
EXPECTED = f"""\
shop/settings/base.py:7: CM432 shop.settings.local: the entry old sends shop.remind_task, which no worker has
{PRODUCTION}:3: CM423 shop.settings.production: beat has no entry remind, which shop.settings.base has
CM433 shop.settings.staging: it does not load here: cannot reach postgres://shop:***@db/shop
CM433 shop.settings.testing: it does not load here: its process ended with exit status 7
requirements.txt:1: CM431 celery has no extra rabbitmq
{PRODUCTION}:4: CM424 shop.settings.production: CELERY_TASK_MAX_RETRIES is no setting of Celery's
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    line = CommandLine(tmp_path_factory.mktemp("shop"))
    for path, text in FILES.items():
        line.write(path, text)
    return line


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    return CommandLine(tmp_path_factory.mktemp("bare"))


def without_settings() -> dict[str, str]:
    """The environment of somebody who has named no settings."""
    kept = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    return {**kept, "PYTHONPATH": str(ROOT), "COLUMNS": "200"}


def test_the_schedules_and_the_findings(shop: CommandLine) -> None:
    done = shop("doctor", "--settings", env=without_settings())
    assert done.returncode == 1, done.stderr
    lines = done.stdout.splitlines()
    assert [line for line in lines if ": CM" in line or line.startswith("CM")] == EXPECTED.splitlines()
    [remind] = [line.split() for line in lines if line.startswith("remind ")]
    assert remind[-1] == "-"  # production's column
    assert "s3cret" not in done.stdout
    assert "hunter2" not in done.stdout


def test_the_document_of_some_modules_with_what_they_build_on(shop: CommandLine) -> None:
    words = ("doctor", "--settings", "shop.settings.production", "shop.settings.local", "--format", "json")
    document = json.loads(shop(*words, env=without_settings()).stdout)
    modules = {one["module"].rpartition(".")[2]: one for one in document["modules"]}
    assert document["schema"] == 1
    assert {name: one["serves"] for name, one in modules.items()} == {
        "base": False,
        "local": False,
        "production": True,
    }
    assert [entry["name"] for entry in modules["local"]["entries"]] == ["remind", "old"]
    assert modules["local"]["entries"][0]["schedule"] == "crontab(minute='0', hour='6')"
    assert modules["production"]["unknown"] == {"CELERY_TASK_MAX_RETRIES": "@shared_task(max_retries=...)"}
    assert document["differences"] == ["remind", "old"]
    assert {one["code"] for one in document["findings"]} == {"CM423", "CM424", "CM431", "CM432"}


def test_what_is_accepted_counts_no_more(shop: CommandLine) -> None:
    """Two of three that block, one of them in another file only; and one that nothing says."""
    toml = FILES["migrator.toml"]
    shop.write(
        "migrator.toml",
        toml
        + """
[accept]
CM423 = "production is served by the other team's beat"
"CM432 shop/settings/production.py" = "the other file's"
"CM433 requirements.txt" = "nothing"
CM431 = "a private index has it"
""",
    )
    done = shop("doctor", "--settings", "--format", "json", env=without_settings())
    document = json.loads(done.stdout)
    accepted = {(one["code"], one["reason"]) for one in document["accepted"]}
    assert accepted == {
        ("CM423", "production is served by the other team's beat"),
        ("CM431", "a private index has it"),
    }
    codes = [one["code"] for one in document["findings"]]
    assert ("CM423" in codes, "CM431" in codes, codes.count("CM432")) == (False, False, 1)
    unused = [one["message"].partition(" is ")[0] for one in document["findings"] if one["code"] == "CM437"]
    assert unused == ["CM432 shop/settings/production.py", "CM433 requirements.txt"]
    assert done.returncode == 1
    shop.write("migrator.toml", toml + '\n[accept]\nCM423 = "another beat"\nCM432 = "is sent nowhere"\n')
    done = shop("doctor", "--settings", env=without_settings())
    assert done.returncode == 0
    assert "accepted: shop/settings/production.py:3: CM423 (another beat)\n" in done.stderr
    shop.write("migrator.toml", toml)


def test_a_name_that_is_none_of_the_project_s_settings(shop: CommandLine) -> None:
    done = shop("doctor", "--settings", "shop.settings.prod", env=without_settings())
    assert done.returncode == 2
    assert "shop.settings.prod is no settings module of this project" in done.stderr
    assert "shop.settings.production" in done.stderr


def test_modules_are_named_with_the_option(shop: CommandLine) -> None:
    assert shop("doctor", "shop.settings.local").returncode == 2


def test_a_folder_without_settings(bare: CommandLine) -> None:
    done = bare("doctor", "--settings", env=without_settings())
    assert (done.returncode, "no settings module is found" in done.stderr) == (3, True)


def test_settings_that_empty_the_generated_schedule_are_named(tmp_path: Path) -> None:
    before = ROOT / "tests/golden/projects/startproject/before"
    shop = CommandLine(Path(shutil.copytree(before, tmp_path / "shop")))
    environment = without_settings()
    for words in (["init"], ["generate", "--write"]):
        assert shop(*words, env=environment).returncode == 0
    assert "CM423" not in shop("doctor", "--settings", env=environment).stdout
    with (shop.folder / "shop/settings.py").open("a") as file:
        file.write("\nCELERY_BEAT_SCHEDULE = {}\n")
    done = shop("doctor", "--settings", env=environment)
    assert done.returncode == 1, done.stderr
    assert (
        "CM423 shop.settings: beat has no entry send_digest, which shop/beat_schedule.py has" in done.stdout
    )
