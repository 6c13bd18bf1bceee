"""What the office keeps: cases and their events, staff and their wishes, courts and their sessions."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Case(models.Model):
    """A matter that a client brought to the office."""

    class Status(models.TextChoices):
        OPEN = "open", _("open")
        CLOSED = "closed", _("closed")

    name = models.CharField(max_length=200)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    last_activity_at = models.DateTimeField()

    class Meta:
        ordering = ("last_activity_at", "pk")

    def __str__(self) -> str:
        return self.name


class Event(models.Model):
    """An appointment, a hearing or a deadline in a case."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="events")
    title = models.CharField(max_length=200)
    starts_at = models.DateTimeField()

    class Meta:
        ordering = ("starts_at", "pk")

    def __str__(self) -> str:
        return self.title


class Staff(models.Model):
    """A member of staff, with the mails that this person asked for."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="staff")
    reminder_days = models.PositiveSmallIntegerField(
        default=3, help_text=_("how many days before an event its reminder is sent")
    )
    wants_old_cases = models.BooleanField(
        default=False, help_text=_("asked for the monthly mail about cases without activity")
    )

    class Meta:
        ordering = ("pk",)
        verbose_name_plural = _("staff")

    def __str__(self) -> str:
        return str(self.user)


class EventReminder(models.Model):
    """The fact that a user was reminded of an event, which happens once."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="reminders")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    sent_at = models.DateTimeField()

    class Meta:
        ordering = ("sent_at", "pk")
        constraints = (
            models.UniqueConstraint(fields=("event", "user"), name="one_reminder_per_event_and_user"),
        )

    def __str__(self) -> str:
        return f"{self.user}: {self.event}"


class Court(models.Model):
    """A court that publishes its sessions on a page, in a shape that one parser reads."""

    name = models.CharField(max_length=200, unique=True)
    parser = models.CharField(max_length=40, help_text=_("the shape of the page"))
    page = models.CharField(max_length=200, help_text=_("the file name of the page"))
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.name


class CourtSession(models.Model):
    """A session as a court's page announced it."""

    court = models.ForeignKey(Court, on_delete=models.CASCADE, related_name="sessions")
    number = models.CharField(max_length=60, help_text=_("the court's reference number"))
    starts_at = models.DateTimeField()
    room = models.CharField(max_length=40, blank=True)
    judge = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("starts_at", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("court", "number", "starts_at"), name="one_session_per_court_number_and_time"
            ),
        )

    def __str__(self) -> str:
        return f"{self.number}, {self.court}"
