"""The ledger in the admin: to look at, never to edit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.http import HttpRequest
from django.utils import formats, timezone

from migrator.contrib.django.instants import Instant
from migrator.contrib.django.labels import said
from migrator.contrib.django.models import (
    Acknowledgement,
    Digest,
    Handover,
    Horizon,
    Host,
    Judged,
    Run,
    Settled,
    Slot,
    UnrecordedStart,
)
from migrator.i18n import marked
from migrator.redaction import redact


def by_day(name: str) -> str | None:
    """The column to choose days by; without USE_TZ some databases would tell the days of UTC."""
    return name if settings.USE_TZ else None


def local(field: Instant) -> Callable[[Model], str]:
    """A column on TIME_ZONE's clock, which Django itself shows with USE_TZ alone."""

    @admin.display(description=field.verbose_name, ordering=field.name)
    def shown(row: Model) -> str:
        instant = getattr(row, field.name)
        return formats.localize(timezone.make_naive(instant)) if instant else "-"

    shown.__name__ = field.name
    return shown


class ReadOnly(admin.ModelAdmin):
    """Lists and shows; owners change through ``migrator owner``, which leaves a reason."""

    list_per_page = 100
    show_full_result_count = False

    def get_list_display(self, request: HttpRequest) -> Sequence[Any]:
        return [self.shown(name) for name in super().get_list_display(request)]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[Any]:
        return [self.shown(name) for name in super().get_fields(request, obj)]

    def shown(self, name: Any) -> Any:
        """A column as it is shown, by its name."""
        try:
            field = self.opts.get_field(name)
        except FieldDoesNotExist:
            return name
        return local(field) if isinstance(field, Instant) and not settings.USE_TZ else name

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Run)
class RunAdmin(ReadOnly):
    list_display = ["job", "slot", "side", "action", "kind", "started", "finished", "exit", "host", "demo"]
    list_filter = ["job", "side", "action", "kind", "host", "demo"]
    search_fields = ["job", "run", "task", "slot"]
    date_hierarchy = by_day("started")
    ordering = ["-started"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[Any]:
        """What a job printed may be personal: it takes the dashboard's permission here as well."""
        names = [field.name for field in Run._meta.fields if field.name not in ("id", "output")]
        fields = [self.shown(name) for name in names]
        return [*fields, "printed"] if request.user.has_perm("migrator.view_output") else fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[Any]:
        return self.get_fields(request, obj)

    @admin.display(description=said(marked("the end of its output")))
    def printed(self, run: Run) -> str:
        return redact(run.output)


@admin.register(Slot)
class SlotAdmin(ReadOnly):
    list_display = ["job", "slot", "owner", "state", "claimed_at", "started_at", "finished_at", "demo"]
    list_filter = ["job", "owner", "state", "demo"]
    search_fields = ["job", "slot", "holder", "run"]
    ordering = ["-due"]


@admin.register(Handover)
class HandoverAdmin(ReadOnly):
    list_display = ["job", "previous", "owner", "from_slot", "who", "at", "reason", "accepted"]
    list_filter = ["job", "owner", "who"]
    search_fields = ["job", "who", "reason", "accepted"]
    date_hierarchy = by_day("at")
    ordering = ["-id"]


@admin.register(Host)
class HostAdmin(ReadOnly):
    list_display = ["name", "user", "spool", "last_seen", "left_at", "quarantined", "ahead", "timezone"]
    list_filter = ["name", "user"]
    search_fields = ["name", "user", "spool"]


@admin.register(Acknowledgement)
class AcknowledgementAdmin(ReadOnly):
    list_display = ["handover", "host", "effective", "applied", "at"]
    list_filter = ["applied", "host"]
    search_fields = ["handover__job", "host__name"]
    list_select_related = ["handover", "host"]
    ordering = ["-id"]


@admin.register(UnrecordedStart)
class UnrecordedStartAdmin(ReadOnly):
    list_display = ["command", "user", "host", "times", "first_seen", "last_seen"]
    list_filter = ["host", "user"]
    search_fields = ["command", "host", "user"]
    ordering = ["-last_seen"]


@admin.register(Judged)
class JudgedAdmin(ReadOnly):
    list_display = ["job", "verdict", "at", "demo"]
    list_filter = ["demo"]
    search_fields = ["job"]
    ordering = ["job"]

    @admin.display(description=said(marked("verdict")))
    def verdict(self, row: Judged) -> str:
        return str(row.document.get("verdict", "-"))


@admin.register(Settled)
class SettledAdmin(ReadOnly):
    """Without the sums: nobody reads them, and they hold what jobs printed."""

    list_display = ["job", "day", "demo"]
    list_filter = ["demo"]
    search_fields = ["job"]
    exclude = ["sums", "latest"]
    ordering = ["job"]


@admin.register(Horizon)
class HorizonAdmin(ReadOnly):
    list_display = ["before", "done"]


@admin.register(Digest)
class DigestAdmin(ReadOnly):
    list_display = ["period", "sent_at", "recipients", "host", "since", "until"]
    ordering = ["-until"]


# Whatever else the ledger holds can be looked at, too.
for _model in apps.get_app_config("migrator").get_models():
    if not admin.site.is_registered(_model):
        admin.site.register(_model, ReadOnly)
