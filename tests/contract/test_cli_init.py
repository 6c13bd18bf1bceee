"""migrator init from the outside: it finds, it writes one file, it asks nothing."""

import os
import tomllib
from pathlib import Path

import pytest

from tests.contract.command_line import ROOT, CommandLine

MANAGE = "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n"


@pytest.fixture
def migrator(tmp_path: Path) -> CommandLine:
    made = CommandLine(tmp_path)
    made.write("manage.py", MANAGE)
    made.write("shop/settings.py", "TIME_ZONE = 'Europe/Berlin'\n")
    made.write("shop/celery.py", "")
    made.write("orders/management/commands/send.py", "")
    made.write('deploy "old"/crontab', "0 5 * * * ./manage.py send\n")
    return made


def test_what_it_finds_it_writes_and_scan_goes_on_from_there(migrator: CommandLine) -> None:
    assert migrator("init").returncode == 0
    written = tomllib.loads((migrator.folder / "migrator.toml").read_text())
    assert written["sources"] == ['deploy "old"']
    assert written["project"] == {"settings": "shop.settings", "celery": "shop", "timezone": "Europe/Berlin"}
    assert written["generate"]["tasks"] == "orders/tasks.py"
    assert [job["id"] for job in migrator.document("scan")["jobs"]] == ["send"]


def test_a_large_environment_hides_nothing(migrator: CommandLine) -> None:
    for number in range(200):
        migrator.write(f".venv/lib/{number}/cron", "0 5 * * * x\n")
    migrator.write("node_modules/a/crontab", "0 5 * * * x\n")
    assert "node_modules" not in migrator("init").stdout


def test_it_replaces_nothing_unless_told(migrator: CommandLine) -> None:
    migrator.write("migrator.toml", "# mine\n")
    refused = migrator("init")
    assert (refused.returncode, "there is a migrator.toml already" in refused.stderr) == (3, True)
    assert (migrator.folder / "migrator.toml").read_text() == "# mine\n"
    assert migrator("init", "--force").returncode == 0


def test_an_empty_folder_is_told_what_to_do(tmp_path: Path) -> None:
    done = CommandLine(tmp_path)("init")
    assert (done.returncode, "no crontab was found" in done.stdout) == (0, True)
    assert "no Django project is here: name its `settings`" in done.stdout
    assert "next: crontab -l > crontab.txt && migrator init --force" in done.stdout
    assert "migrator.toml names no sources\nnext: crontab -l" in CommandLine(tmp_path)().stdout


def test_settings_may_be_assigned(migrator: CommandLine) -> None:
    migrator.write("manage.py", "os.environ['DJANGO_SETTINGS_MODULE'] = 'shop.settings'\n")
    migrator("init")
    written = tomllib.loads((migrator.folder / "migrator.toml").read_text())
    assert written["project"]["settings"] == "shop.settings"


def test_settings_that_manage_py_finds_at_run_time_are_asked_for(migrator: CommandLine) -> None:
    chosen = "os.environ.setdefault('DJANGO_SETTINGS_MODULE', f'shop.settings.{env}')\n"
    migrator.write("manage.py", chosen)
    migrator.write("shop/celery.py", "from celery import Celery\napp = Celery('shop')\n")
    said = migrator("init").stdout
    assert "settings: manage.py finds their name at run time" in said
    assert "no Django project is here" not in said
    written = tomllib.loads((migrator.folder / "migrator.toml").read_text())
    assert (written["project"]["celery"], "settings" in written["project"]) == ("shop", False)
    assert written["generate"]["schedule"] == "shop/beat_schedule.py"


