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


def stop(children: list[subprocess.Popen[bytes]], signals: list[int]) -> None:
    """End every child with its descendants: politely, unless it takes too long or Ctrl-C comes again."""
    for child in children:
        child.terminate()
    deadline = time.monotonic() + PATIENCE
    asked = len(signals)
    while any(child.poll() is None for child in children):
        if time.monotonic() > deadline or len(signals) > asked:
            print("together: killing what does not stop", file=sys.stderr)
            break
        time.sleep(0.1)
    for child in children:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def main(words: list[str]) -> int:
    """Run them; the exit status of the first that ends by itself, 130 when interrupted."""
    # noted, not raised: an exception while a child starts would lose the child
    signals: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda signum, _frame: signals.append(signum))
    children: list[subprocess.Popen[bytes]] = []
    try:
        for command in split(words):
            # its own session: Ctrl-C comes to us alone, and each child is told once
            children.append(subprocess.Popen(command, start_new_session=True))  # noqa: PERF401 (those started so far must be stopped)
        while not signals and all(child.poll() is None for child in children):
            time.sleep(0.2)
        return 130 if signals else max(abs(child.returncode or 0) for child in children)
    finally:
        stop(children, signals)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
