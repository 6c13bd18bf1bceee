"""Scripts and Dockerfiles that put crontabs into place: read as the real shells run them."""

import datetime as dt
import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from migrator.cutover.editing import Target
from migrator.cutover.instrumentation import instrument
from migrator.sources.inventory import Context, take_inventory
from migrator.sources.job import Inventory
from migrator.sources.rendering import Rendering, renderings
from migrator.sources.source import SourceFile
from tests.unit.found_files import RECORDER, scan, told


def rows(found: Inventory) -> list[tuple[str, str, str]]:
    """Place, schedule and command of each job."""
    return [(str(job.places[0]), job.schedule.text, job.declared.raw) for job in found.jobs]


# Each script is run by the real shell, with a `crontab` on its path that keeps what it is given.
JUDGED = {
    "echo": 'echo "0 5 * * * a" | crontab -',
    "echo of words": "echo 0 5 '*' \\* \"*\" a 'b c' | crontab -",
    "echo of several lines": 'echo "0 5 * * * a \\\n  b\n# c\n0 6 * * * d" | crontab -',
    "echo without a newline": 'echo -n "0 5 * * * a\n" | crontab -',
    "escapes of printf": r"printf '0 5 * * * a\n0 6 * * * b\tc\n' | crontab -",
    "arguments of printf": "printf '%s %s\\n' '0 5 * * *' a '0 6 * * *' b | crontab -",
    "percent in printf": "printf '0 5 * * * date +\\\\%%F\\n' | crontab -",
    "here-document": "cat <<EOF | crontab -\n0 5 * * * a\n   0 6 * * * \\$HOME/b\nEOF",
    "literal here-document": "crontab - <<'EOF'\n0 5 * * * $HOME/a \\\n\nEOF",
    "here-document without its tabs": "cat <<-EOF | crontab -\n\t0 5 * * * a\n\t\tx\n\tEOF",
    "group": '{ echo "# top"; echo "0 5 * * * a"; } | crontab -',
    "subshell with filter": '(echo "0 5 * * * a"; echo "0 5 * * * a") | uniq | crontab -',
    "variables": 'A="0 5 * * *"\nB=${C:-x y}\necho "$A ${B}_ $B" | crontab -',
    "default that is kept": ': ${W:=0 5 * * *}\necho "$W a" | crontab -',
    "nested default": 'echo "${A:-${B:-0 5 * * *}} a" | crontab -',
    "value from a command": 'X=$(printf "0 5 * * * a\\n0 6 * * * b")\necho "$X" | crontab -',
    "value added to": 'X="0 5 * * * a"\nX="$X\n0 6 * * * b"\necho "$X" | crontab -',
    "file in between": 'echo "0 5 * * * a" > t\necho "0 6 * * * b" >> t\ncrontab t\nrm t',
    "file after a here-document": "cat > t <<EOF && crontab t\n0 5 * * * a\nEOF",
    "standard input": 'echo "0 5 * * * a" > t; crontab < t',
    "function": 'add() { echo "$1 $2" | crontab -; }\nadd "0 5 * * *" a',
    "shell inside": """sh -c "echo '0 5 * * * a' | crontab -" """,
    "condition": 'if true; then\n  echo "0 5 * * * a" | crontab -\nfi',
    "unicode": 'echo "ż" >/dev/null; echo "0 5 * * * zażółć \\"x\\"" | crontab -',
}


def installed(script: str, shell: str, folder: Path) -> str:
    """What the script really gives to crontab."""
    keeper = folder / "crontab"
    keeper.write_text('#!/bin/sh\n[ "$1" = - ] && shift\ncat "$@" > "$KEPT"\n')
    keeper.chmod(0o755)
    kept = folder / "kept"
    subprocess.run(
        [shell, "-c", script],
        cwd=folder,
        env={"PATH": f"{folder}:{os.environ['PATH']}", "KEPT": str(kept)},
        check=True,
        timeout=20,
    )
    return kept.read_text()


@pytest.mark.parametrize("shell", ["sh", "bash"])
@pytest.mark.parametrize("script", JUDGED.values(), ids=JUDGED)
def test_a_script_installs_what_the_shell_installs(script: str, shell: str, tmp_path: Path) -> None:
    [made] = renderings(f"#!/bin/{shell}\n{script}\n", {})
    assert isinstance(made, Rendering)
    assert made.text == installed(script, shell, tmp_path)


def test_dash_reads_escapes_in_echo_and_bash_does_not(tmp_path: Path) -> None:
    script = r'echo "0 5 * * * a\n0 6 * * * b" | crontab -'
    for shell in ("dash", "bash"):
        [made] = renderings(f"#!/bin/{shell}\n{script}\n", {})
        assert isinstance(made, Rendering)
        assert made.text == installed(script, shell, tmp_path)


