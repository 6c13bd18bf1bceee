"""The documentation does what it says: its examples run, its links lead somewhere, its lists are complete."""

import dataclasses
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import pytest

from migrator import configuration
from migrator.cli import VERBS, program

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")]
)
NAMES = [page.relative_to(ROOT).as_posix() for page in PAGES]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COPIED = ("config", "tasks", "crontabs", "manage.py", "migrator.toml", "migrator.lock", "Makefile")
# what generate looks for, and what it wrote, beside them
COPIED += ("pyproject.toml", "tests/reference/test_cron_tasks.py")
# a page that begins where its reader does: with a project that has no Celery code yet
LEGACY = "<!-- examples: a project without Celery code -->"
# a page whose days pass on a clock of its own, beside a real cron: tests/services/test_no_cron_tutorial.py
ELSEWHERE = "<!-- examples: with a real cron, on a clock that is put forward -->"
GENERATED = (
    "tasks/tasks.py",
    "tasks/cron_contract.py",
    "config/beat_schedule.py",
    "tests/reference/test_cron_tasks.py",
    "migrator.toml",
    "migrator.lock",
)
MARK = "\x1e"
PATIENCE = 240  # seconds for all examples of a page, on a busy machine


@dataclass(frozen=True, slots=True)
class Example:
    """A command and the output that the page shows for it."""

    command: str
    shown: str


def examples(text: str) -> Iterator[Example]:
    """The commands of the ``console`` blocks, in their order."""
    for language, block in FENCE.findall(text):
        if language == "console":
            for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
                command, _, shown = part.partition("\n")
                while command.endswith("\\") or _text_is_open(command):
                    more, _, shown = shown.partition("\n")
                    command += "\n" + more
                yield Example(command, shown.strip("\n"))


def _text_is_open(command: str) -> bool:
    """Whether the END of a text for ``<<'END'`` is still to come."""
    return "<<'END'" in command and not command.endswith("\nEND")


def pattern(shown: str) -> str:
    """What the output must match: ``...`` stands for anything, alone on a line for any lines."""
    parts = []
    for line in shown.splitlines():
        anything = r"(?:.*\n)*?" if line.strip() == "..." else None
        parts.append(anything or re.escape(line).replace(re.escape("..."), ".*") + r"\n")
    return "".join(parts)


def steady(text: str) -> str:
    """Text without what changes from day to day, and without blanks at the ends of lines."""
    text = re.sub(r"\d{4}-\d\d-\d\d", "DATE", text)
    text = re.sub(r"(?<=\d\d:\d\d)[+-]\d\d:\d\d| CES?T\b", " ZONE", text)
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines())


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A copy of what the examples need, in which they may do as they please."""
    folder = tmp_path / "clone"
    folder.mkdir()
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


def environment(scratch: Path) -> dict[str, str]:
    """Nothing of this machine's but the programs; its crontab is out of reach."""
    fence = scratch / "bin" / "crontab"
    fence.parent.mkdir()
    fence.write_text("#!/bin/sh\necho 'the documentation touches no installed crontab' >&2\nexit 1\n")
    fence.chmod(0o755)
    path = [str(fence.parent), str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]
    return {
        "PATH": os.pathsep.join(path),
        "HOME": str(scratch),
        "LANG": "C.UTF-8",
        "TZ": "Europe/Warsaw",
        "MIGRATOR_SPOOL": str(scratch / "spool"),
        "CELERY_BROKER_URL": "filesystem://",
        "CELERY_BROKER_FOLDER": str(scratch / "broker"),
        "LOG_LEVEL": "ERROR",
    }


def play(commands: list[str], folder: Path) -> list[tuple[str, int]]:
    """Output and exit status of each command, all in one shell."""
    script = "".join(
        f"{command}\nstatus=$?; printf '{MARK}%s{MARK}' $status; (exit $status)\n" for command in commands
    )
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env=environment(folder.parent),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE,
    )
    parts = done.stdout.split(MARK)
    return [(output, int(status)) for output, status in zip(parts[::2], parts[1::2], strict=False)]


def _played_here(text: str) -> bool:
    return ELSEWHERE not in text and any(examples(text))


