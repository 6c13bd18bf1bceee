"""Instants, exact whatever USE_TZ says: the ledger's own clock and columns, and those of other apps.

With USE_TZ = False Django's own fields hold the time of TIME_ZONE's clock, on which an hour comes twice each
autumn, and SQLite and MariaDB take no time with a zone. The ledger's columns hold UTC in every project.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import connections, models, router

from migrator.zones import zone_of


def now() -> dt.datetime:
    """The instant it is; ``django.utils.timezone.now`` has no zone where USE_TZ is off."""
    return dt.datetime.now(dt.UTC)


class Instant(models.DateTimeField):
    """A DateTimeField whose values have a zone in Python, and are UTC in the database.

    With USE_TZ it is Django's own in all it does. Without, what has no zone is taken for TIME_ZONE's clock.
    """

    def deconstruct(self) -> Any:
        """As the field that it is to a migration: the columns are the same."""
        name, _path, positional, named = super().deconstruct()
        return name, "django.db.models.DateTimeField", positional, named

    def get_default(self) -> Any:
        """``timezone.now``, the default that migrations name, tells of a repeated hour which it is."""
        return instant_of(super().get_default())

    def get_prep_value(self, value: Any) -> Any:
        return instant_of(super().get_prep_value(value))

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        value = value if prepared else self.get_prep_value(value)
        if value is not None and not settings.USE_TZ and not connection.features.supports_timezones:
            value = value.astimezone(dt.UTC).replace(tzinfo=None)
        return super().get_db_prep_value(value, connection, prepared=True)

    def select_format(self, compiler: Any, sql: str, params: Sequence[Any]) -> tuple[str, Sequence[Any]]:
        """PostgreSQL keeps an instant, and would tell the time of TIME_ZONE's clock.

        As text it is no date of which nobody could see whose clock it is: the database compares it with none.
        """
        keeps_instants = compiler.connection.features.supports_timezones
        if settings.USE_TZ or not keeps_instants or compiler.query.subquery:
            return sql, params
        return f"(({sql}) AT TIME ZONE 'UTC')::text", params

    def from_db_value(self, value: Any, _expression: Any, connection: Any) -> Any:
        if isinstance(value, str):
            return dt.datetime.fromisoformat(value).replace(tzinfo=dt.UTC)
        if value is None or value.tzinfo is not None:
            return value
        # PostgreSQL's, by a query that somebody wrote by hand
        return instant_of(value) if connection.features.supports_timezones else value.replace(tzinfo=dt.UTC)


def zone_in(database: Any) -> dt.tzinfo:
    """The zone of instants in a database that keeps no zone: another one than UTC only with USE_TZ."""
    return database.timezone or dt.UTC


def instant_of(moment: dt.datetime | None) -> dt.datetime | None:
    """The instant of what a plain DateTimeField gives; of a repeated hour the first, if it is not told."""
    if moment is None or moment.tzinfo is not None:
        return moment
    return moment.replace(tzinfo=zone_of(settings.TIME_ZONE)).astimezone(dt.UTC)


def as_stored(instant: dt.datetime, model: type[models.Model]) -> dt.datetime:
    """An instant as the plain DateTimeFields of a model take it.

    PostgreSQL's take a zone in any project, and are exact with it.
    """
    database = connections[router.db_for_write(model)]
    if settings.USE_TZ or database.features.supports_timezones:
        return instant
    return instant.astimezone(zone_of(settings.TIME_ZONE)).replace(tzinfo=None)
