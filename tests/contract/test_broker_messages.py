"""A message over the broker is read only if it was signed with this project's key; all else is forged."""

from __future__ import annotations

from typing import Any

import pytest

from migrator.contrib.django.broker_messages import (
    LARGEST,
    Delivery,
    Forged,
    Receipt,
    open_delivery,
    open_receipt,
    replies_of,
    seal,
)

DELIVERY = Delivery("key", "web1", "deploy", "/spool", replies_of("web1", "deploy", "/spool"), 0, ["a line"])
RECEIPT = Receipt("key", {"work": "no such table"})


def test_what_is_sealed_can_be_opened() -> None:
    assert open_delivery(**seal(DELIVERY)) == DELIVERY
    assert open_receipt(**seal(RECEIPT)) == RECEIPT


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"text": "{}"}, id="another-text"),
        pytest.param({"signature": "x"}, id="another-signature"),
        pytest.param({"text": "\ud800"}, id="half-a-character"),
        pytest.param({"signature": "\udfff"}, id="half-a-character-in-the-signature"),
        pytest.param({"signature": "é"}, id="no-ascii"),
        pytest.param({"text": None}, id="no-text"),
        pytest.param({"text": "x" * (LARGEST + 1)}, id="too-long"),
        pytest.param(seal(DELIVERY), id="a-delivery-for-a-receipt"),
    ],
)
def test_anything_else_is_forged(changed: dict[str, Any]) -> None:
    with pytest.raises(Forged):
        open_receipt(**{**seal(RECEIPT), **changed})
