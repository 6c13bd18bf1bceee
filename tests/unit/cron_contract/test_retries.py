"""No retry that nobody asked for, under the generated contract."""

from types import ModuleType

from celery import Celery


def runs(contract: ModuleType, error: Exception | None) -> int:
    app = Celery("retries", set_as_current=False)
    count: list[int] = []

    @app.task(name="job", shared=False)
    def job() -> None:
        with contract.retried(3, every=1):
            count.append(1)
            if error:
                raise error

    assert job.apply().successful() is (error is None)
    return len(count)


def test_a_failure_is_tried_again(contract: ModuleType) -> None:
    assert runs(contract, ValueError("again")) == 4


def test_a_success_and_a_held_lock_are_not(contract: ModuleType) -> None:
    assert (runs(contract, None), runs(contract, contract.AlreadyRunning("busy"))) == (1, 1)
