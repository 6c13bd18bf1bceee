"""Names whose values are secrets: ``API_TOKEN``, ``--db-password``, ``PGPASSWORD``."""

from __future__ import annotations

import re
from collections.abc import Sequence

ENDINGS = (
    "secret", "token", "pass", "password", "passwd", "passphrase", "apikey", "authkey", "passkey",
    "credential", "dsn",
)  # fmt: skip
_PASSING = ("bypass", "compass", "encompass", "surpass", "trespass", "underpass", "overpass")
_PARTS = "auth authorization bearer cookie credentials jwt psk pw pwd secretkey accesskey"
_KEYS = """
    access account algolia anthropic api app auth aws azure bugsnag cloudflare cron datadog deploy
    encrypt encryption fcm feed fernet firebase gcp google hook honeybadger license mailchimp mailgun
    mandrill maps master openai pass ping postmark private push rollbar s3 secret sendgrid sentry service
    signing slack ssh storage stripe telegram trigger twilio vapid webhook
"""
# What comes behind the secret word and makes it something else: TOKEN_LIMIT, --password-file.
_OTHERS = """
    age algorithm backend backends class count db days dir enabled endpoint expire expired expires
    expiry field file format header host hours issuer length lifetime limit max method min minutes
    mode model name path policy prefix prompt provider required reset seconds size sock store table
    timeout ttl type uri url user username validators version
"""
# What stands in front and makes it a switch or an order: --no-password, --use-token, --reset-password NAME.
_SWITCHES = "no without skip disable enable use require max min clear has allow"
_ORDERS = "ask change create expire generate prompt refresh reset rotate send"

SECRET_PARTS = frozenset(_PARTS.split())
KEYS = frozenset(_KEYS.split())
OTHERS = frozenset(_OTHERS.split())
SWITCHES = frozenset(_SWITCHES.split())
ORDERS = SWITCHES | frozenset(_ORDERS.split())


def secret_name(name: str, *, option: bool = False) -> bool:
    """Whether what a name stands for is a secret; ``option``: its value is the next word."""
    if name in ("PWD", "OLDPWD"):
        return False
    parts = [
        part for part in re.split(r"[_.-]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()) if part
    ]
    found = [index for index, _part in enumerate(parts) if _secret_part(parts, index, plural=not option)]
    if not found or parts[0] in (ORDERS if option else SWITCHES):
        return False
    return not OTHERS.intersection(parts[found[-1] + 1 :])


def _secret_part(parts: Sequence[str], index: int, *, plural: bool) -> bool:
    part = parts[index].rstrip("0123456789")
    part = part.removesuffix("s") if plural and not part.endswith("pass") else part
    if part == "key":
        return index > 0 and parts[index - 1] in KEYS
    return part in SECRET_PARTS or (part.endswith(ENDINGS) and part not in _PASSING)
