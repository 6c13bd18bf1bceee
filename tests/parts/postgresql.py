"""PostgreSQL: the one that runs here, or a private cluster of its own."""

import contextlib
import os
import pwd
import re
import signal
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from tests.parts.part import Found, State, missing, which
from tests.parts.process import Command, free_ports, running, scratch

GIVEN = "MIGRATOR_TEST_POSTGRES"


def may_create(url: str) -> bool:
    """A login succeeds, and the account may create databases."""
    try:
        with psycopg.connect(url, connect_timeout=3) as connection:
            row = connection.execute(
                "SELECT rolsuper OR rolcreatedb FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
    except psycopg.Error:
        return False
    return row is not None and row[0] is True


@dataclass(frozen=True, slots=True)
class Cluster:
    """A PostgreSQL server in which we may create databases."""

    url: str

    @contextlib.contextmanager
    def fresh(self) -> Iterator[str]:
        """A new database, dropped afterwards with whatever is still connected."""
        name = f"migrator_test_{uuid.uuid4().hex[:12]}"
        self._execute("CREATE DATABASE {}", name)
        try:
            yield urlunsplit(urlsplit(self.url)._replace(path=f"/{name}"))
        finally:
            self._execute("DROP DATABASE {} WITH (FORCE)", name)

    def _execute(self, statement: str, name: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(sql.Identifier(name)))


class PostgreSQL:
    """The database."""

    name = "postgresql"
    packages = ("postgresql",)

    def find(self) -> Found:
        """Running counts only where we may create databases."""
        if GIVEN in os.environ and self._url() is None:
            return Found(State.MISSING, f"{GIVEN} names a server that gives us no database", f"unset {GIVEN}")
        if url := self._url():
            return Found(State.RUNNING, f"{urlsplit(url).hostname}:{urlsplit(url).port or 5432}")
        if programs := installed_programs():
            return Found(State.INSTALLED, str(programs))
        return missing(self.packages, f"no server that lets us create databases (or set {GIVEN})")

    def running(self) -> Cluster:
        """The server that answers here."""
        url = self._url()
        if url is None:
            raise RuntimeError("PostgreSQL is gone since it was found")
        return Cluster(url)

    @contextlib.contextmanager
    def private(self) -> Iterator[Cluster]:
        """A cluster without a password that listens on loopback and keeps nothing on disk for sure."""
        account = _account()
        programs = installed_programs()
        if programs is None:
            raise RuntimeError("PostgreSQL's programs are gone since they were found")
        with scratch("migrator-postgres", account) as folder:
            data = folder / "data"
            environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "HOME": str(folder)}
            _initialise(programs / "initdb", data, account, environment)
            [port] = free_ports(1)
            url = f"postgres://postgres@127.0.0.1:{port}/postgres"
            settings = {
                "port": port,
                "listen_addresses": "127.0.0.1",
                "unix_socket_directories": folder,
                "fsync": "off",
            }
            words: list[str | Path] = [programs / "postgres", "-D", data]
            for name, value in settings.items():
                words += ["-c", f"{name}={value}"]
            server = Command(
                words, environment, account, signal.SIGINT
            )  # SIGINT: without waiting for clients
            with running(server, folder / "output", lambda pid: may_create(url)):
                yield Cluster(url)

    def _url(self) -> str | None:
        if GIVEN in os.environ:
            urls = [os.environ[GIVEN]]
        else:
            user = pwd.getpwuid(os.geteuid()).pw_name
            urls = [f"postgres://{name}@127.0.0.1:5432/postgres" for name in ("postgres", user)]
        return next((url for url in urls if may_create(url)), None)


def installed_programs() -> Path | None:
    """The folder of the newest installed version; Debian keeps it off PATH."""
    versions = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "initdb").exists()]
    if versions:
        return max(versions, key=lambda path: int(re.sub(r"\D.*", "", path.parent.name) or 0))
    server = which("postgres")
    return server.resolve().parent if server and (server.resolve().parent / "initdb").exists() else None


def _account() -> str | None:
    """Whom PostgreSQL runs as: it refuses root."""
    if os.geteuid():
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _initialise(initdb: Path, data: Path, account: str | None, environment: dict[str, str]) -> None:
    entry = pwd.getpwnam(account) if account else None
    done = subprocess.run(
        [initdb, "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
        check=False,
        env=environment,
        cwd=data.parent,
        user=entry.pw_uid if entry else None,
        group=entry.pw_gid if entry else None,
        extra_groups=[] if entry else None,
        capture_output=True,
        text=True,
        timeout=120,
    )
    if done.returncode:
        raise RuntimeError(f"initdb: {done.stderr.strip()}")
