"""Scripts that a line calls, read in its place."""

import pytest

from migrator.crontab.command import read_command
from migrator.crontab.reading import Lock, Reading
from migrator.crontab.scripts import Scripts

NIGHTLY = """#!/bin/bash
set -euo pipefail
die() { echo "$1" >&2; exit 1; }
cd "$(dirname "$0")/.." || die "no folder"
exec 9> /run/nightly.lock
flock -n 9 || exit 0
. .env
umask 027
MANAGE="venv/bin/python manage.py"
log() { echo "$(date) $*"; }

log start
$MANAGE clearsessions
$MANAGE send_digest --site "${1:-main}" 2>&1 | tee -a /var/log/digest.log
log done
"""


def steps(reading: Reading) -> list[tuple[str, tuple[str, ...], str, str | None]]:
    return [(step.name, step.argv, step.after, step.script) for step in reading.steps]


def test_a_script_is_read_as_the_shell_would_run_it() -> None:
    reading = read_command("cd /srv/app && bin/nightly.sh shop", scripts={"deploy/bin/nightly.sh": NIGHTLY})
    path = "deploy/bin/nightly.sh"
    assert steps(reading) == [
        ("clearsessions", (), "always", path),
        ("send_digest", ("--site", "shop"), "success", path),
    ]
    assert (reading.cwd, reading.lock, reading.umask) == ("/srv/app", Lock("nightly", False), "027")
    assert reading.environment_files == [".env"]
    assert reading.remarks == []


def test_what_the_line_decides_is_not_said_of_its_script() -> None:
    scripts = {"bin/wrap": '#!/bin/sh\n[ -f /srv/ready ] || exit 0\nexec "$@"\n'}
    reading = read_command("[ -f go ] && bin/wrap python manage.py x", scripts=scripts)
    assert [one.message for one in reading.remarks if one.code == "CM304"] == [
        "a guard decides at run time: [ -f go ]",
        "bin/wrap: a guard decides at run time: [ -f /srv/ready ]",
    ]
    unused = read_command("[ -f go ] && bin/log.sh; manage.py x", scripts={"bin/log.sh": "logger x\n"})
    assert [one.code for one in unused.remarks] == ["CM304"]


@pytest.mark.parametrize(
    ("call", "argv"),
    [
        ("/srv/app/bin/nightly.sh", ("--site", "main")),
        ("bash /srv/app/bin/nightly.sh shop", ("--site", "shop")),
        ("SITE=b; ./nightly.sh $SITE", ("--site", "b")),
        ("nice -n 5 nightly.sh 'a b'", ("--site", "a b")),
    ],
)
def test_the_arguments_of_the_call(call: str, argv: tuple[str, ...]) -> None:
    reading = read_command(call, scripts={"bin/nightly.sh": NIGHTLY})
    assert reading.steps[1].argv == argv


@pytest.mark.parametrize(
    ("script", "rule"),
    [
        ("./manage.py a\n./manage.py b\n", ["always", "always"]),
        ("set -e\n./manage.py a\n./manage.py b\n", ["always", "success"]),
        ("#!/bin/sh -e\n./manage.py a\n./manage.py b\n", ["always", "success"]),
        ("./manage.py a || exit 1\n./manage.py b\n", ["always", "success"]),
        ("./manage.py a && \\\n  ./manage.py b\n", ["always", "success"]),
    ],
)
def test_a_script_stops_where_it_says_so(script: str, rule: list[str]) -> None:
    assert [step.after for step in read_command("x.sh", scripts={"x.sh": script}).steps] == rule


def test_a_script_between_other_commands() -> None:
    reading = read_command(
        "./manage.py a && x.sh && ./manage.py c", scripts={"x.sh": "cd /srv\n./manage.py b\nexit 0\n"}
    )
    assert [(step.name, step.after, step.cwd) for step in reading.steps] == [
        ("a", "always", None),
        ("b", "success", "/srv"),
        ("c", "always", None),
    ]


def test_the_arguments_are_passed_on() -> None:
    reading = read_command("run.sh x 'a b' c", scripts={"run.sh": '#!/bin/sh\nexec ./manage.py "$@"\n'})
    assert [(step.name, step.argv) for step in reading.steps] == [("x", ("a b", "c"))]


def test_a_script_without_a_management_command_is_one_step() -> None:
    reading = read_command("backup.sh daily", scripts={"backup.sh": "pg_dump shop\nrsync a b\n"})
    assert steps(reading) == [("backup.sh", ("daily",), "always", None)]


def test_a_script_that_is_sourced_gives_its_variables() -> None:
    reading = read_command(
        ". ./conf.sh; cd $APP && $PY manage.py x", scripts={"conf.sh": "APP=/srv\nPY=python3\n"}
    )
    assert [(step.name, step.cwd) for step in reading.steps] == [("x", "/srv")]
    assert reading.environment_files == ["./conf.sh"]


@pytest.mark.parametrize(
    "scripts",
    [
        {"a.sh": "./manage.py x\n./a.sh\n"},
        {"a.sh": "./manage.py x\n./b.sh\n", "b.sh": "./manage.py y\n./a.sh\n"},
        {"a.sh": ". ./a.sh\n./manage.py x\n"},
        {"a.sh": "f() { f; }\nf\n./manage.py x\n"},
    ],
)
def test_a_script_that_runs_itself_ends(scripts: dict[str, str]) -> None:
    assert "x" in [step.name for step in read_command("./a.sh", scripts=scripts).steps]


def test_a_value_that_doubles_itself_ends() -> None:
    script = "A=aaaaaaaa\n" + "A=$A$A\n" * 60 + "./manage.py x $A\n"
    assert read_command("a.sh", scripts={"a.sh": script}).steps[0].argv == ("$A",)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("/srv/app/bin/nightly.sh", "app/bin/nightly.sh"),
        ("bin/nightly.sh", "bin/nightly.sh"),
        ("./old/nightly.sh", "old/nightly.sh"),
        ("/opt/only.sh", "tools/only.sh"),
        ("nightly.sh", None),
        ("/srv/none.sh", None),
        ("twin.sh", "a/twin.sh"),
    ],
)
def test_the_path_that_shares_the_longest_end(asked: str, found: str | None) -> None:
    paths = ["app/bin/nightly.sh", "bin/nightly.sh", "old/nightly.sh", "tools/only.sh"]
    scripts = Scripts({path: path for path in paths} | {"a/twin.sh": "same", "b/twin.sh": "same"})
    script = scripts.find(asked)
    assert (script and script.path) == found
    assert (asked in scripts) == (found is not None)
    assert len(scripts) == len(list(scripts)) == 6
