"""The office's data in the admin."""

from __future__ import annotations

from django.contrib import admin

from tasks.models import Case, Court, CourtSession, Event, EventReminder, Staff


@admin.register(Case)
class CaseAdmin(admin.ModelAdmin):
    list_display = ("name", "status", "last_activity_at")
    list_filter = ("status",)
    search_fields = ("name",)


@admin.register(Event)
class EventAdmin(admin.ModelAdmin):
    list_display = ("title", "case", "starts_at")
    list_select_related = ("case",)
    date_hierarchy = "starts_at"
    search_fields = ("title", "case__name")


@admin.register(Staff)
class StaffAdmin(admin.ModelAdmin):
    list_display = ("user", "reminder_days", "wants_old_cases")
    list_select_related = ("user",)


@admin.register(EventReminder)
class EventReminderAdmin(admin.ModelAdmin):
    list_display = ("event", "user", "sent_at")
    list_select_related = ("event", "user")


@admin.register(Court)
class CourtAdmin(admin.ModelAdmin):
    list_display = ("name", "parser", "page", "active")
    list_filter = ("parser", "active")


@admin.register(CourtSession)
class CourtSessionAdmin(admin.ModelAdmin):
    list_display = ("number", "court", "starts_at", "room", "judge")
    list_filter = ("court",)
    list_select_related = ("court",)
    search_fields = ("number", "judge")
