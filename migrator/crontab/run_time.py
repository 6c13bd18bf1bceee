"""What a step takes from the moment at which it runs, and must not be frozen."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from migrator.crontab.options import plain
from migrator.crontab.reading import Reading, Step
from migrator.crontab.shell import Word
from migrator.i18n import _
from migrator.redaction import redact_setting

_GLOB = re.compile(r"[^'\"\\]*(?:[*?]|\[[^]]+\])[^'\"\\]*")


def say_run_time_words(step: Step, words: Iterable[Word], reading: Reading) -> None:
    """``manage.py x $(date +%F)``, ``*.csv``, ``~/x``: kept as text, computed by nobody under Celery."""
    taken = {step.name, *step.argv}
    found = [word.text for word in words if plain(word) in taken and _depends(word)]
    if found:
        reading.remark(
            "CM312",
            _("the shell computes {words} at each run").format(words=" ".join(dict.fromkeys(found))),
            _("compute it inside the management command; a task's arguments are fixed"),
        )


def _depends(word: Word) -> bool:
    if word.value is None:
        return True
    text = word.text
    if text[:2] in ("~", "~/"):
        return True
    globs = "*" in text or "?" in text or "[" in text  # most words have none, and are not matched
    return globs and _GLOB.fullmatch(text) is not None and "://" not in text


def say_settings_of_django(environment: Mapping[str, str], reading: Reading) -> None:
    """``SECRET_KEY=x manage.py y``: the worker runs with its own, which may be another."""
    names = [
        name
        for name, value in environment.items()
        if name.startswith("DJANGO_") or redact_setting(name, value or "x") != (value or "x")
    ]
    if names:
        reading.remark(
            "CM313",
            _("the line sets {names} for Django itself").format(names=", ".join(names)),
            _("a worker has its own: compare the two, and copy no secret into code"),
        )
