"""migrator cutover from the outside: what it shows, what it refuses, what it puts back, what it warns of."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from migrator.adapters.virtual_cron import unshared
from tests.contract.cutover_project import CutoverProject, load, save, write_cutover_project

WARSAW = ZoneInfo("Europe/Warsaw")
JOB = "send_event_reminders"
MARKER = f"#migrator retired {JOB}: "
EXECUTE = ("--accept", "the office knows", "--execute")
SECRET = "hunter2-is-no-password"
STRAY = """
import datetime as dt
from django.utils import timezone
from migrator.contrib.django.models import Handover, Run
Handover.objects.update(from_due=timezone.now() - dt.timedelta(hours=1))
Run.objects.create(run="1", job="send_event_reminders", side="control", action="yield", kind="extra",
                   started=timezone.now(), host="web2", user="deploy")
"""
AUDIT = """
from migrator.contrib.django.models import Handover
last = Handover.objects.last()
print(last.owner, last.accepted)
"""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> CutoverProject:
    project = write_cutover_project(tmp_path_factory.mktemp("cutover"))
    project.installed.write_text(f"API_TOKEN={SECRET}\n{project.installed.read_text()}")
    save(project.folder, "pristine")
    project("cutover", "apply", JOB, *EXECUTE)
    save(project.folder, "applied")
    return project


@pytest.fixture
def project(written: CutoverProject) -> CutoverProject:
    load(written.folder, "pristine")
    return written


@pytest.fixture
def applied(written: CutoverProject) -> CutoverProject:
    load(written.folder, "applied")
    return written


def test_a_plan_shows_every_edit_and_what_stands_against_it(project: CutoverProject) -> None:
    before = project.text("installed")
    shown = project("cutover", "plan", JOB, code=1).stdout
    assert shown.count(f"\n+{MARKER}") == 3  # the crontab of this user, its source, and what generates both
    assert f"{JOB}: celery -> retired from " in shown
    assert "the verdict is unsafe" in shown
    assert project.text("installed") == before
    document = project.document("cutover", "plan", JOB, code=1)
    assert [edit["jobs"] for edit in document["edits"]] == [[JOB]] * 3
    assert document["plan"] in shown


def test_apply_without_execute_is_the_plan(project: CutoverProject) -> None:
    before = project.text("installed")
    shown = project("cutover", "apply", JOB, "--accept", "x").stdout
    assert MARKER in shown
    assert project.text("installed") == before
    assert project.document("owner", JOB)["jobs"][0]["owner"] == "celery"


@pytest.mark.parametrize("words", [(), ("--execute",)])
def test_a_verdict_that_is_not_safe_needs_a_reason(project: CutoverProject, words: tuple[str, ...]) -> None:
    said = project("cutover", "apply", JOB, *words, code=1).stderr
    assert "the verdict is unsafe" in said
    assert '--accept "reason"' in said
    assert MARKER not in project.text("installed")


def test_the_reason_is_kept_in_the_audit_log(applied: CutoverProject) -> None:
    assert applied.shell(AUDIT) == "retired the office knows\n"
    assert applied.text("installed").count(MARKER) == 1


def test_a_job_of_crons_cannot_leave_whatever_is_accepted(project: CutoverProject) -> None:
    project("owner", JOB, "cron")
    project.shell("from migrator.contrib.django.models import Handover; Handover.objects.all().delete()")
    said = project("cutover", "apply", JOB, *EXECUTE, code=1).stderr
    assert "the owner is cron, and must be celery" in said


@pytest.mark.parametrize("verb", ["plan", "apply"])
def test_a_named_time_near_a_slot_is_refused_with_the_next_one(project: CutoverProject, verb: str) -> None:
    """The reminders are due at 12:00 in Warsaw, by whose clock this machine goes."""
    said = project("cutover", verb, JOB, "--at", "11:59:50", code=1).stderr
    assert "a slot is too near " in said
    assert "11:59:50" in said
    assert "the next safe moment is " in said
    assert "T12:00:15+" in said
    project("cutover", verb, JOB, "--at", "2026-01-01T11:00", code=2)
    project("cutover", verb, JOB, "--at", "noon", code=2)


def test_a_plan_shows_the_time_that_was_named(project: CutoverProject) -> None:
    document = project.document("cutover", "plan", JOB, "--at", "11:30", code=1)
    assert "T11:30:00" in dt.datetime.fromisoformat(document["not_before"]).astimezone(WARSAW).isoformat()


def test_only_the_plan_that_was_looked_at(project: CutoverProject) -> None:
    plan = project.document("cutover", "plan", JOB, code=1)["plan"]
    project.installed.write_text(project.text("installed") + "5 5 * * * somebody else\n")
    said = project("cutover", "apply", JOB, *EXECUTE, "--plan", plan, code=3).stderr
    assert "the plan is " in said
    assert MARKER not in project.text("installed")
    now = project.document("cutover", "plan", JOB, code=1)["plan"]
    project("cutover", "apply", JOB, *EXECUTE, "--plan", now)


def test_an_editor_at_work_loses_nothing_and_the_rest_is_done_later(project: CutoverProject) -> None:
    said = project("cutover", "apply", JOB, *EXECUTE, code=3, EDITOR_AT_WORK="1").stderr
    assert "has changed since it was read" in said
    assert "somebody else\n" in project.text("installed")
    assert MARKER not in project.text("installed")
    assert f"the apply of {JOB} was interrupted" in project("cutover", "status", code=1).stdout
    assert "is half done" in project("cutover", "apply", "clearsessions", *EXECUTE, code=1).stderr
    project("cutover", "apply", JOB, "--execute")
    assert MARKER in project.text("installed")
    assert "somebody else\n" in project.text("installed")


def test_rollback_shows_an_edit_and_keeps_it_where_that_is_accepted(applied: CutoverProject) -> None:
    edited = applied.text("installed") + f"5 5 * * * fetch --password={SECRET}\n"
    applied.installed.write_text(edited)
    said = applied("cutover", "rollback", JOB, "--execute", code=3).stderr
    assert "has been edited since the cutover wrote it" in said
    assert "+5 5 * * * fetch --password=***" in said
    assert applied.text("installed") == edited
    applied("cutover", "rollback", JOB, "--execute", "--accept", "fetch is new")
    assert applied.text("installed") == edited.replace(MARKER, "")


@pytest.mark.parametrize("name", ["installed", "crontabs/poradnia/crontab"])
def test_a_line_that_somebody_has_deleted_is_never_said_to_be_back(
    applied: CutoverProject, name: str
) -> None:
    path: Path = applied.folder / name
    whole = path.read_text()
    [line] = [one for one in whole.splitlines(keepends=True) if one.startswith(MARKER)]
    path.write_text(whole.replace(line, ""))
    for words in ((), ("--execute",), ("--execute", "--accept", "x")):
        said = applied("cutover", "rollback", JOB, *words, code=3).stderr
        assert "somebody has deleted a line that the cutover left" in said
        assert line.rstrip() in said
        [backup, number] = said.partition("as it is in ")[2].partition(", with its marker")[0].rsplit(":", 1)
        assert Path(backup).read_text().splitlines(keepends=True)[int(number) - 1] == line
    assert applied.document("owner", JOB)["jobs"][0]["owner"] != "cron"
    applied("owner", JOB, "cron", code=1)
    path.write_text(whole)
    applied("cutover", "rollback", JOB, "--execute")
    assert path.read_text() == whole.replace(MARKER, "")


def test_the_backups_move_with_the_project(applied: CutoverProject, tmp_path: Path) -> None:
    journal = applied.folder / ".migrator" / "cutover.json"
    journal.write_text(journal.read_text().replace(str(applied.folder / ".migrator"), str(tmp_path)))
    applied.installed.write_text(applied.text("installed") + "5 5 * * * somebody else\n")
    applied("cutover", "rollback", JOB, *EXECUTE)
    assert MARKER not in applied.text("installed")


def test_who_gives_a_job_back_to_cron_hears_that_its_line_is_gone(applied: CutoverProject) -> None:
    applied("cutover", "rollback", JOB, "--execute")
    whole = applied.text("installed")
    applied.installed.write_text("".join(x for x in whole.splitlines(keepends=True) if JOB not in x))
    said = applied("owner", JOB, "cron").stderr
    assert f"{JOB}: cron will not execute it, its line is gone from the crontab:" in said
    applied.installed.write_text(whole)
    assert "its line is gone" not in applied("owner", JOB, "cron").stderr


def test_a_line_that_is_lost_before_another_leaves_is_missed_all_the_same(applied: CutoverProject) -> None:
    """The next apply writes the file without it, so that no digest tells of an edit."""
    before = applied.text("installed")
    applied.installed.write_text("".join(x for x in before.splitlines(keepends=True) if MARKER not in x))
    applied("cutover", "apply", "clearsessions", *EXECUTE)
    applied("cutover", "rollback", JOB, *EXECUTE, code=3)
    applied("cutover", "rollback", "clearsessions", "--execute")


def test_rollback_of_all_with_none_out_says_so(project: CutoverProject) -> None:
    said = project("cutover", "rollback", "--all", "--execute", code=1).stderr
    assert "no job has been taken out of cron by this project" in said
    assert "-\n" not in said


def test_what_a_rollback_has_just_put_back_may_leave_again(applied: CutoverProject) -> None:
    """Celery's slots begin in two minutes only; until then the row in force says `retired`."""
    applied.shell(
        "import datetime as dt\nfrom django.utils import timezone\n"
        "from migrator.contrib.django.models import Handover\n"
        "Handover.objects.update(from_due=timezone.now() - dt.timedelta(hours=1))"
    )
    applied("cutover", "rollback", JOB, "--execute")
    assert applied.document("owner", JOB)["jobs"][0]["owner"] == "retired"
    applied("cutover", "apply", "--all", *EXECUTE)
    assert MARKER in applied.text("installed")