@pytest.fixture
def library(tmp_path: Path) -> CommandLine:
    """A repository whose Django project is a folder of it, and whose crontab is not in that folder."""
    made = CommandLine(tmp_path)
    (tmp_path / ".git").mkdir()
    made.write("src/manage.py", "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'library.conf.dev')\n")
    made.write(
        "src/library/wsgi.py", "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'library.conf.prod')\n"
    )
    made.write("src/loans/management/commands/send.py", "")
    made.write("etc/crontab.web1", "0 5 * * * ./manage.py send\n")
    made.write("old/crontab.bak", "0 5 * * * ./manage.py send --old\n")
    made.write("env/pyvenv.cfg", "")
    made.write("env/share/crontab", "0 5 * * * ./manage.py send\n")
    return made


def test_beside_the_project_it_says_where_the_project_is(library: CommandLine) -> None:
    done = library("init")
    assert (done.returncode, "hint: cd src && migrator init" in done.stderr) == (3, True)
    assert not (library.folder / "migrator.toml").exists()


@pytest.mark.parametrize("repository", [".git", "nothing"])
def test_in_a_folder_of_the_project_it_says_where_the_project_is(
    migrator: CommandLine, repository: str
) -> None:
    (migrator.folder / repository).mkdir()
    inside = migrator.folder / "orders" / "management"
    refused = migrator("init", cwd=inside)
    assert (refused.returncode, (inside / "migrator.toml").exists()) == (3, False)
    assert "manage.py lies in ../.., and" in refused.stderr
    assert "hint: cd ../.. && migrator init" in refused.stderr


def test_a_project_around_the_repository_is_another_one(migrator: CommandLine) -> None:
    (migrator.folder / "vendored" / ".git").mkdir(parents=True)
    assert migrator("init", cwd=migrator.folder / "vendored").returncode == 0


def test_crontabs_of_the_repository_around_are_found_and_the_server_s_settings_named(
    library: CommandLine,
) -> None:
    inside = CommandLine(library.folder / "src")
    said = inside("init").stdout
    assert "sources: ../etc\n" in said
    assert "settings: library.conf.dev by manage.py, library.conf.prod by library/wsgi.py" in said
    assert [job["id"] for job in inside.document("scan")["jobs"]] == ["send"]


COMMAND = """from django.core.management.base import BaseCommand


class Command(BaseCommand):
    def handle(self, **options):
        pass
"""


@pytest.fixture
def packaged(tmp_path: Path) -> CommandLine:
    """A repository whose manage.py puts src/ on Python's path, where all packages lie."""
    made = CommandLine(tmp_path)
    (tmp_path / ".git").mkdir()
    made.write("manage.py", f"sys.path.insert(0, 'src')\n{MANAGE}")
    made.write("src/shop/__init__.py", "")
    made.write("src/shop/settings.py", "TIME_ZONE = 'Europe/Berlin'\nINSTALLED_APPS = ['orders']\n")
    made.write("src/orders/__init__.py", "")
    made.write("src/orders/management/commands/send.py", COMMAND)
    made.write("ops/crontab", "0 5 * * * cd /srv/shop && ./manage.py send\n")
    return made


def test_above_the_packages_it_says_where_they_are(packaged: CommandLine) -> None:
    done = packaged("init")
    assert (done.returncode, (packaged.folder / "migrator.toml").exists()) == (3, False)
    assert "shop.settings lies in src, and migrator.toml belongs where its package does" in done.stderr
    assert "hint: cd src && migrator init" in done.stderr


@pytest.mark.parametrize("repository", [True, False])
def test_beside_the_packages_modules_have_the_names_that_python_knows(
    packaged: CommandLine, repository: bool
) -> None:
    if not repository:
        (packaged.folder / ".git").rmdir()
    inside = CommandLine(packaged.folder / "src")
    said = inside("init").stdout
    assert "sources: ../ops\n" in said
    written = tomllib.loads((inside.folder / "migrator.toml").read_text())
    assert written["project"] == {"settings": "shop.settings", "celery": "shop", "timezone": "Europe/Berlin"}
    assert inside("generate", "--write").returncode == 0
    assert "\nfrom orders.cron_contract import" in (inside.folder / "orders" / "tasks.py").read_text()
    settings = (inside.folder / "shop" / "settings.py").read_text()
    assert "from shop.beat_schedule import" in settings
    assert '"migrator.contrib.django"' in settings.replace("'", '"')


