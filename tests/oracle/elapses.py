"""When systemd starts a timer: `systemd-analyze calendar`, which needs no systemd that runs.

It goes from each elapse to the next as a running timer does, which counts from its last one.
"""

import datetime as dt
import re
import subprocess

START = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
ELAPSE = re.compile(r"(?:Next elapse|Iter\. #\d+|\(in UTC\)): \w+ ([-\d]{10} [:\d]{8}) UTC$", re.MULTILINE)


class Endless(Exception):
    """systemd gave the search for the next elapse up, and a running timer fires no more."""


def elapses(text: str, zone: str, since: int, count: int, *, named: bool = False) -> list[int] | None:
    """The next times in epoch seconds, ``since`` among them; fewer where there are no more.

    ``named``: the zone stands in the event, on a machine in UTC; else it is the machine's. None:
    systemd refuses the text. Raises Endless.
    """
    before = f"--base-time=@{since - 1}"
    done = subprocess.run(
        ["systemd-analyze", "calendar", before, f"--iterations={count}", f"{text} {zone}" if named else text],
        env={"TZ": "UTC" if named else zone, "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
    )
    if done.returncode and "Failed to parse" in done.stderr + done.stdout:
        return None
    if "Infinite loop" in done.stderr:
        raise Endless(done.stderr)
    times = (dt.datetime.fromisoformat(time).replace(tzinfo=dt.UTC) for time in ELAPSE.findall(done.stdout))
    return [(time - START) // SECOND for time in times]