def test_a_declared_move_comes_with_the_cutover_and_goes_before_a_rollback(applied: CutoverProject) -> None:
    """A line that cron starts at 12:00 beside a task of 13:30 would do the work twice."""
    toml = applied.folder / "migrator.toml"
    before = toml.read_text()
    toml.write_text(f'{before}\n[jobs.{JOB}]\nmove = "30 13 * * *"\nmove_reason = "after lunch"\n')
    try:
        applied("generate", "--check", code=1)
        applied("generate", "--write")
        assert 'crontab(minute="30", hour="13")' in applied.text("config/beat_schedule.py")
        said = applied("cutover", "rollback", JOB, "--execute", code=1).stderr
        assert (
            "the line says 0 12 * * *, and the task in the code 30 13 * * *: both would do the work" in said
        )
        assert MARKER in applied.text("installed")
    finally:
        toml.write_text(before)
    applied("generate", "--write")
    applied("cutover", "rollback", JOB, "--execute")
    assert MARKER not in applied.text("installed")


def test_rollback_without_execute_only_shows(applied: CutoverProject) -> None:
    before = applied.text("installed")
    assert f"-{MARKER}" in applied("cutover", "rollback", JOB).stdout
    assert applied.text("installed") == before


def test_what_has_left_cron_is_given_back_by_rollback_only(applied: CutoverProject) -> None:
    said = applied("owner", JOB, "cron", code=1).stderr
    assert f"run `migrator cutover rollback {JOB}`" in said
    aborted = applied("abort", code=1)
    assert aborted.stdout.count("cron executes from ") == 3
    assert f"{JOB} is retired and stays Celery's" in aborted.stderr
    applied("cutover", "rollback", JOB, "--execute")
    applied("owner", JOB, "cron")


