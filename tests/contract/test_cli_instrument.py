"""migrator instrument from the outside: plan shows it, apply does it, rollback undoes it byte for byte."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.contract.command_line import ROOT, CommandLine

CRONTAB = """# Jobs
SHELL=/bin/sh
0 5 * * * cd /srv && ./manage.py send --token=s3cr3t 'it''s' >> log 2>&1
0 6 * * * ./manage.py other%to stdin
0 7 * * * unknown to the sources
"""
SOURCE = CRONTAB.replace("0 7 * * * unknown to the sources\n", "")


@pytest.fixture
def migrator(tmp_path: Path) -> CommandLine:
    made = CommandLine(tmp_path)
    made.write("migrator.toml", 'sources = ["source"]\n[instrument]\nsync = "true"\n')
    made.write("source/crontab", SOURCE)
    made.write("installed", CRONTAB)
    return made


def read(migrator: CommandLine, name: str = "installed") -> str:
    return (migrator.folder / name).read_text()


def test_plan_shows_and_writes_nothing(migrator: CommandLine) -> None:
    done = migrator("instrument", "plan", "installed")
    assert (done.returncode, read(migrator)) == (0, CRONTAB)
    assert "cronwrap.py send -- /bin/sh -c 'cd /srv" in done.stdout
    assert "installed:5 is no job of the sources" in done.stderr
    assert "s3cr3t" not in done.stdout + done.stderr
    assert not (migrator.folder / ".migrator").exists()


def test_where_this_users_crontab_has_no_job_the_files_that_have_them_are_named(
    migrator: CommandLine,
) -> None:
    empty = migrator.write("bin/crontab", "#!/bin/sh\n")
    empty.chmod(0o755)
    path = f"{empty.parent}:{os.environ['PATH']}"
    done = migrator("instrument", "plan", before=("env", f"PATH={path}"))
    assert (done.returncode, done.stdout.endswith(": nothing to do\n")) == (0, True)
    assert done.stderr == ("no job of the sources is in it; name the file that has them: source/crontab\n")


def test_apply_and_rollback(migrator: CommandLine) -> None:
    (migrator.folder / "installed").chmod(0o640)
    assert migrator("instrument", "apply", "installed").returncode == 0
    after = read(migrator)
    assert (after.count("cronwrap.py"), after.count("# migrator sync"), "%to stdin\n" in after) == (
        2,
        1,
        True,
    )
    assert (migrator.folder / "installed").stat().st_mode & 0o777 == 0o640
    again = migrator("instrument", "apply", "installed")
    assert (again.returncode, read(migrator)) == (0, after)
    assert [job["id"] for job in migrator.document("scan", "installed")["jobs"]] == [
        "send",
        "other",
        "unknown",
    ]
    assert migrator("instrument", "rollback").returncode == 0
    assert read(migrator) == CRONTAB
    assert "nothing is instrumented" in migrator("instrument", "rollback").stdout


def test_an_edit_in_between_survives_the_rollback(migrator: CommandLine) -> None:
    migrator("instrument", "apply", "installed")
    with (migrator.folder / "installed").open("a") as file:
        file.write("5 5 * * * added later\n")
    assert migrator("instrument", "rollback").returncode == 0
    assert read(migrator) == CRONTAB + "5 5 * * * added later\n"


def test_the_instrumented_line_runs_the_same_command(migrator: CommandLine, tmp_path: Path) -> None:
    line = "* * * * * printf '[\\%s]' 'a b' \"$HOME\" 'it'\\''s'\n"
    migrator.write("source/crontab", line)
    migrator.write("installed", line)
    migrator("instrument", "apply", "installed")
    raw = read(migrator).splitlines()[0].removeprefix("* * * * * ").replace("\\%", "%")
    environment = {**os.environ, "HOME": "/h", "MIGRATOR_SPOOL": str(tmp_path / "spool")}
    done = subprocess.run(["/bin/sh", "-c", raw], env=environment, capture_output=True, timeout=60)
    assert (done.stdout, done.stderr) == (b"[a b][/h][it's]", b"")
    assert list((tmp_path / "spool").glob("*.jsonl"))


def test_a_script_is_edited_with_the_crontab_that_it_installs(tmp_path: Path) -> None:
    migrator = CommandLine(tmp_path)
    migrator.write("migrator.toml", 'sources = ["source"]\n')
    for path in (ROOT / "crontabs" / "poradnia").iterdir():
        migrator.write(f"source/{path.name}", path.read_bytes())
    before = read(migrator, "source/install.sh")
    migrator.write("installed", read(migrator, "source/crontab"))
    assert migrator("instrument", "apply", "installed").returncode == 0
    assert read(migrator, "source/install.sh").count("cronwrap.py") == 4
    assert [len(job["places"]) for job in migrator.document("scan")["jobs"]] == [2] * 4
    installed = migrator.document("scan", "installed", "source/install.sh")["jobs"]
    assert [len(job["places"]) for job in installed] == [2] * 4
    assert migrator("instrument", "rollback").returncode == 0
    assert read(migrator, "source/install.sh") == before


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0 5 * * * ./manage.py send", "has no newline"),
        ("#!/bin/sh\nmake_it | crontab -\n", "depends on the run"),
    ],
)
def test_what_cannot_be_edited_safely_is_refused(migrator: CommandLine, text: str, said: str) -> None:
    migrator.write("installed", text)
    done = migrator("instrument", "apply", "installed")
    assert (done.returncode, said in done.stderr, read(migrator)) == (3, True, text)


def test_a_line_that_would_grow_too_long_is_left(migrator: CommandLine) -> None:
    line = "0 5 * * * ./manage.py send " + "x" * 900 + "\n"
    migrator.write("source/crontab", line)
    migrator.write("installed", line)
    done = migrator("instrument", "apply", "installed")
    assert ("cron takes 998" in done.stderr, read(migrator)) == (True, line)


def test_a_crontab_that_settings_write_is_edited_once_somebody_has_seen_to_them(tmp_path: Path) -> None:
    migrator = CommandLine(tmp_path)
    entry = '("0 5 * * *", "django.core.management.call_command", ["clearsessions"])'
    hashed = "483a6fe410c38cde4206cb775158d9ce"
    line = f"0 5 * * * python /srv/manage.py crontab run {hashed} # django-cronjobs for shop\n"
    migrator.write("migrator.toml", 'sources = ["settings.py", "installed"]\n')
    migrator.write("settings.py", f"CRONJOBS = [{entry.replace('clearsessions', 'send_invoices')}]\n")
    migrator.write("installed", line)

    refused = migrator("instrument", "apply", "installed")
    assert (refused.returncode, read(migrator)) == (3, line)
    assert "settings.py writes this crontab, and is no script that can be edited" in refused.stderr
    assert '--accept "reason"' in refused.stderr

    words = ("installed", "--accept", "crontab add is out of the deploy")
    assert "cronwrap.py send_invoices -- /bin/sh" in migrator("instrument", "plan", *words).stdout
    done = migrator("instrument", "apply", *words)
    assert (done.returncode, read(migrator).count("cronwrap.py send_invoices")) == (0, 1)
    assert "settings.py would bring the old lines back; accepted: crontab add is out" in done.stderr


def test_outside_of_a_project_it_says_so(tmp_path: Path) -> None:
    done = CommandLine(tmp_path)("instrument", "plan", "x")
    assert (done.returncode, "there is no migrator.toml here or above" in done.stderr) == (3, True)
