"""Commands one after another stop as the shell stops, under the generated contract."""

from types import ModuleType

import pytest
from celery.exceptions import SoftTimeLimitExceeded


def test_it_goes_on(contract: ModuleType) -> None:
    with contract.attempt() as first:
        raise ValueError
    assert first.failed


def test_after_a_success_too(contract: ModuleType) -> None:
    with contract.attempt() as first:
        pass
    assert not first.failed


def test_not_after_the_tasks_own_limit(contract: ModuleType) -> None:
    with pytest.raises(SoftTimeLimitExceeded), contract.attempt():
        raise SoftTimeLimitExceeded
