"""The ledger in the admin: to look at, never to edit."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from migrator.contrib.django.models import Acknowledgement, Handover, Host, Run, Slot


class ReadOnly(admin.ModelAdmin):
    """Lists and shows; owners change through ``migrator owner``, which leaves a reason."""

    list_per_page = 100
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Run)
class RunAdmin(ReadOnly):
    list_display = ["job", "slot", "side", "action", "kind", "started", "finished", "exit", "host", "demo"]
    list_filter = ["job", "side", "action", "kind", "demo"]
    search_fields = ["run", "task", "slot"]
    ordering = ["-started"]


@admin.register(Slot)
class SlotAdmin(ReadOnly):
    list_display = ["job", "slot", "owner", "state", "claimed_at", "started_at", "finished_at", "demo"]
    list_filter = ["job", "state", "demo"]
    ordering = ["-due"]


@admin.register(Handover)
class HandoverAdmin(ReadOnly):
    list_display = ["job", "previous", "owner", "from_slot", "who", "at", "reason", "accepted"]
    list_filter = ["job", "owner"]
    ordering = ["-id"]


@admin.register(Host)
class HostAdmin(ReadOnly):
    list_display = ["name", "user", "spool", "last_seen", "left_at", "quarantined"]


@admin.register(Acknowledgement)
class AcknowledgementAdmin(ReadOnly):
    list_display = ["handover", "host", "effective", "applied", "at"]
    list_select_related = ["handover", "host"]
    ordering = ["-id"]
