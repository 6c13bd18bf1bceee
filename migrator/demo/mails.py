"""The mails that the jobs sent, from Django's file-based backend."""

from __future__ import annotations

import email
import email.policy
from collections import Counter
from pathlib import Path

SEPARATOR = b"-" * 79


def sent(folder: Path) -> Counter[tuple[str, str]]:
    """How often each (subject, recipient) was sent."""
    counted: Counter[tuple[str, str]] = Counter()
    for path in sorted(folder.glob("*.log")):
        for part in path.read_bytes().split(SEPARATOR):
            if part.strip():
                message = email.message_from_bytes(part.strip(), policy=email.policy.default)
                counted[(str(message["Subject"]), str(message["To"]))] += 1
    return counted
