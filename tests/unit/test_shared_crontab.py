"""Two projects in one crontab, with jobs of the same ids: neither touches a byte of the other's lines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import permutations

import pytest

from migrator.crontab.marks import of_spool, recorder_of, retired_mark, spool_of, sync_mark, syncs
from migrator.crontab.syntax import encode
from migrator.crontab.wrapping import Recorder, unwrap
from migrator.cutover.cutting import cut, live_lines, missing, others_undone, put_back
from migrator.cutover.editing import Target
from migrator.cutover.instrumentation import instrument
from migrator.cutover.operation import Kind, Operation, Phase, Write, document, operations_in, sha256
from migrator.cutover.residue.declared import declarations, retired_lines
from migrator.cutover.switching import restoring
from migrator.errors import Cannot
from migrator.sources.inventory import Context, take_inventory
from migrator.sources.job import Inventory
from migrator.sources.source import SourceFile

LINES = "0 5 * * * cd /srv/{0} && ./manage.py send\n0 0 * * * cd /srv/{0} && ./manage.py clearsessions\n"
TEXT = "MAILTO=ops\n" + LINES.format("shop") + "\n" + LINES.format("blog")


@dataclass(frozen=True)
class Project:
    """A project by its folder and its spool; both share a recorder and a word that syncs."""

    name: str
    spool: str | None

    @property
    def recorder(self) -> Recorder:
        return Recorder("/usr/bin/python3", "/opt/cronwrap.py", "sync", self.spool, sync_is_given=True)

    def inventory(self, *texts: str) -> Inventory:
        files = [SourceFile("crontab", text) for text in texts or (LINES.format(self.name),)]
        context = Context("UTC", dt.date(2026, 1, 1), is_ours=of_spool(self.spool))
        return take_inventory(files, context)

    def record(self, text: str) -> str:
        return instrument(Target("installed", text), self.inventory(), self.recorder).after

    def take_back(self, text: str) -> str:
        return unwrap(text, of_spool(self.spool))

    def cut(self, text: str, *jobs: str) -> str:
        return cut(Target("installed", text), self.inventory(), jobs, spool=self.spool).after

    def put_back(self, text: str, *jobs: str) -> str:
        return put_back(text, jobs, of_spool(self.spool))


PAIRS = [
    (Project("shop", None), Project("blog", "/srv/blog/the spool 5%")),
    (Project("shop", "/srv/shop/spool"), Project("blog", "/srv/blog/spool")),
    (Project("shop", "/srv/it's"), Project("blog", None)),
]


@pytest.mark.parametrize("pair", PAIRS)
def test_who_records_first_and_who_goes_first_makes_no_difference_to_the_other(
    pair: tuple[Project, Project],
) -> None:
    for first, second in permutations(pair):
        both = second.record(first.record(TEXT))
        for gone, left in permutations(pair):
            assert gone.take_back(both) == left.record(TEXT)
            assert left.take_back(gone.take_back(both)) == TEXT
            assert gone.record(both) == both  # nothing to do, and nobody's line that syncs goes


@pytest.mark.parametrize("pair", PAIRS)
def test_a_job_leaves_and_comes_back_beside_one_of_the_same_id(pair: tuple[Project, Project]) -> None:
    both = pair[1].record(pair[0].record(TEXT))
    for one, other in permutations(pair):
        left = one.cut(both, "clearsessions")
        assert [line for line in left.split("\n") if line.startswith("#")] == [
            retired_mark("clearsessions", one.spool) + line
            for line in both.split("\n")
            if "clearsessions --" in line and spool_of(line) == one.spool
        ]
        assert one.put_back(left, "clearsessions") == both
        neither = other.cut(left, "clearsessions", "send")
        assert sum(syncs(line) and not line.startswith("#") for line in neither.split("\n")) == 1
        assert one.put_back(neither, "clearsessions") == other.cut(both, "clearsessions", "send")
        assert other.put_back(neither, "clearsessions", "send") == left
        assert other.take_back(left) == one.cut(one.record(TEXT), "clearsessions")


@pytest.mark.parametrize("pair", PAIRS)
def test_a_plain_line_that_left_is_known_by_its_mark(pair: tuple[Project, Project]) -> None:
    """Nobody recorded it; the same id and the same marker would bring back the other's, too."""
    shop, blog = pair
    neither = blog.cut(shop.cut(TEXT, "clearsessions"), "clearsessions")
    assert shop.put_back(neither, "clearsessions") == blog.cut(TEXT, "clearsessions")
    assert blog.put_back(shop.put_back(neither, "clearsessions"), "clearsessions") == TEXT


