"""What cron goes by: its packages, its daemons, its services, its places."""

from __future__ import annotations

import re

# Debian, Alpine, Fedora, Arch and their like; supercronic and yacron are crons for containers.
PACKAGES = frozenset(
    ("cron", "cronie", "cronie-anacron", "cronie-noanacron", "vixie-cron", "systemd-cron", "anacron", "dcron")
) | {"fcron", "bcron", "supercronic", "yacron"}
DAEMONS = frozenset(("cron", "crond", "supercronic", "anacron", "dcron", "fcron", "bcron-start", "yacron"))
DJANGO_PACKAGES = ("django-crontab", "django-cron", "django-kronos", "django-chroniker", "django-cronjobs")
DJANGO_APPS = ("django_crontab", "django_cron", "kronos", "chroniker", "cronjobs")
SERVICES = (
    "cron",
    "crond",
    "cronie",
    "anacron",
    "cron.service",
    "crond.service",
    "cronie.service",
    "anacron.timer",
)
# A part of a name between dashes, dots and slashes: legacy-cron and app_cron_1, not synchrony or micron.
_NAMED = re.compile(r"(?i)(?:^|[-_./:])(?:super)?cron(?:d|ie|ic|jobs?|tabs?|tainer)?(?=$|[-_./:\d])")
PATH = re.compile(
    r"/etc/(?:cron\.(?:d|hourly|daily|weekly|monthly)\b|crontabs?\b|anacrontab\b)|/var/spool/cron\b|/etc/periodic/\w+"
)
LOG = re.compile(r"/var/log/cron(?:\.log|/|d\b|\b)[\w.*/-]*")


def names_cron(text: str) -> bool:
    """Whether a name of a service, a target or an image has cron as a part of it."""
    return _NAMED.search(text) is not None


def package_of(word: str) -> str | None:
    """The package of cron's that a word of an install command names: ``cron=3.0pl1-137``, ``cron:amd64``."""
    name = re.split(r"[=<>~:@,]", word.strip("\"'"), maxsplit=1)[0]
    return name if name in PACKAGES else None
