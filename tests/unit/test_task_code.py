"""The code of one task: who runs it, in which order, inside what; and what its docstring promises."""

import datetime as dt
import itertools
import logging
import os
import re
import stat
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

from migrator.codegen.body import lock_name
from migrator.codegen.contract import whole_contract
from migrator.codegen.http_request import Request, request_of
from migrator.codegen.plan import generate
from migrator.codegen.promises import promises_of
from migrator.codegen.runner import runner_of
from migrator.codegen.tasks import tasks_module
from migrator.configuration import Configuration, Generate, read_configuration
from migrator.crontab.command import read_command
from migrator.errors import UsageProblem
from migrator.sources.inventory import Context, take_inventory
from migrator.sources.job import Inventory, Job
from migrator.sources.source import SourceFile


def inventory(text: str, decisions: str = "") -> Inventory:
    jobs = read_configuration(decisions).jobs
    context = Context("Europe/Warsaw", dt.date(2026, 1, 1), decisions=jobs)
    return take_inventory([SourceFile("crontab", text + "\n")], context)


def job(text: str, decisions: str = "") -> Job:
    [one] = inventory(text, decisions).jobs
    return one


def tasks_of(one: Job) -> str:
    return tasks_module([one], Generate())[0]


def body(one: Job) -> str:
    """The code of a task below its docstring, without its indentation."""
    text = tasks_of(one)
    return text[text.rindex('"""') + 4 :].replace("\n    ", "\n").strip()


@pytest.mark.parametrize(
    ("line", "code"),
    [
        pytest.param("./manage.py a --days 3", 'run_command("a", "--days", "3")', id="words as they are"),
        pytest.param(
            "./manage.py a --settings=x.y --force",
            'run_command("a", "--force")',
            id="settings are the worker's",
        ),
        pytest.param(
            "flock -n /run/a.lock ./manage.py a",
            'with lock("/run/a.lock"):\n    run_command("a")',
            id="the line's own lock file",
        ),
        pytest.param(
            "flock -w 60 /run/a.lock ./manage.py a",
            'with lock("/run/a.lock", wait=60):\n    run_command("a")',
            id="a lock that is waited for",
        ),
        pytest.param(
            "flock -n -E 75 /run/a.lock ./manage.py a",
            'with lock("/run/a.lock", status=75):\n    run_command("a")',
            id="the line's own status",
        ),
        pytest.param(
            "flock -nE0 /run/a.lock ./manage.py a",
            'with suppress(AlreadyRunning), lock("/run/a.lock"):\n    run_command("a")',
            id="a held lock that is well",
        ),
        pytest.param(
            "timeout 60 setlock -nx /run/a.lock ./manage.py a",
            'with timeout(60), suppress(AlreadyRunning), lock("/run/a.lock"):\n    run_command("a")',
            id="and to setlock",
        ),
        pytest.param(
            "setlock -n /run/a.lock ./manage.py a",
            'with lock("/run/a.lock", status=111):\n    run_command("a")',
            id="or not",
        ),
        pytest.param(
            "flock /run/a.lock ./manage.py a",
            'with lock("/run/a.lock", wait=inf):\n    run_command("a")',
            id="for ever",
        ),
        pytest.param(
            "setlock /run/a.lock ./manage.py a",
            'with lock("/run/a.lock", wait=inf):\n    run_command("a")',
            id="a file whose being there is the lock is no file to lock",
        ),
        pytest.param(
            "cd /srv && flock -n a.lock ./manage.py a",
            'with lock("/srv/a.lock"):\n    run_command("a")',
            id="a lock file of the folder",
        ),
        pytest.param(
            "flock -n a.lock ./manage.py a",
            'with lock("a-89fc7015"):\n    run_command("a")',
            id="of a folder that nobody knows",
        ),
        pytest.param(
            "flock -n /run/l timeout 90 ./manage.py a",
            'with lock("/run/l"), timeout(90):\n    run_command("a")',
            id="the limit inside the lock",
        ),
        pytest.param(
            "timeout 90 flock /run/l ./manage.py a",
            'with timeout(90), lock("/run/l", wait=inf):\n    run_command("a")',
            id="the lock inside the limit",
        ),
        pytest.param(
            "timeout 1h ./manage.py a && ./manage.py b",
            'with timeout(3600):\n    run_command("a")\nrun_command("b")',
            id="a limit of one command",
        ),
        pytest.param(
            "flock -n /run/l ./manage.py a || ./manage.py late",
            'with attempt() as first, lock("/run/l"):\n    run_command("a")\nif first.failed:\n'
            '    run_command("late")',
            id="what runs when the lock is held stands outside",
        ),
        pytest.param(
            "umask 027; LANG=C /venv/bin/python /srv/manage.py a",
            'run_process(\n    "/venv/bin/python",\n    "/srv/manage.py",\n    "a",\n'
            '    environment={"LANG": "C"},\n    umask=0o027,\n)',
            id="what only a process has",
        ),
        pytest.param(
            "cd /srv && ./manage.py a%one\\%%two",
            'run_process("./manage.py", "a", cwd="/srv", text="one%\\ntwo\\n")',
            id="standard input",
        ),
        pytest.param(
            "timeout -s INT -k 5 90 ./manage.py a",
            'run_process("timeout", "-s", "INT", "-k", "5", "90", "./manage.py", "a")',
            id="timeout sends its own signals",
        ),
        pytest.param(
            "./manage.py a --token=x1y2z3secret --name b",
            'run_command("a", "--token=" + os.environ["A_TOKEN"], "--name", "b")',
            id="a secret is the worker's",
        ),
        pytest.param(
            "./manage.py a --password x1y2z3secret",
            'run_command("a", "--password", os.environ["A_PASSWORD"])',
            id="behind its option",
        ),
        pytest.param("API_TOKEN=x1y2z3 ./manage.py a", 'run_command("a")', id="a secret variable, too"),
        pytest.param("PATH=/opt/bin ./manage.py a", 'run_command("a")', id="a worker has a PATH"),
    ],
)
def test_a_line_and_its_code(line: str, code: str) -> None:
    assert body(job(f"0 5 * * * {line}")) == code