def test_what_the_other_has_deleted_is_not_missed_and_what_is_ours_is() -> None:
    shop, blog = PAIRS[0]
    left = blog.cut(shop.cut(blog.record(shop.record(TEXT)), "clearsessions"), "clearsessions")
    lines = left.split("\n")
    for project, gone in permutations((shop, blog)):
        mark = retired_mark("clearsessions", gone.spool)
        without = "\n".join(line for line in lines if not line.startswith(mark))
        assert missing(left, without, "clearsessions", of_spool(project.spool)) == []
        assert len(missing(left, without, "clearsessions", of_spool(gone.spool))) == 1


def test_one_line_text_of_two_projects_is_recorded_once_for_each() -> None:
    text = "0 0 * * * /usr/local/bin/clearsessions\n" * 2
    both = text
    for project in PAIRS[0]:
        found = project.inventory(text.splitlines(keepends=True)[0])
        both = instrument(Target("installed", both), found, project.recorder).after
    spools = [spool_of(line) for line in both.splitlines() if not syncs(line)]
    assert spools == [None, "/srv/blog/the spool 5%"]
    assert {recorder_of(line) for line in both.splitlines() if not syncs(line)} == {"/opt/cronwrap.py"}
    shop, blog = PAIRS[0]
    assert (shop.take_back(blog.take_back(both)), blog.take_back(shop.take_back(both))) == (text, text)


def test_lines_that_name_the_same_spool_and_are_nobody_s_here_are_refused() -> None:
    shop, blog = PAIRS[0]
    recorded = replace(shop.recorder, cronwrap="/srv/shop/.migrator/cronwrap.py")
    installed = instrument(Target("installed", TEXT), shop.inventory(), recorded).after
    with pytest.raises(Cannot, match="installed:2 is recorded for another project") as caught:
        replace(blog, spool=None).record(installed)
    assert "spool of its own" in caught.value.hint or "a folder of its own" in caught.value.hint


# ---- the whole crontab among one project's sources


def test_the_other_s_lines_are_read_as_they_were() -> None:
    shop, blog = PAIRS[0]
    plain = shop.inventory(TEXT)
    recorded = shop.inventory(blog.record(TEXT))
    assert [(one.id, one.declared.raw, one.declared.recorded) for one in recorded.jobs] == [
        (one.id, one.declared.raw, None) for one in plain.jobs
    ]
    ids = [one.id for one in shop.inventory(blog.record(shop.record(TEXT))).jobs]
    assert ids == ["send", "clearsessions", "send_2", "clearsessions_2"]
    left = blog.cut(blog.record(TEXT), "clearsessions", "send")
    assert [one.id for one in shop.inventory(left).jobs] == ["send", "clearsessions"]
    target = Target("installed", left)
    assert live_lines(target, left, shop.inventory(left), of_spool(shop.spool)) == {
        2: "send",
        3: "clearsessions",
    }


def test_the_other_s_line_of_the_same_text_has_not_come_back() -> None:
    line = "0 0 * * * /usr/local/bin/clearsessions\n"
    shop, blog = PAIRS[0]
    found = shop.inventory(line)
    text = shop.cut(instrument(Target("x", line), found, shop.recorder).after, "clearsessions")
    theirs = instrument(Target("x", line), blog.inventory(line), blog.recorder).after
    both = shop.inventory(text + theirs)
    assert "CM601" not in {one.code for job in both.jobs for one in job.findings}
    assert "CM601" in {one.code for job in shop.inventory(text + line).jobs for one in job.findings}


def test_the_other_s_marks_are_no_residue_of_ours() -> None:
    shop, blog = PAIRS[0]
    both = blog.record(shop.record(TEXT))
    left = blog.cut(both, "clearsessions")
    assert [one.place.line for one in retired_lines("x", left) if one.place] == [6]
    assert list(retired_lines("x", left, of_spool(shop.spool))) == []
    rest = blog.record(LINES.format("blog"))
    found = declarations(shop.inventory(rest), (), remembered={}, recorded=True, is_ours=of_spool(shop.spool))
    assert "CM644" not in {one.code for one in found}


# ---- the way back, with the other's edits in between


@dataclass
class Kept:
    """The bytes that an operation kept."""

    texts: dict[str, bytes] = field(default_factory=dict)

    def kept(self, name: str) -> bytes:
        return self.texts[name]


