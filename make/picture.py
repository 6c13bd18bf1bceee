"""Takes the pictures of the docs in Chromium: the reports of tests/cutover_sample.py, and the dashboard.

`make picture` after a page's look has changed. The dashboard's ledger is that of tests/dashboard_office.py,
served by a process of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, expect, sync_playwright

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
        office = Path(folder) / "office"  # the project's name on the pages
        office.mkdir()
        dashboard(browser, office)
        browser.close()
    for path in sorted(IMAGES.glob("*.png")):
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1000} kB")


def dashboard(browser: Browser, folder: Path) -> None:
    """The board, a job in the dark, and the question before an owner is changed."""
    command = [sys.executable, "-m", "tests.dashboard_office", str(folder), "small"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            address = server.stdout.readline().strip()
            session = json.loads((folder / "sessions.json").read_text())["boss"]
            cookie = {"name": "sessionid", "value": session, "url": address}
            for name, path, scheme, height in (
                ("dashboard", "/migrator/", "light", 1240),
                ("dashboard-job", f"/migrator/job/{JOB}/", "dark", 900),
                ("dashboard-switch", f"/migrator/job/{JOB}/owner/?to=cron", "light", 700),
            ):
                context = browser.new_context(
                    viewport={"width": WIDTH, "height": height},
                    color_scheme=scheme,
                    locale="en",
                    reduced_motion="reduce",
                )
                context.add_cookies([cookie])
                page = context.new_page()
                page.goto(f"{address}{path}")
                # the board judges what has not been judged yet
                expect(page.locator("main .badge.unknown")).to_have_count(0, timeout=60_000)
                page.screenshot(path=IMAGES / f"{name}.png")
                context.close()
        finally:
            server.terminate()


if __name__ == "__main__":
    main()
