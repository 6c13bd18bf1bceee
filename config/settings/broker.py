"""CELERY_BROKER_URL becomes Celery's broker settings: transport options, TLS, and what production refuses."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from config import file_broker
from config.settings.environment import text

DEVELOPMENT_CREDENTIALS = {("poradnia", "password"), ("guest", "guest")}
TLS_FILES = {
    "CELERY_BROKER_CA": "ca_certs",
    "CELERY_BROKER_CERT": "certfile",
    "CELERY_BROKER_KEY": "keyfile",
}


def transport_options(url: str) -> dict[str, Any]:
    """The options a broker URL cannot carry: for ``filesystem://``, the folder of the messages.

    That broker is ours from here on: kombu's own lets a worker read a message that is not written yet.
    """
    if not url.startswith("filesystem:"):
        return {}
    folder = text("CELERY_BROKER_FOLDER")
    if not folder:
        raise ImproperlyConfigured("CELERY_BROKER_FOLDER must name the folder of the filesystem:// broker")
    file_broker.take_the_place_of_kombus()
    queue, control, taken = (Path(folder).absolute() / name for name in ("queue", "control", "taken"))
    for place in (queue, control, taken):
        place.mkdir(parents=True, exist_ok=True)
    return {
        # one folder both ways: what one process sends, another receives
        "data_folder_in": str(queue),
        "data_folder_out": str(queue),
        "control_folder": str(control),
        # a received message is moved here first; a move within one folder tree cannot be seen half done
        "store_processed": True,
        "processed_folder": str(taken),
        "polling_interval": 0.1,
    }


def production_broker(urls: str) -> str:
    """The broker URL, unless a credential or a transport in it is for development only."""
    for url in urls.split(";"):
        try:
            parts = urlsplit(url)
            user, password = unquote(parts.username or "guest"), unquote(parts.password or "guest")
        except ValueError:
            raise ImproperlyConfigured("CELERY_BROKER_URL is not a URL") from None
        if parts.scheme not in {"amqp", "amqps", "pyamqp"}:
            raise ImproperlyConfigured(
                f"CELERY_BROKER_URL is {parts.scheme or 'nothing'}://, production takes amqp:// or amqps://"
            )
        if (user, password) in DEVELOPMENT_CREDENTIALS:
            raise ImproperlyConfigured(
                f"CELERY_BROKER_URL has the development credentials of {user!r}, or none: set real ones"
            )
    return urls


def broker_tls(urls: str) -> dict[str, Any] | bool:
    """TLS to the broker: always verified for ``amqps://``, with our CA and client certificate where set."""
    files = {key: text(name) for name, key in TLS_FILES.items() if text(name)}
    schemes = {urlsplit(url).scheme for url in urls.split(";")}
    if schemes != {"amqps"}:
        if files or "amqps" in schemes:
            raise ImproperlyConfigured("CELERY_BROKER_URL must be amqps:// throughout for TLS to the broker")
        return False
    for name, key in TLS_FILES.items():
        if key in files and not Path(files[key]).is_file():
            raise ImproperlyConfigured(f"{name} names {files[key]}, which is not a file")
    if "keyfile" in files and "certfile" not in files:
        raise ImproperlyConfigured("CELERY_BROKER_KEY is set without CELERY_BROKER_CERT")
    # server_hostname None: py-amqp takes it from the URL, and only then compares it with the certificate
    return {"cert_reqs": ssl.CERT_REQUIRED, "server_hostname": None, **files}