@pytest.mark.parametrize("name", [name for name in NAMES if _played_here((ROOT / name).read_text())])
def test_examples_do_what_the_page_shows(name: str, clone: Path) -> None:
    text = (ROOT / name).read_text()
    if LEGACY in text:
        for path in GENERATED:
            (clone / path).unlink()
    told = list(examples(text))
    done = play([one.command for one in told], clone)
    assert len(done) == len(told), f"the shell ended after {done[-1:]}"
    following = [*(one.command for one in told[1:]), ""]
    for one, (output, status), after in zip(told, done, following, strict=True):
        assert status == 0 or after == "echo $?", f"$ {one.command}\n{output}\nexit status {status}"
        if one.shown:
            wanted, found = steady(one.shown), steady(output)
            assert re.fullmatch(pattern(wanted), found + "\n"), (
                f"$ {one.command}\n{found}\n-- but shown:\n{wanted}"
            )


def prose(text: str) -> str:
    return FENCE.sub("", text)


def anchors(page: Path) -> set[str]:
    """The headings of a page, as links name them."""
    headings = re.findall(r"^#+ (.*)$", prose(page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", NAMES)
def test_links_lead_somewhere(name: str) -> None:
    page = ROOT / name
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(page.read_text())):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


def test_every_page_is_reached_from_the_index() -> None:
    reached, waiting = set(), [ROOT / "docs" / "index.md"]
    while waiting:
        page = waiting.pop()
        if page in reached or page.suffix != ".md" or not page.exists():
            continue
        reached.add(page)
        links = re.findall(r"\]\(([^)\s#:]+)", prose(page.read_text()))
        waiting += [(page.parent / link).resolve() for link in links]
    assert sorted(set((ROOT / "docs").rglob("*.md")) - reached) == []


def calls(text: str) -> Iterator[str]:
    """Every call of the tool in code: blocks of a shell, and words between backticks."""
    for language, block in FENCE.findall(text):
        if language in ("console", "sh", ""):
            yield from re.findall(r"^(?:\$ )?migrator (.+)$", block, re.MULTILINE)
    yield from re.findall(r"`(?:manage\.py )?migrator ([^`]+)`", prose(text))


def options(command: click.Command) -> set[str]:
    return {word for one in command.params for word in one.opts if word.startswith("-")} - {"--help"}


def command_of(words: list[str]) -> click.Command | None:
    """The verb, or the verb's verb, that the words begin with."""
    found: click.Command | None = program
    for word in words:
        if isinstance(found, click.Group) and not word.startswith("-"):
            found = found.get_command(click.Context(found), word)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_every_call_names_a_verb_and_its_options(name: str) -> None:
    for call in calls((ROOT / name).read_text()):
        words = call.split(" -- ")[0].split()
        if words[0] in ("VERB", "exec"):  # exec reads its words itself, as cronwrap does
            continue
        command = command_of(words[:2])
        assert command is not None, call
        unknown = set(re.findall(r"(?<![\w-])--?[a-z]+(?:-[a-z]+)*", " ".join(words))) - options(command)
        assert unknown <= {"--help", "--version"}, call


def test_the_reference_has_every_verb_with_every_option() -> None:
    text = (ROOT / "docs/reference/command-line.md").read_text()
    sections = dict(
        re.findall(r"^## (?:migrator )?([\w ]+)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    )
    assert [name for name in sections if name in VERBS] == list(VERBS)
    for verb in VERBS:
        command = command_of([verb])
        assert command is not None
        below = list(command.commands.values()) if isinstance(command, click.Group) else [command]
        wanted = set().union(*map(options, below))
        assert set(re.findall(r"`(--?[a-z]+(?:-[a-z]+)*)", sections[verb])) - {"--"} == wanted, verb


def test_the_reference_has_every_key_of_the_configuration() -> None:
    text = (ROOT / "docs/reference/configuration.md").read_text()
    kinds = {
        "project": configuration.Project,
        "generate": configuration.Generate,
        "instrument": configuration.Instrument,
        "ledger": configuration.Ledger,
        "jobs": configuration.JobDecision,
    }
    sections = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))
    for name, kind in kinds.items():
        keys = [field.name for field in dataclasses.fields(kind)]
        assert re.findall(r"^\| `(\w+)` ", sections[name], re.MULTILINE) == keys


def test_the_reference_has_every_key_of_a_scan(clone: Path) -> None:
    [(output, status)] = play(["migrator scan --format json"], clone)
    document = json.loads(output)
    text = (ROOT / "docs/reference/scan-json.md").read_text()
    sections = dict(re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))
    assert status == 0
    assert set(re.findall(r"^\| `(\w+)` ", sections["A job"], re.MULTILINE)) == set(document["jobs"][0])


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in PAGES:
        code = "\n".join(block for _, block in FENCE.findall(page.read_text()))
        code += "\n" + "\n".join(re.findall(r"`([^`\n]+)`", prose(page.read_text())))
        assert set(re.findall(r"^make ([a-z-]+)", code, re.MULTILINE)) <= targets, page
