"""``cd`` in a chain: where each command runs, and whether it runs where cd fails, as the real sh does it."""

import subprocess
from itertools import product
from pathlib import Path

import pytest

from migrator.crontab.command import read_command

LINES = [
    "cd {a} && manage.py one; manage.py two",
    "cd {a}; manage.py x",
    "cd {a} || exit 1; manage.py x",
    "cd {a} || {{ echo no; exit 1; }}; manage.py x",
    "(cd {a} && manage.py x); manage.py y",
    "(cd {a}; manage.py x)",
    "cd {a} && manage.py x || manage.py y",
    "cd {a} && {{ manage.py x; manage.py y; }}",
    "{{ cd {a} && manage.py x; }}; manage.py y",
    "cd {a} && (manage.py x; manage.py y)",
    "cd {a} && export A=b; manage.py y",
    "cd {a} && cd {b}; manage.py y",
    "cd {a}; cd {b} && manage.py y",
    "set -e; cd {a}; manage.py y",
    "set -e; cd {a} && export A=b; manage.py y",
    "set -e; export A=b && cd {a}; manage.py y",
    "cd {a} && manage.py x; echo done",
    "cd {a} && echo start; manage.py x",
    "if cd {a}; then manage.py x; fi",
    "if cd {a}; then manage.py x; fi; manage.py y",
    "if cd {a}; then export A=b; fi; manage.py y",
    "cd {a} || cd {b}; manage.py x",
    "cd {a} || true; manage.py x",
    "cd {a} && manage.py x && manage.py y",
    "cd {a} && manage.py x && cd {b} && manage.py y",
    "sh -c 'cd {a}; manage.py x'",
    "cd {a} && manage.py x || exit 1; manage.py y",
]


def runs(line: str, folder: Path, there: dict[str, bool]) -> list[tuple[str, str]]:
    """The commands that sh runs, each with its folder, where some folders are missing."""
    for name, is_there in there.items():
        path = folder / name
        path.mkdir() if is_there and not path.exists() else None
        path.rmdir() if not is_there and path.exists() else None
    home = folder / "home"
    environment = {"PATH": f"{folder}/bin:/usr/bin:/bin", "OUT": f"{folder}/out"}
    (folder / "out").write_text("")
    subprocess.run(["sh", "-c", line], cwd=home, env=environment, capture_output=True, check=False)
    found = [tuple(one.split(" ", 1)) for one in (folder / "out").read_text().splitlines()]
    return [(name, "" if where == str(home) else Path(where).name) for name, where in found]


@pytest.mark.parametrize("line", LINES)
def test_the_folder_of_each_command_and_whether_it_runs_without(line: str, tmp_path: Path) -> None:
    for name in ("home", "bin"):
        (tmp_path / name).mkdir()
    (tmp_path / "bin/manage.py").write_text('#!/bin/sh\necho "$1 $PWD" >> "$OUT"\n')
    (tmp_path / "bin/manage.py").chmod(0o755)
    text = line.format(a=tmp_path / "a", b=tmp_path / "b")
    reading = read_command(text)
    where = {step.name: Path(step.cwd or "").name for step in reading.steps if step.kind == "management"}
    ran = dict(runs(text, tmp_path, {"a": True, "b": True}))
    assert {name: where[name] for name in ran} == ran
    strays = False
    for a, b in product((True, False), repeat=2):
        strays |= any(folder != where[name] for name, folder in runs(text, tmp_path, {"a": a, "b": b}))
    assert ("CM311" in {remark.code for remark in reading.remarks}) == strays