def test_a_folder_of_the_packages_is_not_beside_them(packaged: CommandLine) -> None:
    refused = packaged("init", cwd=packaged.folder / "src" / "orders")
    assert (refused.returncode, "hint: cd .. && migrator init" in refused.stderr) == (3, True)


@pytest.mark.parametrize(
    ("text", "status", "said"),
    [
        ("sources = [", 3, "is not TOML"),
        ("source = []\n", 2, "the file has no key source"),
        ("[project]\nzone = 'UTC'\n", 2, "[project] has no key zone"),
        ("[jobs.send]\nignored = 'x'\n", 2, "[jobs.send] has no key ignored"),
        ("sources = 'crontab'\n", 2, "sources"),
        ("project = 1\n", 2, "project"),
        ("[project]\ntimezone = 1\n", 2, "timezone"),
        ("[jobs]\nsend = 1\n", 2, "jobs.send"),
        ("[project]\ntimezone = 'Mars/Base'\nsources = []\n", 2, "no key sources"),
        (b"\xff\xfe", 3, "is not UTF-8"),
    ],
)
def test_a_configuration_with_a_mistake_is_named(
    migrator: CommandLine, text: str | bytes, status: int, said: str
) -> None:
    migrator.write("migrator.toml", text)
    done = migrator("scan")
    assert (done.returncode, said in done.stderr, "Traceback" in done.stderr) == (status, True, False)


CRONJOB = """apiVersion: batch/v1
kind: CronJob
metadata: {name: NAME}
spec:
  schedule: "WHEN"
  timeZone: Europe/Berlin
  jobTemplate: {spec: {template: {spec: {containers: [{name: a, command: [python, manage.py, NAME]}]}}}}
"""
SOURCES = {
    "k8s/nightly.yaml": CRONJOB.replace("NAME", "nightly").replace("WHEN", "0 3 * * *"),
    "chart/templates/weekly.yaml": CRONJOB.replace("NAME", "weekly").replace("WHEN", "{{ .Values.weekly }}"),
    "chart/values.yaml": 'weekly: "0 4 * * 1"\n',
    "chart/Chart.yaml": "name: shop\n",
    "shop/settings.py": "CRONJOBS = [('0 5 * * *', 'django.core.management.call_command', ['paid'])]\n",
    "jobs/clock.py": "from apscheduler.schedulers.blocking import BlockingScheduler\n"
    "s = BlockingScheduler()\ndef f(): pass\ns.add_job(f, 'cron', hour=3)\n",
    "systemd/a.timer": "[Timer]\nOnCalendar=daily\n",
    "systemd/a.service": "[Service]\nExecStart=/usr/bin/python manage.py timed\n",
    "playbook.yml": "- hosts: x\n  tasks:\n"
    "    - cron: {name: a, minute: '0', hour: '5', job: python manage.py played}\n",
    "Dockerfile": 'FROM python:3.12-alpine\nCOPY deploy/jobs /etc/crontabs/root\nCMD ["crond", "-f"]\n',
    "deploy/jobs": "0 6 * * * python manage.py mornings\n",
    ".hypothesis/crontab": "0 6 * * * python manage.py never\n",
    "tests/crontab": "0 6 * * * python manage.py never\n",
}


