"""The parts keep their promises: private servers really run beside others, and leave nothing behind."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from playwright.sync_api import Page

from tests.parts.cron import Cron
from tests.parts.mysql import MySQL
from tests.parts.mysql import may_create as may_create_in_mysql
from tests.parts.part import which
from tests.parts.postgresql import PostgreSQL, may_create
from tests.parts.process import listening
from tests.parts.programs import unshared
from tests.parts.rabbitmq import RabbitMQ, answers

ROOT = Path(__file__).parents[2]


def processes_in(folder: Path) -> list[int]:
    """Whoever has a folder as its home, its working directory or among its words."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            traces = [(entry / "environ").read_bytes(), (entry / "cmdline").read_bytes()]
            traces.append(str((entry / "cwd").readlink()).encode())
            if any(str(folder).encode() in trace for trace in traces):
                found.append(int(entry.name))
    return found


def scratch_folders(kind: str) -> set[Path]:
    return set(Path("/tmp").glob(f"migrator-{kind}-*"))


@pytest.mark.part("rabbitmq-programs")
def test_private_rabbitmq_lends_virtual_hosts_and_leaves_nothing() -> None:
    before = scratch_folders("rabbitmq")
    with RabbitMQ().private() as node:
        [folder] = scratch_folders("rabbitmq") - before
        with node.fresh() as one, node.fresh() as other:
            assert answers(one)
            assert answers(other)
            assert one != other
        assert not answers(one)
        assert processes_in(folder)
    assert not listening(urlsplit(node.address).port)
    assert not listening(int(node.environment["ERL_EPMD_PORT"]))
    assert processes_in(folder) == []
    assert not folder.exists()


@pytest.mark.part("mysql-programs")
def test_private_mysql_lends_databases_and_leaves_nothing() -> None:
    before = scratch_folders("mysql")
    with MySQL().private() as server:
        [folder] = scratch_folders("mysql") - before
        with server.fresh() as one, server.fresh() as other:
            assert one != other
            assert may_create_in_mysql(one)
        assert processes_in(folder)
    assert not listening(urlsplit(server.url).port)
    assert processes_in(folder) == []
    assert not folder.exists()


@pytest.mark.part("postgresql-programs")
def test_private_postgresql_lends_databases_and_leaves_nothing() -> None:
    before = scratch_folders("postgres")
    with PostgreSQL().private() as cluster:
        [folder] = scratch_folders("postgres") - before
        with cluster.fresh() as url, psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE t (id int)")
        assert not may_create(url)
        assert processes_in(folder)
    assert not listening(urlsplit(cluster.url).port)
    assert processes_in(folder) == []
    assert not folder.exists()


def test_a_lent_virtual_host_is_usable_and_its_own(rabbitmq_url: str) -> None:
    assert answers(rabbitmq_url)
    assert urlsplit(rabbitmq_url).path != "/"