@pytest.mark.parametrize(
    ("decision", "line", "code"),
    [
        pytest.param(
            'runner = "subprocess"',
            "cd /srv && python3 manage.py a --settings=x.y",
            'run_process("python3", "manage.py", "a", "--settings=x.y", cwd="/srv")',
            id="the line's own words",
        ),
        pytest.param(
            'runner = "call_command"',
            "umask 027; ./manage.py a",
            'run_command("a")',
            id="no process is wanted",
        ),
        pytest.param(
            'runner = "shell"',
            "flock -n /run/l ./manage.py a 2>&1 | logger -t a",
            'run_process(\n    "/bin/sh",\n    "-c",\n'
            '    "flock -n /run/l ./manage.py a 2>&1 | logger -t a",\n    cwd="~",\n)',
            id="a shell keeps all of it",
        ),
        pytest.param(
            'runner = "shell"\noverlap = "skip"',
            "./manage.py a \\%d%in",
            'with lock("a"):\n    run_process("/bin/sh", "-c", "./manage.py a %d", cwd="~", text="in\\n")',
            id="but what the team adds",
        ),
        pytest.param(
            "idempotent = true",
            "./manage.py a",
            'with retried(3, every=300):\n    run_command("a")',
            id="a retry is declared",
        ),
        pytest.param(
            'overlap = "skip"', "./manage.py a", 'with lock("a"):\n    run_command("a")', id="overlap"
        ),
        pytest.param(
            'overlap = "wait"',
            "flock -n /run/l ./manage.py a",
            'with lock("/run/l", wait=inf):\n    run_command("a")',
            id="another overlap, the same file",
        ),
        pytest.param(
            'mailto = "a@x.example, root"\nmail = "failure"',
            "./manage.py a >> /var/log/a 2>&1",
            'with mailed(\n    "a@x.example",\n    command="./manage.py a >> /var/log/a 2>&1",\n'
            '    on="failure",\n) as mail:\n    run_command("a", output=mail)',
            id="mail is asked for",
        ),
    ],
)
def test_a_decision_and_its_code(decision: str, line: str, code: str) -> None:
    assert body(job(f"0 5 * * * {line}", f"[jobs.a]\n{decision}")) == code


def test_every_minute_is_tried_again_within_the_minute() -> None:
    assert "retried(3, every=7)" in body(job("* * * * * ./manage.py a", "[jobs.a]\nidempotent = true"))


@pytest.mark.parametrize(
    ("line", "arguments"),
    [
        ("./manage.py a", "output=mail"),
        ("./manage.py a > /dev/null", "errors=mail"),
        ("./manage.py a 2> /dev/null", "output=mail, errors=Output()"),
    ],
)
def test_what_the_line_leaves_is_mailed(line: str, arguments: str) -> None:
    code = body(job(f"MAILTO=ops@shop.example\n0 5 * * * {line}"))
    assert f'run_command("a", {arguments})' in code
    assert f'mailed("ops@shop.example", command="{line}")' in code


