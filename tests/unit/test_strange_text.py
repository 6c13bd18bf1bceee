"""Texts that nobody writes by hand, and that a file may hold all the same: they stop no scan."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from migrator.crontab.command import read_command
from migrator.crontab.cron_log import read_starts
from migrator.errors import BadExpression
from migrator.report.scan import scan_document
from migrator.schedule.calendar import calendar_event, seconds_of
from migrator.schedule.kinds import Undecided
from migrator.schedule.robfig import read_robfig
from migrator.sources.periodic_task import Row, found_in_rows
from tests.unit.found_files import codes, scan

LONG = "9" * 5000  # digits, which int() refuses


@pytest.mark.parametrize(
    "command",
    [
        "flock -E ² /run/a.lock ./manage.py x",
        "flock -n ² && ./manage.py x",
        f"flock -n {LONG} && ./manage.py x",
        'dotlockfile "" && ./manage.py x',
        f'python -c "import random,time; time.sleep(random.randint(0,{LONG}))"; ./manage.py x',
        f"./manage.py x {LONG}> 'a log'",
    ],
    ids=lambda command: command[:40],
)
def test_numbers_of_a_command(command: str) -> None:
    assert "x" in [step.name for step in read_command(command).steps]


@pytest.mark.parametrize("shell", ["/bin/sh", "/bin/bash"])
@pytest.mark.parametrize(
    "command",
    [
        "./manage.py x " + "{a,b}" * 2000,
        "./manage.py x " + "{" * 20_000,
        "./manage.py x " + "{a," * 1000 + "b" + "}" * 1000,
        "./manage.py x; echo " + "$(a " * 1500 + ")" * 1500,
    ],
    ids=lambda command: command[13:30],
)
def test_what_is_nested_or_repeated_without_end(command: str, shell: str) -> None:
    assert [step.name for step in read_command(command, settings={"SHELL": shell}).steps] == ["x"]


def test_a_lock_script_with_a_long_chain() -> None:
    script = "#!/bin/sh\n" + "true && \\\n" * 3000 + 'flock -n /run/a "$@"\n'
    reading = read_command("bin/locked.sh './manage.py x'", scripts={"bin/locked.sh": script})
    assert reading.lock is not None


LAUGHS = "\n".join(f"A{n} = " + f"$(A{n + 1})" * 10 for n in range(15)) + "\nA15 = x\nt:\n\techo $(A0)\n"
INVOKED = "from invoke import task\n@task\ndef t(c):\n    x = "


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("Makefile", LAUGHS),
        ("justfile", 't: (b "x)\n  ./manage.py x\nb y:\n  echo\n'),
        ("justfile", "t: ( )\n  ./manage.py x\n"),
        ("tasks.py", f"{INVOKED}{'-' * 100_000}1\n"),
        ("tasks.py", f"{INVOKED}{'1+' * 4000}1\n"),
    ],
)
def test_recipes_that_no_reader_follows_are_said(path: str, text: str) -> None:
    call = {"Makefile": "make t", "justfile": "just t", "tasks.py": "invoke t"}[path]
    assert "CM332" in {remark.code for remark in read_command(call, scripts={path: text}).remarks}


@pytest.mark.parametrize("line", ["shift ²", f"shift {LONG}", f'"${{@:{LONG}}}"'], ids=lambda line: line[:9])
def test_numbers_of_a_lock_script(line: str) -> None:
    script = f'#!/bin/sh\n{line}\nflock -n /run/a "$@"\n'
    read_command("bin/locked.sh a './manage.py x'", scripts={"bin/locked.sh": script})


@pytest.mark.parametrize(
    "line",
    [
        "0001-01-01T00:00:00+14:00 host CRON[1]: (root) CMD (x)",
        "9999-12-31T23:59:59 host CRON[1]: (root) CMD (x)",
        f"2026-01-01T00:00:00+00:00 host CRON[{LONG}]: (root) CMD (x)",
    ],
    ids=lambda line: line[:26],
)
def test_lines_of_a_log(line: str) -> None:
    now = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
    assert list(read_starts([line], ZoneInfo("America/New_York"), now)) == []


@pytest.mark.parametrize("line", [f"{LONG} 5 id ./manage.py x", f"1 {LONG} id ./manage.py x"])
def test_anacron_skips_what_is_out_of_range(line: str) -> None:
    found = scan(("etc/anacrontab", f"{line}\n"))
    assert (found.jobs, codes(found)) == ((), ["CM101"])


def test_spans_and_events_of_systemd() -> None:
    assert (seconds_of(LONG), seconds_of("600000y")) == (None, None)
    assert isinstance(calendar_event(f"*:{LONG}").schedule, Undecided)


def test_go_refuses_a_duration_that_its_nanoseconds_cannot_hold() -> None:
    with pytest.raises(BadExpression, match="no length of time"):
        read_robfig("@every 2562048h")


HEX = f"0x{'f' * 5000}"  # which int() reads, and str() refuses
BEAT = 'CELERY_BEAT_SCHEDULE = {"a": {"task": "x", "schedule": %s}}\n'
CRONJOBS = 'CRONJOBS = [("* * * * *", "django.core.management.call_command", ["x", %s])]\n'
APSCHEDULER = "from apscheduler.schedulers.blocking import BlockingScheduler\ns.add_job(f, %s)\n"
HUEY = 'from huey import crontab\n@huey.periodic_task(crontab(minute="%s"))\ndef f(): pass\n'
DJANGO_CRON = (
    "from django_cron import CronJobBase, Schedule\n"
    "class A(CronJobBase):\n    code = 1\n    schedule = Schedule(%s)\n"
)


@pytest.mark.parametrize(
    "text",
    [
        BEAT % "1e999",
        BEAT % 'float("nan")',
        BEAT % HEX,
        BEAT % f'5, "args": [{HEX}]',
        CRONJOBS % HEX,
        CRONJOBS % r'"\ud800"',
        r'CRONJOBS = [("* * * * *", "a.\ud800")]',
        APSCHEDULER % f'"cron", minute={HEX}',
        APSCHEDULER % '"interval", seconds=float("nan")',
        HUEY % "0-9999999999999",
        "import schedule\nschedule.every(1e999).seconds.do(f)\n",
        DJANGO_CRON % "run_every_mins=1e999",
    ],
    ids=lambda text: text[-60:].strip(),
)
def test_values_of_python(text: str) -> None:
    found = scan(("settings.py", text))
    assert [job.schedule.text for job in found.jobs] != []
    scan_document(found)


@pytest.mark.parametrize(
    "expression",
    ["A.join(list(A))", "('{0}' + B).format(A)", "('%(a)s' + C) % {'a': A}", "f'{A}{A}{A}'"],
)
def test_texts_that_would_fill_the_memory(expression: str) -> None:
    names = f"A = '{'x' * 60_000}'\nB = '{'{0}' * 20_000}'\nC = '{'%(a)s' * 12_000}'\n"
    found = scan(("settings.py", f"{names}CRONJOBS = [('5 5 * * *', 'a.b', [{expression}])]\n"))
    assert [job.id for job in found.jobs] == ["a_b"]


def test_a_sum_of_a_thousand_lists() -> None:
    found = scan(("settings.py", f"CRONJOBS = {' + '.join(['[]'] * 2500)} + [('5 * * * *', 'a.b')]\n"))
    assert [job.id for job in found.jobs] == ["a_b"]


def test_names_that_stand_for_names_without_end() -> None:
    chain = "".join(f"A{number + 1} = A{number} + [('5 * * * *', 'a.b')]\n" for number in range(1000))
    assert scan(("settings.py", f"A0 = []\n{chain}CRONJOBS = A1000\n")).jobs


def test_half_a_character_in_a_unit() -> None:
    service = "[Service]\nExecStart=/srv/app/manage.py x \\ud800\n"
    found = scan(("x.timer", "[Timer]\nOnCalendar=daily\n"), ("x.service", service))
    assert [job.id for job in found.jobs] == ["x"]
    scan_document(found)


@pytest.mark.parametrize(
    "comment", [f"#{'=' * 1500}{'a=' * 1500}x", f"# a{'=' * 30_000}b", f"# {'dom ' * 20_000}"], ids=len
)
def test_a_comment_of_many_rulers(comment: str) -> None:
    found = scan(("crontab", f"{comment}\n5 5 * * * ./manage.py x\n"))
    assert [job.id for job in found.jobs] == ["x"]


@pytest.mark.parametrize(
    "script",
    [
        "A=xxxxxxxxxx\n" + 'A="$A$A"\n' * 20 + 'echo "0 5 * * * $A" | crontab -\n',
        "echo '0 5 * * * x' > f0\n"
        + "".join(f"cat f{number} f{number} > f{number + 1}\n" for number in range(40))
        + "crontab f40\n",
        f"A={'x' * 60_000}\necho {'$A ' * 1000} | crontab -\n",
    ],
    ids=lambda script: script[-20:].strip(),
)
def test_a_script_that_doubles_its_text(script: str) -> None:
    assert "CM105" in codes(scan(("install.sh", f"#!/bin/sh\n{script}")))


def test_lines_of_latin_1_that_hold_two_secrets_take_no_others_with_them() -> None:
    lines = ["# -*- coding: latin-1 -*-", "X = {'password': '\udce4', 'token': 'b'}", "Y = 1", "Z = 2"]
    found = scan(("settings.py", "\n".join([*lines, "CRONJOBS = [('* * * * *', 'a.b')]\n"])))
    assert [line.text for line in found.lines][:4] == [lines[0], '"***"', *lines[2:]]


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        ({"kwargs": '{"dbs": [{"password": "hunter2"}]}'}, "t(dbs=[{password: ***}])"),
        ({"args": '[{"password": "hunter2"}]'}, "t({password: ***})"),
        ({"kwargs": '{"a": "\\ud800"}'}, r't(**={"a": "\ud800"})'),
        ({"kwargs": "[" * 100_000}, f"t(**={'[' * 100_000})"),
    ],
    ids=["secret in a list", "secret in args", "half a character", "brackets"],
)
def test_arguments_of_a_row(arguments: dict[str, str], shown: str) -> None:
    found = found_in_rows([Row(1, "a", "t", enabled=True, every=(5, "seconds"), **arguments)])
    assert [job.raw for job in found.jobs] == [shown]
