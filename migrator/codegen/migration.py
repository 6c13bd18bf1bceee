"""The data migration that writes the rows of beat: disabled, reversible, and never over somebody's own."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence

from migrator.codegen.around import Around
from migrator.codegen.python_text import comment, quoted
from migrator.codegen.rows import OURS, Row, beat_rows
from migrator.configuration import Generate
from migrator.errors import Cannot
from migrator.i18n import _
from migrator.redaction import redact
from migrator.sources.job import Job

NAME = "beat_rows"
_NUMBER = re.compile(r"(\d{4})_\w+\.py")
_OURS = '"""Rows of beat for the jobs that cron runs'

TEMPLATE = '''\
"""Rows of beat for the jobs that cron runs; written by `migrator generate`.

They are disabled: until somebody enables them, nothing is sent. A row of the same name
that was there before stays as it is, and so does one whose description was changed.
"""

import json

from django.db import migrations
from django.utils import timezone

OURS = {ours}

BEFORE = {before}
AFTER = {after}


def forwards(apps, schema_editor):
    ours = write(apps, schema_editor, AFTER)
    gone = ours.filter(name__in=BEFORE.keys() - AFTER.keys())
    gone.update(enabled=False, last_run_at=None)


def backwards(apps, schema_editor):
    ours = write(apps, schema_editor, BEFORE)
    ours.filter(name__in=AFTER.keys() - BEFORE.keys()).delete()


def write(apps, schema_editor, wanted):
    """Write the rows that are wanted, and return those that are ours."""
    names = ("CrontabSchedule", "PeriodicTask", "PeriodicTasks")
    tables = (apps.get_model("django_celery_beat", name) for name in names)
    database = schema_editor.connection.alias
    crontabs, rows, changes = (table.objects.using(database) for table in tables)
    ours = rows.filter(description__startswith=OURS)
    for name, row in wanted.items():
        fields = {{
            "task": row["task"],
            "crontab": one_of(crontabs, row["crontab"]),
            "expire_seconds": row["expire_seconds"],
            "headers": json.dumps(row["headers"]),
        }}
        if not rows.filter(name=name).exists():
            rows.create(name=name, enabled=False, description=OURS, **fields)
        elif ours.filter(name=name).exclude(**fields).exists():
            # a slot of the new schedule that has passed already is not made up for
            ours.filter(name=name).update(last_run_at=timezone.now(), **fields)
    # all that a running beat looks at: models of a migration send no signal
    changes.update_or_create(ident=1, defaults={{"last_update": timezone.now()}})
    return ours


def one_of(crontabs, fields):
    return crontabs.filter(**fields).first() or crontabs.create(**fields)


class Migration(migrations.Migration):
    dependencies = [
{dependencies}
    ]
    operations = [migrations.RunPython(forwards, backwards)]
'''


def migration_files(
    jobs: Sequence[Job], configuration: Generate, around: Around
) -> Iterator[tuple[str, str]]:
    """The files to add to the folder, each with its text: none where the newest rows are the wanted ones.

    What was written once stays: it may have been applied. A change of the jobs is another migration.
    """
    if configuration.migration is None:
        return
    folder, texts = configuration.migration.rstrip("/"), around.migrations
    before, after = _newest_rows(texts), beat_rows(jobs, configuration)
    if before == after:
        return
    if "__init__.py" not in texts:
        yield f"{folder}/__init__.py", ""
    app = folder.split("/")[-2]
    numbers = [int(match[1]) for name in texts if (match := _NUMBER.fullmatch(name))]
    remarks = {job.id: f"{job.places[0]}  {job.expression.text}" for job in jobs if job.expression}
    depends = [*((app, leaf) for leaf in _leaves(app, texts)), ("django_celery_beat", around.beat)]
    yield (
        f"{folder}/{max(numbers, default=0) + 1:04d}_{NAME}.py",
        TEMPLATE.format(
            ours=quoted(OURS),
            before=_literal(before, {}),
            after=_literal(after, remarks),
            dependencies="\n".join(f"        ({quoted(label)}, {quoted(name)})," for label, name in depends),
        ),
    )


def _newest_rows(texts: Mapping[str, str]) -> dict[str, Row]:
    """The rows that the newest migration of ours leaves; raises Cannot where it does not say any more."""
    ours = [name for name, text in texts.items() if text.startswith(_OURS) and _NUMBER.fullmatch(name)]
    if not ours:
        return {}
    newest = max(ours)
    try:
        return _rows_after(texts[newest])
    except (SyntaxError, ValueError):
        raise Cannot(
            _("{path} was edited, and the rows that it leaves cannot be read").format(path=newest),
            hint=_("bring its AFTER back from version control, and write a migration of your own behind it"),
        ) from None


def _rows_after(text: str) -> dict[str, Row]:
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == "AFTER" for target in node.targets
        ):
            rows: dict[str, Row] = ast.literal_eval(node.value)
            return rows
    return {}


def _leaves(label: str, texts: Mapping[str, str]) -> list[str]:
    """The migrations of the app on which no other one depends."""
    names = sorted(name.removesuffix(".py") for name in texts if _NUMBER.fullmatch(name))
    needed = re.compile(rf"""\(\s*["']{re.escape(label)}["'],\s*["'](\w+)["']\s*,?\s*\)""")
    followed = {name for text in texts.values() for name in needed.findall(text)}
    return [name for name in names if name not in followed]


def _literal(rows: Mapping[str, Row], remarks: Mapping[str, str]) -> str:
    """The rows as a dictionary, each on lines of its own."""
    if not rows:
        return "{}"
    lines = ["{"]
    for name, row in rows.items():
        if name in remarks:
            lines.append(comment(redact(remarks[name]), 4))
        lines += [
            f"    {quoted(name)}: {{",
            f'        "task": {quoted(row["task"])},',
            '        "crontab": {',
        ]
        lines += [f"            {quoted(key)}: {quoted(value)}," for key, value in row["crontab"].items()]
        lines += ["        },", f'        "expire_seconds": {row["expire_seconds"]},']
        lines += [*_headers(row["headers"]), "    },"]
    return "\n".join([*lines, "}"])


def _headers(headers: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    if not headers:
        yield '        "headers": {},'
        return
    yield '        "headers": {'
    for name, values in headers.items():
        yield f"            {quoted(name)}: {{"
        yield from (f"                {quoted(key)}: {quoted(value)}," for key, value in values.items())
        yield "            },"
    yield "        },"