def test_every_kind_of_source_is_found_and_named(tmp_path: Path) -> None:
    made = CommandLine(tmp_path)
    made.write("manage.py", MANAGE)
    for name, text in SOURCES.items():
        made.write(name, text)
    document = made.document("init")
    assert document["kinds"] == {
        "Dockerfile": ["dockerfile"],
        "playbook.yml": ["ansible"],
        "chart": ["kubernetes"],
        "deploy": ["crontab"],
        "jobs/clock.py": ["APScheduler"],
        "k8s/nightly.yaml": ["kubernetes"],
        "shop/settings.py": ["django-crontab"],
        "systemd": ["systemd timer"],
    }
    written = tomllib.loads((tmp_path / "migrator.toml").read_text())
    assert written["sources"] == document["sources"] == list(document["kinds"])
    assert written["project"]["dialect"] == "busybox"
    assert "# started by Dockerfile" in (tmp_path / "migrator.toml").read_text()
    found = {job["id"]: job["expression"] for job in made.document("scan")["jobs"]}
    assert found == {
        "jobs_clock_f": "0 3 * * *",
        "mornings": "0 6 * * *",
        "nightly": "0 3 * * *",
        "paid": "0 5 * * *",
        "played": "0 5 * * *",
        "timed": "0 0 * * *",
        "weekly": "0 4 * * 1",
    }


@pytest.mark.parametrize(
    ("files", "dialect"),
    [
        ({"Dockerfile": "FROM rockylinux:9\nCOPY jobs /etc/cron.d/jobs\nCMD crond -n\n"}, "cronie"),
        ({"Dockerfile": "FROM debian\n", "go.sh": "exec supercronic /app/crontab\n"}, "supercronic"),
        ({"Dockerfile": "FROM debian\nRUN apt-get install -y cron\n", "go.sh": "exec cron -f\n"}, None),
        ({"Dockerfile": "FROM alpine\nRUN apk add py3-pip\n", "go.sh": "# cron\nexec crond -f\n"}, "busybox"),
        ({"Dockerfile": "FROM alpine\n# not crond any more\n"}, None),
    ],
)
def test_the_daemon_that_the_images_start_gives_the_dialect(
    migrator: CommandLine, files: dict[str, str], dialect: str | None
) -> None:
    for name, text in files.items():
        migrator.write(name, text)
    assert migrator("init").returncode == 0
    written = tomllib.loads((migrator.folder / "migrator.toml").read_text())
    assert written["project"].get("dialect") == dialect


def test_what_an_earlier_generate_wrote_is_no_source(migrator: CommandLine) -> None:
    migrator("init")
    assert migrator("generate", "--write").returncode == 0
    before = (migrator.folder / "migrator.toml").read_text().splitlines()[2]
    assert migrator("init", "--force").returncode == 0
    assert (migrator.folder / "migrator.toml").read_text().splitlines()[2] == before


def test_a_schedule_of_celery_is_told_and_is_no_source(migrator: CommandLine) -> None:
    plain = "CELERY_BEAT_SCHEDULE = {'a': {'task': 'a', 'schedule': 30.0}}\n"
    migrator.write("shop/settings.py", plain)
    migrator.write("shop/computed.py", "CELERY_BEAT_SCHEDULE = {name: {} for name in ENTRIES}\n")
    done = migrator("init")
    assert "Celery's own schedule: shop/computed.py, shop/settings.py (" in done.stdout
    written = tomllib.loads((migrator.folder / "migrator.toml").read_text())
    assert written["sources"] == ['deploy "old"']


@pytest.mark.parametrize(
    ("host", "told"),
    [
        ("Europe/Berlin", ""),
        ("Arctic/Longyearbyen", ""),  # another name of it
        ("Asia/Tokyo", "timezone: Europe/Berlin by TIME_ZONE, Asia/Tokyo on this host: name the one"),
    ],
)
def test_a_zone_of_which_project_and_host_disagree_is_for_a_person_to_say(
    migrator: CommandLine, host: str, told: str
) -> None:
    done = migrator("init", env={**os.environ, "PYTHONPATH": str(ROOT), "TZ": host})
    written = (migrator.folder / "migrator.toml").read_text()
    assert tomllib.loads(written)["project"]["timezone"] == "Europe/Berlin"
    assert ("the host of `migrator init` has Asia/Tokyo" in written) == bool(told)
    assert [line for line in done.stdout.splitlines() if "TIME_ZONE" in line] == (
        [f"{told} that cron runs in"] if told else []
    )
