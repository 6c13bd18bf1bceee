"""The messages between a cron host that reaches only the broker and the workers, signed both ways.

Whoever may publish to the broker can make a worker run any task; these two cannot be made
up by him without the project's SECRET_KEY, so he forges neither runs nor their confirmation.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass, field
from typing import Any

from django.core.signing import Signer
from django.utils.crypto import constant_time_compare

TASK = "migrator.ingest"
LARGEST = 1 << 20  # characters of a message; a piece of a spool is far smaller
PIECE = 128 << 10  # bytes of spool in one message
REPLIES = re.compile(r"migrator\.sync\.[0-9a-f]{16}")


class Forged(ValueError):
    """A message that is not signed with this project's key, or is not one of ours."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """Lines of a spool, and whose it is; ``key``: by what the ledger confirms it."""

    key: str
    host: str
    user: str
    spool: str
    replies: str
    quarantined: int
    lines: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a delivery; ``refused``: jobs whose lines the database refuses, and its words."""

    key: str
    refused: dict[str, str] = field(default_factory=dict)


def replies_of(host: str, user: str, spool: str) -> str:
    """The queue in which a host finds its receipts."""
    return "migrator.sync." + hashlib.sha256(f"{user}@{host}:{spool}".encode()).hexdigest()[:16]


def seal(message: Delivery | Receipt) -> dict[str, str]:
    """The message as it travels."""
    text = json.dumps({"v": 1, **asdict(message)}, separators=(",", ":"))
    return {"text": text, "signature": _signer(type(message)).signature(text)}


def open_delivery(text: Any, signature: Any) -> Delivery:
    """A host's message; raises Forged for anything else."""
    found = _opened(Delivery, text, signature)
    texts = [found.key, found.host, found.user, found.spool, *found.lines]
    if not all(isinstance(one, str) for one in texts) or not isinstance(found.quarantined, int):
        raise Forged("not a delivery")
    if not REPLIES.fullmatch(found.replies):
        raise Forged("an answer to a queue that is none of ours")
    return found


def open_receipt(text: Any, signature: Any) -> Receipt:
    """A worker's answer; raises Forged for anything else."""
    found = _opened(Receipt, text, signature)
    if not isinstance(found.key, str) or not isinstance(found.refused, dict):
        raise Forged("not a receipt")
    return found


def _opened(kind: type[Any], text: Any, signature: Any) -> Any:
    if not isinstance(text, str) or not isinstance(signature, str) or len(text) > LARGEST:
        raise Forged("no text of ours")
    try:
        genuine = constant_time_compare(signature, _signer(kind).signature(text))
    except UnicodeError as error:  # half a character, which JSON can hold
        raise Forged("no text of ours") from error
    if not genuine:
        raise Forged("signed with another SECRET_KEY")
    try:
        document = json.loads(text)
        if document.pop("v") != 1:
            raise Forged("of another version of migrator")
        return kind(**document)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Forged(f"not a {kind.__name__.lower()}") from error


def _signer(kind: type[Any]) -> Signer:
    return Signer(salt=f"migrator.{kind.__name__.lower()}")
