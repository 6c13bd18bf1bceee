"""A gate before a server: while it is shut, the server is as good as dead, in the middle of anything.

    python -m tests.chaos.gate LISTEN HOST PORT

SIGUSR1 shuts it: every connection breaks, and new ones are refused. SIGUSR2 opens it again.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys

PIECE = 1 << 16


class Gate:
    """Passes bytes on in both directions."""

    def __init__(self, listen: int, host: str, port: int) -> None:
        self.listen = listen
        self.target = (host, port)
        self.open_connections: set[asyncio.StreamWriter] = set()
        self.server: asyncio.Server | None = None

    async def open(self) -> None:
        if self.server is None:
            self.server = await asyncio.start_server(self.serve, "127.0.0.1", self.listen)

    async def shut(self) -> None:
        if self.server is not None:
            self.server.close()
            self.server = None
        for writer in list(self.open_connections):
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            onward_reader, onward = await asyncio.open_connection(*self.target)
        except OSError:
            writer.transport.abort()
            return
        both = {writer, onward}
        self.open_connections |= both
        try:
            await asyncio.gather(_pass(reader, onward), _pass(onward_reader, writer))
        finally:
            self.open_connections -= both
            for one in both:
                one.transport.abort()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while piece := await reader.read(PIECE):
            writer.write(piece)
            await writer.drain()
    writer.close()


async def main(listen: int, host: str, port: int) -> None:
    """Serve until killed."""
    gate = Gate(listen, host, port)
    loop = asyncio.get_running_loop()
    wishes: asyncio.Queue[signal.Signals] = asyncio.Queue()
    for number in (signal.SIGUSR1, signal.SIGUSR2):
        loop.add_signal_handler(number, wishes.put_nowait, number)
    await gate.open()
    while True:
        await (gate.shut() if await wishes.get() is signal.SIGUSR1 else gate.open())


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
