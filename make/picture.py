"""Takes the pictures of docs/how-to/read-the-report.md: the reports of tests/cutover_sample.py in Chromium.

`make picture` after the page's look has changed.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
WIDTH, HEIGHT = 1000, 800
JOB = "fetch_courts"  # the one with something to see in its calendar

sys.path.insert(0, str(ROOT))


def main() -> None:
    """Write them: what a reader sees first, the pictures of one job, and the top of a large report."""
    from migrator.report.cutover_html import cutover_html
    from tests.cutover_sample import large, sample
    from tests.parts.programs import CHROMIUM

    with TemporaryDirectory() as folder, sync_playwright() as driver:
        page_file = Path(folder) / "report.html"
        page_file.write_text(cutover_html(sample()), encoding="utf-8")
        browser = driver.chromium.launch(executable_path=CHROMIUM.path(), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        page.goto(page_file.as_uri())
        page.screenshot(path=IMAGES / "report.png")
        job = page.locator(f"#job-{JOB}")
        top = job.locator("h3:has(+ .days)").bounding_box()
        end = job.locator("table.slots").bounding_box()
        assert top
        assert end
        page.screenshot(
            path=IMAGES / "report-job.png",
            full_page=True,
            clip={
                "x": 0,
                "y": top["y"] - 20,
                "width": WIDTH,
                "height": end["y"] + end["height"] - top["y"] + 30,
            },
        )
        page_file.write_text(cutover_html(large()), encoding="utf-8")
        page.goto(page_file.as_uri())
        page.screenshot(path=IMAGES / "report-large.png")
        browser.close()
    for path in sorted(IMAGES.glob("report*.png")):
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