@pytest.mark.parametrize(
    "text",
    [
        'MAILTO=""\n0 5 * * * ./manage.py a',
        "MAILTO=root\n0 5 * * * ./manage.py a",
        "MAILTO=ops@shop.example\n0 5 * * * ./manage.py a >> /var/log/a 2>&1",
        "0 5 * * * ./manage.py a",
    ],
)
def test_otherwise_nothing_is(text: str) -> None:
    assert body(job(text)) == 'run_command("a")'


@pytest.mark.parametrize("runner", ["call_command", "subprocess", "http"])
def test_a_runner_has_what_it_can_run(runner: str) -> None:
    with pytest.raises(UsageProblem, match="cannot run backup"):
        job("0 5 * * * /usr/bin/backup", f'[jobs.backup]\nrunner = "{runner}"')


@pytest.mark.parametrize(
    ("line", "decision", "reason"),
    [
        ("/usr/bin/backup", "", "backup is no Django management command: it stays in cron"),
        ("/usr/bin/backup --password=x1y2z3secret", 'runner = "shell"', "its text holds a secret"),
        ("/usr/bin/backup%token=x1y2z3secret", 'runner = "shell"', "its text holds a secret"),
        ("./manage.py a%password=x1y2z3secret", "", "its text holds a secret"),
        ("umask u=rwx; ./manage.py a", "", "umask u=rwx is no number"),
        ("NOW=$(date) ./manage.py a", "", "the shell computes NOW"),
        ("curl -k https://x.example/", 'runner = "http"', "curl -k is not understood"),
        ("curl -fsS https://x.example/?token=x1y2z3secret", 'runner = "http"', "its request holds a secret"),
    ],
)
def test_what_gets_no_task_and_why(line: str, decision: str, reason: str) -> None:
    found = inventory(f"0 5 * * * {line}")
    text = f"[jobs.{found.jobs[0].id}]\n{decision}"
    plan = generate(inventory(f"0 5 * * * {line}", text), read_configuration(text), {})
    [left] = plan.left_out
    assert left.reason.startswith(reason)


def test_a_command_of_no_project_gets_no_task_because_it_is_none() -> None:
    """Not because of a night on which Celery would start it otherwise: it stays where it is."""
    [left] = generate(
        inventory("*/10 * * * * cd /srv; curl https://x.example/"), Configuration(), {}
    ).left_out
    assert left.reason == "curl is no Django management command: it stays in cron"


def test_what_a_shell_does_as_cron_did_hinders_no_move() -> None:
    text = "0 5 * * * [ -f /etc/on ] && for i in 1 2; do ./manage.py a $i; done"
    assert job(text).status == "decide"
    assert job(text, '[jobs.a]\nrunner = "shell"').status == "exact"


@pytest.mark.parametrize(
    ("line", "request_"),
    [
        (
            "curl -fsSL https://x.example/a",
            Request("https://x.example/a", strict=True, follow=True),
        ),
        (
            "curl -s -X PUT -d a=1 -d b=2 -H 'X-A: b' -m 5 https://x.example/a -o /dev/null",
            Request("https://x.example/a", 5, "PUT", "a=1&b=2", {"X-A": "b"}),
        ),
        (
            "wget -q -O - --post-data=x https://x.example/a",
            Request("https://x.example/a", 900, data="x", follow=True, strict=True),
        ),
        (
            "wget --spider https://x.example/a",
            Request("https://x.example/a", 900, "HEAD", follow=True, strict=True),
        ),
        ("curl -o /srv/file https://x.example/a", "curl -o /srv/file is not understood: let a shell run it"),
        ("curl -d @file https://x.example/a", "curl -d @file is not understood: let a shell run it"),
        (
            "curl https://x.example/a https://x.example/b",
            "curl https://x.example/b is not understood: let a shell run it",
        ),
        ("curl $URL", "curl asks for no address that begins with http"),
    ],
)
def test_a_web_call_as_a_request(line: str, request_: Request | str) -> None:
    [step] = read_command(line).steps
    assert request_of(step) == request_


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


def outcome_of(code: CodeType, failing: tuple[str, ...]) -> tuple[list[str], bool]:
    """What the task runs, and whether it succeeds."""
    ran: list[str] = []
    tasks: list[Callable[[], None]] = []

    def run_command(name: str) -> None:
        ran.append(name)
        if name in failing:
            raise ValueError(name)

    names: dict[str, Any] = {}
    exec(_contract_code(), names)
    names["logger"] = logging.getLogger("nobody listens")
    names["logger"].disabled = True
    names |= {
        "run_command": run_command,
        "shared_task": lambda **_: tasks.append,
        "recorded": lambda *_, **__: lambda function: function,
    }
    exec(code, names)
    try:
        tasks[0]()
    except ValueError:
        return ran, False
    return ran, True


