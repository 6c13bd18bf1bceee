"""The cutover report as HTML, Markdown and JSON."""

import json
import re
from html.parser import HTMLParser

import pytest

from migrator.cutover.readiness import CutoverReport, assemble
from migrator.report.cutover_document import cutover_document
from migrator.report.cutover_html import cutover_html, language, shown_rehearsals
from migrator.report.cutover_markdown import code, cutover_markdown, text
from migrator.report.cutover_timeline import axis_of, marks
from migrator.sources.job import Inventory
from tests.cutover_sample import large
from tests.cutover_story import SECRET, demonstration, inventory, situation, story

RENDERED = {
    "html": cutover_html,
    "markdown": cutover_markdown,
    "json": lambda report: json.dumps(cutover_document(report)),
}


class Tags(HTMLParser):
    """The tags of a page, and the texts that a reader sees."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.stack: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def nothing() -> CutoverReport:
    return assemble(Inventory(), situation())


@pytest.mark.parametrize("name", RENDERED)
@pytest.mark.parametrize("make", [story, demonstration, nothing])
def test_no_rendering_tells_a_secret(name: str, make: object) -> None:
    shown = RENDERED[name](make())  # type: ignore[operator]
    assert SECRET not in shown


@pytest.mark.parametrize("name", RENDERED)
def test_the_answer_stands_on_top(name: str) -> None:
    shown = RENDERED[name](story())
    assert "1 of 4 jobs may be cut over now." in shown[: max(len(shown) // 2, 20_000)]


@pytest.mark.parametrize("name", RENDERED)
def test_an_empty_inventory_is_a_report_too(name: str) -> None:
    assert "There is no job to cut over." in RENDERED[name](nothing())


@pytest.mark.parametrize("name", ["html", "markdown"])
def test_demo_slots_are_labelled(name: str) -> None:
    assert "demo, no evidence" in RENDERED[name](demonstration())
    assert "demo, no evidence" not in RENDERED[name](story())


def test_the_page_needs_nothing_but_itself() -> None:
    tags = Tags(cutover_html(story())).tags
    addresses = [values[name] for _tag, values in tags for name in ("src", "href") if values.get(name)]
    assert all(address.startswith(("#", "data:")) for address in addresses if address)
    assert not {"script", "iframe", "img", "object"} & {tag for tag, _values in tags}
    assert not re.search(r"url\(|@import|https?://", cutover_html(story()))


def test_links_within_the_page_lead_somewhere() -> None:
    tags = Tags(cutover_html(story())).tags
    known = {values["id"] for _tag, values in tags if "id" in values}
    assert len(known) == len([1 for _tag, values in tags if "id" in values])
    targets = {values["href"] for tag, values in tags if tag == "a"}
    assert {f"#{name}" for name in known} >= targets


def test_what_people_wrote_is_text_in_html() -> None:
    page = cutover_html(story())
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "Reminders &lt;b&gt;for staff&lt;/b&gt;" in page


def test_many_jobs_are_folded() -> None:
    lines = "".join(f"{n} 1 * * * python manage.py job_{n}\n" for n in range(9))
    tags = Tags(cutover_html(assemble(inventory(lines), situation()))).tags
    jobs = [values for tag, values in tags if tag == "details" and "job" in str(values.get("class"))]
    assert len(jobs) == 9
    assert not any("open" in values for values in jobs)


def test_the_language_of_the_page_is_that_of_its_texts() -> None:
    assert language() == "en"


def test_every_job_has_its_section_in_markdown() -> None:
    shown = cutover_markdown(story())
    headings = re.findall(r"^## (.*)$", shown, re.MULTILINE)
    assert headings[:4] == ["fetch_courts", "monthly_bill", "pulse", "remind"]
    assert "- [ ] **blocked** no slot was executed twice: 1 slot was" in shown
    assert "- [x] the Celery schedule is equal to cron's: fires at exactly the same minutes" in shown
    assert 'migrator owner remind cron --reason "..."' in shown


def test_every_row_of_a_markdown_table_has_the_columns_of_its_head() -> None:
    blocks = re.findall(r"(?:^\|.*\n)+", cutover_markdown(story()), re.MULTILINE)
    assert len(blocks) == 6  # jobs, the slots of three, the effects of one, those that stay
    for block in blocks:
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}
        assert len(widths) == 1


@pytest.mark.parametrize(
    ("raw", "escaped"),
    [
        ("a|b", r"a\|b"),
        ("<b>x</b>", r"\<b\>x\</b\>"),
        ("send_reminders", "send_reminders"),
        ("_x_ *y*\n# z", r"\_x\_ \*y\* \# z"),
        ("@team [a](b)", r"@team \[a\](b)"),
    ],
)
def test_markdown_text_is_only_text(raw: str, escaped: str) -> None:
    assert text(raw) == escaped


def test_a_code_span_holds_backticks() -> None:
    assert code("a `b` ``c``") == "``` a `b` ``c`` ```"


def test_the_json_document_keeps_its_contract() -> None:
    document = cutover_document(story())
    assert list(document) == [
        "made", "project", "answer", "demo", "notices", "jobs", "staying", "checklist", "crontabs",
        "rollback", "findings",
    ]  # fmt: skip
    assert document["answer"] == {
        "ready": False,
        "sentence": "1 of 4 jobs may be cut over now.",
        "outlook": "1 job is unsafe: mend it first.",
        "jobs": 4,
        "safe": 1,
        "hold": 2,
        "unsafe": 1,
        "last_date": None,
    }
    assert [job["verdict"] for job in document["jobs"]] == ["unsafe", "hold", "hold", "safe"]  # worst first
    job = document["jobs"][3]
    assert (job["id"], job["verdict"], job["owner"]) == ("remind", "safe", "celery")
    assert job["evidence"] == {"matched": 8, "needed": 7}
    assert job["counts"]["expected"] == job["counts"]["matched"] == 8
    assert job["proof"]["exact"]
    assert job["contract"] == {
        "runner": "call_command",
        "kept": [
            "exit status",
            "the lock /run/remind.lock with cron's runs on one host, too, a failure when it is held",
            "no retry",
            "time limit of 600 s",
            "no mail, because no output reaches cron",
        ],
        "added": [],
        "changed": [
            "output goes to the task's log, not to /var/log/a.log",
            "the working folder is the worker's, not /srv/app",
            "API_TOKEN is the worker's own",
        ],
        "not_kept": [],
    }
    assert len(job["slots"]) == 8
    assert job["remove"] == [
        {
            "place": {"path": "etc/crontab.office", "line": 4, "source": "crontab"},
            "text": "0 12 * * * cd /srv/app && flock -n /run/remind.lock timeout 10m python manage.py remind"
            " >> /var/log/a.log 2>&1",
            "generated": False,
        }
    ]
    assert json.loads(json.dumps(document)) == document


def test_the_counts_agree_with_the_ledger() -> None:
    counts = {job["id"]: job["counts"] for job in cutover_document(story())["jobs"]}["fetch_courts"]
    assert (counts["expected"], counts["matched"], counts["mismatched"]) == (9, 6, 1)
    assert (counts["duplicate"], counts["neither"]) == (1, 1)


def test_both_sides_share_one_axis() -> None:
    job = story().jobs[3]
    axis = axis_of(job.last_slots)
    assert (axis.first, axis.last, axis.label) == (0, 30, "30 s")
    control, candidate = marks(job.last_slots[0], axis)
    assert (control.shape, candidate.shape) == ("diamond", "bar")
    assert axis.due == "M8 0v36"
    assert control.path.startswith("M15.2 10m0-5.5")  # a second after it was due
    assert candidate.path == "M25.3 27H169.3"


def test_a_slot_that_nobody_came_to_has_an_empty_picture() -> None:
    slots = story().jobs[0].last_slots
    shapes = [[mark.shape for mark in marks(slot, axis_of(slots))] for slot in slots]
    assert ["diamond", "failed"] in shapes
    assert ["bar", "bar"] in shapes
    assert [] in shapes


def test_a_report_of_many_jobs_shows_the_rehearsals_that_tell_something() -> None:
    many = large()
    assert all(job.rehearsals for job in many.jobs)
    good = [one for job in many.jobs for one in job.rehearsals if not (one.stale or one.record.result.days)]
    shown = [one for job in many.jobs for one in shown_rehearsals(job, unfolded=False)]
    assert len(good) + len(shown) == sum(len(job.rehearsals) for job in many.jobs)
    assert [one for one in shown if one in good] == []
    assert all(shown_rehearsals(job, unfolded=True) == job.rehearsals for job in many.jobs)
