"""Task runners: what a call of make, just or invoke comes to, judged by the real make where it is one."""

import subprocess
from pathlib import Path

import pytest

from migrator.crontab.command import read_command
from migrator.crontab.recipes import justfile, makefile
from migrator.crontab.recipes.shells import NotStatic

MAKEFILE = """# a project's own
PYTHON ?= ./say
MANAGE = $(PYTHON) manage.py
DAYS := 7
DAYS += 8
.PHONY: send prepare all
all: send
prepare: ; @./say prepared $@
send:: prepare  ## all of it
\t@# a comment
\t$(MANAGE) send --to=$(TO) \\
\t  --days "${DAYS}" >> log
\tcd sub && ../say in $$PWD/here | sed "s|$$PWD||"; ./say nowhere || true
careless:
\t-@false
\t@./say on
failing: first
\t./say never
first:
\t./say once
\tfalse
own: WHO = me
own:
\t./say $(WHO) $< $(MAKE)
export NAME := a b
exported:
\t./say "$$NAME"
"""


@pytest.mark.parametrize(
    "words",
    [
        ["send", "TO=ops"],
        [],
        ["careless"],
        ["failing"],
        ["own", "WHO=you"],
        ["exported"],
        ["careless", "first"],
    ],
    ids=" ".join,
)
def test_the_text_does_what_make_does(words: list[str], tmp_path: Path) -> None:
    given = dict(word.split("=") for word in words if "=" in word)
    text = makefile.script(MAKEFILE, [word for word in words if "=" not in word], given)
    assert text is not None
    outputs = []
    for name, argv in (("make", ["make", "-s", *words]), ("sh", ["sh", "-c", text])):
        folder = tmp_path / name
        (folder / "sub").mkdir(parents=True)
        (folder / "say").write_text('#!/bin/sh\nprintf "<%s>" "$@"; echo\n')
        (folder / "say").chmod(0o755)
        (folder / "Makefile").write_text(MAKEFILE)
        clean = {"PATH": "/usr/bin:/bin", "TO": ""}
        done = subprocess.run(argv, cwd=folder, env=clean, capture_output=True, text=True, check=False)
        log = folder / "log"
        printed = done.stdout.replace(str(folder), "")
        outputs.append((printed, log.read_text() if log.exists() else "", bool(done.returncode)))
    assert outputs[0] == outputs[1]


@pytest.mark.parametrize(
    "recipe",
    [
        "x:\n\t./say $(shell date)\n",
        "ifdef D\nF = 1\nendif\nx:\n\t./say $(F)\n",
        "ifdef D\nx:\n\t./say\nendif\n",
        "x:\nifdef D\n\t./say\nendif\n\t./say b\n",
        "N != date\nx:\n\t./say $(N)\n",
        "x:\n\t./say $(A:.c=.o)\n",
        "A = $(B)\nB = $(A)\nx:\n\t./say $(A)\n",
    ],
)
def test_what_depends_on_the_run_is_not_guessed(recipe: str) -> None:
    with pytest.raises(NotStatic):
        makefile.script(recipe, ["x"], {})


def test_a_target_that_no_rule_makes_is_none() -> None:
    assert makefile.script("%.o: %.c\n\tcc $<\n", ["send"], {}) is None


JUSTFILE = """python := "venv/bin/python"
now := `date`
alias n := nightly
# the nightly one
nightly days="7" +apps="all": (prepare "a")
    {{python}} manage.py nightly --days={{ days }} {{apps}}
    -@manage.py careless
prepare what:
    echo {{what}}
script:
    #!/usr/bin/env bash
    set -e
    cd /srv
    manage.py m1
dated:
    manage.py x {{now}}
"""


def test_a_justfile_is_its_lines_with_what_fills_them() -> None:
    assert justfile.script(JUSTFILE, ["n", "30", "a", "b"], {}) == (
        "(\\necho a\\n) &&\\n(\\nvenv/bin/python manage.py nightly --days=30 a b\\n) &&\\n"
        "{ (\\nmanage.py careless\\n) || true\\n}"
    ).replace("\\n", "\n")
    script = justfile.script(JUSTFILE, ["script"], {})
    assert script == "(\n    set -e\n    cd /srv\n    manage.py m1\n)"
    assert justfile.script(JUSTFILE, ["nothing"], {}) is None
    for call in (["dated"], ["prepare"]):
        with pytest.raises(NotStatic):
            justfile.script(JUSTFILE, call, {})


def test_a_justfile_has_dependencies_that_run_behind_a_recipe() -> None:
    text = "a: b && c\n  ./manage.py a\nb:\n  ./manage.py b\nc:\n  ./manage.py c\n"
    script = justfile.script(text, ["a"], {}) or ""
    assert [script.index(f"manage.py {name}") for name in "bac"] == sorted(
        script.index(f"manage.py {name}") for name in "bac"
    )


def test_an_exported_variable_that_only_a_run_tells_is_not_empty() -> None:
    text = 'export HOW := env("HOW")\nexport WHAT := "all"\na:\n  ./manage.py a\n'
    environment = read_command("just a", scripts={"justfile": text}).environment
    assert environment == {"HOW": "${HOW}", "WHAT": "all"}


TASKS = '''from invoke import task
@task
def nightly_run(c):
    """Every night."""
    c.run("python manage.py one")
    with c.cd("sub"):
        c.run("python manage.py two", warn=True)
@task
def odd(c, n):
    c.run(f"python manage.py odd {n}")
'''
FILES = {
    "Makefile": MAKEFILE,
    "docs/Makefile": "send:\n\tmanage.py other\n",
    "justfile": JUSTFILE,
    "tasks.py": TASKS,
}


@pytest.mark.parametrize(
    ("line", "steps"),
    [
        ("cd /srv/shop && make send TO=ops", ["say", "send", "say", "say"]),
        ("make -C /srv/shop -s send TO=ops", ["say", "send", "say", "say"]),
        ("flock -n /run/l make -f /srv/shop/docs/Makefile send", ["other"]),
        ("cd /srv/shop && just nightly 30 | logger -t x", ["echo", "nightly", "careless"]),
        ("cd /srv/shop && inv nightly-run", ["one", "two"]),
    ],
)
def test_a_call_is_read_as_what_it_runs(line: str, steps: list[str]) -> None:
    reading = read_command(line, scripts=FILES)
    names = [step.name for step in reading.steps if step.kind == "management" or step.name in ("say",)]
    assert names == [name for name in steps if name != "echo"]
    assert "CM332" not in {remark.code for remark in reading.remarks}


@pytest.mark.parametrize("line", ["cd /srv && inv odd", "cd /srv && just dated", "cd /srv && make -k send"])
def test_what_cannot_be_read_is_said(line: str) -> None:
    assert "CM332" in {remark.code for remark in read_command(line, scripts=FILES).remarks}


@pytest.mark.parametrize("options", ["-j", "-j 4", "-j4", "-s -j 4"])
def test_the_number_behind_j_is_no_target(options: str) -> None:
    reading = read_command(f"make {options} send", scripts={"Makefile": "send:\n\t./manage.py send\n"})
    assert [step.name for step in reading.steps] == ["send"]
