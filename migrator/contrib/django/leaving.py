"""Takes the ledger out of the database: first into files, then by Django's own migrations."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core import serializers
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from migrator.adapters.files import writing
from migrator.contrib.django.ledger import missing_tables
from migrator.errors import Cannot
from migrator.i18n import _

LABEL = "migrator"


def tables() -> dict[str, int]:
    """The ledger's tables that are there, each with its number of rows."""
    missing = missing_tables() or []
    return {
        model._meta.db_table: model._base_manager.count()
        for model in _models()
        if model._meta.db_table not in missing
    }


def complete(present: Collection[str]) -> bool:
    """Whether none of the ledger's tables is gone yet."""
    return {model._meta.db_table for model in _models()} <= set(present)


def _models() -> list[Any]:
    return list(apps.get_app_config(LABEL).get_models())


def export(folder: Path) -> dict[str, int]:
    """Write each table into a file of its own, a JSON object in each line, as ``loaddata`` reads it.

    All tables as of one moment where the database can; a file is there whole or not at all.
    """
    present, written = tables(), {}
    with writing(folder), transaction.atomic():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for model in _models():
            if model._meta.db_table in present:
                name = f"{model._meta.model_name}.jsonl"
                written[name] = _written(folder / name, model)
    return written


def _written(path: Path, model: Any) -> int:
    rows = model._base_manager.order_by("pk")
    begun = path.with_suffix(".part")
    with begun.open("w", encoding="utf-8") as file:
        serializers.serialize("jsonl", rows.iterator(chunk_size=2000), stream=file)
        file.flush()
        os.fsync(file.fileno())
    begun.replace(path)
    with path.open("rb") as file:
        return sum(1 for _line in file)


def drop() -> None:
    """The ledger's tables and what Django keeps about them, in one step; a second time it does nothing.

    Not by ``migrate migrator zero``, whose steps are many: killed between two of them it leaves tables
    without some columns, which no export and no second try can read. Refused where a migration of the
    project builds on ours.
    """
    plan = MigrationExecutor(connection).migration_plan([(LABEL, None)])
    others = {
        f"{migration.app_label}.{migration.name}"
        for migration, _backwards in plan
        if migration.app_label != LABEL
    }
    if others:
        raise Cannot(
            _("migrations of yours depend on the ledger's: {names}").format(names=", ".join(sorted(others))),
            hint=_("take ('migrator', ...) out of their dependencies first"),
        )
    present = tables()
    with connection.schema_editor(atomic=True) as editor:
        for model in reversed(_models()):  # what refers to others goes before them
            if model._meta.db_table in present:
                editor.delete_model(model)
        MigrationRecorder(connection).migration_qs.filter(app=LABEL).delete()
        if apps.is_installed("django.contrib.contenttypes"):
            from django.contrib.contenttypes.models import ContentType

            ContentType.objects.filter(app_label=LABEL).delete()
