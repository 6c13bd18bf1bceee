"""One job for a source and what it renders to; ids that outlive an edit of the schedule."""

import datetime as dt
from pathlib import Path

import pytest

from migrator.configuration import JobDecision
from migrator.report.scan import job_document
from migrator.sources.identity import fingerprint
from migrator.sources.inventory import Context, take_inventory
from migrator.sources.job import Inventory
from migrator.sources.kinds import source_of
from migrator.sources.source import SourceFile

ROOT = Path(__file__).parents[2] / "crontabs" / "poradnia"
CONTEXT = Context("Europe/Warsaw", dt.date(2026, 1, 1))


def scan(*texts: str, context: Context = CONTEXT) -> Inventory:
    return take_inventory([SourceFile(f"crontab{n}", text) for n, text in enumerate(texts)], context)


def ids(*lines: str) -> list[str]:
    return [job.id for job in scan("\n".join(lines) + "\n").jobs]


def test_a_crontab_and_its_script_are_four_jobs_with_two_places_each() -> None:
    files = [SourceFile(path.name, path.read_text()) for path in sorted(ROOT.iterdir())]
    found = take_inventory(files, CONTEXT)
    assert [job.id for job in found.jobs] == [
        "send_event_reminders",
        "send_old_cases_reminder",
        "run_court_session_parser",
        "clearsessions",
    ]
    assert [[place.path for place in job.places] for job in found.jobs] == [["crontab", "install.sh"]] * 4
    assert {job.generator and job.generator.path for job in found.jobs} == {"install.sh"}
    assert {job.status for job in found.jobs} == {"exact"}


def test_a_variable_of_the_script_changes_its_schedule() -> None:
    script = SourceFile("install.sh", (ROOT / "install.sh").read_text())
    changed = Context("Europe/Warsaw", dt.date(2026, 1, 1), {"CLEARSESSIONS_SCHEDULE": "0 3 * * *"})
    job = take_inventory([script], changed).job("clearsessions")
    assert job is not None
    assert str(job.expression) == "0 3 * * *"


def test_variables_of_a_crontab_reach_the_jobs_below_them() -> None:
    text = "A='1 '\n0 5 * * * ./manage.py a\nA=2\nPATH=/bin\n0 6 * * * B=3 ./manage.py b\nC=4\n"
    first, second = scan(text).jobs
    assert (first.declared.inherited, second.declared.inherited) == ({"A": "1"}, {"A": "2"})
    assert [job_document(one)["environment"] for one in (first, second)] == [{"A": "1"}, {"A": "2", "B": "3"}]
    wants = [
        [one.place and one.place.line for one in job.findings if one.code == "CM329"]
        for job in (first, second)
    ]
    assert wants == [[1], [3]]


@pytest.mark.parametrize(
    "text",
    [
        "APP=/srv\n0 5 * * * cd $APP && ./manage.py a\n0 6 * * * ./manage.py b\n",
        "SHELL=/bin/sh\nMAILTO=a@b\nHOME=/srv\nTZ=UTC\n@daily ./manage.py a\n",
        "A=1\n@daily A=2 ./manage.py a\n",
        "A=1\n@daily /opt/backup\n",
        "A=1\n@daily docker exec web ./manage.py a\n",
    ],
)
def test_a_variable_that_no_worker_would_lack(text: str) -> None:
    assert "CM329" not in {one.code for one in scan(text).findings}


@pytest.mark.parametrize(
    ("path", "text", "is_one"),
    [
        ("deploy/crontab", "# every five minutes\n*/5 * * * * * echo x\n", True),
        ("deploy/shop.cron", "0 45 * * * python manage.py x\n", True),
        ("etc/cron.d/shop", "0 3 * * * www python manage.py x\n61 3 * * * www python manage.py y\n", True),
        ("etc/cron.d/shop", "0 0 0 * * * root python manage.py x\n", True),
        ("deploy/jobs", "MAILTO=\n@daily ./manage.py x\r\n\r\n0 45 * * * ./manage.py y\n", True),
        ("deploy/jobs", "0 5 * * * ./manage.py x\nand then it runs\n", False),
        ("deploy/numbers", "0 0 1 1 1 1 x\n0 0 0 1 1 1 x\n", False),
        ("deploy/crontab", "# nothing yet\nMAILTO=a@b\n", False),
        ("deploy/crontab.md", "* a list of six words here\n", False),
    ],
)
def test_a_crontab_in_a_folder_of_which_cron_refuses_a_line(path: str, text: str, is_one: bool) -> None:
    assert (source_of(SourceFile(path, text, named=False)) is not None) is is_one


