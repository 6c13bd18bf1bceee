"""Promises of `make`, kept from the outside: set-up once, one-line errors, services that stop."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.parts.process import free_ports, listening
from tests.parts.programs import unshared

ROOT = Path(__file__).parents[2]
BOTH = ("ready.", "beat: Starting")  # what worker and beat say when they work
NO_ENGINE = {"DOCKER_HOST": "tcp://127.0.0.1:1"}

# a project without requirements, which builds itself: its set-up needs no network
PYPROJECT = """[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "small"
version = "1"

[project.optional-dependencies]
dev = []
"""
BACKEND = '''"""The least that PEP 660 asks for."""
import zipfile

METADATA = "Metadata-Version: 2.1\\nName: small\\nVersion: 1\\nProvides-Extra: dev\\n"
WHEEL = "Wheel-Version: 1.0\\nGenerator: backend\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    name = "small-1-py3-none-any.whl"
    with zipfile.ZipFile(f"{wheel_directory}/{name}", "w") as wheel:
        wheel.writestr("small-1.dist-info/METADATA", METADATA)
        wheel.writestr("small-1.dist-info/WHEEL", WHEEL)
        wheel.writestr("small-1.dist-info/RECORD", "")
    return name


build_wheel = build_editable
'''


def make(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", *words],
        cwd=folder,
        env=clean_environment() | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
    )


def clean_environment() -> dict[str, str]:
    """Ours, without what a surrounding make hands down."""
    foreign = ("MAKE", "MFLAGS", "PYTHON")
    return {name: value for name, value in os.environ.items() if not name.startswith(foreign)}


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A project with our Makefile in a folder with blanks in its path and no git."""
    folder = tmp_path / "a small project"
    shutil.copytree(ROOT / "make", folder / "make")
    shutil.copy(ROOT / "Makefile", folder)
    (folder / "pyproject.toml").write_text(PYPROJECT)
    (folder / "backend.py").write_text(BACKEND)
    (folder / "requirements.lock").write_text("# nothing\n")
    return folder


def test_help_is_the_default_and_lists_every_target() -> None:
    targets = re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[0].split()
    done = make(ROOT)
    assert done.returncode == 0
    assert [line.split()[1] for line in done.stdout.splitlines()] == targets


@pytest.mark.parametrize("target", ["demo", "test", "check", "fix", "docs", "lock"])
def test_targets_that_run_python_set_up_first(target: str) -> None:
    assert make(ROOT, "--dry-run", target).stdout.splitlines()[0] == "sh make/setup.sh"


def test_set_up_happens_once_and_again_only_when_something_changed(small: Path) -> None:
    first = make(small, "setup")
    assert first.returncode == 0, first.stderr
    assert "making .venv with" in first.stdout
    assert (small / ".venv/bin/python").exists()
    again = make(small, "setup")
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    (small / "requirements.lock").write_text("# changed\n")
    assert make(small, "setup").stdout == "setup: installing into .venv, a minute or two\n"
    moved = small.rename(small.with_name("moved"))
    assert "making .venv with" in make(moved, "setup").stdout


@pytest.mark.part("namespaces")
def test_without_a_network_the_set_up_says_so_and_a_finished_one_does_not_mind(small: Path) -> None:
    offline = unshared("--net", "make", "setup")
    environment = clean_environment() | {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_CACHE_DIR": "1"}
    environment.pop("PIP_FIND_LINKS", None)
    (small / "pyproject.toml").write_text(PYPROJECT.replace("requires = []", 'requires = ["setuptools"]'))
    refused = subprocess.run(offline, cwd=small, env=environment, capture_output=True, text=True)
    assert refused.returncode == 2
    complaint = refused.stderr.splitlines()[0]
    assert complaint == "setup: no network: pip reached no package index (its log: .venv/pip.log)"
    assert (small / ".venv/pip.log").exists()
    (small / "pyproject.toml").write_text(PYPROJECT)
    make(small, "setup")
    silent = subprocess.run(offline, cwd=small, env=environment, capture_output=True, text=True)
    assert (silent.returncode, silent.stdout, silent.stderr) == (0, "", "")


def interpreters(folder: Path, script: str) -> str:
    """A PATH on which every Python is this script."""
    folder.mkdir()
    for name in ("python3", "python3.11", "python3.12", "python3.13"):
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


def test_an_old_python_is_refused_in_one_line(small: Path, tmp_path: Path) -> None:
    path = interpreters(tmp_path / "old", 'case "$1" in --version) echo Python 3.9.2 ;; *) exit 1 ;; esac')
    done = make(small, "setup", PATH=path)
    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == (
        "setup: Python 3.11, 3.12 or 3.13 is needed, and here is Python 3.9.2: "
        "install one, or name it: make PYTHON=/path/to/python3.11"
    )
    assert not (small / ".venv").exists()


def test_a_python_without_venv_is_told_what_to_install(small: Path, tmp_path: Path) -> None:
    script = f'case "$*" in *ensurepip*) exit 1 ;; *) exec "{sys.executable}" "$@" ;; esac'
    done = make(small, "setup", PATH=interpreters(tmp_path / "bare", script))
    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == (
        "setup: python3 cannot make virtual environments: apt install python3-venv"
    )


def test_clean_keeps_the_environment_unless_all_goes(small: Path) -> None:
    for name in (".venv/bin", ".demo", ".parts", "build", "tests/__pycache__", ".venv/lib/__pycache__"):
        (small / name).mkdir(parents=True)
    assert make(small, "clean").returncode == 0
    assert (small / ".venv/lib/__pycache__").exists()
    assert not any((small / name).exists() for name in (".demo", ".parts", "build", "tests/__pycache__"))
    assert make(small, "clean", "ALL=1").returncode == 0
    assert not (small / ".venv").exists()


def together(*words: str) -> subprocess.Popen[str]:
    command = [sys.executable, str(ROOT / "make/together.py"), *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_when_one_process_ends_the_others_stop() -> None:
    with together("sleep", "600", "--", "sh", "-c", "exit 7") as group:
        assert group.wait(30) == 7


def test_an_interrupt_stops_all_with_their_children(tmp_path: Path) -> None:
    words = ["sh", "-c", "sleep 600 & echo $!; wait"]
    with together(*words, "--", *words) as group:
        assert group.stdout
        sleepers = [int(group.stdout.readline()) for _ in range(2)]
        group.send_signal(signal.SIGINT)
        assert group.wait(30) == 130
    # the kernel ends a killed process when it gets to it
    for _look in range(300):
        if not any(Path(f"/proc/{sleeper}/cwd").exists() for sleeper in sleepers):
            return
        time.sleep(0.1)
    pytest.fail("a child of a child lives on")


@pytest.fixture
def local(tmp_path: Path) -> dict[str, str]:
    """Settings of local processes that share nothing with the developer's own."""
    return NO_ENGINE | {
        "DJANGO_SETTINGS_MODULE": "config.settings.local",
        "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3",
        "CELERY_BROKER_URL": "filesystem://",
        "CELERY_BROKER_FOLDER": str(tmp_path / "broker"),
    }


def test_a_broker_that_does_not_answer_is_named_with_the_variable_to_set(local: dict[str, str]) -> None:
    [port] = free_ports(1)
    done = make(
        ROOT, "celery-worker", **local | {"CELERY_BROKER_URL": f"amqp://me:secret@127.0.0.1:{port}//"}
    )
    assert "celery-worker: local processes" in done.stdout
    complaint = done.stderr.splitlines()[0]
    assert complaint.startswith(f"no broker answers at amqp://me:**@127.0.0.1:{port}//")
    assert complaint.endswith("start it, or set CELERY_BROKER_URL")


def test_a_broker_that_refuses_the_login_is_named_with_the_variable_to_set(
    local: dict[str, str], rabbitmq_url: str
) -> None:
    stranger = re.sub("//.*@", "//stranger:secret@", rabbitmq_url)
    done = make(ROOT, "celery-beat", **local | {"CELERY_BROKER_URL": stranger})
    complaint = done.stderr.splitlines()[0]
    assert "refuses the login (ACCESS_REFUSED" in complaint
    assert complaint.endswith("set CELERY_BROKER_URL=amqp://USER:PASSWORD@HOST:5672/VHOST")
    assert "secret" not in done.stdout + done.stderr


@pytest.fixture(params=["filesystem", "rabbitmq"])
def broker(request: pytest.FixtureRequest, local: dict[str, str]) -> dict[str, str]:
    """The settings of `local`, over each broker."""
    if request.param == "rabbitmq":
        return local | {"CELERY_BROKER_URL": request.getfixturevalue("rabbitmq_url")}
    return local


@contextlib.contextmanager
def started(words: list[str], log: Path, environment: dict[str, str], *said: str) -> Iterator[None]:
    """`make` runs in a session of its own, as in a terminal, once the words were said; Ctrl-C stops it."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["make", *words],
            cwd=ROOT,
            env=clean_environment() | environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        wait_for_log(process, log, *said)
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGINT)
        process.wait(60)


@pytest.mark.part("rabbitmq")
def test_worker_and_beat_run_together_answer_and_stop(broker: dict[str, str], tmp_path: Path) -> None:
    with started(["celery-all"], tmp_path / "log", broker, *BOTH):
        status = make(ROOT, "celery-status", **broker)
        assert "pong" in status.stdout, status.stderr
    assert processes_with(str(tmp_path)) == []
    assert "No messages purged" in make(ROOT, "celery-purge", "FORCE=1", **broker).stdout


# beat has read its rows: Ctrl-C while it makes them is lost, for its handler uses the same database
@pytest.mark.parametrize(
    ("target", "word"), [("celery-worker", "ready."), ("celery-beat", "Schedule changed.")]
)
def test_worker_and_beat_run_alone(local: dict[str, str], tmp_path: Path, target: str, word: str) -> None:
    other = {"celery-worker": "beat", "celery-beat": "worker"}[target]
    with started([target], tmp_path / "log", local, word):
        assert [line for line in processes_with(str(tmp_path)) if f"config {other}" in line] == []
    assert processes_with(str(tmp_path)) == []


def test_status_says_that_no_worker_answers(local: dict[str, str]) -> None:
    done = make(ROOT, "celery-status", **local)
    assert done.returncode != 0
    assert "No nodes replied" in done.stdout + done.stderr


def test_purge_drops_what_waits_and_says_how_much(broker: dict[str, str]) -> None:
    send = "from config.celery import test_task; test_task.delay('1'); test_task.delay('2')"
    environment = clean_environment() | broker | {"DJANGO_SETTINGS_MODULE": "config.settings.local"}
    subprocess.run([sys.executable, "-c", send], cwd=ROOT, env=environment, check=True, timeout=60)
    assert "Purged 2 messages" in make(ROOT, "celery-purge", "FORCE=1", **broker).stdout
    assert "No messages purged" in make(ROOT, "celery-purge", "FORCE=1", **broker).stdout


def test_start_serves_the_site_with_worker_and_beat(local: dict[str, str], tmp_path: Path) -> None:
    [port] = free_ports(1)
    with started(["start", f"PORT={port}"], tmp_path / "log", local, *BOTH):
        deadline = time.monotonic() + 60  # the web server may be the last to be there
        while not listening(port):
            assert time.monotonic() < deadline, (tmp_path / "log").read_text()
            time.sleep(0.2)
    assert not listening(port)
    assert processes_with(str(tmp_path)) == []


def processes_with(text: str) -> list[str]:
    """Whoever carries a text in its environment."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if text.encode() in (entry / "environ").read_bytes():
                found.append((entry / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found


def wait_for_log(process: subprocess.Popen[bytes], log: Path, *words: str) -> None:
    deadline = time.monotonic() + 60
    while not all(word in log.read_text() for word in words):
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.2)
