"""Lock scripts: what their call says, and whether the script waits."""

import pytest

from migrator.crontab.command import read_command
from migrator.crontab.durations import duration
from migrator.crontab.reading import Lock

CALL = 'run_locked.sh job 25h "python manage.py x"'


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("90m", 5400), ("25h", 90000), ("2d", 172800), ("1.5h", 5400), ("0.5", 1), ("x", None)],
)
def test_durations(text: str, seconds: int | None) -> None:
    assert duration(text) == seconds


@pytest.mark.parametrize(
    ("script", "blocking"),
    [
        ("exec 9>l\nflock -n 9 || exit 1\n", False),
        ("if ! flock --nonblock 9; then exit 1; fi\n", False),
        ("flock -w 0 9\n", False),
        ("flock 9\n", True),
        ("mkdir lock || exit\n", None),
    ],
)
def test_whether_a_script_waits(script: str, blocking: bool | None) -> None:
    reading = read_command(CALL, scripts={"run_locked.sh": script})
    assert (reading.lock, reading.freshness) == (Lock("job", blocking), 90000)
    assert [remark.code for remark in reading.remarks] == (["CM303"] if blocking is None else [])
    assert reading.steps[0].name == "x"


def test_a_script_without_a_quoted_command_is_a_step() -> None:
    assert read_command("run.sh now").steps[0].kind == "shell"
