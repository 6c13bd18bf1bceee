"""The cutover report in a real browser: light, dark, a phone, paper, the keyboard."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from migrator.cutover.readiness import assemble
from migrator.report.cutover_html import cutover_html
from tests.cutover_sample import sample
from tests.cutover_story import demonstration, inventory, situation, story

Open = Callable[..., Page]

# WCAG 2.1: contrast of every text that is shown, against the nearest background that is painted
CONTRAST = """() => {
  const parse = text => { const c = text.match(/[\\d.]+/g).map(Number); return c.length < 4 ? [...c, 1] : c };
  const linear = v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const luminance = ([r, g, b]) => .2126 * linear(r) + .7152 * linear(g) + .0722 * linear(b);
  const behind = node => {
    for (let n = node; n; n = n.parentElement) {
      const colour = parse(getComputedStyle(n).backgroundColor);
      if (colour[3] === 1) return colour;
    }
    return [255, 255, 255, 1];
  };
  const poor = [];
  for (const node of document.querySelectorAll('body *')) {
    const own = [...node.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || !node.checkVisibility() || node.closest('svg')) continue;
    const [a, b] = [luminance(parse(getComputedStyle(node).color)), luminance(behind(node))];
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) poor.push(`${ratio.toFixed(2)} ${node.textContent.trim().slice(0, 40)}`);
  }
  return poor;
}"""

OVERFLOWING = """() => [...document.querySelectorAll('body *')]
  .filter(n => !n.closest('svg, .skip') && n.checkVisibility() && getComputedStyle(n).position !== 'absolute')
  .filter(n => n.getBoundingClientRect().right > innerWidth + 1)
  .map(n => n.tagName + ' ' + n.textContent.trim().slice(0, 40))"""

# a line of text that ends within a date
BROKEN_DATES = """() => {
  const broken = [], texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode, range = document.createRange();
    for (const found of node.data.matchAll(/\\d{4}-\\d\\d-\\d\\d/g)) {
      range.setStart(node, found.index);
      range.setEnd(node, found.index + found[0].length);
      const lines = new Set([...range.getClientRects()].map(one => Math.round(one.top)));
      if (lines.size > 1) broken.push(node.parentElement.textContent.trim());
    }
  }
  return broken;
}"""

LAID_OUT = "[...document.querySelectorAll('body *')].filter(node => node.checkVisibility()).length"
HIDDEN = "all => all.filter(node => !node.checkVisibility() || !node.getClientRects().length).length"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(cutover_html(story()), encoding="utf-8")
    return path.as_uri()


@pytest.fixture
def opened(browser: Open, address: str) -> Iterator[Callable[..., Page]]:
    """Open the report; afterwards there was no message on the console and no request beyond the file."""
    troubles: list[str] = []

    def page(url: str = address, **options: object) -> Page:
        made = browser(**options)
        made.on("console", lambda message: troubles.append(message.text))
        made.on("pageerror", lambda error: troubles.append(str(error)))
        made.on("request", lambda request: None if request.url == url else troubles.append(request.url))
        made.goto(url)
        return made

    yield page
    assert [one for one in troubles if not one.startswith("data:")] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 768, 360])
def test_everything_fits_and_can_be_read(opened: Open, scheme: str, width: int) -> None:
    page = opened(viewport={"width": width, "height": 900}, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(OVERFLOWING) == []
    assert page.evaluate(BROKEN_DATES) == []
    assert page.evaluate(CONTRAST) == []
    assert page.get_by_role("heading", level=1).inner_text() == "1 of 4 jobs may be cut over now."


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing(opened: Open, scheme: str, width: int) -> None:
    page = opened(viewport={"width": width, "height": 900}, color_scheme=scheme)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_pictures_are_told_in_words_too(opened: Open, tmp_path: Path) -> None:
    path = tmp_path / "sample.html"
    path.write_text(cutover_html(sample()), encoding="utf-8")
    page = opened(path.as_uri())
    calendars = page.get_by_role("img", name="by day")
    assert calendars.count() == 4
    assert "Slots of fetch_courts by day, 2026-09-11 to 2026-12-10" in calendars.first.inner_html()
    told = page.locator("#job-fetch_courts figcaption").inner_text()
    assert "1 slot mismatched, the latest on 2026-12-07" in told
    assert "2 slots cron only, the latest on 2026-11-21" in told
    assert page.locator("#job-fetch_courts .calendar:not(.sample) .control_only").count() == 1
    plots = page.locator("#job-fetch_courts .plots p").all_inner_texts()
    assert [text.split()[0] for text in plots] == ["cron", "Celery"] * 2
    places = page.locator("#job-fetch_courts .spread").evaluate_all(
        "all => all.map(one => (({left, width}) => [left, width])(one.getBoundingClientRect()))"
    )
    assert places[0] == places[1]  # both sides of a plot on one axis
    assert places[2] == places[3]
    assert Axe().run(page).violations_count == 0


def test_the_schemes_differ(opened: Open) -> None:
    colours = {
        opened(color_scheme=scheme).evaluate("getComputedStyle(document.body).backgroundColor")
        for scheme in ("light", "dark")
    }
    assert len(colours) == 2


def test_headings_come_in_order(opened: Open) -> None:
    levels = opened().evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(h => +h.tagName[1])")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_landmarks_tables_and_language_speak_to_screen_readers(opened: Open) -> None:
    page = opened()
    assert page.get_by_role("banner").count() == page.get_by_role("main").count() == 1
    assert page.get_by_role("contentinfo").count() == 1
    assert page.locator("html").get_attribute("lang") == "en"
    tables = page.locator("table")
    assert tables.count() == 6
    for index in range(tables.count()):
        assert tables.nth(index).locator("caption").inner_text()
        assert tables.nth(index).locator("thead th:not([scope=col])").count() == 0
        assert tables.nth(index).locator("tbody tr > :first-child:not(th[scope=row])").count() == 0


def test_a_table_stays_a_table_on_a_phone(opened: Open) -> None:
    page = opened(viewport={"width": 360, "height": 800})
    row = page.get_by_role("row").filter(has_text="monthly_bill").first
    assert row.get_by_role("cell").count() == 4


def test_verdicts_are_words_and_not_only_colours(opened: Open) -> None:
    page = opened()
    badges = page.locator("details.job .badge").all_inner_texts()
    assert badges == ["unsafe", "hold", "hold", "safe"]
    states = page.locator(".checks li").evaluate_all(
        "all => all.map(li => li.querySelector('b').textContent)"
    )
    assert set(states) == {"done", "open", "blocked"}


def test_the_keyboard_reaches_and_opens_everything(opened: Open) -> None:
    page = opened()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "jobs"
    closed = page.locator("details:not([open]) > summary")
    assert closed.count() == 1
    closed.focus()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    page.keyboard.press("Enter")
    assert closed.count() == 0
    assert page.get_by_text("#migrator retired remind").is_visible()


def test_the_table_leads_to_the_job(opened: Open) -> None:
    page = opened()
    page.get_by_role("link", name="fetch_courts").click()
    assert page.evaluate("document.querySelector(':target').getBoundingClientRect().top") < 400


def test_on_paper_everything_is_open_and_dark_stays_on_the_screen(opened: Open) -> None:
    page = opened(color_scheme="dark", viewport={"width": 680, "height": 900})
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate(CONTRAST) == []
    assert page.evaluate(OVERFLOWING) == []
    assert page.locator("details:not([open]) > :not(summary)").evaluate_all(HIDDEN) == 0
    assert page.pdf(format="A4", prefer_css_page_size=True).startswith(b"%PDF")


def test_a_demonstration_says_so(opened: Open, tmp_path: Path) -> None:
    path = tmp_path / "demo.html"
    path.write_text(cutover_html(demonstration()), encoding="utf-8")
    page = opened(path.as_uri())
    assert "Its slots are no evidence" in page.get_by_role("note").inner_text()
    assert page.get_by_text("demo, no evidence").first.is_visible()


def test_long_words_and_two_hundred_jobs_fit_a_phone(opened: Open, tmp_path: Path) -> None:
    lines = "".join(f"{n % 60} {n % 24} * * * python manage.py {'very_long_' * 5}{n}\n" for n in range(200))
    path = tmp_path / "many.html"
    path.write_text(cutover_html(assemble(inventory(lines), situation())), encoding="utf-8")
    page = opened(path.as_uri(), viewport={"width": 360, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.evaluate(OVERFLOWING) == []
    assert page.locator("details.job").count() == 200
    # what a browser has to lay out before it shows anything: rows of the table, and no job's inside
    assert page.locator("details.job[open]").count() == 0
    assert page.evaluate(LAID_OUT) < 40 * 200
