"""What a system part is, and where it can be found."""

import os
import shutil
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Protocol

# an ordinary user's PATH lacks the folders where Debian keeps its servers
_SERVERS = ("/usr/local/sbin", "/usr/sbin", "/sbin")


class State(Enum):
    """How near a part is."""

    RUNNING = "running"
    INSTALLED = "installed"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Found:
    """Where a part is, or why it cannot be used."""

    state: State
    detail: str
    remedy: str = ""


class Part(Protocol):
    """Something outside Python that a test needs."""

    @property
    def name(self) -> str:
        """What tests call it."""
        ...

    @property
    def packages(self) -> tuple[str, ...]:
        """Debian's packages that bring it."""
        ...

    def find(self) -> Found:
        """Look for the part without changing anything."""
        ...


class Room(Protocol):
    """An empty place in a server: a virtual host, a database."""

    def fresh(self) -> AbstractContextManager[str]:
        """The address of a new empty place, which goes away afterwards."""
        ...


class Server(Part, Protocol):
    """A part that runs as a process and lends rooms."""

    def running(self) -> Room:
        """The server that `find` saw running."""
        ...

    def private(self) -> AbstractContextManager[Room]:
        """A server of our own on its own port and data folder, stopped afterwards."""
        ...


def which(command: str) -> Path | None:
    """The program that ``command`` names, also in the folders for servers."""
    found = shutil.which(command, path=os.pathsep.join([os.environ.get("PATH", ""), *_SERVERS]))
    return Path(found) if found else None


def missing(packages: tuple[str, ...], detail: str) -> Found:
    """The answer for a part that is not there, with the way to get it."""
    return Found(State.MISSING, detail, f"apt install {' '.join(packages)}")