# The jobs that no later line takes away, against a `crontab` that keeps a table per user.
KEEPER = """#!/bin/sh
[ "$1" = -u ] && { user=$2; shift 2; }
table=$TABLES/table-$user
case $1 in
    -l) cat "$table" ;;
    -r) rm "$table" ;;
    -) cat > "$table.new" && mv "$table.new" "$table" ;;
    *) cat "$1" > "$table" ;;
esac
"""
TABLES = {
    "two": 'echo "0 5 * * * a" | crontab -\necho "0 6 * * * b" | crontab -',
    "the second keeps the first": 'echo "0 5 * * * a" | crontab -\n'
    '(crontab -l; echo "0 6 * * * b") | crontab -',
    "the third does not": 'echo "0 5 * * * a" | crontab -\n(crontab -l; echo "0 6 * * * b") | crontab -\n'
    'echo "0 7 * * * c" | crontab -',
    "two users": 'echo "0 5 * * * a" | crontab -u x -\necho "0 6 * * * b" | crontab -u y -',
    "removed": 'echo "0 5 * * * a" | crontab -\ncrontab -r\necho "0 6 * * * b" | crontab -',
    "a function": 'i() { echo "$1" | crontab -; }\ni "0 5 * * * a"\ni "0 6 * * * b"',
    "two branches": 'if true; then echo "0 5 * * * a" | crontab -u x -; fi\n'
    'if false; then :; else echo "0 6 * * * b" | crontab -u y -; fi',
    "after a condition": 'if true; then echo "0 5 * * * a" | crontab -; fi\necho "0 6 * * * b" | crontab -',
    "never reached": 'if true; then echo "0 5 * * * a" | crontab -; exit; fi\n'
    'echo "0 6 * * * b" | crontab -u x -',
    "a chain": 'mkdir d && echo "0 5 * * * a" | crontab - && echo "0 6 * * * b" | crontab - 2>/dev/null',
    "a file in between": 'echo "0 5 * * * a" | crontab -\ncrontab -l > t\necho "0 6 * * * b" >> t\ncrontab t',
    "a shell inside": """sh -c 'echo "0 5 * * * a" | crontab -'\necho "0 6 * * * b" | crontab -""",
}


@pytest.mark.parametrize("script", TABLES.values(), ids=TABLES)
def test_what_a_later_line_replaces_is_said(script: str, tmp_path: Path) -> None:
    keeper = tmp_path / "crontab"
    keeper.write_text(KEEPER)
    keeper.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "TABLES": str(tmp_path)}
    subprocess.run(["sh", "-c", script], cwd=tmp_path, env=environment, check=True, timeout=20)
    lines = [line for table in tmp_path.glob("table-*") for line in table.read_text().splitlines()]
    found = scan(("x.sh", script + "\n"))
    kept = [job for job in found.jobs if "CM150" not in {one.code for one in job.findings}]
    reached = [job for job in kept if "exit" not in script or job.declared.user is None]
    assert sorted(f"{job.schedule.text} {job.declared.raw}" for job in reached) == sorted(lines)


@pytest.mark.parametrize(
    ("script", "replaced"),
    [
        ('if $A; then echo "0 5 * * * a" | crontab -; else echo "0 6 * * * b" | crontab -; fi', []),
        ('case $A in a) echo "0 5 * * * a" | crontab -;; *) echo "0 6 * * * b" | crontab -;; esac', []),
        ('if $A; then echo "0 5 * * * a" | crontab -; exit; fi; echo "0 6 * * * b" | crontab -', []),
        ('echo "0 5 * * * a" | crontab - || echo "0 6 * * * b" | crontab -', ["a"]),
        ('echo "0 5 * * * a" | crontab -; if $A; then echo "0 6 * * * b" | crontab -; fi', ["a"]),
        (
            'for U in a b; do echo "0 5 * * * a" | crontab -u $U -; done; echo "0 6 * * * b" | crontab -u $U',
            [],
        ),
        ('echo "0 5 * * * root a" > /etc/cron.d/x; echo "0 6 * * * root b" > /etc/cron.d/x', ["a"]),
        ('echo "0 5 * * * root a" > /etc/cron.d/x; echo "0 6 * * * root b" >> /etc/cron.d/x', []),
    ],
)
def test_only_what_may_be_replaced(script: str, replaced: list[str]) -> None:
    found = scan(("x.sh", f"#!/bin/sh\n{script}\n"))
    assert [
        job.declared.raw for job in found.jobs if "CM150" in {one.code for one in job.findings}
    ] == replaced


def test_a_file_that_another_one_replaces() -> None:
    found = scan(
        ("x.sh", "crontab a.cron\ncrontab b.cron\n"), ("a.cron", "@daily a\n"), ("b.cron", "@daily b\n")
    )
    assert [(one.code, one.place.path) for job in found.jobs for one in job.findings if one.place] == [
        ("CM305", "a.cron"),
        ("CM150", "x.sh"),
        ("CM305", "b.cron"),
    ]