def test_code_and_inventory_stay_while_lines_go(applied: CutoverProject) -> None:
    assert applied("generate", "--check").stdout == "up to date\n"
    jobs = {job["id"]: job for job in applied.document("scan")["jobs"]}
    assert len(jobs) == 4
    assert len(jobs[JOB]["retired"]) == len(jobs[JOB]["places"]) == 2
    report = applied.python("-m", "migrator", "report", "--format", "json")
    assert report.returncode == 1, report.stderr


@pytest.mark.parametrize("name", ["installed", "crontabs/poradnia/crontab", "crontabs/poradnia/install.sh"])
def test_a_line_that_comes_back_is_found_wherever_it_is(applied: CutoverProject, name: str) -> None:
    assert [
        one["id"] for one in applied.document("cutover", "status")["jobs"] if one["cutover"] == "applied"
    ] == [JOB]
    path: Path = applied.folder / name
    path.write_text(path.read_text().replace(MARKER, ""))
    [finding] = applied.document("cutover", "status", code=1)["findings"]
    assert (finding["code"], finding["severity"]) == ("CM601", "blocks")
    assert JOB in finding["message"]


def test_an_owner_that_is_not_in_force_yet_is_told_as_that(applied: CutoverProject) -> None:
    """The row of ``retired`` begins with the next slot; until then the job is Celery's by the row before."""
    [one] = [one for one in applied.document("cutover", "status")["jobs"] if one["id"] == JOB]
    assert (one["owner"], one["next"]) == ("celery", "retired")
    assert one["next_from"] > dt.datetime.now(dt.UTC).isoformat()
    assert re.search(
        rf"^{JOB} +celery +applied.*\n +retired from \d", applied("cutover", "status").stdout, re.MULTILINE
    )


