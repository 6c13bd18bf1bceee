"""Values of a Helm chart: what ``{{ .Values.a.b }}`` stands for unless an installation says otherwise."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass

from migrator.crontab.templates import has_placeholder
from migrator.i18n import _
from migrator.sources.deploy.manifest import Manifest
from migrator.sources.deploy.yaml_text import Scalar, Table, documents

_VALUE = re.compile(
    r"\{\{-?\s*\$?\.Values\.(?P<path>[\w.]+)\s*(?:\|\s*default\s+\"(?P<default>[^\"]*)\"\s*)?(?:\|\s*(?:quote|squote|toString)\s*)*-?\}\}"
)


@dataclass(frozen=True, slots=True)
class Default:
    """A value that a chart gives, and the finding that says that it is only that."""

    text: str
    note: tuple[str, str, str | None]


def looked_up(manifest: Manifest, masked: str) -> Default | None:
    """The default of a text that is one placeholder; None where it is none, or has none."""
    if not has_placeholder(masked):
        return None
    match = _VALUE.fullmatch(manifest.template.written(masked).strip().strip("\"'"))
    if match is None:
        return None
    name = f".Values.{match['path']}"
    found = (
        manifest.around.environment.get(name)
        or _in_values(manifest, match["path"].split("."))
        or match["default"]
    )
    if not found:
        return None
    message = _("{name} is {value} unless an installation says otherwise").format(name=name, value=found)
    return Default(
        found, ("CM110", message, _("scan what is installed: helm get manifest RELEASE | migrator scan -"))
    )


def _in_values(manifest: Manifest, path: list[str]) -> str | None:
    """The value in the values.yaml of the chart, whose folder is one of those above the template."""
    folder = posixpath.dirname(manifest.file.path)
    while True:
        for name in ("values.yaml", "values.yml"):
            file = manifest.around.files.get(posixpath.join(folder, name))
            roots = documents(file.text).roots if file else ()
            if roots and isinstance(roots[0], Table):
                table = roots[0].table(*path[:-1]) if path[:-1] else roots[0]
                value = table.get(path[-1]) if table else None
                return value.text if isinstance(value, Scalar) else None
        if not folder or folder == "/":
            return None
        folder = posixpath.dirname(folder)


def is_values_file(path: str) -> bool:
    """The file that the templates of a chart take their values from."""
    return posixpath.basename(path) in ("values.yaml", "values.yml")
