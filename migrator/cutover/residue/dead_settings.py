"""Django settings of cron apps: their entries in INSTALLED_APPS, and what only they read."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from migrator.cutover.residue.names import DJANGO_APPS
from migrator.cutover.residue.texts import Kind, TextFile
from migrator.findings import Finding, Place
from migrator.i18n import _
from migrator.sources.python.module import Module, Unparsed, parse_module
from migrator.sources.python.settings import given

_SETTING = re.compile(
    r"CRONJOBS|CRON_CLASSES|CRONTAB_\w+|DJANGO_CRON_\w+|FAILED_RUNS_CRONJOB_EMAIL_PREFIX|KRONOS_\w+"
)


def dead_settings(file: TextFile) -> Iterator[Finding]:
    """The settings and apps that go with the last job of a cron app."""
    if file.kind is not Kind.PYTHON or not (
        _SETTING.search(file.text) or any(one in file.text for one in DJANGO_APPS)
    ):
        return
    try:
        module = parse_module(file.path, file.text)
    except Unparsed:
        return
    for name, place in _settings(module):
        hint = _("take it out with its settings: nothing calls it once its jobs are Celery's")
        yield Finding("CM639", place, _("{name} is a setting of a cron app").format(name=name), hint)


def _settings(module: Module) -> Iterator[tuple[str, Place]]:
    for one in given(module, lambda name: _SETTING.fullmatch(name) is not None):
        yield one.name, module.place(one.node, "python")
    for one in given(module, "INSTALLED_APPS".__eq__):
        for node in ast.walk(one.value):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and node.value.split(".")[0] in DJANGO_APPS
            ):
                yield node.value, module.place(node, "python")
