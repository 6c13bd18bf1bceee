"""Which commands of a chain run: our steps with their stop rule against the real shell."""

import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrator.crontab.command import read_command
from tests.oracle.effort import EXAMPLES

COMMANDS = [f"job{number}" for number in range(1, 6)]
BESIDE = ["true", "echo started", "date +%Y > /dev/null", "cd /", "export A=b", "X=y", "exit 3", "exit 0"]
SHELLS = [shell for shell in ("dash", "bash") if shutil.which(shell)]
CANNOT_SAY = {"CM307"}
DEPTH = 2


@st.composite
def chains(draw: st.DrawFn, depth: int = DEPTH) -> str:
    """Commands, and what stands beside them, joined and grouped at random."""
    parts = []
    for _ in range(draw(st.integers(1, 4))):
        kind = (
            draw(st.sampled_from(["job", "job", "job", "pipe", "beside", "group", "if"])) if depth else "job"
        )
        match kind:
            case "job":
                parts.append(draw(st.sampled_from(COMMANDS)))
            case "pipe":
                parts.append(draw(st.sampled_from(COMMANDS)) + " | cat" * draw(st.integers(1, 2)))
            case "beside":
                parts.append(draw(st.sampled_from(BESIDE)))
            case "group":
                inner = draw(chains(depth - 1))
                parts.append(draw(st.sampled_from([f"( {inner} )", f"{{ {inner}; }}"])))
            case "if":
                inner = draw(chains(depth - 1))
                parts.append(f"if {draw(st.sampled_from(COMMANDS))}; then {inner}; fi")
    joiners = [draw(st.sampled_from([" && ", " || ", "; "])) for _ in parts[1:]]
    strict = draw(st.sampled_from(["", "", "set -e; "])) if depth == DEPTH else ""
    return strict + "".join(piece for pair in zip(parts, [*joiners, ""], strict=True) for piece in pair)


def by_our_steps(text: str, failing: set[str]) -> list[str]:
    """The commands that run if a step runs after the status of the last one that did."""
    ran, failed = [], False
    for step in read_command(text).steps:
        if step.name in COMMANDS and (step.after == "always" or (step.after == "failure") == failed):
            ran.append(step.name)
            failed = step.name in failing
    return ran


def by_the_shell(shell: str, text: str, failing: set[str]) -> list[str]:
    """The commands that the shell runs, each of which only says its name."""
    said = "{0}() {{ echo {0} >&3; return {1}; }}\n"
    functions = "".join(said.format(name, int(name in failing)) for name in COMMANDS)
    script = f"exec 3>&1 > /dev/null\n{functions}{text}"
    done = subprocess.run([shell, "-c", script], capture_output=True, text=True, timeout=20)
    assert "yntax" not in done.stderr
    return done.stdout.split()


@pytest.mark.parametrize("shell", SHELLS)
@given(text=chains(), failing=st.sets(st.sampled_from(COMMANDS)))
@settings(max_examples=30 * EXAMPLES, deadline=None)
def test_the_same_commands_run(shell: str, text: str, failing: set[str]) -> None:
    reading = read_command(text)
    if CANNOT_SAY & {remark.code for remark in reading.remarks}:
        return
    assert by_our_steps(text, failing) == by_the_shell(shell, text, failing)
