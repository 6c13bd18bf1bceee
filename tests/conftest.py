"""What all tests share: the system parts, benchmarks only on demand, and no clock that judges."""

import logging
from collections.abc import Iterator

import hypothesis
import pytest
from celery import _state

# A slow machine is no failure: hypothesis' own limits of time are off.
hypothesis.settings.register_profile(
    "unhurried", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("unhurried")

pytest_plugins = ["tests.parts.plugin", "tests.parts.fixtures"]


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Benchmarks run only when they are asked for: ``--benchmark-only``."""
    config.option.benchmark_skip = not config.option.benchmark_only


@pytest.fixture(autouse=True)
def log_handlers_stay() -> Iterator[None]:
    """Celery sets Django up again when it loads tasks, and so binds the log to a test's captured stderr."""
    before = logging.root.handlers[:]
    yield
    logging.root.handlers[:] = before


@pytest.fixture(autouse=True)
def celery_app_stays() -> Iterator[None]:
    """An app made in a test becomes the one that every shared task of later tests would send through."""
    current, default = _state._tls.current_app, _state.default_app
    yield
    _state._tls.current_app, _state.default_app = current, default
