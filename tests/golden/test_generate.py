"""A small project before and after `migrator generate`, file by file; the result is formatted, and runs."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.golden import with_commands

FOLDER = Path(__file__).with_name("shop")
GOLDEN = {
    path.relative_to(FOLDER / "after").as_posix().removesuffix(".golden"): path.read_text()
    for path in (FOLDER / "after").rglob("*.golden")
}

COMMANDS = ("remind_baskets", "import_catalogue", "import_prices", "thumbnails", "import", "first", "second")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    project = Path(shutil.copytree(FOLDER / "before", tmp_path / "shop"))
    with_commands(project, *COMMANDS)
    return project


def generate(project: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return run(project, "-m", "migrator", "generate", *options)


def run(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PYTHONPATH": str(FOLDER.parents[2]),
        "DJANGO_SETTINGS_MODULE": "shop.settings",
    }
    return subprocess.run(
        [sys.executable, *arguments], cwd=project, env=environment, capture_output=True, text=True, timeout=60
    )


def tree(project: Path) -> dict[str, str]:
    files = (path for path in project.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(project).as_posix(): path.read_text() for path in files}


def test_what_is_written_is_the_golden_tree_and_nothing_else(shop: Path) -> None:
    before = tree(shop)
    assert generate(shop, "--write").returncode == 0
    assert tree(shop) == before | GOLDEN


def test_the_reasons_for_jobs_without_a_task_are_told(shop: Path) -> None:
    told = generate(shop).stderr
    assert [line.split(":")[0] for line in told.splitlines()] == [
        "no task for warm_up",
        "no task for backup",
        "no task for guarded",
        "no task for count_stock_full",
    ]


EXACT = """\
    # crontab:1  30 2 * * *  count_stock
    "count_stock": {
        "task": "orders.count_stock",
        "schedule": CronSchedule("30 2 * * *", "Europe/Warsaw"),
        "options": {"expires": 3600},
    },
    # crontab:2  */15 * * * *  remind_baskets
    "remind_baskets": {
        "task": "orders.remind_baskets",
        "schedule": CronSchedule("0,15,30,45 * * * *", "UTC"),
        "options": {"expires": 450},
    },
    # crontab:3  0 4 * * *  thumbnails
    "thumbnails": {
        "task": "orders.thumbnails",
        "schedule": crontab(minute="0", hour="4"),
        "options": {"expires": 3600},
    },
