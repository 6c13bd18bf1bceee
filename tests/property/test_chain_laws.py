"""Whatever a shell makes of a chain of commands, the generated task makes of it, or the line is not moved."""

import itertools
import re
import subprocess
from functools import cache

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.task_code import inventory, outcome_of, tasks_of

COMMANDS = st.sampled_from("abcd")
TESTS = st.one_of(COMMANDS, COMMANDS.map("! {}".format))


def _longer(chains: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    joined = st.tuples(chains, st.sampled_from([" && ", " || ", "; "]), chains).map("".join)
    group = chains.map("{{ {}; }}".format) | chains.map("( {} )".format)
    condition = st.tuples(TESTS | joined, chains).map(lambda parts: "if {}; then {}; fi".format(*parts))
    return joined | group | condition


CHAINS = st.recursive(COMMANDS, _longer, max_leaves=6)
SHELL = """
job() { printf '%s ' "$1"; case $failing in *$1*) return 1;; esac; }
for failing in "$@"; do ( CHAIN ); echo $?; done
"""


@cache
def failures() -> list[str]:
    """Any of the commands fail."""
    return ["".join(some) for count in range(5) for some in itertools.combinations("abcd", count)]


@settings(max_examples=150, deadline=None)
@given(CHAINS)
def test_a_chain_that_is_moved_runs_as_in_sh(chain: str) -> None:
    names = re.findall(r"\b[abcd]\b", chain)
    assume(len(names) == len(set(names)))  # one that runs twice fails twice
    [job] = inventory("0 5 * * * " + re.sub(r"\b[abcd]\b", r"./manage.py \g<0>", chain)).jobs
    assume(job.status == "exact" and not job.reading.exit_masked)
    script = SHELL.replace("CHAIN", re.sub(r"\b[abcd]\b", r"job \g<0>", chain))
    done = subprocess.run(["sh", "-c", script, "sh", *failures()], capture_output=True, text=True)
    code = compile(tasks_of(job).split("\n\n\n", 1)[1], "tasks.py", "exec")
    for failing, line in zip(failures(), done.stdout.splitlines(), strict=True):
        *ran, status = line.split()
        assert outcome_of(code, tuple(failing)) == (ran, status == "0"), (failing, tasks_of(job))
