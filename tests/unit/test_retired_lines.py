"""Lines that have left cron: still their job's, no disabled job, and found when they are back."""

import datetime as dt

import pytest

from migrator.codegen.plan import generate
from migrator.configuration import Configuration
from migrator.crontab.wrapping import Recorder
from migrator.cutover.editing import Target
from migrator.cutover.instrumentation import instrument
from migrator.report.scan import job_document
from migrator.sources.inventory import Context, take_inventory
from migrator.sources.job import Inventory
from migrator.sources.source import SourceFile

LINE = "0 5 * * * ./manage.py a\n"
GONE = f"#migrator retired a: {LINE}"
SCRIPT = f"#!/bin/sh\necho '{LINE.strip()}' | crontab -\n"


def inventory(*texts: str) -> Inventory:
    names = [f"{n}.sh" if text.startswith("#!") else f"crontab{n}" for n, text in enumerate(texts)]
    files = [SourceFile(name, text) for name, text in zip(names, texts, strict=True)]
    return take_inventory(files, Context("UTC", dt.date(2026, 1, 1)))


def test_it_is_the_same_job_from_no_live_place() -> None:
    [before], [job] = inventory(LINE).jobs, inventory(GONE).jobs
    assert (job.id, job.declared.raw, job.status, job.places) == (
        "a",
        before.declared.raw,
        "exact",
        before.places,
    )
    assert (job.live, job.retired) == ((), job.places)
    assert job_document(job)["retired"] == [{"path": "crontab0", "line": 1, "source": "crontab"}]
    assert [line.kind for line in inventory(GONE).lines] == ["disabled"]


def test_its_task_stays_as_it_is() -> None:
    before, after = (generate(inventory(text), Configuration(), {}) for text in (LINE, GONE))
    assert (after.changes, after.left_out) == (before.changes, before.left_out)


def test_it_keeps_the_id_that_the_marker_names() -> None:
    [job] = inventory(GONE.replace("retired a:", "retired nightly-a:")).jobs
    assert job.id == "nightly-a"


@pytest.mark.parametrize(
    ("texts", "live"),
    [
        pytest.param((GONE, SCRIPT), ["1.sh:2"], id="the-script-still-has-it"),
        pytest.param(
            (LINE, SCRIPT.replace("'0", "'#migrator retired a: 0")), ["crontab0:1"], id="only-the-script"
        ),
    ],
)
def test_a_job_may_be_out_of_one_place_only(texts: tuple[str, ...], live: list[str]) -> None:
    [job] = inventory(*texts).jobs
    assert [str(place) for place in job.live] == live


def test_a_line_that_is_back_in_the_same_file_is_found() -> None:
    [job] = inventory(GONE + LINE).jobs
    [finding] = job.findings
    assert (job.id, str(job.live[0]), finding.code, finding.blocks) == ("a", "crontab0:2", "CM601", True)
    assert job.status == "exact"


def test_two_jobs_with_one_command_are_not_taken_for_each_other() -> None:
    other = LINE.replace("0 5", "0 7")
    jobs = inventory(GONE + other).jobs
    assert [(job.id, bool(job.live), job.findings[0].code) for job in jobs] == [
        ("a", False, "CM114"),
        ("a_2", True, "CM114"),
    ]


def test_the_recorder_is_put_in_front_of_live_lines_only() -> None:
    text = GONE + "0 6 * * * ./manage.py b\n"
    after = instrument(
        Target("crontab", text), inventory(text), Recorder("/py", "/cronwrap.py", "sync")
    ).after
    assert after.startswith(GONE + "0 6 * * * /py")


def test_a_sync_line_that_left_comes_anew_with_a_new_recorder() -> None:
    text = "#migrator retired .sync: * * * * * sync # migrator sync\n" + LINE
    after = instrument(
        Target("crontab", text), inventory(text), Recorder("/py", "/cronwrap.py", "sync")
    ).after
    assert after.endswith("\n* * * * * sync # migrator sync\n")


@pytest.mark.parametrize(
    ("path", "line", "user"),
    [
        ("deploy/crontab", "0 5 * * * ./manage.py a", None),
        ("deploy/jobs", "0 5 * * * cd /srv && python manage.py a", None),
        ("deploy/shop.cron", "0 5 * * * root cd /srv && python manage.py a", "root"),
        ("etc/cron.d/shop", "0 5 * * * root ./manage.py a", "root"),
    ],
)
def test_a_crontab_of_a_folder_is_one_also_when_all_its_lines_have_left_cron(
    path: str, line: str, user: str | None
) -> None:
    context = Context("UTC", dt.date(2026, 1, 1))
    for text in (line, f"#migrator retired a: {line}"):
        [job] = take_inventory([SourceFile(path, f"# jobs\n{text}\n", named=False)], context).jobs
        assert (job.id, job.declared.user, len(job.retired)) == ("a", user, text.count("retired"))


def test_a_text_about_the_marker_is_no_crontab() -> None:
    text = "How to roll back:\nlook for #migrator retired a: in the crontab\n"
    assert not take_inventory(
        [SourceFile("NOTES", text, named=False)], Context("UTC", dt.date(2026, 1, 1))
    ).lines
