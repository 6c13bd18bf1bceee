"""The broker ``filesystem://`` for several processes: what one of them reads, another has written.

kombu's own, up to 5.7.0 at least, opens a file under its name and writes to it afterwards. A worker that
looks in between takes an empty message: the message is lost, and the worker stops.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import uuid4

from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    """A channel whose files are never seen half written."""

    def _put(self, queue: str, payload: Any, **_options: Any) -> None:
        """The file gets its name, which is what readers look for, when its content is there."""
        name = f"{round(monotonic() * 1000)}_{uuid4()}"
        written = Path(self.data_folder_out, f"{name}.part")
        written.write_text(dumps(payload), encoding="utf-8")
        written.rename(written.with_name(f"{name}.{queue}.msg"))

    def _queue_bind(self, *words: Any) -> None:
        with self._tables():
            super()._queue_bind(*words)

    def get_table(self, exchange: str) -> Any:
        with self._tables():
            return super().get_table(exchange)

    @contextmanager
    def _tables(self) -> Iterator[None]:
        """The tables of the exchanges, for this process alone: kombu makes a table before it locks it."""
        self.control_folder.mkdir(exist_ok=True)
        with (self.control_folder / "tables.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


class Transport(filesystem.Transport):
    """kombu's transport with that channel."""

    Channel = Channel


def take_the_place_of_kombus() -> None:
    """``filesystem://`` means this transport in this process, from its first connection on.

    The setting ``broker_transport`` would name it as well, but Celery makes addresses of that name and
    cannot read them.
    """
    TRANSPORT_ALIASES["filesystem"] = f"{__name__}:Transport"