def left_by(project: Project, before: str, jobs: Sequence[str]) -> tuple[Operation, Kept]:
    after = project.cut(before, *jobs)
    write = Write(None, sha256(encode(before)), sha256(encode(after)), "before", "after", Phase.DONE)
    operation = Operation(
        kind=Kind.APPLY, jobs=tuple(jobs), who="me", reason="", accepted="", begun="1", ended="2",
        spool=project.spool, writes=(write,),
    )  # fmt: skip
    return operation, Kept({"before": encode(before), "after": encode(after)})


@pytest.mark.parametrize("pair", PAIRS)
def test_what_the_other_does_between_a_cutover_and_its_rollback_is_no_conflict(
    pair: tuple[Project, Project],
) -> None:
    for one, other in permutations(pair):
        for before, later in (
            (one.record(TEXT), other.record),
            (other.record(one.record(TEXT)), other.take_back),
            (other.record(one.record(TEXT)), lambda text, other=other: other.cut(text, "clearsessions")),
        ):
            operation, kept = left_by(one, before, ["clearsessions"])
            now = later(kept.texts["after"].decode())
            back = restoring([operation], ["clearsessions"], {None: encode(now)}, kept)  # type: ignore[arg-type]
            assert (back.conflicts, back.lost) == ((), None)
            [change] = back.changes
            assert change.after.decode() == later(before)
            edited = now.replace("MAILTO=ops", "MAILTO=me")
            back = restoring([operation], ["clearsessions"], {None: encode(edited)}, kept)  # type: ignore[arg-type]
            assert len(back.conflicts) == 1


@pytest.mark.parametrize("spool", [None, "/srv/shop/spool"])
@pytest.mark.parametrize("jobs", [["clearsessions"], ["send", "clearsessions"]])
def test_what_a_version_that_named_no_spool_in_its_marks_took_out_comes_back(
    spool: str | None, jobs: list[str]
) -> None:
    shop, blog = Project("shop", spool), PAIRS[0][1]
    before = shop.record(TEXT).replace(f" into {spool}", "")
    after = shop.cut(shop.record(TEXT), *jobs).replace(f" into {spool}", "")
    write = Write(None, sha256(encode(before)), sha256(encode(after)), "before", "after", Phase.DONE)
    operation = Operation(
        kind=Kind.APPLY, jobs=tuple(jobs), who="me", reason="", accepted="", begun="1", ended="2",
        writes=(write,),
    )  # fmt: skip
    saved = document([operation])
    for name in ("spool", "unnamed"):
        saved["operations"][0].pop(name, None)
    operations, kept = operations_in(saved), Kept({"before": encode(before), "after": encode(after)})
    for now, then in ((after, before), (blog.record(after), blog.record(before))):
        back = restoring(operations, jobs, {None: encode(now)}, kept)  # type: ignore[arg-type]
        assert (back.conflicts, back.lost) == ((), None)
        [change] = back.changes
        assert change.after.decode() == then
    assert operations_in(document(operations)) == operations


def test_marks_name_the_spool_and_the_default_one_needs_none() -> None:
    assert (sync_mark(None), retired_mark("a")) == ("# migrator sync", "#migrator retired a: ")
    assert sync_mark("/srv/a b") == "# migrator sync into '/srv/a b'"
    line = retired_mark("a", "/srv/x: y") + "0 5 * * * ./manage.py a"
    assert spool_of(line) == "/srv/x: y"
    assert others_undone(line, of_spool(None)) == "0 5 * * * ./manage.py a"


@pytest.mark.parametrize("word", [r"\'x y'", "x\\", r"\'x'"])
def test_a_word_that_no_shell_reads_names_nobody_s_spool(word: str) -> None:
    shop, blog = PAIRS[0]
    text = f"0 5 * * * ./a # migrator sync into {word}\n#migrator retired b into {word}: 0 6 * * * ./b\n"
    for project in (shop, blog):
        assert project.put_back(text, "b") == project.take_back(text) == text
        assert [one.id for one in project.inventory(text).jobs] == []


@pytest.mark.parametrize("spool", ["/srv/it's", '/srv/a"b', "/srv/$x", "/srv/a\\b"])
def test_a_script_in_which_the_spool_is_written_otherwise_is_for_a_person(spool: str) -> None:
    """A marker that is not known again in the script's own text would stay, whoever rolls back."""
    text = 'echo "0 5 * * * cd /srv/shop && ./manage.py send" | crontab -\n'
    found = Project("shop", None).inventory()
    target = Target("install.sh", text, script=True)
    with pytest.raises(Cannot, match=r"install.sh: the edit cannot be undone exactly\nhint: put"):
        cut(target, found, ["send"], spool=spool)
    plain = "/srv/the spool"
    left = cut(target, found, ["send"], spool=plain)
    assert put_back(left.after, ["send"], of_spool(plain)) == text != left.after
