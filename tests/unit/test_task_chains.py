"""`a; b`, `a && b`, `if a; then b; fi`: the task runs what sh runs, and ends as sh ends."""

import itertools
import os
import re
import stat
import subprocess
from pathlib import Path

import pytest

from tests.task_code import job, outcome_of, tasks_of

CHAINS = [
    "a; b",
    "a && b",
    "a || b",
    "a && b || c",
    "a || b && c",
    "a; b || c; d",
    "(a; b) && c",
    "a && b; c && d || e",
    "a || b || c",
    "a || b || c && d || e",
    "if a; then b; fi",
    "if ! a; then b; fi",
    "if a && b; then c; fi; d",
    "if a || b; then c && d; fi",
    "a && if b; then c && d; fi",
    "if a; then if b; then c; fi; fi",
    "a; if b; then c; fi",
    "if a && b || c; then d; fi",
]


@pytest.mark.parametrize("chain", CHAINS)
def test_a_chain_runs_as_sh_runs_it(chain: str, tmp_path: Path) -> None:
    """Each command succeeds or fails in turn: which of them run, and the last status, are the shell's."""
    program = tmp_path / "manage.py"
    program.write_text('#!/bin/sh\necho $1 >> "$RAN"\ncase $FAILING in *$1*) exit 1;; esac\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    names = sorted(set(re.findall(r"\b[a-e]\b", chain)))
    line = re.sub(r"\b[a-e]\b", r"./manage.py \g<0>", chain)
    code = compile(tasks_of(job(f"0 5 * * * {line}")).split("\n\n\n", 1)[1], "tasks.py", "exec")
    for failing in itertools.chain.from_iterable(
        itertools.combinations(names, n) for n in range(len(names) + 1)
    ):
        ran = tmp_path / "ran"
        ran.write_text("")
        environment = {**os.environ, "RAN": str(ran), "FAILING": "".join(failing)}
        done = subprocess.run(["sh", "-c", line], cwd=tmp_path, env=environment)
        assert outcome_of(code, failing) == (ran.read_text().split(), done.returncode == 0), failing
