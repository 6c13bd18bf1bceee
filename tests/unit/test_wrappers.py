"""What wrappers mean, and that their options are read as their own programs read them."""

import re
import shlex
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from migrator.crontab.command import read_command
from migrator.crontab.options import Options
from migrator.crontab.reading import Container, Reading
from migrator.crontab.wrappers import (
    WRAPPERS,
    containers,
    environments,
    limits,
    locks,
    services,
    shells,
    users,
)

X = [("management", "x", ("--a", "1"))]


def steps(reading: Reading) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(step.kind, step.name, step.argv) for step in reading.steps]


def codes(reading: Reading) -> list[str]:
    return [remark.code for remark in reading.remarks]


@pytest.mark.parametrize(
    ("call", "lock"),
    [
        ("flock -n /run/a.lock {}", ("a", False, "/run/a.lock", None)),
        ("flock --nb -E 0 /run/a.lock {}", ("a", False, "/run/a.lock", None)),
        ("flock --nonb /run/a.lock {}", ("a", False, "/run/a.lock", None)),
        ("flock -xn /run/a.lock {}", ("a", False, "/run/a.lock", None)),
        ("flock /run/a.lock {}", ("a", True, "/run/a.lock", None)),
        ("flock -w 60 /run/a.lock {}", ("a", True, "/run/a.lock", 60)),
        ("flock -w60 -o -F /run/a.lock {}", ("a", True, "/run/a.lock", 60)),
        ("flock --timeout=0 /run/a.lock {}", ("a", False, "/run/a.lock", None)),
        ("flock -n /run/a.lock -c '{}'", ("a", False, "/run/a.lock", None)),
        ("flock -n /run/a.lock --command '{}'", ("a", False, "/run/a.lock", None)),
        ("cd /srv && flock -n .lock {}", ("/srv/.lock", False, "/srv/.lock", None)),
        ("flock -n /dev/null {}", ("/dev/null", False, "/dev/null", None)),
        ("(flock -n 9 || exit 1; {}) 9>/run/a.lock", ("a", False, "/run/a.lock", None)),
        ("exec 9>/run/a.lock; flock 9; {}", ("a", True, "/run/a.lock", None)),
        ("lockfile -r3 /tmp/a.lock && ({}; rm -f /tmp/a.lock)", ("a", True, "/tmp/a.lock", 24)),
        ("lockfile -1 -r 5 /tmp/a.lock && {}; rm -f /tmp/a.lock", ("a", True, "/tmp/a.lock", 5)),
        ("lockfile -r 0 -l 3600 /tmp/a.lock && {}", ("a", False, "/tmp/a.lock", None)),
        ("lockfile /tmp/a.lock && {}", ("a", True, "/tmp/a.lock", None)),
        ("dotlockfile -l -r 0 -p /tmp/a && {}", ("a", False, "/tmp/a", None)),
        ("dotlockfile -r 0 /tmp/a {}", ("a", False, "/tmp/a", None)),
        ("setlock -n /run/a {}", ("a", False, "/run/a", None)),
        ("setlock -nN /run/a {}", ("a", True, "/run/a", None)),
        ("lckdo /run/a {}", ("a", False, "/run/a", None)),
        ("lckdo -W 5 /run/a {}", ("a", True, "/run/a", 5)),
        ("with-lock-ex -q /run/a {}", ("a", False, "/run/a", None)),
        ("with-lock-ex -w /run/a {}", ("a", True, "/run/a", None)),
        ("run-with-lockfile -n /run/a '{}'", ("a", False, "/run/a", None)),
        ("chpst -L /run/a {}", ("a", False, "/run/a", None)),
        ("solo -port=3801 {}", ("port-3801", False, None, None)),
    ],
)
def test_locks(call: str, lock: tuple[str, bool, str | None, int | None]) -> None:
    reading = read_command(call.format("./manage.py x --a 1"))
    assert steps(reading) == X
    assert reading.lock is not None
    assert (reading.lock.key, reading.lock.blocking, reading.lock.path, reading.lock.wait) == lock


@pytest.mark.parametrize(
    ("call", "shared"),
    [
        ("flock -sn /run/l {}", True),
        ("flock --shared /run/l -c '{}'", True),
        ("flock -xs /run/l {}", True),
        ("(flock -s 9; {}) 9>/run/l", True),
        ("exec 9>/run/l; flock -ns 9 || exit 1; {}", True),
        ("lckdo -s /run/l {}", True),
        ("flock -s -x /run/l {}", False),
        ("flock -n /run/l {}", False),
        ("(flock -n 9; {}) 9>/run/l", False),
        ("lckdo -s -x /run/l {}", False),
    ],
)
def test_a_shared_lock_is_said(call: str, shared: bool) -> None:
    reading = read_command(call.format("./manage.py x --a 1"))
    assert steps(reading) == X
    assert codes(reading) == ["CM331"] * shared
    assert reading.lock is not None


