"""What a command line is for: one row, one shape of wrapper."""

from typing import Any

import pytest

from migrator.crontab.command import read_command
from migrator.crontab.reading import Lock, Reading

RUN = [("management", "x", (), "always")]


def steps(reading: Reading) -> list[tuple[str, str, tuple[str, ...], str]]:
    return [(step.kind, step.name, step.argv, step.after) for step in reading.steps]


@pytest.mark.parametrize(
    "text",
    [
        "python manage.py x",
        "./manage.py x",
        "/usr/bin/python3.11 -u -W ignore /srv/manage.py x",
        "python26 manage.py x",
        "pypy3 manage.py x",
        "python -m django x",
        "django-admin x",
        "manage_pro.py x",
        "$PY manage.py x",
        "nice -n 19 ionice -c3 python manage.py x",
        "chronic nohup python manage.py x",
        "exec python manage.py x",
        "/bin/sh -c 'python manage.py x'",
        "bash -lc 'exec ./manage.py x'",
        "/usr/bin/python3 -I -S /a/cronwrap.py x -- /bin/sh -c 'python manage.py x'",
        ". venv/bin/activate && python manage.py x",
        "python manage.py x # at noon",
    ],
)
def test_the_management_command_behind_transparent_wrappers(text: str) -> None:
    reading = read_command(text, settings={"PY": "/usr/bin/python3"})
    assert (steps(reading), reading.remarks) == (RUN, [])


@pytest.mark.parametrize(
    ("text", "noted"),
    [
        ("cd /srv && python manage.py x", {"cwd": "/srv"}),
        ("cd /srv; cd app; python manage.py x", {"cwd": "/srv/app"}),
        ("python manage.py x >> /var/log/x.log 2>&1", {"log": "/var/log/x.log"}),
        ("python manage.py x > /dev/null 2>&1", {"log": None}),
        ("umask 077 && python manage.py x", {"umask": "077"}),
        ("A=b python manage.py x", {"environment": {"A": "b"}}),
        ("export A=b; python manage.py x", {"environment": {"A": "b"}}),
        ("env -u C A='b c' python manage.py x", {"environment": {"A": "b c"}}),
        ("timeout -k 5 12h python manage.py x", {"timeout": 43200}),
        ("flock -n /run/a.lock python manage.py x", {"lock": Lock("a", False)}),
        ("flock /run/a.lock -c 'python manage.py x'", {"lock": Lock("a", True)}),
        ("flock -w 0 /run/a.lock python manage.py x", {"lock": Lock("a", False)}),
        ("(cd /srv && python manage.py x) >> log", {"cwd": "/srv", "log": "log"}),
        ("python manage.py x | logger -t x", {"exit_masked": True}),
    ],
)
def test_what_a_wrapper_means(text: str, noted: dict[str, Any]) -> None:
    reading = read_command(text)
    assert steps(reading) == RUN
    assert {key: getattr(reading, key) for key in noted} == noted


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("python manage.py x >> log 2&1", "CM302"),
        ("python manage.py x &> log", "CM302"),
        ("python manage.py x &>> log", "CM302"),
        ("bash -c 'python manage.py y' && python manage.py x &> log", "CM302"),
        ("lock.sh x 1h 'python manage.py x'", "CM303"),
        ("[ -f /a ] && python manage.py x", "CM304"),
        ("test -f /a && python manage.py x", "CM304"),
        ("sleep 10; python manage.py x", "CM314"),
        ("python manage.py x | tee log", "CM306"),
        ("python manage.py x & python manage.py y", "CM306"),
        ("for a in b; do python manage.py x; done", "CM307"),
        ("python manage.py x 'open", "CM307"),
        ("python manage.py x &", "CM306"),
        ("! python manage.py x", "CM306"),
        ("timeout $LIMIT python manage.py x", "CM307"),
        ("sudo -u www python manage.py x", "CM309"),
    ],
)
def test_what_is_worth_telling(text: str, code: str) -> None:
    assert [remark.code for remark in read_command(text).remarks][:1] == [code]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("python manage.py x --age=1 'a b'", [("management", "x", ("--age=1", "a b"), "always")]),
        ("curl -fsS http://h/p", [("http", "curl", ("-fsS", "http://h/p"), "always")]),
        ("/opt/backup.sh daily", [("shell", "backup.sh", ("daily",), "always")]),
        ("python job.py 1", [("python", "job.py", ("1",), "always")]),
        (
            "./manage.py a && ./manage.py b || ./manage.py c; ./manage.py d",
            [
                ("management", "a", (), "always"),
                ("management", "b", (), "success"),
                ("management", "c", (), "failure"),
                ("management", "d", (), "always"),
            ],
        ),
        ("./manage.py x $(date +%F)", [("management", "x", ("$(date +%F)",), "always")]),
        ("", []),
        ("# nothing", []),
    ],
)
def test_steps(text: str, found: list[object]) -> None:
    assert steps(read_command(text)) == found


@pytest.mark.parametrize("text", ["python manage.py x &> log", "bash -c 'python manage.py x &> log'"])
def test_bash_redirects_both_streams(text: str) -> None:
    reading = read_command(text, settings={} if text.startswith("bash") else {"SHELL": "/bin/bash"})
    assert (reading.log, reading.remarks) == ("log", [])


def test_a_broken_redirect_passes_no_argument_on() -> None:
    reading = read_command("python manage.py x >> log 2&1")
    assert (steps(reading), reading.exit_masked) == (RUN, True)


def test_a_management_command_that_reads_from_a_pipe_is_seen_and_left_to_a_person() -> None:
    reading = read_command("yes | python manage.py flush")
    assert [(step.kind, step.name) for step in reading.steps] == [("management", "flush")]
    assert [remark.code for remark in reading.remarks] == ["CM317"]
    assert reading.stdin == "y\n"