"""


def test_only_what_the_clock_changes_touch_needs_another_schedule(shop: Path) -> None:
    (shop / "crontab").write_text(
        "30 2 * * * ./manage.py count_stock\n*/15 * * * * ./manage.py remind_baskets\n"
        "0 4 * * * ./manage.py thumbnails\n"
    )
    configuration = shop / "migrator.toml"
    generate(shop, "--write")
    assert "CronSchedule" not in (shop / "shop" / "beat_schedule.py").read_text()
    configuration.write_text(configuration.read_text() + 'clock_changes = "exact"\n')
    assert generate(shop, "--write").returncode == 0
    assert EXACT in (shop / "shop" / "beat_schedule.py").read_text()
    done = run(
        shop, "-c", "from shop.beat_schedule import CELERY_BEAT_SCHEDULE as entries; print(len(entries))"
    )
    assert (done.stdout, done.stderr) == ("3\n", "")


def test_one_zone_for_all_or_schedules_that_have_their_own(shop: Path) -> None:
    (shop / "crontab").write_text(
        "0 4 * * * ./manage.py count_stock\n0 5 * * * ./manage.py remind_baskets\n"
        "0 6 * * * ./manage.py thumbnails\n"
    )
    configuration = shop / "migrator.toml"
    elsewhere = '\n[jobs.thumbnails]\ntimezone = "Asia/Tokyo"\n'
    configuration.write_text(configuration.read_text() + elsewhere)
    assert "no task for thumbnails: it is in Asia/Tokyo" in generate(shop).stderr
    configuration.write_text(
        configuration.read_text().replace(elsewhere, 'clock_changes = "exact"\n' + elsewhere)
    )
    assert generate(shop, "--write").stderr == ""
    written = (shop / "shop" / "beat_schedule.py").read_text()
    assert 'CronSchedule("0 6 * * *", "Asia/Tokyo")' in written
    assert "CELERY_TIMEZONE, which has to be Europe/Warsaw" in written


def test_a_task_names_the_cron_that_reads_its_schedule(shop: Path) -> None:
    (shop / "crontab").write_text(
        "0 5/15 * * * ./manage.py remind_baskets\n0 5-20/15 * * * ./manage.py count_stock\n"
    )
    configuration = shop / "migrator.toml"
    text = configuration.read_text()
    configuration.write_text(text.replace("[project]\n", '[project]\ndialect = "supercronic"\n', 1))
    done = generate(shop, "--write")
    assert done.stderr == ""
    tasks = (shop / "orders" / "tasks.py").read_text()
    for expression in ("0 5/15 * * *", "0 5-20/15 * * *"):
        words = [f'expression="{expression}"', 'timezone="Europe/Warsaw"', 'dialect="supercronic"']
        assert f"    {(',' + chr(10) + '    ').join(words)},\n" in tasks
    assert generate(shop, "--check").returncode == 0


def test_the_second_run_changes_nothing(shop: Path) -> None:
    generate(shop, "--write")
    before = tree(shop)
    again = generate(shop, "--write")
    assert (again.returncode, again.stdout, tree(shop)) == (0, "up to date\n", before)
    assert generate(shop, "--check").returncode == 0


def test_looking_writes_nothing(shop: Path) -> None:
    before = tree(shop)
    assert generate(shop, "--check").returncode == 1
    assert "+CELERY_BEAT_SCHEDULE = {" in generate(shop, "--diff").stdout
    assert generate(shop).returncode == 0
    assert tree(shop) == before


def test_an_edited_file_is_never_overwritten(shop: Path) -> None:
    generate(shop, "--write")
    tasks = shop / "orders" / "tasks.py"
    tasks.write_text(tasks.read_text() + "\n# mine\n")
    (shop / "crontab").write_text("@daily ./manage.py count_stock\n")
    before = tree(shop)
    refused = generate(shop, "--write")
    assert (refused.returncode, refused.stdout, tree(shop)) == (3, "", before)
    assert "orders/tasks.py has been edited since it was generated" in refused.stderr
    assert generate(shop, "--check").returncode == 1


def test_a_file_that_was_there_before_is_not_ours_to_replace(shop: Path) -> None:
    (shop / "orders" / "cron_contract.py").write_text("# mine\n")
    assert generate(shop, "--write").returncode == 3
    assert (shop / "orders" / "cron_contract.py").read_text() == "# mine\n"


def test_a_job_that_left_the_crontab_is_drift(shop: Path) -> None:
    generate(shop, "--write")
    crontab = shop / "crontab"
    crontab.write_text(crontab.read_text().replace("@hourly", "#@hourly"))
    assert generate(shop, "--check").returncode == 1
    generate(shop, "--write")
    assert "import_job" not in (shop / "orders" / "tasks.py").read_text()


def test_a_renamed_module_takes_the_old_one_away(shop: Path) -> None:
    generate(shop, "--write")
    configuration = shop / "migrator.toml"
    configuration.write_text(configuration.read_text().replace("orders/tasks.py", "orders/jobs.py"))
    assert "would remove orders/tasks.py" in generate(shop, "--check").stdout
    assert generate(shop, "--write").returncode == 0
    assert ((shop / "orders" / "jobs.py").exists(), (shop / "orders" / "tasks.py").exists()) == (True, False)
    assert generate(shop, "--check").returncode == 0


def test_a_damaged_lock_file_is_named(shop: Path) -> None:
    generate(shop, "--write")
    (shop / "migrator.lock").write_text("[]")
    refused = generate(shop, "--check")
    assert (refused.returncode, "migrator.lock is damaged" in refused.stderr) == (3, True)


def test_the_generated_modules_are_formatted_and_import(shop: Path) -> None:
    generate(shop, "--write")
    formatted = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--isolated", "--check", "."], cwd=shop, capture_output=True
    )
    assert formatted.returncode == 0, formatted.stdout.decode()
    code = """
import django; django.setup()
from orders import tasks
from shop.beat_schedule import CELERY_BEAT_SCHEDULE
names = {value.name for value in vars(tasks).values() if hasattr(value, "apply_async")}
assert {entry["task"] for entry in CELERY_BEAT_SCHEDULE.values()} == names, names
print(len(names))
"""
    done = run(shop, "-c", code)
    assert (done.stdout, done.returncode) == ("6\n", 0), done.stderr


def test_a_generation_does_without_what_takes_long_to_import(shop: Path) -> None:
    """libcst.matchers takes half a second, as long as the tasks of some hundred jobs."""
    code = "import sys; from migrator.cli import run; run(['generate', '--check'])"
    done = run(
        shop, "-c", f"{code}; print(sorted(name for name in sys.modules if name == 'libcst.matchers'))"
    )
    assert done.stdout.splitlines()[-1] == "[]", done.stderr