def test_a_lock_that_is_given_back_is_none() -> None:
    reading = read_command("flock -u /run/l ./manage.py x --a 1")
    assert (steps(reading), reading.lock, codes(reading)) == (X, None, ["CM331"])


def test_a_shared_lock_in_a_script_is_not_read_as_an_exclusive_one() -> None:
    text = 'NAME=$1; shift\nexec flock -n -s /tmp/$NAME.lock "$@"\n'
    reading = read_command("bin/locked.sh job ./manage.py x --a 1", scripts={"bin/locked.sh": text})
    assert codes(reading) in (["CM303"], ["CM331"])


def test_run_one_locks_by_the_whole_command() -> None:
    one, same, other = (read_command(f"run-one {text}").lock for text in ("./x a", "./x  a", "./x b"))
    assert one is not None
    assert one == same
    assert one != other
    assert one.blocking is False


@pytest.mark.parametrize(
    ("call", "noted"),
    [
        ("timeout -s KILL -k 5 90m {}", {"timeout": 5400}),
        ("timeout --preserve-status 1.5h {}", {"timeout": 5400}),
        ("timeout 0 {}", {"timeout": None}),
        ("timelimit -t 60 -T 5 {}", {"timeout": 60}),
        ("timelimit {}", {"timeout": 3600}),
        ("timeout 2h timeout 1h {}", {"timeout": 3600}),
        ("sudo -u app -H {}", {"runs_as": "app"}),
        ("sudo -nEu app -- {}", {"runs_as": "app"}),
        ("sudo A=b {}", {"runs_as": "root", "environment": {"A": "b"}}),
        ("su - app -c '{}'", {"runs_as": "app"}),
        ("su -s /bin/sh -c '{}' app", {"runs_as": "app"}),
        ("su -lc '{}' app", {"runs_as": "app"}),
        ("runuser -u app -- {}", {"runs_as": "app"}),
        ("runuser - app -c '{}'", {"runs_as": "app"}),
        ("gosu app:www {}", {"runs_as": "app"}),
        ("s6-setuidgid app {}", {"runs_as": "app"}),
        ("doas -nu app {}", {"runs_as": "app"}),
        ("start-stop-daemon --start --chuid app --exec ./manage.py -- x --a 1", {"runs_as": "app"}),
        ("env -i -C /srv A=b {}", {"cwd": "/srv", "environment": {"A": "b"}}),
        ("env -S 'A=b {}'", {"environment": {"A": "b"}}),
        ("bash -euo pipefail -c '{}'", {}),
        ("chronic {}", {"mail_when": "failure"}),
        ("output-on-error.sh {}", {"mail_when": "failure"}),
        ("cronic bash -c '{}'", {"mail_when": "failure"}),
        ("annotate-output +%F {}", {"mail_when": "output"}),
        ("script -qec '{}' /dev/null", {"log": None}),
        ("script -c '{}' /tmp/log", {"log": "/tmp/log"}),
        ("time A=b {}", {"environment": {"A": "b"}}),
        ("systemd-cat -t shop {}", {"log": "syslog:shop"}),
        ("docker exec -iu app web {}", {"container": Container("docker", "web")}),
        (
            "docker -H tcp://h run --rm -e A=b --env-file .env -w /app --network=host img:1 {}",
            {
                "container": Container("docker", "img:1"),
                "environment": {"A": "b"},
                "environment_files": [".env"],
                "cwd": "/app",
            },
        ),
        ("docker container exec web {}", {"container": Container("docker", "web")}),
        ("docker compose -f a.yml exec -T web {}", {"container": Container("docker compose", "web")}),
        ("docker-compose --profile p run --rm web {}", {"container": Container("docker compose", "web")}),
        (
            "docker compose run --entrypoint './manage.py x' web --a 1",
            {"container": Container("docker compose", "web")},
        ),
        ("podman run -it img {}", {"container": Container("podman", "img")}),
        ("kubectl -n ns exec deploy/x -c web -- {}", {"container": Container("kubectl", "deploy/x")}),
        ("kubectl run x --image=i --restart=Never --rm -i -- {}", {"container": Container("kubectl", "x")}),
        ("dokku --rm run shop {}", {"container": Container("dokku", "shop")}),
        ("dokku enter shop web {}", {"container": Container("dokku", "shop")}),
        ("heroku run -a shop {}", {"container": Container("heroku", "shop")}),
        ("heroku run '{}' --app shop", {"container": Container("heroku", "shop")}),
        ("fly ssh console -a shop -C '{}'", {"container": Container("fly", "shop")}),
        ("vagrant ssh -c '{}'", {"container": Container("vagrant", None)}),
        ("lxc exec shop -- {}", {"container": Container("lxc", "shop")}),
        ("chroot --userspec=app /jail {}", {"container": Container("chroot", "/jail")}),
        ("ssh -p 22 -o A=b app@db1 -q '{}'", {"host": "db1"}),
        ("honcho run {}", {"environment_files": [".env"]}),
        ("honcho -e a,b run {}", {"environment_files": ["a", "b"]}),
        ("foreman run -e live.env {}", {"environment_files": ["live.env"]}),
        ("envdir /etc/shop {}", {"environment_files": ["/etc/shop"]}),
        ("dotenv -f live.env run {}", {"environment_files": ["live.env"]}),
        ("uv run --with x --env-file .env {}", {"environment_files": [".env"]}),
        ("uv --directory /srv run {}", {"cwd": "/srv"}),
        ("poetry -C /srv run {}", {"cwd": "/srv"}),
        ("conda run -n shop --cwd /srv {}", {"cwd": "/srv"}),
    ],
)
def test_what_a_wrapper_means(call: str, noted: dict[str, Any]) -> None:
    reading = read_command(call.format("./manage.py x --a 1"))
    assert steps(reading) == X
    assert {key: getattr(reading, key) for key in noted} == noted


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ("with-quota 5 {}", ["CM320"]),
        ("xargs -n1 {}", ["CM320"]),
        ("flock --frob /run/a {}", ["CM320"]),
        ("keep-one-running {}", ["CM320"]),
        ("/opt/wrap.py '{}'", ["CM320"]),
        ("docker exec web {}", ["CM322"]),
        ("ssh h '{}'", ["CM323"]),
        ("cronitor exec d3x0 {}", ["CM324"]),
        ("runitor -uuid 5bf66975-d4c7 -no-start-ping -- {}", ["CM324"]),
        ("sentry-cli monitors run nightly --timezone UTC -- {}", ["CM324"]),
        ("softlimit -m 5 {}", ["CM326"]),
        ("ulimit -v 500000; {}", ["CM326"]),
        ("ulimit -c 0; {}", []),
        ("chamber exec shop -- {}", ["CM327"]),
        ("doppler run --command '{}'", ["CM327"]),
        ("setsid -f {}", ["CM306"]),
        ("sudo -u app {}", ["CM309"]),
        ("newrelic-admin run-program {}", []),
        ("pipenv run {}", []),
        ("hatch run {}", []),
        ("scl enable rh-python38 '{}'", []),
        ("tini -- {}", []),
        ("nice -19 ionice -c2 -n7 taskset -c 0,1 chrt -b 0 nohup setsid -w stdbuf -oL unbuffer {}", []),
    ],
)
def test_what_a_wrapper_makes_worth_telling(call: str, told: list[str]) -> None:
    reading = read_command(call.format("./manage.py x --a 1"))
    assert (steps(reading), codes(reading)) == (X, told)