@cache
def _contract_code() -> CodeType:
    return compile(whole_contract(), "cron_contract.py", "exec")


LINE = (
    "MAILTO=ops@shop.example\nAPI_TOKEN=x1y2z3\n0 5 * * * cd /srv && sleep 30 && flock -n /run/l timeout 90 "
    "./manage.py a --password x1y2z3secret >> /var/log/a 2>&1; echo done"
)


def test_the_contract_is_told() -> None:
    told = promises_of(job(LINE))
    assert told.kept == (
        "exit status",
        "the lock /run/l with cron's runs on one host, too, a failure when it is held",
        "no retry",
        "time limit of 90 s",
        "no mail, because no output reaches cron",
    )
    assert told.changed == (
        "output goes to the task's log, not to /var/log/a",
        "the working folder is the worker's, not /srv",
        "a failure is seen, which the line hides",
        "it starts at once, without the line's delay",
        "API_TOKEN is the worker's own",
        "--password is read from the worker's A_PASSWORD",
    )
    assert told.lost == ()


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        ("0 5 * * * ./manage.py a", "mail of any output to the crontab's owner, whom a worker cannot reach"),
        ("MAILTO=root\n0 5 * * * ./manage.py a", "mail of any output to root, whom a worker cannot reach"),
        ('MAILTO=""\n0 5 * * * sudo -u www-data ./manage.py a', "the user www-data"),
    ],
)
def test_what_is_not_kept_is_named(text: str, lost: str) -> None:
    assert promises_of(job(text)).lost == (lost,)


def test_nothing_is_tried_again_that_is_not_declared() -> None:
    """autoretry_for on tasks that send mail: cron never retried."""
    text = tasks_of(job("0 5 * * * ./manage.py a"))
    assert re.findall("autoretry|retr[iy]", text.replace("no retry", "")) == []


def test_only_a_limit_of_the_line_is_one_of_the_task() -> None:
    with_one, without = (tasks_of(job(f"0 5 * * * {prefix}./manage.py a")) for prefix in ("timeout 60 ", ""))
    assert ("time_limit=90" in with_one, "limit=" in without) == (True, False)


def test_no_secret_gets_into_code() -> None:
    text = tasks_of(job(LINE))
    assert "x1y2z3" not in text


def test_the_runner_is_the_worker_wherever_it_can_be() -> None:
    assert runner_of(job("DJANGO_SETTINGS_MODULE=x.y\nHOME=/srv\n0 5 * * * ./manage.py a")) == "call_command"
    assert runner_of(job("APP=/srv\n0 5 * * * cd $APP && ./manage.py a")) == "call_command"
    assert runner_of(job("LANG=pl_PL.UTF-8\n0 5 * * * ./manage.py a")) == "subprocess"
    assert (
        runner_of(job("LANG=pl_PL.UTF-8\n0 5 * * * ./manage.py a", '[jobs.a]\nrunner = "call_command"'))
        == "call_command"
    )


def lock_names(*lines: str) -> list[str]:
    crontab = "\n".join(f"{minute} 5 * * * {line}" for minute, line in enumerate(lines))
    return [lock_name(one) for one in inventory(crontab).jobs]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("flock -n $HOME/a/x.lock", "flock -n $HOME/b/x.lock"),
        ("flock -n ~/a/x.lock", "flock -n ~/b/x.lock"),
        ("flock -n ~/x.lock", "flock -n /run/x.lock"),
        ("flock -n a/x.lock", "flock -n b/x.lock"),
        ("cd a && flock -n x.lock", "cd b && flock -n x.lock"),
        ("cd /a && flock -n $USER.lock", "cd /b && flock -n $USER.lock"),
        ("cd a && flock -n x.lock", "flock -n x.lock"),
        ("flock -n /run/$USER/x.lock", "flock -n /srv/$USER/x.lock"),
        ("flock -n $X/../a/x.lock", "flock -n $Y/../a/x.lock"),
        ("flock -n ~/a/.lock", "flock -n ~/b/.lock"),
        ("setlock -n /srv/a/x.lock", "setlock -n /srv/b/x.lock"),
        ("lckdo /run/x.lock", "lckdo /tmp/x.lock"),
        ("cd /srv && flock -n ~/x.lock", "flock -n /srv/~/x.lock"),
    ],
)
def test_two_lock_files_have_two_names(one: str, other: str) -> None:
    names = lock_names(f"{one} ./manage.py a", f"{other} ./manage.py b")
    assert len(set(names)) == 2
    assert all(re.fullmatch(r"/[^$`]+|[\w.-]+", name) for name in names)  # each a file of its folder


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("flock -n $HOME/a/x.lock", "flock -w 5 ${HOME}/a/x.lock"),
        ("flock -n ~/a/x.lock", "cd a && flock -n ./x.lock"),
        ("cd /srv && flock -n ~/x.lock", "flock -n $HOME/x.lock"),
        ("cd a && flock -n b/x.lock", "flock -n a/b/x.lock"),
        ("flock -n /run/lock/$USER.lock", "flock /run/lock/$USER.lock"),
        ("setlock -n /srv/a/x.lock", "setlock /srv//a/x.lock"),
    ],
)
def test_one_lock_file_has_one_name(one: str, other: str) -> None:
    assert len(set(lock_names(f"{one} ./manage.py a", f"{other} ./manage.py b"))) == 1


