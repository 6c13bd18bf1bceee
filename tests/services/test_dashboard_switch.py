"""An owner is switched forward in the dashboard with a real worker and a real beat: every gate is passed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.services.runtime_project import FILES, Project, parts, until, write_project

WEB = """
INSTALLED_APPS += ["django.contrib.sessions"]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
ROOT_URLCONF = "office.urls"
ALLOWED_HOSTS = ["testserver"]
"""
URLS = """
from django.urls import include, path
urlpatterns = [path("m/", include("migrator.contrib.django.urls"))]
"""
VISIT = """
from django.contrib.auth import get_user_model
from django.test import Client

boss, _new = get_user_model().objects.get_or_create(username="boss", is_staff=True, is_superuser=True)
client = Client()
client.force_login(boss)

def latest():
    return models.Handover.objects.filter(job="work").values_list("pk", flat=True).last() or 0

def page(to):
    return client.get(f"/m/job/work/owner/?to={to}").content.decode()

def switch(to, **more):
    form = {"to": to, "reason": "a test", "seen": latest(), **more}
    return client.post("/m/job/work/owner/", form).status_code
"""


@pytest.fixture(scope="module")
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """The project with a worker, a beat and the dashboard; no admin, no CSRF middleware."""
    folder = tmp_path_factory.mktemp("office")
    files = {"office/settings.py": FILES["office/settings.py"] + WEB, "office/urls.py": URLS}
    project = write_project(folder, **parts(request, folder, "files"), files=files)
    with project.worker(), project.beat("beat", "django"):
        until(
            lambda: project.python(
                "from django_celery_beat.models import PeriodicTask\n"
                "print(json.dumps(PeriodicTask.objects.filter(task='office.work').exists()))"
            ),
            "beat's rows",
        )
        yield project


def test_a_job_goes_from_cron_to_celery_once_all_is_there(office: Project) -> None:
    found = office.python(
        VISIT
        + """
seen = {"asked for nothing": "blocked" in page("shadow"), "shadow": switch("shadow")}
seen["no host"] = "no cron host has synced yet" in page("celery")
seen["refused"] = switch("celery", accept="a test")
models.Host.objects.create(name="cron", user="root", spool="/spool")
seen["acceptable"] = 'name="accept"' in page("celery") and "blocked" not in page("celery")
seen["no evidence"] = switch("celery")
seen["celery"] = switch("celery", accept="nobody waits a week for a test")
rows = models.Handover.objects.order_by("id").values_list("job", "previous", "owner", "who", "accepted")
print(json.dumps([seen, list(rows)]))
"""
    )
    seen, rows = found
    assert seen == {
        "asked for nothing": False,
        "shadow": 302,
        "no host": True,
        "refused": 409,
        "acceptable": True,
        "no evidence": 409,
        "celery": 302,
    }
    assert rows == [
        ["work", "cron", "shadow", "boss", ""],
        ["work", "shadow", "celery", "boss", "nobody waits a week for a test"],
    ]


def test_without_an_admin_people_log_in_where_the_project_says(office: Project) -> None:
    [status, location] = office.python(
        VISIT + "answer = Client().get('/m/')\nprint(json.dumps([answer.status_code, answer['Location']]))"
    )
    assert status == 302
    assert location == "/accounts/login/?next=/m/"