def test_limits_of_single_steps_stay_with_them() -> None:
    reading = read_command("timeout 12h ./manage.py a && timeout 1h ./manage.py b")
    assert ([step.timeout for step in reading.steps], reading.timeout) == ([43200, 3600], None)


def test_a_limit_around_several_steps_is_the_job_s() -> None:
    reading = read_command("cd /srv && timeout 3h sh -c './manage.py a && ./manage.py b'")
    assert ([step.timeout for step in reading.steps], reading.timeout) == ([None, None], 10800)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("flock /run/a ./manage.py a; ./manage.py b", ["CM321"]),
        ("docker exec web ./manage.py a && ./manage.py b", ["CM322", "CM321"]),
        ("flock /run/a flock /run/b ./manage.py a", ["CM321"]),
        ("flock /run/a sh -c './manage.py a; ./manage.py b'", []),
        ("flock -n /run/a ./manage.py a || mail -s taken ops", []),
    ],
)
def test_a_wrapper_around_a_part_is_said(text: str, told: list[str]) -> None:
    assert [code for code in codes(read_command(text)) if code in ("CM321", "CM322")] == told


SCRIPTS = {
    "bin/with_env.sh": 'set -e\ncd /srv/app\nexport A=b\nexec "$@"\n',
    "bin/locked.sh": 'NAME=$1; shift\nexec flock -n /tmp/$NAME.lock "$@"\n',
    "bin/run_locked.sh": 'MAX=$2\nCMD=$3\nexec 9>"/tmp/$1.lock"\nflock -w 30 9 || exit 1\neval "$CMD"\n',
}


