"""Folders of run-parts: one job per file, at the time of the line that runs the folder."""

import datetime as dt
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrator.sources.inventory import Context, take_inventory
from migrator.sources.job import Inventory
from migrator.sources.part_folders import folder_of
from migrator.sources.passed_over import reason_by_name
from migrator.sources.source import SourceFile

CRONTAB = """17 * * * * root cd / && run-parts --report /etc/cron.hourly
25 6 * * * root test -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.daily; }
"""
ANACRONTAB = "1 5 cron.daily run-parts --report /etc/cron.daily\n"
SCRIPT = "#!/bin/sh\n# keep the shop going\n\ncd /srv/shop && python manage.py close_day\n"


def scan(*files: SourceFile) -> Inventory:
    return take_inventory(files, Context("UTC", dt.date(2026, 1, 1)))


def part(path: str, text: str = SCRIPT, skipped: str | None = "") -> SourceFile:
    return SourceFile(path, text, skipped=skipped)


def test_a_file_is_a_job_at_the_time_of_its_folder() -> None:
    found = scan(SourceFile("/etc/crontab", CRONTAB, "system"), part("/etc/cron.hourly/shop"))
    job = found.jobs[-1]
    assert (job.id, job.schedule.text, job.declared.user) == ("close_day", "17 * * * *", "root")
    assert [str(place) for place in job.places] == ["/etc/cron.hourly/shop:4", "/etc/crontab:1"]
    assert (job.declared.raw, job.reading.cwd) == ("/etc/cron.hourly/shop", "/srv/shop")


def test_an_image_keeps_its_crontab_to_itself() -> None:
    found = scan(
        SourceFile("/mnt/a/etc/crontab", CRONTAB, "system"),
        part("/mnt/a/etc/cron.hourly/shop"),
        part("/mnt/b/etc/cron.hourly/shop"),
    )
    schedules = {job.places[0].path: job.schedule.text for job in found.jobs}
    assert schedules["/mnt/a/etc/cron.hourly/shop"] == "17 * * * *"
    assert schedules["/mnt/b/etc/cron.hourly/shop"] == "cron.hourly"


@pytest.mark.parametrize(
    ("skipped", "schedule", "line"),
    [("", "1 5", "/etc/anacrontab:1"), ("anacron is not installed", "25 6 * * *", "/etc/crontab:2")],
    ids=["anacron runs it", "anacron is gone"],
)
def test_anacron_goes_before_cron(skipped: str, schedule: str, line: str) -> None:
    found = scan(
        SourceFile("/etc/crontab", CRONTAB, "system"),
        part("/etc/cron.daily/shop"),
        SourceFile("/etc/anacrontab", ANACRONTAB, skipped=skipped),
    )
    (job,) = [job for job in found.jobs if job.id == "close_day"]
    assert (job.schedule.text.strip(), str(job.places[1])) == (schedule, line)


def test_alpine_has_its_folders_in_periodic() -> None:
    line = "*/15 * * * * run-parts /etc/periodic/15min\n"
    found = scan(SourceFile("/etc/crontabs/root", line), part("/etc/periodic/15min/shop"))
    assert found.jobs[-1].schedule.text == "*/15 * * * *"


@pytest.mark.parametrize(
    ("path", "skipped", "codes"),
    [
        ("etc/cron.daily/shop", None, set()),
        ("etc/cron.daily/shop.sh", None, {"CM120"}),
        ("etc/cron.daily/shop.j2", None, set()),
        ("etc/cron.daily/shop", "it is not executable", {"CM120"}),
        ("etc/cron.daily/shop.sh", "", set()),
    ],
    ids=["a name", "a dot", "a template", "not executable", "a run-parts that takes dots"],
)
def test_what_run_parts_passes_over(path: str, skipped: str | None, codes: set[str]) -> None:
    (job,) = scan(part(path, skipped=skipped)).jobs
    assert {finding.code for finding in job.findings} & {"CM120"} == codes


def test_neighbours_run_in_a_row() -> None:
    alone = scan(part("/etc/cron.daily/shop"))
    both = scan(
        part("/etc/cron.daily/shop"), part("/etc/cron.daily/stock", "#!/bin/sh\nexec /usr/bin/stock\n")
    )
    assert "CM121" not in [finding.code for finding in alone.findings]
    assert [f.place.path for f in both.findings if f.code == "CM121" and f.place] == ["/etc/cron.daily/shop"]


def test_a_program_is_a_job_too() -> None:
    (job,) = scan(part("/etc/cron.daily/tool", "")).jobs
    assert (job.status, job.places[0].line) == ("stays", 1)


def test_two_scripts_of_one_name_are_not_confused() -> None:
    other = SCRIPT.replace("close_day", "close_week")
    found = scan(part("/etc/cron.daily/shop"), part("/etc/cron.weekly/shop", other))
    assert [job.id for job in found.jobs] == ["close_day", "close_week"]


@pytest.mark.parametrize(
    ("command", "folder"),
    [
        ("cd / && run-parts --report /etc/cron.hourly", "/etc/cron.hourly"),
        ("test -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.daily; }", "/etc/cron.daily"),
        ("test -x /usr/sbin/anacron || ( cd / && run-parts --report /etc/cron.daily )", "/etc/cron.daily"),
        ("nice run-parts /etc/cron.weekly/", "/etc/cron.weekly"),
        ("/usr/bin/run-parts --arg=a --exit-on-error /srv/jobs >> /log", "/srv/jobs"),
        ("echo run-parts", None),
        ("cat /etc/cron.daily/x", None),
    ],
)
def test_the_folder_that_a_line_runs(command: str, folder: str | None) -> None:
    assert folder_of(command) == folder


@pytest.mark.part("run-parts")
@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(alphabet="aB9_-.~+# ", min_size=1, max_size=6), unique=True, max_size=8))
def test_run_parts_itself_takes_the_same_names(names: list[str]) -> None:
    names = [name for name in names if name not in (".", "..")]
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            Path(folder, name).write_text("#!/bin/sh\n")
            Path(folder, name).chmod(0o755)
        done = subprocess.run(["run-parts", "--test", folder], capture_output=True, text=True, check=True)
    taken = [Path(line).name for line in done.stdout.splitlines()]
    assert taken == sorted(name for name in names if reason_by_name(f"etc/cron.daily/{name}") is None)


def test_a_file_that_is_passed_over_keeps_how_it_was_read() -> None:
    [file] = scan(SourceFile("etc/cron.d/shop.sh", "0 5 * * * root ./manage.py x\n")).files
    assert (file.format, file.told_by) == ("system", "path")


def test_a_part_may_call_the_projects_own_program() -> None:
    script = SourceFile("/etc/cron.daily/shop", "#!/bin/sh\nshopctl close_day\n", skipped="")
    found = take_inventory([script], Context("UTC", dt.date(2026, 1, 1), manage=("shopctl",)))
    assert [step.kind for step in found.jobs[0].reading.steps] == ["management"]
