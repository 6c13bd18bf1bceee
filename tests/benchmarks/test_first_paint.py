"""How long a browser takes to show the report of 200 jobs, against an empty page in the same run."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import Any

import pytest
from playwright.sync_api import sync_playwright

from migrator.report.cutover_html import cutover_html
from tests.cutover_sample import large
from tests.parts.programs import CHROMIUM

EMPTY = "<!doctype html><html lang=en><title>nothing</title><p>nothing"
TIMES = 7
PAINTED = """() => new Promise(done => new PerformanceObserver(list => done(list.getEntries()[0].startTime))
  .observe({type: 'paint', buffered: true}))"""


@pytest.mark.part("chromium")
@pytest.mark.benchmark(group="report")
def test_the_first_paint_of_two_hundred_jobs(benchmark: Any, tmp_path: Path) -> None:
    pages = {"empty": EMPTY, "report": cutover_html(large())}
    for name, text in pages.items():
        (tmp_path / f"{name}.html").write_text(text, encoding="utf-8")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM.path(), args=["--no-sandbox"])

        def painted(name: str) -> float:
            page = browser.new_page()
            page.goto((tmp_path / f"{name}.html").as_uri())
            milliseconds: float = page.evaluate(PAINTED)
            page.close()
            return milliseconds

        painted("empty")  # the browser's own start
        seen: dict[str, list[float]] = {name: [] for name in pages}
        for _ in range(TIMES):  # in turns, so that whatever else the machine does meets both
            for name in pages:
                seen[name].append(painted(name))
        benchmark.pedantic(painted, args=("report",), rounds=1)
        browser.close()
    found = {name: median(times) for name, times in seen.items()}
    benchmark.extra_info |= found
    print(
        f"\nfirst paint: {found['report']:.0f} ms, an empty page {found['empty']:.0f} ms;"
        f" {len(pages['report'].encode()) / 1e6:.2f} MB"
    )