def test_what_completes_a_path_keeps_locks_apart() -> None:
    line = "0 5 * * * flock -n $SPOOL/x.lock ./manage.py"
    crontab = f"SPOOL=/a\n{line} a\nSPOOL=/b\n{line} b\n1 {line[2:]} c\n"
    one, other, same = (lock_name(one) for one in inventory(crontab).jobs)
    assert one != other == same


def test_locks_at_home_of_two_users_have_two_names() -> None:
    line = "0 5 * * * {} flock -n $HOME/x.lock ./manage.py {}\n"
    text = line.format("shop", "a") + line.format("api", "b") + line.format("api", "c")
    context = Context("Europe/Warsaw", dt.date(2026, 1, 1))
    found = take_inventory([SourceFile("etc/cron.d/shop", text)], context)
    one, other, same = (lock_name(one) for one in found.jobs)
    assert one != other == same


@pytest.mark.parametrize("call", ["flock -sn /run/l {}", "flock -u /run/l {}"])
def test_the_team_decides_on_a_lock_that_keeps_nothing_out(call: str) -> None:
    line = "0 5 * * * " + call.format("./manage.py a")
    assert job(line).status == "decide"
    for decision in ('overlap = "allow"', 'runner = "shell"', 'accept = ["CM331"]'):
        assert job(line, f"[jobs.a]\n{decision}").status == "exact"


MIXED = """\
0 5 * * * flock -n /run/shop.lock ./manage.py a
0 6 * * * lockfile -r0 /var/run/shop.lock && ./manage.py b; rm -f /var/run/shop.lock
0 7 * * * setlock -n /run/shop.lock ./manage.py c
"""


def test_one_file_that_is_locked_in_two_ways_has_to_be_decided() -> None:
    found = inventory(MIXED)
    codes = [[one.code for one in job.findings if one.code == "CM439"] for job in found.jobs]
    assert (codes, {job.status for job in found.jobs}) == ([["CM439"]] * 3, {"decide"})
    decided = '[jobs.a]\nlock = "shop"\n[jobs.b]\nlock = "shop"\n[jobs.c]\nlock = "shop"\n'
    assert {lock_name(job) for job in inventory(MIXED, decided).jobs} == {"shop"}
    assert {job.status for job in inventory(MIXED, decided).jobs} == {"exact"}
    accepted = "".join(f'[jobs.{name}]\naccept = ["CM439"]\n' for name in "abc")
    [one, other, third] = inventory(MIXED, accepted).jobs
    assert lock_name(one) == lock_name(third) == "/run/shop.lock"  # both call flock(2)
    assert lock_name(other) != lock_name(one)


def test_what_the_team_added_is_not_said_to_be_kept() -> None:
    decisions = '[jobs.a]\ntimeout = "5m"\noverlap = "skip"\nmailto = "ops@shop.example"\n'
    promises = promises_of(job("0 5 * * * ./manage.py a > /dev/null 2>&1", decisions))
    assert promises.added == (
        "the lock a among Celery's runs, a failure when it is held",
        "time limit of 300 s",
        "mail of any output to ops@shop.example",
    )
    assert promises.kept == ("exit status", "no retry")
    limited = "0 5 * * * timeout 5m flock -n /run/a.lock ./manage.py a"
    same = promises_of(job(limited, '[jobs.a]\ntimeout = "300"\n'))
    assert (same.added, "time limit of 300 s" in same.kept) == ((), True)
    allowed = job("0 5 * * * flock -n /run/a.lock ./manage.py a", '[jobs.a]\noverlap = "allow"\n')
    assert promises_of(allowed).added == ("no lock: runs may overlap",)
    assert "Added by migrator.toml: no lock: runs may overlap." in tasks_of(allowed)