def test_a_program_about_crontabs_is_none() -> None:
    text = "# 0 5 * * * x\n0 5 * * * python manage.py x\n"
    assert source_of(SourceFile("doc/crontab2english.pl", text, named=False)) is None
    assert source_of(SourceFile("doc/crontab.txt", text, named=False)) is not None


def test_a_manual_page_in_a_folder_is_no_source() -> None:
    page = ".TH CRONTAB 5\n.SH EXAMPLE\n0 5 * * * python manage.py x\n"
    assert source_of(SourceFile("man/crontab.5", page, named=False)) is None
    assert source_of(SourceFile("man/crontab.5", page)) is not None


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (["@daily ./manage.py a", "@weekly ./manage.py b"], ["a", "b"]),
        (["@daily ./manage.py a 1", "@daily ./manage.py a 2"], ["a_1", "a_2"]),
        (["@daily ./manage.py a", "@daily ./manage.py a"], ["a", "a_2"]),
        (["@daily ./manage.py a", "@daily ./manage.py a", "@daily ./manage.py a_2"], ["a", "a_2", "a_2_2"]),
        (["@daily ./manage.py a --password s3cret", "@daily ./manage.py a"], ["a_password", "a"]),
        (["@daily /opt/2x.sh"], ["job_2x"]),
        (["@daily"], ["empty"]),
        (["@daily ./manage.py " + "x" * 300], ["x" * 60]),
    ],
)
def test_ids(lines: list[str], found: list[str]) -> None:
    assert ids(*lines) == found


def test_an_id_depends_on_neither_schedule_nor_lock_nor_label() -> None:
    assert ids("# A\n@daily flock -n /l/one.lock ./manage.py x") == ids("# B\n0 5 * * * ./manage.py x")


def test_two_equal_lines_are_two_jobs_and_a_setting_below_changes_nothing_above() -> None:
    found = scan("0 1 * * * ./manage.py a\nMAILTO=b\n0 1 * * * ./manage.py a\n")
    assert [job.declared.mail for job in found.jobs] == [None, "b"]


def test_one_bad_line_makes_the_other_jobs_a_decision() -> None:
    found = scan("0 1 * * * ./manage.py a\n61 * * * * x\n", "0 2 * * * ./manage.py b\n")
    assert [(job.id, job.status) for job in found.jobs] == [("a", "decide"), ("b", "exact")]
    assert [line.kind for line in found.lines] == ["job", "unreadable", "job"]


def test_an_empty_setting_loses_the_file_before_debian_13_only() -> None:
    empty, job = "MAILTO=\n", "0 1 * * * ./manage.py a\n"
    told = {
        text: [(str(one.place), one.message) for one in scan(text).findings if one.code == "CM102"]
        for text in (empty + job, empty + job + "61 * * * * x\n")
    }
    because = "ignores the whole file because of this line:"
    old = f"Debian's cron before version 13 {because} there none of its jobs has run"
    any_version = f"Debian's cron {because} none of its jobs has run"
    assert list(told.values()) == [[("crontab0:1", old)], [("crontab0:3", any_version)]]


@pytest.mark.parametrize("text", ["0 1 * * * ./manage.py a", "0 1 * * * ./manage.py a\nA=b"])
def test_a_missing_last_newline_is_a_finding_of_the_file(text: str) -> None:
    assert "CM102" in {finding.code for finding in scan(text).findings}


