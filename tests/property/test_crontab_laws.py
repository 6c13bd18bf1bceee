"""Laws of crontab files: no byte is lost, every line is accounted for, recorders come off again."""

import datetime as dt
import subprocess
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from migrator.crontab.marks import wrapped_job
from migrator.crontab.syntax import JobLine, bare_percent, decode, encode, read_crontab, split_command
from migrator.crontab.wrapping import Recorder, apply_edits, sync_edits, unwrap, wrap
from migrator.schedule.dialect import DIALECTS, Dialect
from migrator.sources.inventory import Context, take_inventory
from migrator.sources.rendering import Rendering, edit_through, renderings
from migrator.sources.source import SourceFile
from tests.expressions import expressions

CONTEXT = Context("Europe/Warsaw", dt.date(2026, 1, 1))
SYNC = "cd /srv/100%/app && python3 -m migrator sync"
RECORDER = Recorder("/usr/bin/python3", "/opt/my 100% app/cronwrap.py", SYNC, "/var/spool/its own")

printable = st.text(st.characters(codec="utf-8", exclude_characters="\n\r\x00"), max_size=30)
quoting = st.text("""ab '"\\%$;|&<>()#=\t*""", max_size=30)
commands = (printable | quoting).map(lambda text: "x" + text)
jobs = st.tuples(expressions, commands).map(" ".join)
settings_lines = st.tuples(st.sampled_from(["A", "MAILTO", "PATH"]), quoting).map("=".join)
crontabs = st.lists(jobs | settings_lines | printable | quoting, max_size=8).map("\n".join)


ODD = ["\0", "\x0c", "\ufeff", "\r", "\udcff", "\\", "#", "%", "\n", "~", "x" * 1200]
dialects = st.sampled_from(list(DIALECTS.values()))


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A crontab into which odd characters have got."""
    text = draw(crontabs)
    for odd in draw(st.lists(st.sampled_from(ODD), max_size=4)):
        place = draw(st.integers(0, len(text)))
        text = text[:place] + odd + text[place + draw(st.integers(0, 1)) :]
    return encode(text)


@given(st.binary() | crontabs.map(encode) | mutated(), st.sampled_from(["user", "system"]), dialects)
def test_a_crontab_is_its_text(data: bytes, format: str, dialect: Dialect) -> None:
    text = decode(data)
    crontab = read_crontab(text, format, dialect)  # type: ignore[arg-type]
    assert str(crontab) == text
    assert encode(text) == data
    assert len(crontab.lines) == len(text.removesuffix("\n").split("\n") if text else [])


@given(st.binary() | crontabs.map(encode))
def test_every_line_is_accounted_for_and_every_live_line_is_a_job(data: bytes) -> None:
    text = decode(data)
    found = take_inventory([SourceFile("crontab", text)], CONTEXT)
    lines = text.removesuffix("\n").split("\n") if text else []
    if text.startswith("#!"):
        return
    assert [line.line for line in found.lines] == list(range(1, len(lines) + 1))
    assert sum(line.kind == "job" for line in found.lines) == len(found.jobs)
    assert len({job.id for job in found.jobs}) == len(found.jobs)


@given(quoting)
def test_a_command_that_is_escaped_for_cron_reaches_the_shell_as_it_was(text: str) -> None:
    escaped = text.replace("\\", "\\\\").replace("%", r"\%")
    assert bare_percent(escaped) == len(escaped)
    assert split_command(escaped) == (text, None)
    assert split_command(escaped + "%" + escaped)[0] == text


def wrapped(text: str) -> str:
    crontab = read_crontab(text)
    lines = {number: f"job_{number}" for number, line in crontab.numbered() if isinstance(line, JobLine)}
    edits = [edit for one in wrap(crontab, lines, RECORDER) for edit in one.edits]
    return apply_edits(text, edits)


@given(st.lists(jobs, min_size=1, max_size=5).map("\n".join))
def test_unwrapping_gives_the_text_back(text: str) -> None:
    after = wrapped(text + "\n")
    with_sync = apply_edits(after, list(sync_edits(after, RECORDER, [None])))
    assert unwrap(after) == text + "\n"
    assert unwrap(with_sync) == text + "\n"
    assert not list(sync_edits(with_sync, RECORDER, [None]))
    other = replace(RECORDER, sync="/opt/100%/sync --broker", sync_is_given=True)
    changed = apply_edits(with_sync, list(sync_edits(with_sync, other, [None])))
    assert changed == with_sync.replace(SYNC.replace("%", r"\%"), r"/opt/100\%/sync --broker")
    assert apply_edits(changed, list(sync_edits(changed, other, []))) == after
    assert all(wrapped_job(line.raw) for line in read_crontab(after).lines if isinstance(line, JobLine))


@given(st.lists(jobs, min_size=1, max_size=5).map("\n".join))
def test_wrapping_twice_changes_nothing(text: str) -> None:
    once = wrapped(text + "\n")
    assert wrapped(once) == once


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text("""ab '"\\%$(){}*~#;|&é""", min_size=0, max_size=8), min_size=1, max_size=3))
def test_the_shell_sees_the_same_command_before_and_after(words: list[str]) -> None:
    quoted = " ".join("'" + word.replace("'", "'\\''") + "'" for word in words)
    raw = "printf '[%s]' " + quoted
    line = "* * * * * " + raw.replace("\\", "\\\\").replace("%", r"\%")
    (before,) = read_crontab(line + "\n").lines
    (after,) = read_crontab(wrapped(line + "\n")).lines
    assert isinstance(before, JobLine)
    assert isinstance(after, JobLine)
    plain = shell(before.command)
    assert plain == "".join(f"[{word}]" for word in words)
    # the recorder's place is taken by a function that runs what follows the double dash
    recorder = 'run() { while [ "$1" != -- ]; do shift; done; shift; "$@"; }; run ' + after.command
    assert shell(recorder) == plain
    assert after.stdin == before.stdin


def shell(text: str) -> str:
    return subprocess.run(
        ["/bin/sh", "-c", text], capture_output=True, check=True, timeout=10
    ).stdout.decode()


SHAPES = {
    # bash's echo prints a text as it is; dash's, which is often /bin/sh, reads \\n in it
    "echo": lambda text: f'#!/bin/bash\necho "{_double(text)}" | crontab -\n',
    "here": lambda text: f"#!/bin/sh\ncat <<EOF | crontab -\n{_here(text)}\nEOF\n",
    "literal here": lambda text: f"#!/bin/sh\ncrontab - <<'EOF'\n{text}\nEOF\n",
}


def _double(text: str) -> str:
    return "".join("\\" + c if c in '\\"$`' else c for c in text)


def _here(text: str) -> str:
    return "".join("\\" + c if c in "\\$`" else c for c in text)


@given(st.sampled_from(sorted(SHAPES)), st.lists(jobs, min_size=1, max_size=3).map("\n".join))
def test_an_edited_script_renders_to_the_edited_crontab(shape: str, text: str) -> None:
    script = SHAPES[shape](text)
    rendering = next(iter(renderings(script, {})))
    assert isinstance(rendering, Rendering)
    assert rendering.text == text + "\n"
    crontab = read_crontab(rendering.text)
    lines = {number: f"job_{number}" for number, line in crontab.numbered() if isinstance(line, JobLine)}
    edits = [edit for one in wrap(crontab, lines, RECORDER) for edit in one.edits]
    edits += sync_edits(rendering.text, RECORDER, [None])
    again = next(iter(renderings(edit_through(script, rendering, edits), {})))
    assert isinstance(again, Rendering)
    assert again.text == apply_edits(rendering.text, edits)
