"""Settings are read from environment variables here, with errors that name the variable."""

from __future__ import annotations

import os

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}


def text(name: str, default: str = "") -> str:
    """The variable's value, without surrounding blanks, or the default."""
    return os.environ.get(name, default).strip()


def required(name: str) -> str:
    """The variable's value, which must not be empty."""
    value = text(name)
    if not value:
        raise ImproperlyConfigured(f"{name} is not set in the environment")
    return value


def flag(name: str, *, default: bool = False) -> bool:
    """The variable read as yes or no."""
    value = os.environ.get(name)
    if value is None:
        return default
    word = value.strip().lower()
    if word not in TRUE | FALSE:
        raise ImproperlyConfigured(f"{name} is {value!r}, expected 1 or 0")
    return word in TRUE


def number(name: str, default: int) -> int:
    """The variable read as a whole number."""
    value = text(name)
    if not value:
        return default
    try:
        return int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} is {value!r}, expected a whole number") from None


def words(name: str, default: str = "") -> list[str]:
    """The variable's comma-separated parts, blanks and empty parts left out."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]
