"""Run commands together, separated by ``--``: when one ends, or on Ctrl-C, all of them stop."""

import contextlib
import os
import signal
import subprocess
import sys
import time

PATIENCE = 15  # seconds that a worker has to finish the task at hand


def split(words: list[str]) -> list[list[str]]:
    """The commands between the ``--``."""
    commands: list[list[str]] = [[]]
    for word in words:
        if word == "--":
            commands.append([])
        else:
            commands[-1].append(word)
    return commands


def stop(children: list[subprocess.Popen[bytes]]) -> None:
    """End every child with its descendants: politely, unless it takes too long or Ctrl-C comes again."""
    for child in children:
        child.terminate()
    deadline = time.monotonic() + PATIENCE
    try:
        for child in children:
            child.wait(max(0.0, deadline - time.monotonic()))
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        print("together: killing what does not stop", file=sys.stderr)
    for child in children:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def interrupt(signum: int, frame: object) -> None:
    raise KeyboardInterrupt


def main(words: list[str]) -> int:
    """Run them; the exit status of the first that ends by itself, 130 when interrupted."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    children: list[subprocess.Popen[bytes]] = []
    try:
        for command in split(words):
            # its own session: Ctrl-C comes to us alone, and each child is told once
            children.append(subprocess.Popen(command, start_new_session=True))  # noqa: PERF401 (those started so far must be stopped)
        while all(child.poll() is None for child in children):
            time.sleep(0.2)
        return max(abs(child.returncode or 0) for child in children)
    except KeyboardInterrupt:
        return 130
    finally:
        stop(children)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
