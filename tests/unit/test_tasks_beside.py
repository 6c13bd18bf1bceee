"""Tasks in a module of the user's own, and in the modules of several apps."""

import datetime as dt
import json
from pathlib import Path

import pytest

from migrator.cli import run
from migrator.cli.init import label_of
from migrator.codegen.finishing import taken_out
from migrator.codegen.naming import task_name
from migrator.codegen.project.tasks_beside import can_take
from migrator.configuration import Generate, read_configuration
from migrator.errors import UsageProblem
from migrator.project.commands import read_project
from migrator.project.python_module import Library
from migrator.project.scheduled import consult
from migrator.sources.inventory import Context, take_inventory
from migrator.sources.job import Job
from migrator.sources.source import SourceFile
from tests.project_edits import added

CRONTAB = """\
0 5 * * * ./manage.py send_digest
0 6 * * * flock -n /tmp/r.lock ./manage.py rebuild
"""
COMMAND = "from django.core.management.base import BaseCommand\nclass Command(BaseCommand): pass\n"
MINE = '''\
"""Mine."""
from celery import shared_task

@shared_task
def send_digest(customer):
    print( customer )
'''
WHERE = Generate(app_label="orders", tasks="orders/tasks.py", contract="orders/cron_contract.py")


def jobs(*modules: str, crontab: str = CRONTAB) -> tuple[Job, ...]:
    texts = dict.fromkeys(modules, COMMAND)
    found = take_inventory([SourceFile("crontab", crontab)], Context("UTC", dt.date(2026, 9, 1)))
    return consult(found, read_project(texts, Library(texts)), {}).jobs


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        pytest.param(MINE, True, id="a task of the user's with the same function name"),
        pytest.param("import os\nfrom math import inf\n", True, id="the same imports"),
        pytest.param("def lock(name): ...\n", False, id="another lock"),
        pytest.param("try:\n    lock = 1\nexcept Exception:\n    pass\n", False, id="bound in a try"),
        pytest.param("from shop.jobs import run_command\n", False, id="another run_command"),
        pytest.param("from shop.celery import shared_task\n", False, id="another shared_task"),
        pytest.param("def work():\n    lock = 1\n", True, id="a name of a function's own"),
        pytest.param("@app.task(name='orders.rebuild')\ndef x(): ...\n", False, id="a task of that name"),
        pytest.param("def broken(:\n", False, id="no Python"),
        pytest.param(
            "from migrator.contrib.django.tasks import recorded\n", False, id="generated, without its lock"
        ),
    ],
)
def test_tasks_go_beside_code_that_means_the_same_by_their_names(text: str, *, fits: bool) -> None:
    assert can_take("orders/tasks.py", text, WHERE, jobs()) is fits


def test_the_task_of_a_job_is_called_after_the_app_of_its_command() -> None:
    where = Generate(app_label="shop", tasks="shop/tasks.py", apps={"search": "shop/apps/search/tasks.py"})
    path = "shop/apps/search/management/commands/rebuild.py"
    digest, rebuild = jobs(path, "shop/management/commands/send_digest.py")
    assert (task_name(digest, where), task_name(rebuild, where)) == ("shop.send_digest", "search.rebuild")
    digest, rebuild = jobs(path, "b/management/commands/rebuild.py")  # which of them, only Django knows
    assert (task_name(digest, where), task_name(rebuild, where)) == ("shop.send_digest", "shop.rebuild")


