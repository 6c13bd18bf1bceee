"""Where a project wraps each request in a transaction, those of the dashboard have none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import DatabaseError, connection
from django.test import Client

from migrator.contrib.django.dashboard import guard
from tests import dashboard_office as office


@pytest.fixture
def atomic_requests(tmp_path: Path, settings: Any) -> Iterator[None]:
    (tmp_path / "migrator.toml").write_text(office.CONFIGURATION)
    settings.MIGRATOR_HOME = str(tmp_path)
    before = connection.settings_dict["ATOMIC_REQUESTS"]
    connection.settings_dict["ATOMIC_REQUESTS"] = True
    yield
    connection.settings_dict["ATOMIC_REQUESTS"] = before


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("address", ["/migrator/", "/migrator/audit/", "/migrator/abort/"])
def test_a_page_is_no_transaction(
    address: str, atomic_requests: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def looked() -> Any:
        seen.append(connection.in_atomic_block)
        raise DatabaseError("away")

    monkeypatch.setattr(guard, "ground", looked)
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("boss", "boss@x.example", "secret"))
    assert client.get(address).status_code == 503  # and the page that says so asks the database
    assert seen == [False]
