"""The code of one task: who runs it, in which order, and inside what."""

import pytest

from migrator.codegen.plan import generate
from migrator.codegen.runner import runner_of
from migrator.configuration import Configuration, read_configuration
from migrator.errors import UsageProblem
from tests.task_code import body, inventory, job


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


def test_the_runner_is_the_worker_wherever_it_can_be() -> None:
    assert runner_of(job("DJANGO_SETTINGS_MODULE=x.y\nHOME=/srv\n0 5 * * * ./manage.py a")) == "call_command"
    assert runner_of(job("APP=/srv\n0 5 * * * cd $APP && ./manage.py a")) == "call_command"
    assert runner_of(job("LANG=pl_PL.UTF-8\n0 5 * * * ./manage.py a")) == "subprocess"
    assert (
        runner_of(job("LANG=pl_PL.UTF-8\n0 5 * * * ./manage.py a", '[jobs.a]\nrunner = "call_command"'))
        == "call_command"
    )