@pytest.mark.parametrize(
    ("command", "status"),
    [
        ("./manage.py a", "exact"),
        ("./manage.py a && curl http://h", "decide"),
        ("[ -f x ] && ./manage.py a", "decide"),
        ("{{ cron }} a", "decide"),
        ("/opt/backup", "stays"),
        ("", "stays"),
    ],
)
def test_status(command: str, status: str) -> None:
    assert scan(f"0 5 * * * {command}\n").jobs[0].status == status


def test_an_accepted_finding_no_longer_blocks() -> None:
    decided = Context("UTC", CONTEXT.today, {}, {"a": JobDecision(accept=("CM304",))})
    assert scan("0 5 * * * [ -f x ] && ./manage.py a\n", context=decided).jobs[0].status == "exact"


def test_our_own_sync_line_is_no_job() -> None:
    found = scan("* * * * * python3 -m migrator sync # migrator sync\n")
    assert (found.jobs, [line.kind for line in found.lines]) == ((), ["other"])


@pytest.mark.parametrize(
    ("path", "text", "declares"),
    [
        ("crontab", "@daily x\n", True),
        ("notes.txt", "5 4 3 2 1 go\nand more prose\n", False),
        ("jobs", "# only\n0 5 * * * x\n", True),
        ("install.sh", "echo '@daily x' | crontab -\n", True),
        ("deploy.sh", "make all\n", False),
        ("readme.md", "hello\n", False),
    ],
)
def test_which_files_of_a_folder_are_sources(path: str, text: str, declares: bool) -> None:
    assert (source_of(SourceFile(path, text, named=False)) is not None) is declares


def ids_in_use(text: str, remembered: dict[str, str] | None = None) -> list[str]:
    context = Context("UTC", CONTEXT.today, remembered=remembered or {})
    return [job.id for job in take_inventory([SourceFile("crontab", text)], context).jobs]


def test_a_second_line_of_the_same_command_does_not_rename_a_job_whose_id_is_in_use() -> None:
    old, new = "0 5 * * * python manage.py sync_users --full\n", "* * * * * python manage.py sync_users\n"
    [job] = take_inventory([SourceFile("crontab", old)], CONTEXT).jobs
    in_use = {job.id: fingerprint(job.declared)}
    assert ids_in_use(new + old, in_use) == ["sync_users_2", "sync_users"]
    assert ids_in_use(new + "7 7" + old[3:], in_use) == ["sync_users_2", "sync_users"]


def test_an_instrumented_line_carries_its_id() -> None:
    line = (
        "0 5 * * * /usr/bin/python3 -I -S /x/cronwrap.py users -- /bin/sh -c 'python manage.py sync_users'\n"
    )
    assert ids_in_use(line) == ["users"]


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("cd /srv && ./many.sh", "many.sh was not scanned: it stays in cron, whatever it runs"),
        ("/bin/bash -e bin/many x", "many was not scanned: it stays in cron, whatever it runs"),
        ("/srv/bin/known.sh", "known.sh is no Django management command: it stays in cron"),
        ("/usr/bin/certbot renew", "certbot is no Django management command: it stays in cron"),
    ],
)
def test_a_script_that_was_not_scanned_is_not_called_a_program(command: str, said: str) -> None:
    files = [SourceFile("crontab", f"0 5 * * * {command}\n"), SourceFile("bin/known.sh", "#!/bin/sh\ndate\n")]
    [job] = take_inventory(files, Context("UTC", dt.date(2026, 1, 1))).jobs
    [finding] = [one for one in job.findings if one.code == "CM305"]
    assert (finding.message, job.status) == (said, "stays")
    assert ("scan the folder" in (finding.hint or "")) is ("not scanned" in said)


def test_lock_files_of_one_name_in_two_folders_have_two_keys() -> None:
    lines = ("/a/l.lock", "/b/l.lock", "/b/../b/l.lock", "/b/m.lock")
    text = "".join(f"0 {n} * * * flock -n {path} ./manage.py x{n}\n" for n, path in enumerate(lines))
    jobs = take_inventory([SourceFile("crontab", text)], Context("UTC", dt.date(2026, 1, 1))).jobs
    keys = [job.reading.lock.key for job in jobs if job.reading.lock]
    assert keys == ["/a/l.lock", "/b/l.lock", "/b/l.lock", "m"]
