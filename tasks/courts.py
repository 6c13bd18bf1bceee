"""Court lists: a court's page becomes rows."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from tasks.models import Court, CourtSession
from tasks.parsers import PARSERS, Hearing, PageError


class CourtError(Exception):
    """A court's list could not be read; the message names the court."""


def parse_courts(courts: Iterable[Court]) -> int:
    """Store the sessions on the page of each court, and count them.

    The first bad court ends the run; the courts before it stay stored.
    """
    return sum(parse_court(court) for court in courts)


def parse_court(court: Court) -> int:
    """Store the sessions on the page of one court, all or none of them."""
    try:
        hearings = PARSERS[court.parser](page_of(court))
    except KeyError:
        raise CourtError(f"{court}: there is no parser {court.parser!r}") from None
    except (PageError, OSError, UnicodeDecodeError) as error:
        raise CourtError(f"{court}: {error}") from error
    with transaction.atomic():
        for hearing in hearings:
            store(court, hearing)
    return len(hearings)


def page_of(court: Court) -> str:
    """The text of the court's page."""
    return Path(settings.COURT_PAGES, court.page).read_text(encoding="utf-8")


def store(court: Court, hearing: Hearing) -> None:
    """Write a session, or what changed in one that is known."""
    CourtSession.objects.update_or_create(
        court=court,
        number=hearing.number,
        starts_at=timezone.make_aware(hearing.starts_at),
        defaults={"room": hearing.room, "judge": hearing.judge},
    )
