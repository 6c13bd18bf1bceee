"""Which program a command is: a management command however manage.py is called, or something else."""

import pytest

from migrator.crontab.command import read_command
from migrator.crontab.scripts import Scripts


def step(text: str, *manage: str) -> tuple[str, str, tuple[str, ...]]:
    (only,) = read_command(text, scripts=Scripts({}, manage)).steps
    return only.kind, only.name, only.argv


@pytest.mark.parametrize(
    "text",
    [
        "manage.py x --a 1",
        "./manage.py x --a 1",
        "python manage.py x --a 1",
        "/srv/venv/bin/python3.11 -u -W ignore -Xdev /srv/app/manage.py x --a 1",
        "python -Wignore manage.py x --a 1",
        "python -m django x --a 1",
        "python -mdjango x --a 1",
        "python3 -m shop.manage x --a 1",
        "pypy3 manage.py x --a 1",
        "$PY -u $APP/manage.py x --a 1",
        "${PYTHON} manage.py x --a 1",
        "django-admin x --a 1",
        "django-admin.py x --a 1",
        "manage_ledger.py x --a 1",
        "manage-prod x --a 1",
        "shop_manage.py x --a 1",
        "run_management_command x --a 1",
        "ee-manage-py-command x --a 1",
        "/usr/bin/weblate x --a 1",
        "mailman-web x --a 1",
        "kolibri manage x --a 1",
        "sentry django x --a 1",
        "python -m pretix x --a 1",
    ],
)
def test_a_management_command_however_it_is_called(text: str) -> None:
    assert step(text) == ("management", "x", ("--a", "1"))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("python job.py 1", ("python", "job.py", ("1",))),
        ("python -m shop.jobs 1", ("python", "shop.jobs", ("1",))),
        ("python manager.py run", ("python", "manager.py", ("run",))),
        ("python -c 'import this'", ("python", "python", ("-c", "import this"))),
        ("python", ("python", "python", ())),
        ("python -", ("python", "python", ("-",))),
        ("./managed_backup.py x", ("shell", "managed_backup.py", ("x",))),
        ("manage.sh backup", ("shell", "manage.sh", ("backup",))),
        ("manage.py", ("shell", "manage.py", ())),
        ("manage.py --version", ("shell", "manage.py", ("--version",))),
        ("sentry cleanup", ("shell", "sentry", ("cleanup",))),
        ("curl -fsS http://h/p", ("http", "curl", ("-fsS", "http://h/p"))),
        ("wget -q -O- http://h/p", ("http", "wget", ("-q", "-O-", "http://h/p"))),
        ("php artisan schedule:run", ("shell", "php", ("artisan", "schedule:run"))),
        ("cp manage.py backup/", ("shell", "cp", ("manage.py", "backup/"))),
        ("pkill -f 'manage.py runworker'", ("shell", "pkill", ("-f", "manage.py runworker"))),
    ],
)
def test_other_programs_stay_what_they_are(text: str, found: tuple[str, str, tuple[str, ...]]) -> None:
    assert step(text) == found


def test_a_project_names_its_own_programs() -> None:
    assert step("/opt/shop/shopctl x -v 0", "shopctl") == ("management", "x", ("-v", "0"))
    assert step("bin/tool x", "bin/tool") == ("management", "x", ())
    assert step("nice python bin/tool x", "bin/tool") == ("management", "x", ())
    assert step("shopctl x") == ("shell", "shopctl", ("x",))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("./manage.py x --settings S --pythonpath P", None),
        ("./manage.py --settings S x", "CM328"),
        ("django-admin --pythonpath=P x --settings S", "CM328"),
        ("python -u manage.py x -u", None),
        ("./manage.py shell -c 'print(1)'", "CM325"),
        ("./manage.py shell_plus --command='print(1)'", "CM325"),
        ("./manage.py shell", "CM307"),
        ("./manage.py dbshell < clean.sql", "CM307"),
        ("./manage.py x && curl -fsS https://hc-ping.com/5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278", "CM324"),
        ("./manage.py x && curl -fsS https://shop.example.org/warm", None),
    ],
)
def test_what_a_program_makes_worth_telling(text: str, code: str | None) -> None:
    codes = {remark.code for remark in read_command(text).remarks} & {"CM307", "CM324", "CM325", "CM328"}
    assert codes == ({code} if code else set())


def test_options_before_the_command_are_kept() -> None:
    assert step("./manage.py --settings S x --all") == ("management", "x", ("--settings", "S", "--all"))
