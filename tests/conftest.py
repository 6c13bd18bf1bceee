"""What all tests share: the system parts, and benchmarks only on demand."""

import pytest

pytest_plugins = ["tests.parts.plugin", "tests.parts.fixtures"]


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Benchmarks run only when they are asked for: ``--benchmark-only``."""
    config.option.benchmark_skip = not config.option.benchmark_only
