"""How long a browser takes to show 200 jobs with 90 days of runs, against an empty page in the same run.

The report is a file; the dashboard's board comes from a server with a ledger, over a fresh browser's
empty cache, and so its time holds what the server takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from playwright.sync_api import Browser

from migrator.report.cutover_html import cutover_html
from tests.browser.test_dashboard import BOARD, Office
from tests.browser.test_dashboard import large as large  # the office of two hundred jobs, served
from tests.cutover_sample import large as two_hundred_jobs

EMPTY = "<!doctype html><html lang=en><title>nothing</title><p>nothing"
TIMES = 7
PAINTED = """() => new Promise(done => new PerformanceObserver(list => done(list.getEntries()[0].startTime))
  .observe({type: 'paint', buffered: true}))"""

pytestmark = [pytest.mark.part("chromium"), pytest.mark.benchmark(group="first paint")]


def painted(browser: Browser, address: str, cookies: list[Any]) -> float:
    """Milliseconds from the click to the first paint, in a browser that has never been there."""
    context = browser.new_context()
    context.add_cookies(cookies)
    page = context.new_page()
    # the board asks for news once it is shown; what the server compares for that would meet the next visit
    page.route("**/part/**", lambda asked: asked.abort())
    page.goto(address)
    milliseconds: float = page.evaluate(PAINTED)
    context.close()
    return milliseconds


def in_turns(browser: Browser, pages: Mapping[str, str], cookies: list[Any]) -> dict[str, float]:
    """The median of each page, so that whatever else the machine does meets all of them."""
    painted(browser, pages["empty"], [])  # the browser's own start
    seen: dict[str, list[float]] = {name: [] for name in pages}
    for _ in range(TIMES):
        for name, address in pages.items():
            seen[name].append(painted(browser, address, cookies))
    return {name: median(times) for name, times in seen.items()}


@pytest.fixture
def empty(tmp_path: Path) -> str:
    (tmp_path / "empty.html").write_text(EMPTY, encoding="utf-8")
    return (tmp_path / "empty.html").as_uri()


def test_the_report(benchmark: Any, chromium: Browser, empty: str, tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    report.write_text(cutover_html(two_hundred_jobs()), encoding="utf-8")
    found = in_turns(chromium, {"empty": empty, "report": report.as_uri()}, [])
    benchmark.pedantic(painted, args=(chromium, report.as_uri(), []), rounds=1)
    benchmark.extra_info |= found
    print(f"\n{_told(found)}; {report.stat().st_size / 1e6:.2f} MB")


def test_the_board_of_the_dashboard(benchmark: Any, chromium: Browser, empty: str, large: Path) -> None:
    office = Office(chromium, large)
    cookies = [{"name": "sessionid", "value": office.sessions["boss"], "url": office.address}]
    board = office.address + BOARD
    found = in_turns(chromium, {"empty": empty, "board": board}, cookies)
    benchmark.pedantic(painted, args=(chromium, board, cookies), rounds=1)
    office.visit().wait_for_load_state("networkidle")
    size = sum(size for path, size in office.sizes.items() if "/part/" not in path)
    benchmark.extra_info |= found
    print(f"\n{_told(found)}; {size / 1e3:.0f} kB with style and script")


def _told(found: Mapping[str, float]) -> str:
    return "first paint: " + ", ".join(
        f"{name} {milliseconds:.0f} ms" for name, milliseconds in found.items()
    )