DEFAULTS = {
    "of the schedule": ('echo "${W:-0 5 * * *} a" | crontab -', {"W": "0 5 * * *"}),
    "of the command": ("crontab - <<E\n# ${N:-x}\n0 5 * * * ${P-b} a\nE", {"P": "b"}),
    "that is kept": (': ${W:=0 5 * * *}\necho "$W a" | crontab -', {"W": "0 5 * * *"}),
    "in a variable": ('W="${W:-0 5 * * *}"\nL="$W a"\necho "$L" | crontab -', {"W": "0 5 * * *"}),
    "in a default": ('echo "${A:-${B:-0 5} * * *} a" | crontab -', {"A": "0 5 * * *"}),
    "of two": ('echo "${A:-0} ${B:-5} * * * a" | crontab -', {"A": "0", "B": "5"}),
    "that is a secret": ('echo "0 5 * * * a --x=${API_TOKEN:-hunter22}" | crontab -', {"API_TOKEN": "***"}),
    "of a variable that is set": ('W="0 6 * * *"\necho "${W:-0 5 * * *} a" | crontab -', {}),
    "of a variable that is emptied": ('W=\necho "${W:-0 5 * * *} a" | crontab -', {}),
    "of what is not installed": ('echo "${N:-x}"\necho "0 5 * * * a" | crontab -', {}),
    "of an argument": ('f() { echo "${1:-0 5 * * *} a"; }\nf | crontab -', {}),
}


@pytest.mark.parametrize(("script", "values"), DEFAULTS.values(), ids=DEFAULTS)
def test_a_default_is_said_to_be_one(script: str, values: dict[str, str]) -> None:
    path = "x.sh"
    found = scan((path, script + "\n"))
    told = [one for one in found.jobs[0].findings if one.code == "CM110"]
    assert [one.message for one in told] == [
        f"{name} is {value} unless the environment of the script says otherwise"
        for name, value in values.items()
    ]
    assert {one.place for one in told} <= {found.jobs[0].places[0]}
    assert all(f"--env {name}=" in (one.hint or "") for name, one in zip(values, told, strict=True))
    given = scan((path, script + "\n"), **dict.fromkeys(values, "7"))
    assert not [one for one in given.findings if one.code == "CM110"]


def test_the_crontab_that_a_script_has_made_is_no_default() -> None:
    script = 'echo "${W:-0 5 * * *} ./manage.py a" | crontab -\n'
    [job] = scan(("x.sh", script), ("crontab", "0 5 * * * ./manage.py a\n")).jobs
    assert (job.status, [str(place) for place in job.places]) == ("exact", ["crontab:1", "x.sh:1"])


CRON = "0 5 * * * root python manage.py a\n"
PLACES = {
    "echo to the system's crontab": ('echo "{line}" >> /etc/crontab', "x.sh:1"),
    "here-document to cron.d": ("cat > /etc/cron.d/app <<EOF\n{line}\nEOF", "x.sh:2"),
    "tee": ('echo "{line}" | sudo tee -a /etc/cron.d/app > /dev/null', "x.sh:1"),
    "after other commands": ('apt-get install -y cron && \\\n  echo "{line}" > /etc/cron.d/app', "x.sh:2"),
    "in a variable": ('FILE=/etc/cron.d/app\necho "{line}" > "$FILE"', "x.sh:2"),
}


@pytest.mark.parametrize(("script", "place"), PLACES.values(), ids=PLACES)
def test_a_file_in_crons_folders_has_a_user_column(script: str, place: str) -> None:
    found = scan(("x.sh", script.format(line=CRON.strip()) + "\n"))
    assert rows(found) == [(place, "0 5 * * *", "python manage.py a")]
    assert found.jobs[0].declared.user == "root"


MOVES = {
    "copy": "cp deploy/cron /etc/cron.d/app",
    "move": "mv deploy/cron /etc/cron.d/app",
    "link": "ln -sf deploy/cron /etc/cron.d/app",
    "install": "install -m 644 -o root deploy/cron /etc/cron.d/",
    "cat": "cat deploy/cron > /etc/cron.d/app",
    "from another folder": "cp /srv/app/deploy/cron /etc/cron.d/app",
}


@pytest.mark.parametrize("script", MOVES.values(), ids=MOVES)
def test_a_file_that_is_put_into_cron_d_is_read_as_such_and_knows_what_puts_it_there(script: str) -> None:
    [job] = scan(("install.sh", script + "\n"), ("deploy/cron", CRON)).jobs
    assert (job.declared.user, str(job.places[0]), str(job.generator)) == (
        "root",
        "deploy/cron:1",
        "install.sh:1",
    )


