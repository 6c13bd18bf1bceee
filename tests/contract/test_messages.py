"""Texts for people: every one has its Polish, and what is committed does not depend on the reader."""

import ast
import subprocess
import sys
from gettext import translation
from pathlib import Path

import pytest

from migrator.equivalence.words import in_words
from migrator.i18n import _, language, speaking
from migrator.schedule.expression import parse

ROOT = Path(__file__).parents[2]


def test_every_text_is_translated_and_compiled() -> None:
    done = subprocess.run(
        [sys.executable, "make/messages.py", "--check"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_text_of_the_code_is_in_the_catalogue() -> None:
    """An extractor does not look into each f-string, which depends on the Python that it runs on."""
    catalogue = translation("migrator", ROOT / "migrator/locale", ["pl"])
    missing = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in (ROOT / "migrator").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_"
        if isinstance(text := getattr(node.args[0], "value", None), str)
        if text not in catalogue._catalog  # type: ignore[attr-defined]
    ]
    assert missing == []


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("0 12 * * *", "o 12:00, codziennie"),
        ("0 6 2 * *", "o 06:00, 2. dnia miesiąca"),
        ("10 23 * * 1-5", "o 23:10, od poniedziałku do piątku"),
        ("*/5 * * * *", "co 5 min"),
        ("30 2 * 1,7 *", "o 02:30, tylko w styczniu i w lipcu"),
        ("0 0 30 2 *", "nigdy"),
    ],
)
def test_schedules_in_polish_words(expression: str, words: str) -> None:
    with speaking("pl"):
        assert in_words(parse(expression)) == words


def test_english_is_back_afterwards() -> None:
    with speaking("pl"):
        assert language() == "pl"
        assert _("schedule") == "harmonogram"
    with speaking("en"):
        assert _("schedule") == "schedule"
        assert in_words(parse("0 12 * * *")) == "at 12:00, every day"


@pytest.mark.parametrize("reader", ["pl", "en"])
def test_generated_code_is_the_same_for_every_reader(reader: str) -> None:
    command = [sys.executable, "-m", "migrator", "generate", "--check"]
    done = subprocess.run(command, cwd=ROOT, env={"LANGUAGE": reader, "PATH": "/usr/bin:/bin"}, check=False)
    assert done.returncode == 0


def test_the_command_line_speaks_the_language_of_the_reader() -> None:
    command = [sys.executable, "-m", "migrator", "scan", "crontabs/samples/nothing"]
    environment = {"LANGUAGE": "pl", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert "nie można odczytać" in done.stderr
    assert "wskazówka: " in done.stderr


def test_the_list_of_verbs_begins_in_the_language_of_the_reader() -> None:
    command = [sys.executable, "-m", "migrator", "--help"]
    environment = {"LANGUAGE": "pl", "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert "Przenosi zadania z crona do Celery" in done.stdout
