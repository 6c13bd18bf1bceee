"""The pages that change something, each on a page of its own that says what would happen."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from migrator.comparison.ownership import PATH, Owner
from migrator.contrib.celery.jobs import MigratedJob, required_job
from migrator.contrib.django import handing
from migrator.contrib.django.dashboard.guard import ABORT, ACCEPT, CHANGE, Visit, guarded, trouble
from migrator.contrib.django.dashboard.planning import abort_plan, switch_plan
from migrator.errors import MigratorError, UsageProblem
from migrator.i18n import _
from migrator.report.dashboard.plans import SwitchPlan

LONGEST = 2000  # characters of a reason
LONGEST_KEY = 19  # digits of a BigAutoField


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(CHANGE)
def switch(visit: Visit, job: str) -> HttpResponse:
    """Say what another owner would mean; and, once that is confirmed, ask for it."""
    found = required_job(visit.ground.jobs, job)
    said = visit.request.POST if visit.request.method == "POST" else visit.request.GET
    wanted = _owner(said.get("to", ""))
    if visit.request.method != "POST":
        return _confirm(visit, switch_plan(visit.ground, found, wanted, visit.now))
    reason, accepted = (said.get(name, "").strip()[:LONGEST] for name in ("reason", "accept"))
    if accepted and not visit.may(ACCEPT):
        text = _("ask for the permission {name}").format(name=ACCEPT)
        return trouble(visit.request, _("you may not do that"), text, status=403)
    wrong = _("a reason is needed: the audit log keeps it") if not reason else None
    if wrong is None:
        try:
            return _switched(visit, found, wanted, reason=reason, accepted=accepted)
        except MigratorError as problem:
            wrong = problem.fact
    plan = switch_plan(visit.ground, found, wanted, visit.now)
    return _confirm(visit, plan, wrong=wrong, reason=reason, accepted=accepted, status=409)


def _owner(word: str) -> Owner:
    if word in PATH and word != Owner.RETIRED:
        return Owner(word)
    raise UsageProblem(
        _("there is no owner {word}").format(word=word),
        hint=_("the owners are {owners}").format(owners=", ".join(PATH[:-1])),
    )


def _confirm(
    visit: Visit,
    plan: SwitchPlan,
    *,
    wrong: str | None = None,
    reason: str = "",
    accepted: str = "",
    status: int = 200,
) -> HttpResponse:
    return visit.page(
        "switch.html.j2", status=status, plan=plan, wrong=wrong, reason=reason, accepted=accepted
    )


def _switched(visit: Visit, job: MigratedJob, wanted: Owner, *, reason: str, accepted: str) -> HttpResponse:
    seen = visit.request.POST.get("seen", "")
    handing.hand_over(
        visit.ground.app, [job], wanted, who=visit.who, reason=reason, accepted=accepted, now=visit.now,
        seen={job.definition.id: int(seen) if seen.isdecimal() and len(seen) <= LONGEST_KEY else -1},
        **visit.ground.how([job], visit.now),
    )  # fmt: skip
    return redirect(reverse("migrator:job", args=(job.definition.id,)) + "#history")


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(ABORT)
def abort(visit: Visit) -> HttpResponse:
    """Say what would go back to cron; and, once that is confirmed, give it back."""
    plan, wrong = abort_plan(visit.ground, visit.now), None
    if visit.request.method == "POST":
        reason = visit.request.POST.get("reason", "").strip()[:LONGEST]
        if reason:
            done = handing.abort(
                visit.ground.app, visit.ground.jobs.values(), who=visit.who, reason=reason, now=visit.now
            )
            return redirect(f"{reverse('migrator:audit')}?returned={len(done)}")
        wrong = _("a reason is needed: the audit log keeps it")
    return visit.page("abort.html.j2", status=409 if wrong else 200, plan=plan, wrong=wrong)
