"""Jobs out of crontabs and scripts, and back byte for byte; what no edit reaches is named."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.crontab.wrapping import Recorder
from migrator.cutover.cutting import by_hand, cut, files_of, live_lines, missing, put_back
from migrator.cutover.editing import Edited, Target
from migrator.cutover.instrumentation import instrument
from migrator.errors import Cannot
from migrator.sources.inventory import Context, take_inventory
from migrator.sources.job import Inventory
from migrator.sources.source import SourceFile

RECORDER = Recorder("/usr/bin/python3", "/opt/cronwrap.py", "sync")
A, B = "0 5 * * * ./manage.py a\n", "0 6 * * * ./manage.py b\n"
SYNC = "* * * * * sync # migrator sync\n"


def inventory(*files: SourceFile) -> Inventory:
    return take_inventory(files, Context("UTC", dt.date(2026, 1, 1)))


def out(text: str, *jobs: str, target: Target | None = None, shared: bool = False) -> Edited:
    """The crontab without these jobs, which it is the source of itself."""
    found = inventory(SourceFile("crontab", text))
    return cut(target or Target("crontab", text), found, jobs, spool="/spool" if shared else None)


def recorded(text: str, format: str = "user", recorder: Recorder = RECORDER) -> str:
    name = "etc/cron.d/x" if format == "system" else "crontab"
    target = Target(name, text, format)  # type: ignore[arg-type]
    return instrument(target, inventory(SourceFile(name, text)), recorder).after


def test_a_line_goes_behind_a_marker_with_its_recorder() -> None:
    before = recorded(A + B)
    after = out(before, "a").after
    assert after == f"#migrator retired a: {before}"
    assert put_back(after, ["a"]) == before


def test_the_line_that_syncs_goes_with_the_last_recorded_one() -> None:
    before = recorded(A + B)
    after = out(before, "a", "b").after
    assert f"\n#migrator retired .sync: {SYNC}" in after
    assert put_back(after, ["a"]).count("\n* * * * * sync") == 1
    assert put_back(after, ["a", "b"]) == before


def test_a_line_that_is_gone_is_missing_and_one_that_was_edited_is_not() -> None:
    ours = out(recorded(A + B), "a", "b").after
    lines = ours.splitlines(keepends=True)
    of_a, sync = (next(x for x in lines if x.startswith(f"#migrator retired {y}:")) for y in ("a", ".sync"))
    assert missing(ours, ours, "a") == missing(ours, put_back(ours, ["a"]), "a") == []
    assert missing(ours, ours.replace(of_a, of_a.replace("0 5", "5 5")), "a") == []
    at = lines.index(of_a) + 1
    for now in (ours.replace(of_a, ""), ours.replace(of_a, "# " + A), ours.replace(of_a, "5" + A)):
        assert missing(ours, now, "a") == [(at, of_a.rstrip("\n"))]
    assert missing(ours, ours.replace(of_a, ""), "b") == []
    assert missing(ours, ours.replace(sync, ""), "b") == [(lines.index(sync) + 1, sync.rstrip("\n"))]


def test_one_after_the_other_is_the_same_as_both_at_once() -> None:
    before = recorded(A + B)
    first = out(before, "a").after
    assert out(first, "b").after == out(before, "a", "b").after


@pytest.mark.parametrize(
    ("shared", "gone"),
    [
        pytest.param(False, ["alice"], id="each-syncs-for-himself"),
        pytest.param(True, [], id="root-syncs-for-all"),
    ],
)
def test_in_a_system_crontab_the_sync_of_the_user_goes(shared: bool, gone: list[str]) -> None:
    text = "0 5 * * * alice ./manage.py a\n0 6 * * * bob ./manage.py b\n"
    spool = "/spool" if shared else None
    before = recorded(text, "system", Recorder("/usr/bin/python3", "/opt/cronwrap.py", "sync", spool))
    after = out(before, "a", target=Target("etc/cron.d/x", before, "system"), shared=shared).after
    marked = [line.split()[8] for line in after.splitlines() if line.startswith("#migrator retired .sync")]
    assert marked == gone
    assert put_back(after, ["a"]) == before


def test_other_peoples_lines_stay_with_every_byte() -> None:
    text = "# mine\nX=1\n \n5 5 * * *\tcaf\udce9 \n" + A + "nonsense\n"
    after = out(text, "a").after
    assert after == text.replace(A, f"#migrator retired a: {A}")


def test_a_job_that_is_not_there_changes_nothing() -> None:
    assert not out(recorded(A), "b").changes
    assert not out(A + SYNC, "b").changes


def test_a_script_then_installs_the_crontab_without_the_line() -> None:
    script = f'#!/bin/sh\necho "MAILTO=a\n{A}{B}" | crontab -\n'
    found = inventory(SourceFile("install.sh", script))
    result = cut(Target("install.sh", script, script=True), found, ["b"], spool=None)
    assert result.after == script.replace(B, f"#migrator retired b: {B}")
    assert put_back(result.after, ["b"]) == script


def test_a_script_whose_edit_would_mean_something_else_is_left() -> None:
    script = "#!/bin/sh\necho 0 5 '* * *' ./manage.py a | crontab -\n"
    found = inventory(SourceFile("install.sh", script))
    with pytest.raises(Cannot, match="cannot be edited safely"):
        cut(Target("install.sh", script, script=True), found, ["a"], spool=None)


def test_what_writes_crontabs_is_edited_before_what_runs() -> None:
    script = f"#!/bin/sh\necho '{A}' | crontab -\n"
    found = inventory(SourceFile("a-crontab", A), SourceFile("install.sh", script))
    assert files_of(found.jobs) == ["install.sh", "a-crontab"]


def test_what_no_edit_reaches_is_named_with_what_to_do() -> None:
    playbook = "- cron:\n    name: a\n    minute: 0\n    hour: 5\n    job: ./manage.py a\n"
    found = inventory(SourceFile("crontab", A), SourceFile("play.yaml", playbook))
    result = cut(Target("crontab", A), found, ["a"], spool=None)
    [left] = by_hand(found.jobs, [result])
    assert (left.place.path, left.place.source) == ("play.yaml", "ansible")
    assert "state absent" in left.text


def test_live_lines_are_known_by_the_recorder_or_by_their_command() -> None:
    text = recorded(A) + B + "#migrator retired c: 0 7 * * * ./manage.py c\n"
    found = inventory(SourceFile("crontab", A + B + "0 7 * * * ./manage.py c\n"))
    assert live_lines(Target("installed", text), text, found) == {1: "a", 3: "b"}


LINES = [A, B, "MAILTO=x\n", "\n", "# c\n", "*/5 * * * * d \udcff%in\n", "#migrator retired e: 0 1 * * * e\n"]


@given(st.lists(st.sampled_from(LINES)), st.booleans())
def test_back_is_the_same_byte_for_byte(lines: list[str], wrapped: bool) -> None:
    text = "".join(lines)
    before = recorded(text) if wrapped else text
    found = inventory(SourceFile("crontab", before))
    for jobs in (["a"], ["a", "b"]):
        after = cut(Target("crontab", before), found, jobs, spool=None).after
        assert put_back(after, jobs) == before
