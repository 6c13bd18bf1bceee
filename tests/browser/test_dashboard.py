"""The dashboard in a real browser, against a server of its own: who may what, and how it looks."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Response, expect

from tests.browser.test_report import CONTRAST, OVERFLOWING
from tests.dashboard_office import PASSWORD, SMALL

ROOT = Path(__file__).parents[2]
BOARD = "/migrator/"
PAGES = {
    "board": BOARD,
    "job": "/migrator/job/fetch_courts/",
    "audit": "/migrator/audit/",
    "switch": "/migrator/job/send_reminders/owner/?to=cron",
    "abort": "/migrator/abort/",
}
LARGEST = 200_000  # bytes of a page with its style and script


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the ledger, and in its file ``address`` where it is served."""
    yield from _served(tmp_path_factory.mktemp("office"), "small")


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The same with two hundred jobs."""
    yield from _served(tmp_path_factory.mktemp("large"), "large")


def _served(folder: Path, size: str) -> Iterator[Path]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.dashboard_office", str(folder), size],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout
        address = process.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:"), "the office did not open"
        (folder / "address").write_text(address)
        yield folder
    finally:
        process.terminate()
        process.wait()


class Office:
    """Opens pages as one of the people; ``troubles``: requests to anybody else, and errors."""

    def __init__(self, browser: Browser, folder: Path) -> None:
        self.browser, self.folder = browser, folder
        self.address = (folder / "address").read_text()
        self.sessions = json.loads((folder / "sessions.json").read_text())
        self.troubles: list[str] = []
        self.sizes: dict[str, int] = {}

    def visit(self, path: str = BOARD, *, who: str | None = "boss", **options: object) -> Page:
        context = self.browser.new_context(**options)  # type: ignore[arg-type]
        if who:
            context.add_cookies([{"name": "sessionid", "value": self.sessions[who], "url": self.address}])
        page = context.new_page()
        page.on("console", lambda message: self.troubles.append(message.text))
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on("request", lambda request: self._asked(request.url))
        page.on("response", self._answered)
        page.goto(self.address + path)
        return page

    def _asked(self, url: str) -> None:
        if not url.startswith((self.address, "data:")):
            self.troubles.append(url)

    def _answered(self, response: Response) -> None:
        path = response.url.removeprefix(self.address)
        if response.status == 200 and path.startswith("/migrator/"):
            self.sizes[path] = len(response.body()) if response.request.method == "GET" else 0

    def handovers(self) -> list[tuple[str, ...]]:
        """The audit log as the database has it."""
        with sqlite3.connect(self.folder / "office.sqlite3", timeout=20) as ledger:
            rows = ledger.execute(
                "SELECT job, previous, owner, who, reason FROM migrator_handover ORDER BY id"
            )
            return [tuple(row) for row in rows]


@pytest.fixture(scope="module")
def opened(chromium: Browser, server: Path) -> Office:
    return Office(chromium, server)


@pytest.fixture
def office(opened: Office) -> Iterator[Office]:
    opened.troubles.clear()
    yield opened
    for context in opened.browser.contexts:
        context.close()
    assert opened.troubles == []


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
@pytest.mark.parametrize("name", PAGES)
def test_everything_fits_and_can_be_read_and_axe_finds_nothing(
    office: Office, name: str, width: int, scheme: str
) -> None:
    page = office.visit(PAGES[name], viewport={"width": width, "height": 900}, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(OVERFLOWING) == []
    assert page.evaluate(CONTRAST) == []
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("name", PAGES)
def test_headings_come_in_order_and_landmarks_are_there(office: Office, name: str) -> None:
    page = office.visit(PAGES[name])
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(h => +h.tagName[1])")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert page.get_by_role("main").count() == 1
    assert page.get_by_role("navigation", name="dashboard").count() == 1


def test_the_board_shows_every_job_with_its_slots_in_words_too(office: Office) -> None:
    page = office.visit()
    for job in SMALL:
        assert page.get_by_role("rowheader").filter(has_text=job).count() == 1
    row = page.get_by_role("row").filter(has_text="fetch_courts")
    assert "21 matched, 2 cron only, 1 mismatched" in row.inner_text()
    assert row.locator(".strip path").count() == 3


def test_verdicts_come_without_a_reload(office: Office) -> None:
    page = office.visit()
    row = page.get_by_role("row").filter(has_text="fetch_courts")
    expect(row.locator(".badge")).to_have_text("unsafe", timeout=60_000)
    expect(page.get_by_text("not judged yet", exact=True)).to_have_count(1, timeout=60_000)  # in the filter


def test_a_change_shows_without_a_reload_and_focus_stays(office: Office) -> None:
    """Somebody else changes an owner; this reader's board follows while a link has the focus."""
    page = office.visit()
    page.clock.install()
    page.reload()
    link = page.get_by_role("link", name="sync_stock")
    link.focus()
    with sqlite3.connect(office.folder / "office.sqlite3", timeout=20) as ledger:
        ledger.execute("UPDATE migrator_host SET last_seen = '2020-01-01 00:00:00'")
    page.clock.fast_forward(16_000)
    expect(page.get_by_text("Cron hosts not heard")).to_be_visible(timeout=30_000)
    assert page.evaluate("document.activeElement.textContent") == "sync_stock"
    with sqlite3.connect(office.folder / "office.sqlite3", timeout=20) as ledger:
        ledger.execute("UPDATE migrator_host SET last_seen = datetime('now')")


