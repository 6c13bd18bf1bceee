"""Lines of a crontab, each as the daemon sees it."""

import pytest

from migrator.crontab.syntax import (
    Blank,
    Comment,
    Disabled,
    JobLine,
    Line,
    Setting,
    Unreadable,
    read_crontab,
    read_line,
    split_command,
)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", Blank),
        (" \t", Blank),
        ("# note", Comment),
        ("  # note", Comment),
        ("# 5 o'clock", Comment),
        ("#0 12 * * *", Comment),
        ("#0 12 * * * x", Disabled),
        ("## @daily x", Disabled),
        ("A=b", Setting),
        ("=b", Setting),
        ("* * * * * A=b x", JobLine),
        ("* * * * *", JobLine),
        ("@reboot x", JobLine),
        ("* * * * x", Unreadable),
        ("MAILTO=", Unreadable),
        ("* * * * * \udcffx", Unreadable),
        ("* * * * * " + "x" * 999, Unreadable),
        ("* * * * * * x", Unreadable),
    ],
)
def test_kinds(text: str, kind: type[Line]) -> None:
    assert type(read_line(text)) is kind


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("A=b", "A", "b"),
        ("  A = b c  ", "A", "b c"),
        ('A=""', "A", ""),
        ("A=' b '", "A", " b"),
        ("A=b#c", "A", "b#c"),
        ("A=$HOME/x", "A", "$HOME/x"),
        ('"A B"=c', "A B", "c"),
        ("A=\"'x'\"", "A", "x"),
        ("A=b\r", "A", "b"),
    ],
)
def test_settings(text: str, name: str, value: str) -> None:
    line = read_line(text)
    assert isinstance(line, Setting)
    assert (line.name, line.value) == (name, value)


@pytest.mark.parametrize(
    ("raw", "command", "stdin"),
    [
        ("date +\\%F", "date +%F", None),
        ("a\\\\b", "a\\b", None),
        ("a\\nb", "a\\nb", None),
        ("date +%F", "date +", "F\n"),
        ("mail%one%two", "mail", "one\ntwo\n"),
        ("mail%50\\% \\\\", "mail", "50% \\\\\n"),
        ("x # comment", "x # comment", None),
        ("x\r", "x\r", None),
    ],
)
def test_what_the_shell_gets(raw: str, command: str, stdin: str | None) -> None:
    assert split_command(raw) == (command, stdin)


def test_the_user_column() -> None:
    line = read_line("0 0 * * * www-data  run it", "system")
    assert isinstance(line, JobLine)
    assert (line.user, line.raw, line.text[line.offset :]) == ("www-data", "run it", "run it")


@pytest.mark.parametrize("text", ["0 0 * * *", "0 0 * * * root"])
def test_a_system_line_needs_a_user_and_a_command(text: str) -> None:
    assert isinstance(read_line(text, "system"), Unreadable)


def test_the_caret_stands_under_the_value_of_an_indented_line() -> None:
    line = read_line("  0 0 1,32 * 1 x")
    assert isinstance(line, Unreadable)
    assert str(line.problem).splitlines()[1:3] == ["      0 0 1,32 * 1 x", "            ^^"]


@pytest.mark.parametrize("text", ["", "\n", "a", "a\n", "\n\na\r\n", "A=b\n* * * * * x\udcff"])
def test_no_byte_is_lost(text: str) -> None:
    assert str(read_crontab(text)) == text
