"""RabbitMQ: the one that runs here, or a private node with its own port mapper, cookie and data."""

import contextlib
import os
import subprocess
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from amqp import Connection  # type: ignore[import-untyped]
from amqp.exceptions import AMQPError  # type: ignore[import-untyped]

from tests.parts.part import Found, State, missing, which
from tests.parts.process import Command, free_ports, listening, running, scratch

GIVEN = "MIGRATOR_TEST_RABBITMQ"
_LOCAL = "amqp://guest:guest@localhost:5672"


def answers(url: str) -> bool:
    """A login at this address succeeds."""
    parts = urlsplit(url)
    connection = Connection(
        host=f"{parts.hostname}:{parts.port or 5672}",
        userid=parts.username or "guest",
        password=parts.password or "guest",
        virtual_host=parts.path[1:] or "/",
        connect_timeout=3,
        read_timeout=10,
    )
    try:
        connection.connect()
        connection.close()
    except (AMQPError, OSError):
        return False
    return True


@dataclass(frozen=True, slots=True)
class Node:
    """A RabbitMQ node that we may administer."""

    address: str  # without a virtual host
    control: Path
    environment: Mapping[str, str]

    @contextlib.contextmanager
    def fresh(self) -> Iterator[str]:
        """A new virtual host, deleted afterwards with all that is in it."""
        name = f"migrator-test-{uuid.uuid4().hex[:12]}"
        self._control("add_vhost", name)
        try:
            self._control("set_permissions", "-p", name, "guest", ".*", ".*", ".*")
            yield f"{self.address}/{name}"
        finally:
            self._control("delete_vhost", name)

    def user(self, name: str, password: str, *tags: str) -> None:
        """An account that may do everything in the root virtual host."""
        self._control("add_user", name, password)
        self._control("set_permissions", "-p", "/", name, ".*", ".*", ".*")
        self._control("set_user_tags", name, *tags)

    def _control(self, *words: str) -> None:
        done = subprocess.run(
            [self.control, "-q", *words],
            check=False,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        if done.returncode:
            raise RuntimeError(f"rabbitmqctl {' '.join(words)}: {done.stderr.strip() or done.stdout.strip()}")


@dataclass(frozen=True, slots=True)
class GivenVhost:
    """A virtual host that the caller set aside for the tests."""

    url: str

    @contextlib.contextmanager
    def fresh(self) -> Iterator[str]:
        """The given virtual host, as it is: we may not be allowed to make one."""
        yield self.url


class RabbitMQ:
    """The broker."""

    name = "rabbitmq"
    packages = ("rabbitmq-server",)

    def find(self) -> Found:
        """Running counts only where an AMQP login succeeds and we can make virtual hosts."""
        if GIVEN in os.environ:
            url = os.environ[GIVEN]
            if answers(url):
                return Found(State.RUNNING, f"as {GIVEN} says, {urlsplit(url).hostname}{urlsplit(url).path}")
            return Found(State.MISSING, f"{GIVEN} names a broker that does not let us in", f"unset {GIVEN}")
        if answers(_LOCAL) and self._administered():
            return Found(State.RUNNING, "localhost:5672")
        server = server_program()
        if server is None:
            return missing(self.packages, f"no rabbitmq-server, and no virtual host of its own (set {GIVEN})")
        return Found(State.INSTALLED, str(server))

    def running(self) -> Node | GivenVhost:
        """The broker that answers here."""
        if GIVEN in os.environ:
            return GivenVhost(os.environ[GIVEN])
        return Node(_LOCAL, _program("rabbitmqctl"), os.environ)

    @contextlib.contextmanager
    def private(self, *plugins: str, configuration: str = "", tls: int = 0) -> Iterator[Node]:
        """A node that listens on loopback only, without plugins but those named.

        ``configuration`` is its rabbitmq.conf. One that closes the plain listener names the port ``tls``,
        which then tells that the node is ready.
        """
        with scratch("migrator-rabbitmq") as folder:
            amqp, dist, epmd = free_ports(3)
            environment = _environment(folder, amqp=amqp, dist=dist, epmd=epmd)
            (folder / "enabled_plugins").write_text(f"[{','.join(plugins)}].\n")
            if configuration:
                (folder / "rabbitmq.conf").write_text(configuration)
                environment["RABBITMQ_CONFIG_FILE"] = str(folder / "rabbitmq.conf")
            address = f"amqp://guest:guest@127.0.0.1:{amqp}"
            # Erlang would start a port mapper of its own, which outlives the node
            mapper = Command([_program("epmd"), "-port", str(epmd), "-address", "127.0.0.1"], environment)
            node = Command([_beside_wrapper("rabbitmq-server")], environment)
            log = folder / "output"
            with (
                running(mapper, log, lambda pid: listening(epmd)),
                running(
                    node, log, lambda pid: listening(tls) if tls else listening(amqp) and answers(address)
                ),
            ):
                yield Node(address, _beside_wrapper("rabbitmqctl"), environment)

    def _administered(self) -> bool:
        control = which("rabbitmqctl")
        if control is None:
            return False
        try:
            trial = subprocess.run([control, "-q", "list_vhosts"], capture_output=True, timeout=30)
        except subprocess.TimeoutExpired:
            return False
        return trial.returncode == 0


def server_program() -> Path | None:
    """The broker's program, if what it needs to run is there too."""
    return which("rabbitmq-server") if which("epmd") else None


def _program(name: str) -> Path:
    found = which(name)
    if found is None:
        raise RuntimeError(f"{name} is gone since it was found")
    return found


def _beside_wrapper(name: str) -> Path:
    """The script itself: Debian's wrapper of the same name insists on the account rabbitmq."""
    return _program("rabbitmq-server").resolve().parent / name


def _environment(folder: Path, *, amqp: int, dist: int, epmd: int) -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "HOME": str(folder),  # the cookie
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "ERL_EPMD_PORT": str(epmd),
        "RABBITMQ_ALLOW_INPUT": "1",  # the script becomes the node instead of watching it
        "RABBITMQ_CONF_ENV_FILE": str(folder / "none"),
        "RABBITMQ_CONFIG_FILE": str(folder / "none"),
        "RABBITMQ_CTL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        "RABBITMQ_DIST_PORT": str(dist),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
        "RABBITMQ_GENERATED_CONFIG_DIR": str(folder / "config"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
        "RABBITMQ_NODENAME": f"migrator-{amqp}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(amqp),
        "RABBITMQ_PID_FILE": str(folder / "pid"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-noinput -kernel inet_dist_use_interface {127,0,0,1}",
    }
