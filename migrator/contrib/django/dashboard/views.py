"""The pages that show: the board and its live part."""

from __future__ import annotations

import datetime as dt
from hashlib import sha256
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseNotModified, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from migrator.comparison.why import explain
from migrator.contrib.celery.jobs import required_job
from migrator.contrib.django.dashboard.gathering import board_of
from migrator.contrib.django.dashboard.guard import Visit, guarded
from migrator.contrib.django.dashboard.job_data import changes, job_page, why_page
from migrator.contrib.django.dashboard.judging import judge_some
from migrator.contrib.django.models import Handover
from migrator.errors import UsageProblem
from migrator.i18n import _, ngettext
from migrator.report.dashboard.board import Wish
from migrator.schedule.instants import read_instant

ON_A_PAGE = 50  # lines of the audit log


@require_safe
@guarded()
def board(visit: Visit) -> HttpResponse:
    """All jobs."""
    found = board_of(visit.ground, Wish.of(visit.request.GET.dict()), visit.now)
    return visit.page("board.html.j2", board=found)


@require_safe
@guarded()
def board_part(visit: Visit) -> HttpResponse:
    """The part of the board that changes; 304 where it has not."""
    found = board_of(visit.ground, Wish.of(visit.request.GET.dict()), visit.now)
    response = visit.page("board_part.html.j2", board=found)
    tag = f'"{sha256(response.content).hexdigest()[:32]}"'
    if tag in visit.request.headers.get("If-None-Match", ""):
        response = HttpResponseNotModified()
    response.headers["ETag"] = tag
    return response


@require_POST
@guarded()
def judge(visit: Visit) -> HttpResponse:
    """Bring some of the verdicts up to date; a script gets numbers, a person the board."""
    done, left = judge_some(visit.ground, visit.now)
    if visit.request.headers.get("Accept", "").startswith("application/json"):
        return JsonResponse({"judged": done, "left": left})
    return redirect("migrator:board")


@require_safe
@guarded()
def job(visit: Visit, job: str) -> HttpResponse:
    """One job."""
    found = required_job(visit.ground.jobs, job)
    page = job_page(found, visit.now, _instant(visit.request.GET.get("until", "")))
    return visit.page("job.html.j2", page=page)


def _instant(text: str) -> dt.datetime | None:
    if not text:
        return None
    instant = read_instant(text)
    if instant is None:
        raise UsageProblem(_("{text} is no date").format(text=text))
    return instant if instant.tzinfo else instant.replace(tzinfo=dt.UTC)


@require_safe
@guarded()
def why(visit: Visit, job: str, slot: str) -> HttpResponse:
    """Why a slot went as it went."""
    found = required_job(visit.ground.jobs, job)
    page = why_page(found, slot, visit.now)
    past = visit.ground.past_the_recorder(found, page.facts.slot, visit.now)
    return visit.page("why.html.j2", page=page, because=explain(page.facts), past=past)


@require_safe
@guarded()
def audit(visit: Visit) -> HttpResponse:
    """Who has changed which owner, when and why."""
    asked = {name: _asked(visit.request.GET.get(name, "")) for name in ("job", "owner", "who")}
    rows = Handover.objects.order_by("-id")
    rows = rows.filter(job__icontains=asked["job"]) if asked["job"] else rows
    rows = rows.filter(owner=asked["owner"]) if asked["owner"] else rows
    rows = rows.filter(who__icontains=asked["who"]) if asked["who"] else rows
    pages = Paginator(rows, ON_A_PAGE)
    page = pages.get_page(visit.request.GET.get("page"))
    return visit.page(
        "audit.html.j2",
        page=page,
        changes=changes(page.object_list),
        asked=asked,
        known=set(visit.ground.jobs),
        zone=visit.ground.zone,
        query=lambda number: urlencode({**{k: v for k, v in asked.items() if v}, "page": number}),
        returned=_returned(visit.request.GET.get("returned", "")),
    )


def _asked(text: str) -> str:
    """A word to look for; no database holds a NUL, and PostgreSQL refuses to be asked for one."""
    return text.replace("\0", "").strip()[:200]


def _returned(count: str) -> str:
    """What an abort that has just been done came to."""
    if not count.isdecimal():
        return ""
    text = ngettext("{count} job goes back to cron.", "{count} jobs go back to cron.", int(count[:6]))
    return text.format(count=int(count[:6]))