@pytest.mark.parametrize(
    "text",
    ["[ -x a ]; python manage.py x", "set -e; [ -x a ]; python manage.py x", "python manage.py x && [ b ]",
     "{ [[ a ]]; }; python manage.py x", "[ -x a ] || [ -x b ]; python manage.py x"],
)  # fmt: skip
def test_a_test_that_lets_nothing_on_is_no_guard(text: str) -> None:
    reading = read_command(text, settings={"SHELL": "/bin/bash"})
    assert steps(reading) == RUN
    assert reading.guard is None


@pytest.mark.parametrize(
    ("shell", "argv", "codes"),
    [
        ("/bin/bash", ("--day=1", "--day=2", "{c,d}", "{}"), []),
        ("/bin/sh", ("--day={1..2}", "{c,d}", "{}"), ["CM316"]),
    ],
)
def test_braces_are_several_words_to_bash(shell: str, argv: tuple[str, ...], codes: list[str]) -> None:
    reading = read_command("./manage.py x --day={1..2} '{c,d}' {}", settings={"SHELL": shell})
    assert reading.steps[0].argv == argv
    assert [remark.code for remark in reading.remarks] == codes


@pytest.mark.parametrize("word", ["{a,$B}", "{a,'b c'}", "{1..1000000}", "{Z..a}", "x{$(date +%F),b}"])
def test_braces_around_what_the_shell_computes(word: str) -> None:
    reading = read_command(f"./manage.py x {word}", settings={"SHELL": "/bin/bash"})
    assert [remark.code for remark in reading.remarks] == ["CM312"]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("bash <<< 'cd /srv && ./manage.py x'", ["CM316"]),
        ("echo 'cd /srv && ./manage.py x' | sh", []),
        ("echo './manage.py x' | bash -s", []),
        ("printf './manage.py x' | sudo -u www sh -e", ["CM309"]),
        ("echo './manage.py x' | ssh web1 bash", ["CM323"]),
        ("echo './manage.py x' | at now", ["CM320"]),
        ("echo 'cd /srv; ./manage.py x' | batch", ["CM311", "CM320"]),
        ("eval './manage.py x && cd /y'", []),
        ("CMD='cd /srv && ./manage.py x'; eval $CMD", []),
        ("env -S python3 -u /srv/manage.py x", []),
        ("env -S 'A=b python3 manage.py x'", []),
        ("time ( ./manage.py x )", []),
        ("unknown-tool 'python -m django x'", ["CM320"]),
        ("cat ids | while read id; do ./manage.py x; done", ["CM307", "CM317"]),
    ],
)
def test_what_a_shell_reads_from_its_input_is_read(text: str, codes: list[str]) -> None:
    reading = read_command(text)
    assert (steps(reading), sorted(remark.code for remark in reading.remarks)) == (RUN, codes)
    assert reading.stdin is None


@pytest.mark.parametrize("text", ["echo './manage.py x failed' | mail -s x y", "sh < /srv/run.sh"])
def test_other_texts_are_no_command(text: str) -> None:
    assert not any(step.kind == "management" for step in read_command(text).steps)


@pytest.mark.parametrize(
    ("text", "beside"),
    [
        ("./manage.py x & ./manage.py y & wait", True),
        ("(./manage.py x &); sleep 5; ./manage.py y", True),
        ("./manage.py x & wait; ./manage.py y", False),
        ("nohup ./manage.py x > log 2>&1 &", False),
        ("./manage.py x & echo started", False),
    ],
)
def test_commands_that_run_at_the_same_time(text: str, beside: bool) -> None:
    assert ("CM330" in {remark.code for remark in read_command(text).remarks}) is beside


@pytest.mark.parametrize(
    ("text", "noted"),
    [
        ("env $(cat /srv/.env) ./manage.py x", {"environment_files": ["/srv/.env"]}),
        (
            "env $(grep -v '^#' .env | xargs) A=b ./manage.py x",
            {"environment_files": [".env"], "environment": {"A": "b"}},
        ),
        ("env -i PATH=/bin ./manage.py x", {"cleared": True, "environment": {"PATH": "/bin"}}),
        ("env - ./manage.py x", {"cleared": True}),
        ("systemd-cat -t x ./manage.py x", {"log": "syslog:x", "output": "logged", "errors": "logged"}),
        ("daemonize -l /l/x.lock -o /log /srv/manage.py x", {"lock": Lock("x", False), "log": "/log"}),
        ("daemonize /srv/manage.py x", {"output": "dropped"}),
        ("./manage.py x > >(cat)", {"log": None, "output": "piped"}),
    ],
)
def test_what_surrounds_a_command(text: str, noted: dict[str, Any]) -> None:
    reading = read_command(text, settings={"SHELL": "/bin/bash"})
    assert {name: getattr(reading, name) for name in noted} == noted
    assert steps(reading) == RUN


@pytest.mark.parametrize("tail", ["mail -s failed it@example.org", "curl -d @- https://example.org"])
def test_what_is_done_with_a_text_is_more_than_the_text(tail: str) -> None:
    reading = read_command(f"./manage.py x || echo failed | {tail}")
    assert [(step.kind, step.name, step.after) for step in reading.steps] == [
        ("management", "x", "always"),
        ("http" if tail.startswith("curl") else "shell", tail.split(maxsplit=1)[0], "failure"),
    ]


def test_a_text_for_a_log_is_no_step() -> None:
    assert steps(read_command("echo start | logger; date | tee -a log; ./manage.py x")) == RUN
