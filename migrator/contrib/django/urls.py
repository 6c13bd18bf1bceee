"""``path("migrator/", include("migrator.contrib.django.urls"))``: the dashboard in a project's addresses."""

from __future__ import annotations

from migrator.contrib.django.dashboard.urls import app_name as app_name
from migrator.contrib.django.dashboard.urls import urlpatterns as urlpatterns