def test_a_start_by_cron_after_the_cutover_is_found(applied: CutoverProject) -> None:
    applied.shell(STRAY)
    said = applied("cutover", "status", code=1).stdout
    assert f"CM602 cron started {JOB} at " in said
    assert "as deploy on web2, although it is retired" in said


def test_the_crontabs_of_other_hosts_are_named(applied: CutoverProject) -> None:
    applied.shell(
        "from migrator.contrib.django.models import Host\n"
        "Host.objects.create(name='web2', user='deploy', spool='/var/spool/migrator')"
    )
    done = applied("cutover", "status")
    assert "the crontabs of deploy@web2:/var/spool/migrator are not seen from here" in done.stderr
    assert applied.document("cutover", "status")["elsewhere"] == ["deploy@web2:/var/spool/migrator"]


def test_a_crontab_file_with_users_is_named(project: CutoverProject) -> None:
    path = project.folder / "etc" / "cron.d" / "office"
    path.parent.mkdir(parents=True)
    [line] = [one for one in project.text("crontabs/poradnia/crontab").splitlines() if JOB in one]
    before = f"# ours\n{line.replace('* * * cd', '* * * www-data cd')}\n0 1 * * * root theirs\n"
    path.write_text(before)
    path.chmod(0o640)
    project("cutover", "apply", JOB, *EXECUTE, "--crontab", "etc/cron.d/office")
    assert path.read_text() == before.replace("0 12", f"{MARKER}0 12")
    assert path.stat().st_mode & 0o777 == 0o640
    assert MARKER not in project.text("installed")
    project("cutover", "rollback", JOB, "--execute")
    assert path.read_text() == before


READ_ONLY = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1"'
FULL = (
    'cp -a "$1" "$1.copy" && mount -t tmpfs -o size=256k none "$1" && cp -a "$1.copy/." "$1" && '
    '{ cat /dev/zero > "$1/ballast" 2>/dev/null || :; }'
)


def mounted(how: str, folder: Path) -> list[str]:
    """In front of a command: a mount namespace in which that has been done to the folder."""
    return [*unshared("sh", "-c", f'{how} && shift && exec "$@"', "sh", folder)]


@pytest.mark.part("namespaces")
def test_a_crontab_that_cannot_be_written_leaves_a_cutover_that_goes_on(project: CutoverProject) -> None:
    """Read-only in the middle: the owner's row says `retired` by then, which makes nobody else execute."""
    folder = project.folder / "etc" / "cron.d"
    folder.mkdir(parents=True, exist_ok=True)
    [line] = [one for one in project.text("crontabs/poradnia/crontab").splitlines() if JOB in one]
    (folder / "office").write_text(line.replace("* * * cd", "* * * www-data cd") + "\n")
    words = ("cutover", "apply", JOB, *EXECUTE, "--crontab", "etc/cron.d/office")
    said = project(*words, code=3, within=mounted(READ_ONLY, folder)).stderr
    assert "cron.d/office: Read-only file system" in said
    assert "hint: its file system is read-only" in said
    assert MARKER not in (folder / "office").read_text()
    assert f"the apply of {JOB} was interrupted" in project("cutover", "status", code=1).stdout
    project("cutover", "apply", JOB, "--execute")
    assert MARKER in (folder / "office").read_text()


@pytest.mark.part("namespaces")
def test_a_full_disk_under_the_journal_stops_it_before_anything_is_changed(project: CutoverProject) -> None:
    before = {name: project.text(name) for name in ("installed", "crontabs/poradnia/install.sh")}
    said = project(
        "cutover", "apply", JOB, *EXECUTE, code=3, within=mounted(FULL, project.folder / ".migrator")
    ).stderr
    assert "No space left on device" in said
    assert "hint: make room on its disk" in said
    assert before == {name: project.text(name) for name in before}
    assert project.document("owner", JOB)["jobs"][0]["owner"] == "celery"
    project("cutover", "apply", JOB, *EXECUTE)