def test_a_chain_belongs_to_the_app_of_its_first_command_of_the_project() -> None:
    where = Generate(app_label="shop", apps={"orders": "orders/tasks/cron.py"})
    [one] = jobs(
        "orders/management/commands/a.py", crontab="@daily ./manage.py clearsessions; ./manage.py a\n"
    )
    assert task_name(one, where) == f"orders.{one.id}"


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('apps.a = "a.py"', "is no app with a module of it"),
        ('apps."a-b" = "a/tasks.py"', "is no app with a module of it"),
        ('apps.a = "x/tasks.py"\napps.b = "x/tasks.py"', "is the module of a and of b"),
        ("apps.a = 1", "is no text"),
        ('apps = "a"', "is no table"),
    ],
)
def test_a_wrong_table_of_apps_is_refused(table: str, said: str) -> None:
    with pytest.raises(UsageProblem, match=said):
        read_configuration(f"[generate]\n{table}\n")


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    files = {
        "crontab": CRONTAB,
        "manage.py": 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n',
        "shop/__init__.py": "",
        "shop/settings.py": 'INSTALLED_APPS = ["orders", "search"]\n',
        "orders/management/commands/send_digest.py": COMMAND,
        "orders/management/commands/other.py": COMMAND,
        "search/management/commands/rebuild.py": COMMAND,
        "search/apps.py": 'class Config:\n    name = "search"\n    label = "finder"\n',
        "orders/tasks.py": MINE,
        "search/tasks.py": "",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(
            text.replace("\n", "\r\n" if path == "orders/tasks.py" else "\n").encode()
        )
    assert run(["init"]) == 0
    return tmp_path


def test_init_names_the_apps_and_a_second_init_too(shop: Path) -> None:
    written = (shop / "migrator.toml").read_text()
    assert 'tasks = "orders/tasks.py"' in written
    assert 'apps.finder = "search/tasks.py"' in written
    assert (label_of(shop, "search"), label_of(shop, "orders")) == ("finder", "orders")
    assert run(["generate", "--write"]) == 0
    assert run(["init", "--force"]) == 0
    assert (shop / "migrator.toml").read_text() == written


def test_the_users_code_stays_byte_for_byte_and_comes_back_when_the_jobs_go(shop: Path) -> None:
    tasks, before = shop / "orders/tasks.py", (shop / "orders/tasks.py").read_bytes()
    assert run(["generate", "--write"]) == 0
    after = tasks.read_bytes().decode()
    assert after.count("\r\n") == after.count("\n")  # as the file had them
    new = added(MINE, after.replace("\r\n", "\n"))
    assert "def send_digest_job() -> None:" in new
    assert '@shared_task(name="orders.send_digest")' in new
    assert '@shared_task(name="finder.rebuild")' in (shop / "search/tasks.py").read_text()
    assert run(["generate", "--check"]) == 0
    text = (shop / "crontab").read_text()
    (shop / "crontab").write_text(text.replace("0 5", "#0 5"))
    assert (run(["generate", "--write"]), tasks.read_bytes()) == (0, before)
    (shop / "crontab").write_text(text)
    assert (run(["generate", "--write"]), tasks.read_bytes().decode()) == (0, after)


def test_an_edited_task_is_named_and_not_overwritten(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["generate", "--write"]) == 0
    tasks = shop / "orders/tasks.py"
    edited = tasks.read_bytes().replace(b'run_command("send_digest")', b'run_command("send_digest", "-x")')
    tasks.write_bytes(edited)
    capsys.readouterr()
    assert run(["generate", "--check"]) == 1
    assert "the lines for tasks:send_digest: orders/tasks.py" in capsys.readouterr().out
    run(["scan"])
    said = "orders/tasks.py:1: CM435 the lines that `migrator generate` put there are not as it wrote them"
    assert said in capsys.readouterr().out
    assert (run(["generate", "--write"]), tasks.read_bytes()) == (3, edited)


def test_a_task_that_was_taken_out_is_written_again(shop: Path) -> None:
    tasks, before = shop / "orders/tasks.py", (shop / "orders/tasks.py").read_bytes()
    assert run(["generate", "--write"]) == 0
    after = tasks.read_bytes()
    tasks.write_bytes(before)
    assert run(["generate", "--check"]) == 1
    assert (run(["generate", "--write"]), tasks.read_bytes()) == (0, after)


def test_imports_that_the_user_has_merged_are_his(shop: Path) -> None:
    assert run(["generate", "--write"]) == 0
    contract = shop / "orders/tasks.py"
    merged = contract.read_text().replace("import run_command", "import run_command, CommandFailed")
    contract.write_bytes(merged.replace("\n", "\r\n").encode())
    assert run(["generate", "--write"]) == 0
    assert contract.read_text() == merged
    assert run(["generate", "--check"]) == 0


def test_the_lock_remembers_names_and_commands(shop: Path) -> None:
    assert run(["generate", "--write"]) == 0
    lock = json.loads((shop / "migrator.lock").read_text())
    assert lock["tasks"] == {"send_digest": "orders.send_digest", "rebuild": "finder.rebuild"}
    assert lock["commands"]["rebuild"] == "search/management/commands/rebuild.py"


def test_finish_leaves_a_plain_task_and_the_users_code(shop: Path) -> None:
    assert run(["generate", "--write"]) == 0
    text = taken_out("orders/tasks.py", (shop / "orders/tasks.py").read_text(), "shop.cron_clock").text
    assert "migrator.contrib" not in text
    assert "@recorded" not in text
    assert added(MINE, text)