def test_a_lent_database_is_usable_and_its_own(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        assert connection.execute(
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        ).fetchone() == (0,)


@pytest.mark.part("cron", "root")
def test_private_cron_runs_jobs_and_touches_no_crontab_of_the_machine(tmp_path: Path) -> None:
    spool = Path("/var/spool/cron/crontabs")
    before = sorted((path.name, path.stat().st_mtime_ns) for path in spool.glob("*"))
    with Cron().private(
        f"@reboot id -u > '{tmp_path}/draft' && mv '{tmp_path}/draft' '{tmp_path}/ran'\n"
    ) as daemon:
        wait_for((tmp_path / "ran").exists, "the job of @reboot")
        assert (tmp_path / "ran").read_text() == "0\n"
    assert not Path(f"/proc/{daemon.pid}").exists()
    assert sorted((path.name, path.stat().st_mtime_ns) for path in spool.glob("*")) == before


@pytest.mark.parametrize(
    "server",
    [
        pytest.param("rabbitmq.RabbitMQ", marks=pytest.mark.part("rabbitmq-programs")),
        pytest.param("postgresql.PostgreSQL", marks=pytest.mark.part("postgresql-programs")),
    ],
)
def test_a_killed_test_run_leaves_no_server(server: str) -> None:
    module, name = server.split(".")
    kind = "rabbitmq" if module == "rabbitmq" else "postgres"
    before = scratch_folders(kind)
    script = (
        f"from tests.parts.{module} import {name}\nwith {name}().private(): print('up', flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"up\n"
        [folder] = scratch_folders(kind) - before
        holder.send_signal(signal.SIGKILL)
    wait_for(lambda: not processes_in(folder), "the end of the server")
    subprocess.run(["rm", "-rf", folder], check=True)


def test_pages_open_in_chromium(browser: Callable[..., Page]) -> None:
    page = browser(viewport={"width": 400, "height": 300})
    page.set_content("<h1>Terminy</h1>")
    assert page.inner_text("h1") == "Terminy"
    assert page.viewport_size == {"width": 400, "height": 300}


@pytest.fixture
def mini(tmp_path: Path) -> Path:
    """A folder with two tests that want a compiler and one that wants nothing."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_mini.py").write_text(
        "import pytest\n"
        "def test_plain(): pass\n"
        "@pytest.mark.part('gcc')\n"
        "def test_one(): pass\n"
        "@pytest.mark.part('gcc')\n"
        "def test_two(): pass\n"
    )
    return tmp_path


def run_mini(
    folder: Path, *words: str, prefix: tuple[str, ...] = (), **environment: str
) -> subprocess.CompletedProcess[str]:
    base = {"PYTHONPATH": str(ROOT), "HOME": str(folder), "PATH": os.environ["PATH"]}
    command = [*prefix, sys.executable, "-m", "pytest", "-p", "tests.parts.plugin", "-p", "no:django", *words]
    return subprocess.run(
        command, cwd=folder, env=base | environment, capture_output=True, text=True, timeout=120
    )


def test_a_missing_part_skips_its_tests_and_the_summary_says_so(mini: Path) -> None:
    done = run_mini(mini, PATH=str(mini / "empty"))
    assert done.returncode == 0
    assert "1 passed, 2 skipped" in done.stdout
    box = done.stdout[done.stdout.index("#####") :]
    assert "PARTS ARE MISSING" in box
    assert "gcc: 2 tests did not run" in box
    assert "apt install gcc libc6-dev" in box


def test_a_missing_part_fails_under_ci(mini: Path) -> None:
    done = run_mini(mini, PATH=str(mini / "empty"), CI="true")
    assert done.returncode == 1
    assert "1 passed, 2 errors" in done.stdout
    assert "gcc is missing: no gcc or cc on PATH (apt install gcc libc6-dev)" in done.stdout


@pytest.mark.part("gcc")
def test_a_part_that_is_there_is_named_and_nothing_is_skipped(mini: Path) -> None:
    done = run_mini(mini, CI="true")
    assert "3 passed" in done.stdout
    assert re.search(r"^gcc +installed: ", done.stdout, re.MULTILINE)
    assert "MISSING" not in done.stdout


def test_parts_of_unselected_tests_are_not_looked_for(mini: Path) -> None:
    done = run_mini(mini, "-k", "plain", PATH=str(mini / "empty"), CI="true")
    assert "1 passed, 2 deselected" in done.stdout
    assert "system parts" not in done.stdout


def test_an_unknown_part_is_an_error(mini: Path) -> None:
    (mini / "test_mini.py").write_text("import pytest\n@pytest.mark.part('gccc')\ndef test_typo(): pass\n")
    done = run_mini(mini)
    assert done.returncode != 0
    assert "no such part: gccc (known: " in done.stdout + done.stderr


@pytest.mark.part("namespaces", "rabbitmq")
@pytest.mark.skipif("MIGRATOR_TEST_RABBITMQ" in os.environ, reason="a given broker cannot be hidden")
def test_a_machine_without_rabbitmq_is_told_how_to_get_it(mini: Path) -> None:
    """The program is hidden behind a private mount, the running broker behind a private network."""
    (mini / "test_mini.py").write_text(
        "import pytest\n"
        "@pytest.mark.part('rabbitmq')\n"
        "def test_one(): pass\n"
        "def test_that_asks_as_it_runs(request): request.getfixturevalue('rabbitmq_url')\n"
    )
    hide = f'mount --bind /dev/null "{which("rabbitmq-server")}" && exec "$@"'
    [unshare, *rest] = unshared("sh", "-c", hide, "sh")
    done = run_mini(mini, "-p", "tests.parts.fixtures", prefix=(unshare, "--net", *rest))
    assert "2 skipped" in done.stdout
    assert "rabbitmq: 2 tests did not run" in done.stdout
    assert "apt install rabbitmq-server" in done.stdout


def wait_for(condition: Callable[[], object], what: str) -> None:
    """Wait until something is so; half a minute is beyond any doubt."""
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.1)
