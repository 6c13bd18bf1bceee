"""Runs tests on the corners of what the project supports: `make corners`, `make corners ARGS=lowest`.

Each corner is a virtual environment of its own under .corners/, made once, with the versions that
a corner names and those of requirements.lock for everything else. "lowest" takes every requirement
of pyproject.toml at its lowest. A word with a slash names tests, in place of those below:
`make corners ARGS="lowest tests/oracle"`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / ".corners"
# what depends on the versions: the generated code, the settings, the runtime, beat and its rows, the pages
TESTS = (
    "tests/unit",
    "tests/golden",
    "tests/reference",
    "tests/contract/test_broker_address.py",
    "tests/contract/test_dashboard.py",
    "tests/contract/test_findings_pages.py",
    "tests/contract/test_hostile_text.py",
    "tests/contract/test_package.py",
    "tests/oracle/test_beat_against_cron.py",
    "tests/oracle/test_facts_of_beat.py",
    "tests/oracle/test_rehearsals_against_beat.py",
    "tests/services/test_runtime.py",
    "tests/services/test_database_beat.py",
    "tests/services/test_phase_one_rows.py",
    "tests/services/test_rows_migration.py",
)
REQUIREMENT = re.compile(r"(?P<name>[\w.-]+)(?:\[[\w,]+\])?>=(?P<lowest>[\d.]+)")


@dataclass(frozen=True, slots=True)
class Corner:
    """A Python, and versions that pip is held to."""

    python: str
    versions: tuple[str, ...]


def lowest() -> tuple[str, ...]:
    """Every requirement of users at its lowest version; tools for development stay as they are."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = [*project["dependencies"], *project["optional-dependencies"]["reference"]]
    return tuple(
        f"{found['name']}=={found['lowest']}" for line in lines if (found := REQUIREMENT.match(line))
    )


CORNERS = {
    "lowest": Corner("3.11", lowest()),
    "django-4.2": Corner("3.12", ("Django>=4.2,<5", "celery>=5.6,<5.7")),
    "newest-python": Corner("3.13", ("Django>=5.2,<6", "celery>=5.7,<5.8")),
}


def main(words: list[str]) -> int:
    """0 if each corner passed, 1 if one failed, 2 for an unknown name, 3 if none could be tried."""
    tests = [word for word in words if "/" in word]
    wanted = [word for word in words if word not in tests]
    unknown = [name for name in wanted if name not in CORNERS]
    if unknown:
        print(f"corners: no such corner: {', '.join(unknown)} (known: {', '.join(CORNERS)})", file=sys.stderr)
        return 2
    results = {name: tried(name, CORNERS[name], tests or TESTS) for name in wanted or CORNERS}
    for name, result in results.items():
        print(f"corners: {name:<14} {result}")
    if any(result.startswith("failed") for result in results.values()):
        return 1
    return 0 if any(result == "passed" for result in results.values()) else 3


def tried(name: str, corner: Corner, tests: Sequence[str]) -> str:
    """What became of a corner, in a few words."""
    python = interpreter(corner.python)
    if python is None:
        return f"not tried: no Python {corner.python} here"
    place = FOLDER / name
    if not installed(python, corner, place):
        return "failed: pip could not install it"
    print(f"corners: {name}: tests on Python {corner.python}", flush=True)
    words = [place / "bin" / "python", "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
    return "failed: see above" if subprocess.call(words, cwd=ROOT) else "passed"


def interpreter(version: str) -> str | None:
    """A Python of this version that starts: the system's, as users have it, the PATH's, or one of pyenv."""
    # pyenv puts a python3.13 on the PATH that only says which versions it has
    own = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    built = sorted(own.glob(f"versions/{version}.*/bin/python{version}"))
    found = [f"/usr/bin/python{version}", shutil.which(f"python{version}"), *map(str, built)]
    return next((one for one in found if one and Path(one).exists() and starts(one)), None)


def starts(python: str) -> bool:
    """It runs a program."""
    return subprocess.call([python, "-c", ""], stderr=subprocess.DEVNULL) == 0


def installed(python: str, corner: Corner, place: Path) -> bool:
    """The environment of a corner is there, made anew when what it is made from has changed."""
    text = constraints(corner)
    stamp = place / "constraints.txt"
    wanted = f"# {Path(python).resolve()}\n{text}" + (ROOT / "pyproject.toml").read_text()
    if stamp.exists() and stamp.read_text() == wanted:
        return True
    shutil.rmtree(place, ignore_errors=True)
    print(f"corners: installing into {place.relative_to(ROOT)}", flush=True)
    subprocess.run([python, "-m", "venv", place], check=True)
    held = place / "held.txt"
    held.write_text(text)
    words = [place / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if subprocess.call([*words, "--constraint", held, *tools(), "--editable", ".[reference]"], cwd=ROOT):
        return False
    stamp.write_text(wanted)
    return True


def tools() -> list[str]:
    """What the tests call; the linters stay away, because they need newer versions than our users do."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    linters = ("import-linter", "mypy", "types-", "migrator")
    return [line for line in project["optional-dependencies"]["dev"] if not line.startswith(linters)]


def constraints(corner: Corner) -> str:
    """The locked versions, except what the corner names and what has to follow it."""
    named = {re.split(r"[=<>]", line)[0].lower().replace("_", "-") for line in corner.versions}
    # what these need changes with their versions
    follow = {
        "kombu",
        "billiard",
        "amqp",
        "vine",
        "django-timezone-field",
        "psycopg-binary",
        "tzdata",
        "markupsafe",
    }
    locked = [
        line
        for line in (ROOT / "requirements.lock").read_text().splitlines()
        if "==" in line and line.split("==")[0].lower().replace("_", "-") not in named | follow
    ]
    return "\n".join([*locked, *corner.versions]) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
