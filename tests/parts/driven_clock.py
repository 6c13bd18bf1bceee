"""A wall clock that a test puts forward, for every process that it starts; time goes on in between."""

from __future__ import annotations

import datetime as dt
import struct
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.parts.programs import GCC

SOURCE = Path(__file__).with_name("driven_clock.c")
NS = 10**9


@dataclass(frozen=True, slots=True)
class DrivenClock:
    """The file that says by how much its processes are ahead, and what they preload."""

    ahead: Path
    library: Path

    @property
    def environment(self) -> Mapping[str, str]:
        """What a process needs to go by it; its children go by it, too."""
        return {"LD_PRELOAD": str(self.library), "DRIVEN_CLOCK": str(self.ahead)}

    def now(self) -> dt.datetime:
        nanoseconds = time.time_ns() + struct.unpack("q", self.ahead.read_bytes())[0]
        return dt.datetime.fromtimestamp(nanoseconds / NS, dt.UTC)

    def leap(self, there: dt.datetime) -> None:
        """Put it forward; never back, which is another test's."""
        left = there - self.now()
        if left > dt.timedelta(0):
            with self.ahead.open("r+b") as file:
                (ahead,) = struct.unpack("q", file.read())
                file.seek(0)
                file.write(struct.pack("q", ahead + int(left / dt.timedelta(microseconds=1)) * 1000))


def driven_clock(folder: Path) -> DrivenClock:
    """A clock that agrees with the machine's, until it is put forward."""
    library, ahead = folder / "driven_clock.so", folder / "ahead"
    compiler = str(GCC.path() or "cc")
    words = [compiler, "-O2", "-shared", "-fPIC", "-o", str(library), str(SOURCE)]
    subprocess.run(words, check=True, capture_output=True, stdin=subprocess.DEVNULL)
    ahead.write_bytes(struct.pack("q", 0))
    folder.chmod(0o755)  # cron may run jobs as somebody else
    return DrivenClock(ahead, library)
