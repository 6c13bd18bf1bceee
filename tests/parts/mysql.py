"""MariaDB or MySQL: the one that runs here, or a private server of its own."""

import contextlib
import os
import pwd
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

import pymysql

from tests.parts.part import Found, State, missing, which
from tests.parts.process import Command, free_ports, running, scratch

GIVEN = "MIGRATOR_TEST_MYSQL"
_LOCAL = "mysql://root@127.0.0.1:3306"


def connect(url: str) -> Any:
    """A login at this address."""
    parts = urlsplit(url)
    return pymysql.connect(
        host=parts.hostname, port=parts.port or 3306, user=unquote(parts.username or "root"),
        password=unquote(parts.password or ""), connect_timeout=3, autocommit=True,
    )  # fmt: skip


def may_create(url: str) -> bool:
    """A login succeeds, and the account may create databases."""
    try:
        with connect(url) as connection, connection.cursor() as cursor:
            cursor.execute("SHOW GRANTS")
            grants = " ".join(row[0] for row in cursor.fetchall())
    except pymysql.Error:
        return False
    return "ALL PRIVILEGES ON *.*" in grants or " CREATE," in grants


@dataclass(frozen=True, slots=True)
class MySQLServer:
    """A server in which we may create databases."""

    url: str

    @contextlib.contextmanager
    def fresh(self) -> Iterator[str]:
        """A new database, dropped afterwards."""
        name = f"migrator_test_{uuid.uuid4().hex[:12]}"
        self._execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
        try:
            yield urlunsplit(urlsplit(self.url)._replace(path=f"/{name}"))
        finally:
            self._execute(f"DROP DATABASE {name}")

    def _execute(self, statement: str) -> None:
        with connect(self.url) as connection, connection.cursor() as cursor:
            cursor.execute(statement)


class MySQL:
    """The database."""

    name = "mysql"
    packages = ("mariadb-server",)

    def find(self) -> Found:
        """Running counts only where we may create databases."""
        if GIVEN in os.environ and self._url() is None:
            return Found(State.MISSING, f"{GIVEN} names a server that gives us no database", f"unset {GIVEN}")
        if url := self._url():
            return Found(State.RUNNING, f"{urlsplit(url).hostname}:{urlsplit(url).port or 3306}")
        if program := server_program():
            return Found(State.INSTALLED, str(program))
        return missing(self.packages, f"no server that lets us create databases (or set {GIVEN})")

    def running(self) -> MySQLServer:
        """The server that answers here."""
        url = self._url()
        if url is None:
            raise RuntimeError("MySQL is gone since it was found")
        return MySQLServer(url)

    @contextlib.contextmanager
    def private(self) -> Iterator[MySQLServer]:
        """A server without a password that listens on loopback and keeps nothing on disk for sure."""
        program, account = server_program(), _account()
        if program is None:
            raise RuntimeError("MariaDB's programs are gone since they were found")
        with scratch("migrator-mysql", account) as folder:
            data = folder / "data"
            environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(folder)}
            _initialise(data, account, environment)
            [port] = free_ports(1)
            url = f"mysql://root@127.0.0.1:{port}"
            words: list[str | Path] = [
                program, "--no-defaults", f"--datadir={data}", f"--port={port}", "--bind-address=127.0.0.1",
                f"--socket={folder / 'socket'}", f"--pid-file={folder / 'pid'}",
                "--skip-networking=0", "--innodb-flush-log-at-trx-commit=0",
            ]  # fmt: skip
            server = Command(words, environment, account)
            with running(server, folder / "output", lambda pid: may_create(url)):
                yield MySQLServer(url)

    def _url(self) -> str | None:
        url = os.environ.get(GIVEN, _LOCAL)
        return url if may_create(url) else None


def server_program() -> Path | None:
    """MariaDB's server, where what makes its tables is there as well."""
    server = which("mariadbd")
    return server if server and which("mariadb-install-db") else None


def _account() -> str | None:
    """Whom it runs as: it refuses root."""
    if os.geteuid():
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "mysql" if "mysql" in names else "nobody"


def _initialise(data: Path, account: str | None, environment: dict[str, str]) -> None:
    entry = pwd.getpwnam(account) if account else None
    done = subprocess.run(
        [
            which("mariadb-install-db") or "mariadb-install-db", "--no-defaults", f"--datadir={data}",
            "--auth-root-authentication-method=normal", "--skip-test-db",
        ],
        check=False, env=environment, cwd=data.parent, capture_output=True, text=True, timeout=120,
        user=entry.pw_uid if entry else None, group=entry.pw_gid if entry else None,
        extra_groups=[] if entry else None,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"mariadb-install-db: {done.stderr.strip() or done.stdout.strip()}")
