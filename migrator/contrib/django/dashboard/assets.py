"""The style and the script of the pages, served by the dashboard itself.

So a project needs no ``collectstatic`` for them, and a strict Content-Security-Policy allows them. Their
address holds their digest: a browser keeps them for good, and asks for new ones after an update.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from migrator import report

FOLDER = Path(__file__).parent / "assets"
LOOK = Path(report.__file__).parent / "templates" / "cutover.css"  # that of the cutover report, as it stands
FILES = {"dashboard.css": (LOOK, FOLDER / "dashboard.css"), "dashboard.js": (FOLDER / "dashboard.js",)}
KINDS = {"dashboard.css": "text/css; charset=utf-8", "dashboard.js": "text/javascript; charset=utf-8"}
FOR_GOOD = "public, max-age=31536000, immutable"


@lru_cache(maxsize=8)
def _content(name: str, _written: tuple[int, ...]) -> tuple[str, bytes]:
    data = b"".join(path.read_bytes() for path in FILES[name])
    return sha256(data).hexdigest()[:16], data


def content(name: str) -> tuple[str, bytes]:
    """The digest and the bytes of a file."""
    return _content(name, tuple(path.stat().st_mtime_ns for path in FILES[name]))


def asset_url(name: str) -> str:
    digest, _data = content(name)
    return reverse("migrator:asset", args=(digest, name))


@require_safe
def asset(_request: HttpRequest, digest: str, name: str) -> HttpResponse:
    """One of the files; it holds nothing of the project, so anybody may read it."""
    if name not in KINDS:
        raise Http404
    known, data = content(name)
    headers = {
        "Cache-Control": FOR_GOOD if digest == known else "no-cache",
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(data, content_type=KINDS[name], headers=headers)
