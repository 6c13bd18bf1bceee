"""What every page goes through: who may see it, in which language, and what a browser may do with it."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable
from typing import Any, NamedTuple

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.urls import NoReverseMatch, reverse
from django.views.decorators.csrf import csrf_protect

from migrator.comparison.ownership import Refused
from migrator.contrib.django import instants
from migrator.contrib.django.dashboard.assets import asset_url
from migrator.contrib.django.dashboard.ground import Ground, ground
from migrator.contrib.django.labels import reading_language
from migrator.contrib.django.ledger import ledger_at_hand
from migrator.errors import MigratorError, UsageProblem
from migrator.i18n import _
from migrator.redaction import redact
from migrator.report.dashboard.page import rendered

VIEW = "migrator.view_dashboard"
OUTPUT = "migrator.view_output"
CHANGE = "migrator.change_owner"
ACCEPT = "migrator.accept_risk"
ABORT = "migrator.abort"

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "private, no-store",
}

View = Callable[..., HttpResponse]


class Visit(NamedTuple):
    """A request that may see the page, and what the page stands on."""

    request: HttpRequest
    ground: Ground
    now: dt.datetime

    def may(self, permission: str) -> bool:
        return bool(self.request.user.has_perm(permission))

    @property
    def who(self) -> str:
        """The person, for the audit log."""
        return str(self.request.user.get_username())

    def page(self, template: str, *, status: int = 200, **values: Any) -> HttpResponse:
        """The page, with what every page needs."""
        return HttpResponse(page_text(self.request, template, now=self.now, **values), status=status)


def page_text(request: HttpRequest, template: str, **values: Any) -> str:
    """The text of a page."""
    return rendered(
        template,
        url=lambda name, *parts: reverse(f"migrator:{name}", args=parts),
        asset=asset_url,
        token=functools.partial(get_token, request),
        may=lambda name: request.user.is_staff and request.user.has_perm(f"migrator.{name}"),
        user=request.user.get_username(),
        **values,
    )


def guarded(permission: str = VIEW) -> Callable[[View], View]:
    """Let staff with this permission in; of others, people who are not logged in may do so.

    ATOMIC_REQUESTS is not for these pages: within a transaction of the request a hand-over would be decided
    by what MySQL showed when the request began, and a page about a failing database could ask it nothing.
    """

    def decorate(view: View) -> View:
        @csrf_protect
        @transaction.non_atomic_requests
        @functools.wraps(view)
        def inside(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:
            with reading_language():
                response = _refused(request, permission)
                if response is None:
                    response = _answered(view, request, *arguments, **named)
            for name, value in HEADERS.items():
                response.headers.setdefault(name, value)
            return response

        return inside

    return decorate


def _refused(request: HttpRequest, permission: str) -> HttpResponse | None:
    user = request.user
    if not user.is_authenticated:
        return redirect_to_login(request.get_full_path(), _login(), REDIRECT_FIELD_NAME)
    if user.is_active and user.is_staff and user.has_perm(VIEW) and user.has_perm(permission):
        return None
    lacking = permission if user.has_perm(VIEW) else VIEW
    hint = (
        _("ask for the permission {name}").format(name=lacking)
        if user.is_staff
        else _("the dashboard is for staff: is_staff is not set for this user")
    )
    return trouble(request, _("you may not do that"), hint, status=403)


def _login() -> str | None:
    """The admin's login, since these users are staff; where there is no admin, the project's own."""
    try:
        return reverse("admin:login")
    except NoReverseMatch:
        return None


def _answered(view: View, request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:
    try:
        with ledger_at_hand():
            return view(Visit(request, ground(), instants.now()), *arguments, **named)
    except MigratorError as problem:
        status = 404 if isinstance(problem, UsageProblem) else 409 if isinstance(problem, Refused) else 503
        return trouble(request, problem.fact, problem.hint or "", status=status)


def trouble(request: HttpRequest, fact: str, hint: str, *, status: int) -> HttpResponse:
    """A page that says what is wrong and what to do."""
    text = page_text(request, "trouble.html.j2", fact=redact(fact), hint=redact(hint))
    return HttpResponse(text, status=status)