@pytest.mark.parametrize(
    ("text", "noted"),
    [
        ("bin/with_env.sh ./manage.py x --a 1", (None, None, "/srv/app")),
        ("bin/locked.sh job ./manage.py x --a 1", ("job", False, None)),
        ("/opt/bin/run_locked.sh job 25h './manage.py x --a 1'", ("job", True, None)),
    ],
)
def test_scripts_of_the_tree_that_run_their_arguments(text: str, noted: tuple[Any, ...]) -> None:
    reading = read_command(text, scripts=SCRIPTS)
    lock = reading.lock
    assert (steps(reading), codes(reading)) == (X, [])
    assert (lock and lock.key, lock and lock.blocking, reading.cwd) == noted


# Tables whose wrapper takes options, so many operands, and the command.
TABLES = {
    "flock": (locks.FLOCK, ["/run/a"]),
    "timeout": (Options(limits.TIMEOUT), ["5"]),
    "nice": (Options(limits.NICE), []),
    "ionice": (Options(limits.IONICE), []),
    "sudo": (users.SUDO, []),
    "chpst": (Options(users.CHPST), []),
    "env": (shells.ENV, []),
    "systemd-run": (Options(services.TABLE), []),
    "docker run": (Options(containers.RUN, getopt=False), ["img"]),
    "docker exec": (Options(containers.EXEC, getopt=False), ["web"]),
    "docker compose run": (Options(containers.COMPOSE_RUN, getopt=False), ["web"]),
    "docker-compose exec": (Options(containers.COMPOSE_EXEC, getopt=False), ["web"]),
    "uv run": (Options(environments.UV_RUN, getopt=False), []),
    "poetry run": (Options(environments.POETRY), []),
    "xvfb-run": (Options(environments.XVFB_RUN), []),
}
CHANGES_THE_COMMAND = {"-S", "--split-string", "--entrypoint", "-m", "--module"}


@st.composite
def calls(draw: st.DrawFn) -> str:
    """A wrapper with options of its table, each in one of the ways in which it may be written."""
    program = draw(st.sampled_from(sorted(TABLES)))
    table, operands = TABLES[program]
    names = [name for name, option in table.known.items() if not option.ends]
    words = program.split()
    for name in draw(st.lists(st.sampled_from(names), max_size=5)):
        assume(table.known[name].name not in CHANGES_THE_COMMAND)
        value = draw(st.sampled_from(["1", "manage.py", "a b", "A=c"]))
        match table.known[name].takes:
            case "value" if draw(st.booleans()):
                words += [name, value]
            case "value":
                words.append(f"{name}={value}" if name.startswith("--") else name + value)
            case "attached" if name.startswith("--") and draw(st.booleans()):
                words.append(f"{name}={value}")
            case _:
                words.append(name)
    words += draw(st.sampled_from([[], ["--"]])) if not operands else []
    return shlex.join([*words, *operands, "./manage.py", "x", "--a", "1"])


@given(calls())
def test_the_step_is_the_same_whatever_the_options(call: str) -> None:
    reading = read_command(call)
    assert steps(reading) == X
    assert not [remark for remark in reading.remarks if "is no option of" in remark.message]


PIECES = ["-n", "--", "-c", "run", "exec", "x y", "-", "--a=b", "$A", "'", "9", "manage.py"]


@given(st.sampled_from(sorted(WRAPPERS)), st.lists(st.sampled_from(PIECES)))
def test_nothing_breaks_the_reading(program: str, words: list[str]) -> None:
    read_command(f"{program} {' '.join(words)}")
    read_command(shlex.join([program, *words]))


@given(st.text(max_size=200))
def test_a_management_command_behind_an_unknown_wrapper_is_never_missed(text: str) -> None:
    word = re.sub(r"\W", "", text, flags=re.ASCII) or "w"
    reading = read_command(f"zz{word} -q ./manage.py x --a 1")
    assert (steps(reading), codes(reading)) == (X, ["CM320"])


def test_two_locks_of_one_name_in_one_line_are_two() -> None:
    reading = read_command("flock -n /a/l.lock flock -n /b/l.lock python manage.py x")
    assert [remark.message for remark in reading.remarks if remark.code == "CM321"] == [
        "a second lock, /b/l.lock, is held as well"
    ]
    twice = read_command("flock -n /a/l.lock flock -n /a/l.lock python manage.py x")
    assert "CM321" not in {remark.code for remark in twice.remarks}


def test_a_lock_that_the_shell_holds_is_taken_once() -> None:
    reading = read_command("exec 9> /run/a; flock 9; ./manage.py a; flock 9; ./manage.py b")
    assert reading.lock is not None
    assert reading.lock.path == "/run/a"
    assert [remark.code for remark in reading.remarks if remark.code == "CM321"] == []
