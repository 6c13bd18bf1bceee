"""Laws of reading a command: any text, any quoting, any depth."""

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.crontab.command import read_command
from migrator.crontab.reading import Reading

PIECES = [
    "./manage.py x", "cd /srv", "&&", "||", ";", "&", "|", "|&", "(", ")", "{", "}", "'", '"', "`", "$(",
    "$((", "))", "${", "$X", "$1", "[", "]", "[[", "]]", "if", "then", "else", "fi", "for a in b", "do",
    "done", "while", "case", "esac", "<<EOF", "<<<", "<", ">", ">>", "2>&1", "&>", ">&", "2&1", "\\", "\n",
    "#", "!", "exit", "set -e", "sh -c", "eval", "flock -n l", "exec", "f()", "sleep 5", "echo",
    "export A=b", ". f", "*", "~", "\x00", "\udcff", "é",
]  # fmt: skip
AROUND = [
    "cd /srv && {}", "cd /srv; {}", "({})", "{{ {}; }}", "if [ -f /x ]; then {}; fi", "time ( {} )",
    "set -e; {}",
    "if [ -f /x ]; then {}; exit; fi; echo no", "if true; then {}; else echo no; fi", "{} &", "sleep 5; {}",
    "for i in 1 2; do {}; done", "until {}; do sleep 1; done", "case $X in a) {};; esac", "f() {{ {}; }}; f",
    "{} | tee -a /l", "{} 2>&1 | logger -t x", "{} > /l 2>&1", "{} || true", "[ -x /y ] && {}",
    "{}; echo done",
    "A=$(date) && {}", "{} && curl https://e.org", "(flock -n 9; {}) 9>/l", "{{ {}; }} 2>&1 | ts >> /l",
    "exec 9>/l; flock -n 9 || exit; {}", "{} || {{ echo f; exit 1; }}",
]  # fmt: skip
QUOTED = [
    "sh -c {}", "bash -lc {}", "su www -c {}", "flock -n /l -c {}", "ssh h {}", "eval {}", "bash <<< {}",
    "sudo -u x bash -c {}", "docker exec web sh -c {}", "echo {} | sh", "echo {} | at now", "watch -n1 {}",
    "script -qc {} /dev/null", "timeout 5 sh -c {}", "with_lock.sh n 5m {}", "unknown-tool {}",
    "tmux new -d {}",
    "cat /x | while read l; do sh -c {}; done", "nix-shell --run {}", "env -S {}", "chronic busybox sh -c {}",
]  # fmt: skip
SAYS_SO = {"CM307", "CM320"}  # not taken apart, a wrapper that nobody knows
WORDS = st.text(st.characters(exclude_characters="\x00\n", exclude_categories=["Cs"]), max_size=12)


@given(st.lists(st.sampled_from(PIECES), max_size=14).map(" ".join) | st.text(max_size=60))
def test_any_text_has_a_reading(text: str) -> None:
    reading = read_command(text, scripts={"f": text})
    assert isinstance(reading, Reading)
    assert not reading.steps or reading.steps[0].after == "always"


@given(st.lists(WORDS, max_size=5))
def test_quoted_arguments_come_back(arguments: list[str]) -> None:
    [step] = read_command(shlex.join(["python", "manage.py", "x", *arguments])).steps
    assert (step.name, step.argv) == ("x", tuple(arguments))


@pytest.mark.parametrize("shell", ["sh -c", "bash -lc", "flock l -c", "sh -c 'sh -c \"$1\"' _"])
@given(st.lists(WORDS.filter(bool), max_size=3), st.sampled_from(["", "cd /srv && ", "umask 077; "]))
def test_a_text_for_a_shell_means_what_the_text_means(shell: str, arguments: list[str], before: str) -> None:
    text = before + shlex.join(["./manage.py", "x", *arguments])
    inner, outer = read_command(text), read_command(f"{shell} {shlex.quote(text)}")
    assert [(s.name, s.argv, s.cwd) for s in inner.steps] == [(s.name, s.argv, s.cwd) for s in outer.steps]
    assert inner.umask == outer.umask


@given(
    st.sampled_from(
        ["./manage.py x --a 1", "/v/bin/python /s/manage.py x", "django-admin x", "python -m django x"]
    ),
    st.lists(st.sampled_from(AROUND) | st.sampled_from(QUOTED), max_size=2),
    st.sampled_from(["/bin/sh", "/bin/bash"]),
)
def test_no_management_command_is_missed_in_silence(text: str, shapes: list[str], shell: str) -> None:
    for shape in shapes:
        text = shape.format(shlex.quote(text) if shape in QUOTED else text)
    reading = read_command(text, settings={"SHELL": shell})
    found = any(step.kind == "management" and step.name == "x" for step in reading.steps)
    assert found or SAYS_SO & {remark.code for remark in reading.remarks}
