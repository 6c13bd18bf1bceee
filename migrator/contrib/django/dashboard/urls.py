"""The addresses of the dashboard."""

from __future__ import annotations

from django.urls import path

from migrator.contrib.django.dashboard import actions, assets, views

app_name = "migrator"
urlpatterns = [
    path("", views.board, name="board"),
    path("part/", views.board_part, name="board_part"),
    path("job/<str:job>/", views.job, name="job"),
    path("job/<str:job>/owner/", actions.switch, name="switch"),
    path("job/<str:job>/slot/<str:slot>/", views.why, name="why"),
    path("abort/", actions.abort, name="abort"),
    path("audit/", views.audit, name="audit"),
    path("judge/", views.judge, name="judge"),
    path("asset/<slug:digest>/<str:name>", assets.asset, name="asset"),
]