def test_updates_stop_while_paused_and_go_on_afterwards(office: Office) -> None:
    page = office.visit()
    page.clock.install()
    page.reload()
    page.wait_for_load_state("networkidle")
    page.get_by_role("button", name="Pause updates").click()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.fast_forward(120_000)
    page.wait_for_timeout(300)
    assert asked == []
    with page.expect_request("**/migrator/part/**"):
        page.get_by_role("button", name="Resume updates").click()


def test_a_hidden_board_asks_for_nothing(office: Office) -> None:
    page = office.visit()
    page.clock.install()
    page.reload()
    page.wait_for_load_state("networkidle")
    page.evaluate("""() => {
      Object.defineProperty(document, 'hidden', {value: true, configurable: true});
      document.dispatchEvent(new Event('visibilitychange'));
    }""")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.fast_forward(120_000)
    page.wait_for_timeout(300)
    assert asked == []


def test_typing_filters_and_the_address_keeps_it(office: Office) -> None:
    page = office.visit()
    page.get_by_role("searchbox", name="job").press_sequentially("courts")
    expect(page.locator("tr[id]")).to_have_count(1)
    assert page.url.endswith("?q=courts")
    page.reload()
    assert page.locator("tr[id]").count() == 1


def test_without_a_script_it_filters_judges_and_switches(office: Office) -> None:
    page = office.visit(java_script_enabled=False)
    page.get_by_label("owner").select_option("shadow")
    page.get_by_role("button", name="Show").click()
    assert page.locator("tr[id]").count() == 3
    page.get_by_role("button", name="Bring verdicts up to date").click()
    page.get_by_role("link", name="print_labels").click()
    page.get_by_label("another owner").select_option("cron")
    page.get_by_role("button", name="See what it would do").click()
    page.get_by_label("Reason").fill("without a script")
    page.get_by_role("button", name="Change the owner to cron").click()
    page.wait_for_url("**/job/print_labels/**")
    assert office.handovers()[-1] == ("print_labels", "shadow", "cron", "boss", "without a script")


