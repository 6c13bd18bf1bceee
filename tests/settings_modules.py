"""Settings modules from the texts of an example, loaded and judged as ``doctor --settings`` does."""

from __future__ import annotations

import datetime as dt
import importlib
import re
import sys
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path

from celery import Celery

from migrator.contrib.celery.effective import effective, with_tasks
from migrator.findings import Finding
from migrator.redaction import first_line
from migrator.schedule.expression import parse
from migrator.settings.audit import Expected, audit
from migrator.settings.effective import Effective, read_effective
from migrator.settings.modules import SettingsModule, bases, places, settings_modules

SINCE = dt.date(2026, 9, 1)
WARSAW = "Europe/Warsaw"
JOBS = (
    Expected("send_invoices", "shop.send_invoices", parse("0 6 * * *"), WARSAW),
    Expected("close_month", "shop.close_month", parse("0 4 1 * *"), WARSAW, timeout=7200),
)
TASKS = ("shop.send_invoices", "shop.close_month")
REST = """
# what the example leaves out
INSTALLED_APPS = ["shop"]
CELERY_TIMEZONE = "Europe/Warsaw"
"""
_PATH = re.compile(r"^# (shop/\S+\.py)\n", re.MULTILINE)


def split(example: str) -> dict[str, str]:
    """The modules of an example: each begins with its path in a comment; without one it is settings.py."""
    starts = [*_PATH.finditer(example)]
    if not starts:
        return {"shop/settings.py": example + REST}
    ends = [*(one.start() for one in starts[1:]), len(example)]
    return {one[1]: example[one.start() : end] for one, end in zip(starts, ends, strict=True)}


def loaded(texts: Mapping[str, str]) -> list[tuple[SettingsModule, Effective]]:
    """The settings modules among the texts, each as its own Celery app reads it."""
    modules = settings_modules(texts, ())
    with tempfile.TemporaryDirectory() as folder:
        for path, text in texts.items():
            file = Path(folder, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        sys.path.insert(0, folder)
        importlib.invalidate_caches()
        try:
            return [(one, read_effective(one.name, one.path, _document(one.name))) for one in modules]
        finally:
            sys.path.remove(folder)
            for name in [name for name in sys.modules if name.split(".")[0] == "shop"]:
                del sys.modules[name]


def _document(name: str) -> Mapping[str, object]:
    try:
        module = importlib.import_module(name)
    except Exception as error:
        return {"error": first_line(error)}
    app = Celery("shop", set_as_current=False)
    app.config_from_object(module, namespace="CELERY")
    for task in TASKS:
        app.task(_nothing, name=task, shared=False)
    return with_tasks(app, effective(app, module))


def _nothing() -> None:
    """A task needs a function, and these are never sent."""


def judged(
    texts: Mapping[str, str], jobs: tuple[Expected, ...] = JOBS, *, rows: Collection[str] = ()
) -> list[Finding]:
    """The findings over the settings among the texts."""
    found = loaded(texts)
    modules = [module for module, _effective in found]
    return audit(
        [one for _module, one in found],
        jobs,
        bases=bases(modules),
        where=places(modules, texts),
        since=SINCE,
        rows=rows,
    )