@pytest.mark.parametrize("script", ["crontab -u www deploy/jobs", "sudo -u www crontab - < deploy/jobs"])
def test_a_file_that_a_user_installs_has_that_user(script: str) -> None:
    [job] = scan(("install.sh", script + "\n"), ("deploy/jobs", "@daily python manage.py a\n")).jobs
    assert (job.declared.user, str(job.generator)) == ("www", "install.sh:1")


def test_a_file_that_was_not_scanned_is_named() -> None:
    assert told(scan(("install.sh", "crontab /srv/jobs\n"))) == [("CM105", "install.sh:1")]


def test_what_comes_to_the_crontab_is_said() -> None:
    script = '(crontab -l 2>/dev/null; echo "0 5 * * * python manage.py a") | sort -u | crontab -\n'
    found = scan(("add.sh", script))
    assert len(found.jobs) == 1
    assert told(found) == [("CM130", "add.sh:1")]


def test_an_open_name_leaves_the_job_and_what_is_known_of_it() -> None:
    script = '#!/bin/sh\necho "$WHEN python manage.py a\n0 6 * * * python manage.py b $SHOP" | crontab -\n'
    found = scan(("x.sh", script))
    assert [(job.command, job.status) for job in found.jobs] == [("a", "decide"), ("b", "decide")]
    assert {code for code, _place in told(found)} >= {"CM105", "CM206"}
    known = scan(("x.sh", script), WHEN="0 5 * * *", SHOP="x")
    assert [(job.schedule.text, job.status) for job in known.jobs] == [
        ("0 5 * * *", "exact"),
        ("0 6 * * *", "exact"),
    ]


def test_a_loop_is_not_unrolled() -> None:
    found = scan(("x.sh", 'for job in a b; do echo "0 5 * * * python manage.py $job" | crontab -; done\n'))
    assert [job.status for job in found.jobs] == ["decide"]
    assert ("CM105", "x.sh:1") in told(found)


def test_a_filter_that_changes_the_text_is_said() -> None:
    found = scan(("x.sh", "sed s/X/1/ deploy/jobs | crontab -\n"), ("deploy/jobs", CRON))
    assert ("CM105", "x.sh:1") in told(found)


def test_a_job_that_installs_a_crontab_is_a_generator() -> None:
    found = scan(
        ("jobs.cron", "@hourly crontab < deploy/jobs\n"), ("deploy/jobs", "0 5 * * * python manage.py a\n")
    )
    assert ("CM131", "jobs.cron:1") in told(found)
    assert [str(job.generator) for job in found.jobs if job.command == "a"] == ["jobs.cron:1"]


SCRIPT_WORDS = [
    *("echo", "printf", "cat", "crontab", "-", "-l", "sort", "sudo", "cp", "sh -c", "f()", "RUN", "COPY"),
    *(
        "|",
        ";",
        "&&",
        "(",
        ")",
        "{",
        "}",
        ">",
        ">>",
        "<(",
        "\n",
        "<<EOF",
        "EOF",
        '"',
        "'",
        "`",
        "$(",
        "${X:-",
        "$X",
    ),
    *(
        "for x in a; do",
        "done",
        "if",
        "then",
        "fi",
        "0 5 * * * a",
        "/etc/cron.d/x",
        "%s",
        "\\",
        "ż",
        "\udcff",
    ),
]
scripts = st.lists(st.sampled_from(SCRIPT_WORDS), max_size=25).map(" ".join)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.sampled_from(SCRIPT_WORDS), max_size=25).map(" ".join),
    st.sampled_from(["cron.sh", "Dockerfile"]),
)
def test_any_text_is_read_and_every_line_accounted_for(text: str, path: str) -> None:
    found = take_inventory([SourceFile(path, f"crontab jobs\n{text}")], Context("UTC", dt.date(2026, 1, 1)))
    if found.lines:
        assert [line.line for line in found.lines] == list(range(1, len(found.lines) + 1))


def test_brackets_without_end_and_functions_that_call_themselves_end() -> None:
    scan(("a.sh", "(" * 5000 + "crontab -"), ("b.sh", "f() { f; f; f; }; f | crontab -\n"))


def test_every_crontab_of_a_script_gets_the_recorder() -> None:
    lines = ['echo "@daily ./manage.py a" | crontab -', 'echo "@daily root ./manage.py b" > /etc/cron.d/b']
    script = "\n".join(["#!/bin/sh", *lines, ""])
    result = instrument(Target("x.sh", script, script=True), scan(("x.sh", script)), RECORDER)
    assert result.jobs == ("a", "b")
    assert result.after.count("/opt/cronwrap.py") == 2
    assert "* * * * * root sync # migrator sync" in result.after