def test_the_keyboard_switches_an_owner(office: Office) -> None:
    page = office.visit("/migrator/job/clearsessions/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.get_by_label("another owner").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    page.keyboard.press("Enter")
    page.wait_for_url("**/owner/?to=cron")
    page.get_by_label("Reason").focus()
    page.keyboard.type("by hand")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/job/clearsessions/**")
    expect(page.locator("#history ~ table")).to_contain_text("by hand")
    assert office.handovers()[-1] == ("clearsessions", "shadow", "cron", "boss", "by hand")


def test_a_reader_sees_no_way_to_change_anything(office: Office) -> None:
    page = office.visit("/migrator/job/fetch_courts/", who="reader")
    assert page.get_by_role("button", name="See what it would do").count() == 0
    assert page.get_by_role("link", name="Everything back to cron").count() == 0
    assert page.get_by_text("connecting to").count() == 0
    before = office.handovers()
    office.visit("/migrator/abort/", who="reader")
    office.troubles.clear()  # the browser tells of the 403
    assert office.handovers() == before


@pytest.mark.parametrize(("who", "told"), [("guest", "is for staff"), ("clerk", "migrator.view_dashboard")])
def test_who_may_not_look_is_told_why(office: Office, who: str, told: str) -> None:
    page = office.visit(who=who)
    office.troubles.clear()  # the browser tells of the 403
    assert told in page.get_by_role("main").inner_text()
    assert page.locator("tr[id]").count() == 0
    assert page.get_by_role("link").all_inner_texts() == ["Skip to the content"]  # none leads here again


def test_a_page_that_cannot_be_shown_stands_as_the_others_do(office: Office) -> None:
    top = office.visit("/migrator/audit/").get_by_role("heading", level=1).bounding_box()
    page = office.visit("/migrator/job/nosuch/")
    office.troubles.clear()  # the browser tells of the 404
    wrong = page.get_by_role("heading", level=1).bounding_box()
    assert top
    assert wrong
    assert wrong["y"] == top["y"]
    page.get_by_role("link", name="Back to the board").click()
    page.wait_for_url("**/migrator/")


@pytest.mark.parametrize("name", ["board", "job", "audit"])
def test_on_paper_there_is_nothing_to_press(office: Office, name: str) -> None:
    page = office.visit(PAGES[name], color_scheme="dark")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    pressed = page.locator("button:visible, select:visible, input:visible, nav:visible")
    assert pressed.count() == 0


def test_the_time_of_the_update_is_by_the_clock_of_the_board(office: Office) -> None:
    page = office.visit(timezone_id="America/New_York")
    page.clock.install(time="2026-07-01T22:30:00Z")
    page.reload()
    expect(page.locator("#updated time")).to_have_text("00:30:00")


def test_who_is_not_logged_in_gets_the_login_and_then_the_page(office: Office) -> None:
    page = office.visit("/migrator/job/fetch_courts/", who=None)
    page.fill("[name=username]", "reader")
    page.fill("[name=password]", PASSWORD)
    page.click("[type=submit]")
    page.wait_for_url("**/migrator/job/fetch_courts/")
    office.troubles.clear()  # of the admin's own page


def test_a_form_of_another_site_changes_nothing(office: Office) -> None:
    """It posts with the cookie of somebody who may, as a forged page would."""
    before = office.handovers()
    page = office.visit()
    status = page.evaluate(
        """async address => {
      const form = new URLSearchParams({to: 'cron', reason: 'forged', seen: '0'});
      return (await fetch(address, {method: 'POST', body: form, credentials: 'include'})).status;
    }""",
        office.address + "/migrator/job/fetch_courts/owner/",
    )
    office.troubles.clear()  # the browser tells of the 403
    assert status == 403
    assert office.handovers() == before


def test_what_jobs_print_executes_nothing(office: Office) -> None:
    page = office.visit("/migrator/job/print_labels/")
    assert page.title() == "print_labels"
    assert "<script>document.title" in page.locator("pre.tail").first.inner_text()
    assert "hunter2secret" not in office.visit("/migrator/job/fetch_courts/").content()


def test_a_cell_leads_to_why(office: Office) -> None:
    page = office.visit("/migrator/job/fetch_courts/")
    page.get_by_role("link", name="cron only").last.click()
    page.wait_for_url("**/slot/**")
    assert page.get_by_role("heading", level=1).inner_text().endswith("cron only")
    assert page.locator(".because li").count() >= 2
    assert Axe().run(page).violations_count == 0


def test_it_speaks_polish_to_who_reads_polish(office: Office) -> None:
    page = office.visit(locale="pl-PL")
    assert page.locator("html").get_attribute("lang") == "pl"
    assert "Celery wykonuje" in page.get_by_role("heading", level=1).inner_text()
    assert page.get_by_role("link", name="Dziennik zmian").count() == 1


def test_nothing_moves_for_who_wants_nothing_to_move(office: Office) -> None:
    for motion, moves in (("reduce", False), ("no-preference", True)):
        page = office.visit(reduced_motion=motion)
        name = page.evaluate("""() => {
          const row = document.querySelector('tr[id]');
          row.classList.add('fresh');
          return getComputedStyle(row.firstElementChild).animationName;
        }""")
        assert (name != "none") is moves


def test_two_hundred_jobs_and_ninety_days_are_a_small_page(chromium: Browser, large: Path) -> None:
    office = Office(chromium, large)
    page = office.visit(viewport={"width": 360, "height": 800})
    assert page.locator("tr[id]").count() == 200
    assert page.locator("main .badge.unknown").count() == 0
    page.wait_for_load_state("networkidle")
    assert sum(size for path, size in office.sizes.items() if "/part/" not in path) < LARGEST
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.evaluate(OVERFLOWING) == []
    assert Axe().run(page).violations_count == 0
    assert office.troubles == []