def test_the_checklist_is_the_reports(project: CutoverProject) -> None:
    document = project.document("cutover", "checklist", JOB, code=1)
    [job] = document["jobs"]
    assert {"task", "proof", "matched", "rollback"} <= {item["key"] for item in job["checklist"]}
    text = project("cutover", "checklist", JOB, code=1).stdout
    assert "7 slots matched on both sides" in text
    assert "blocked" in text


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        pytest.param(("plan",), 2, "name a job, or --all", id="no-job"),
        pytest.param(("plan", "reminders"), 2, "there is no job reminders", id="unknown-job"),
        pytest.param(("plan", JOB, "--crontab", "missing"), 3, "cannot read", id="unknown-file"),
        pytest.param(("rollback", JOB), 1, "not taken out of cron", id="nothing-to-take-back"),
    ],
)
def test_a_call_that_cannot_be_answered_says_why(
    project: CutoverProject, words: tuple[str, ...], code: int, says: str
) -> None:
    done = project("cutover", *words, code=code)
    assert says in done.stderr
    assert done.stdout == ""


def test_lines_come_back_to_tables_that_say_celery(project: CutoverProject) -> None:
    """Without a slot table the recorder would execute, beside Celery; sync was out with the lines."""
    project("sync")
    [host] = project.document("owner")["hosts"]
    project("owner", "--forget", host["host"])
    project("cutover", "apply", "--all", *EXECUTE)
    tables = project.folder / "spool" / "jobs"
    shutil.rmtree(tables)
    project("cutover", "rollback", "--all", "--execute")
    assert "owner-after retired\n" in (tables / JOB).read_text()
    project("sync")
    assert "owner-after celery\n" in (tables / JOB).read_text()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("cutover", "{"),
        ("cutover", '{"operations": [{}]}'),
        ("cutover", "[]"),
        ("instrument", '{"schema": 1, "ent'),
        ("instrument", '{"entries": [{"path": null}]}'),
        ("instrument", "\udcff"),
    ],
)
def test_a_damaged_journal_is_no_bug_of_ours(project: CutoverProject, name: str, text: str) -> None:
    (project.folder / f".migrator/{name}.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    said = project("cutover", "status", code=3).stderr
    assert f"{name}.json is damaged" in said
    assert "backups" in said


def test_secrets_are_nowhere(project: CutoverProject) -> None:
    project.installed.write_text(f"5 5 * * * ./manage.py {JOB} --password={SECRET}\n")
    done = project("cutover", "plan", JOB, code=1)
    assert SECRET not in done.stdout + done.stderr
    for name in ("instrument.json", "backups"):
        assert (project.folder / ".migrator" / name).stat().st_mode & 0o077 == 0


def test_the_watch_of_residue_asks_journal_ledger_and_files(applied: CutoverProject) -> None:
    assert "1 job has left cron, and is not back" in applied("residue", "crontabs", "--watch").stdout
    source = applied.folder / "crontabs/poradnia/crontab"
    source.write_text(source.read_text().replace(MARKER, ""))
    applied.shell(STRAY)
    said = applied("residue", "crontabs", "--watch", code=1).stdout
    assert f"crontab:7: CM601 the line of {JOB} has left cron, and is back" in said
    assert f"CM602 cron started {JOB} at" in said


def test_a_job_that_the_code_has_no_more_comes_back_to_cron(applied: CutoverProject) -> None:
    """No task executes it, and its table would make the line yield: nobody would."""
    applied("sync")
    table = applied.folder / "spool/jobs" / JOB
    assert table.exists()
    tasks = applied.folder / "tasks/tasks.py"
    code = tasks.read_text()
    first, last = (
        code.index(f'@shared_task(name="tasks.{JOB}")'),
        code.index("@shared_task", code.index(JOB) + 1),
    )
    tasks.write_text(code[:first] + code[last:])
    try:
        said = applied("owner", JOB, "cron", code=1).stderr
        assert f"run `migrator cutover rollback {JOB}`" in said
        assert f"migrator cutover rollback {JOB} puts its line back" in applied("abort", code=1).stderr
        assert "remove jobs/" not in applied("abort", code=1).stderr
        assert f"{JOB}: retired -> cron, as it has no task" in applied("cutover", "rollback", JOB).stdout
        assert table.exists()
        said = applied("cutover", "rollback", JOB, "--execute").stdout
        assert f"{JOB} has no task: its line is back from here, and cron executes it" in said
        assert (MARKER in applied.text("installed"), table.exists()) == (False, False)
        assert applied.shell(AUDIT).split()[0] == "cron"
        applied("sync")
        assert not table.exists()
        assert JOB not in applied("cutover", "status").stdout
    finally:
        tasks.write_text(code)
