"""Laws of ids and of templates: what may change around a job without renaming it, and what is never lost."""

import datetime as dt
import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from migrator.crontab.syntax import decode
from migrator.crontab.templates import read_template
from migrator.sources.drift import schedule_of
from migrator.sources.identity import fingerprint
from migrator.sources.inventory import Context, take_inventory
from migrator.sources.job import Inventory
from migrator.sources.source import SourceFile
from tests.expressions import expressions

CONTEXT = Context("UTC", dt.date(2026, 1, 1))

words = st.sampled_from(["a", "b", "--a", "--a=b", "-a", "a_2", "a b", "--b c", "'a'", ""])
commands = st.tuples(
    st.sampled_from(["./manage.py x", "cd /s && ./manage.py x", "/bin/x", "./x.sh"]), words
).map(" ".join)
distinct = st.lists(commands, unique_by=lambda text: " ".join(text.split()), max_size=8)
marks = st.sampled_from(
    ["{{", "}}", "{%", "%}", "{#", "#}", "!!(*=", "!!(*", "*)!!", "<%=", "<%", "%>", "[%"]
)
marks |= st.sampled_from(["%(", ")s", "%{", "}", "{", "__A__", "@A@", "%%", "$A", "${A}"])
marks |= st.sampled_from(["if", "else", "end", "endif", "for"])
template_text = st.lists(
    marks | st.sampled_from([" ", "\n", "0 5 * * * ", "x", "root ", "A=", "#"]), max_size=40
)


def scan(*texts: str, names: str = "crontab", context: Context = CONTEXT) -> Inventory:
    return take_inventory([SourceFile(f"{names}{n}", text) for n, text in enumerate(texts)], context)


def crontab(lines: list[str], schedules: list[str]) -> str:
    return "".join(f"{schedule} {line}\n" for schedule, line in zip(schedules, lines, strict=True))


def named(found: Inventory) -> dict[str, str]:
    return {" ".join(job.declared.raw.split()): job.id for job in found.jobs}


@given(distinct, st.data())
def test_ids_follow_the_commands_through_moves_renames_and_reschedules(
    lines: list[str], data: st.DataObject
) -> None:
    schedules = data.draw(st.lists(expressions, min_size=len(lines), max_size=len(lines)))
    before = named(scan(crontab(lines, schedules)))
    moved = lines[:]
    random.Random(len(lines)).shuffle(moved)
    again = data.draw(st.lists(expressions, min_size=len(lines), max_size=len(lines)))
    cut = data.draw(st.integers(0, len(lines)))
    parts = crontab(moved[:cut], again[:cut]), crontab(moved[cut:], again[cut:])
    assert named(scan(*parts, names="cron/renamed")) == before


@given(st.lists(commands, max_size=8), st.lists(commands, max_size=4), st.data())
def test_ids_in_use_stay_when_lines_come_and_go(
    lines: list[str], new: list[str], data: st.DataObject
) -> None:
    found = scan(crontab(lines, ["0 5 * * *"] * len(lines)))
    remembered = {job.id: fingerprint(job.declared) for job in found.jobs}
    context = Context("UTC", CONTEXT.today, remembered=remembered)
    mixed = data.draw(st.permutations([*lines, *new]))
    later = scan(crontab(list(mixed), ["0 6 * * *"] * len(mixed)), context=context)
    kept = {job.id: fingerprint(job.declared) for job in later.jobs if job.id in remembered}
    assert kept == remembered
    assert len({job.id for job in later.jobs}) == len(mixed)


@given(distinct, st.data())
def test_ids_stay_when_the_whole_project_moves(lines: list[str], data: st.DataObject) -> None:
    found = scan(crontab(lines, ["0 5 * * *"] * len(lines)))
    remembered = {job.id: fingerprint(job.declared) for job in found.jobs}
    context = Context("UTC", CONTEXT.today, remembered=remembered)
    moved = data.draw(st.permutations([f"umask 022; {line}" for line in lines]))
    later = scan(crontab(moved, ["0 5 * * *"] * len(lines)), context=context)
    assert {job.id for job in later.jobs} == remembered.keys()


REPORTS = ["0 5 * * * ./manage.py report\n", "0 6 * * * ./manage.py report --weekly\n"]


@pytest.mark.parametrize(
    ("now", "ids"),
    [
        # the first is called another name now, and the second has one more argument
        (
            ["0 5 * * * ./manage.py report_daily\n", "0 6 * * * ./manage.py report --weekly -q\n"],
            ["report_daily", "report_weekly_q"],
        ),
        # the first is called another name now, and another line has its old one
        (
            ["0 5 * * * ./manage.py report_daily\n", REPORTS[1], "0 7 * * * ./manage.py report --monthly\n"],
            ["report_daily", "report_weekly", "report_monthly"],
        ),
        # one argument more, and nothing else is new
        (["0 5 * * * ./manage.py report -q\n", REPORTS[1]], ["report", "report_weekly"]),
        # the second alone is left, with another argument
        (["0 6 * * * ./manage.py report --weekly -q\n"], ["report_weekly_q"]),
    ],
)
def test_an_id_whose_command_is_renamed_goes_to_no_other_line(now: list[str], ids: list[str]) -> None:
    found = scan("".join(REPORTS))
    assert [job.id for job in found.jobs] == ["report", "report_weekly"]
    remembered = {job.id: fingerprint(job.declared) for job in found.jobs}
    due = {job.id: schedule_of(job) for job in found.jobs}
    context = Context("UTC", CONTEXT.today, remembered=remembered, due=due)
    assert [job.id for job in scan("".join(now), context=context).jobs] == ids


@example("__A__", "crontab")
@given(template_text.map("".join), st.sampled_from(["crontab", "crontab.tpl", "cron.d/x", "x.template"]))
def test_a_template_loses_no_line_and_no_character(text: str, path: str) -> None:
    template = read_template(path, text)
    if template is not None:
        assert template.text.count("\n") == text.count("\n")
        assert "\n".join(template.lines) == text
        for number, line in enumerate(template.text.split("\n"), 1):
            assert number in template.steering or template.written(line) in template.lines[number - 1]
    found = take_inventory([SourceFile(path, text)], CONTEXT)
    lines = text.removesuffix("\n").split("\n") if text else []
    assert [line.line for line in found.lines] == list(range(1, len(lines) + 1))
    assert [line.text for line in found.lines] == lines
    assert sum(line.kind == "job" for line in found.lines) == sum(len(job.places) for job in found.jobs)
    assert not any("\U000f0000" <= character for job in found.jobs for character in repr(job))


@given(st.binary())
def test_any_bytes_may_be_a_template(data: bytes) -> None:
    text = decode(data)
    found = take_inventory([SourceFile("crontab.tpl", text)], CONTEXT)
    assert len(found.lines) == (len(text.removesuffix("\n").split("\n")) if text else 0)
