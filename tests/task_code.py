"""A line of a crontab as a job, the code of its task, and what the task then runs."""

import datetime as dt
import logging
from collections.abc import Callable
from functools import cache
from types import CodeType
from typing import Any

from migrator.codegen.contract import whole_contract
from migrator.codegen.tasks import tasks_module
from migrator.configuration import Generate, read_configuration
from migrator.sources.inventory import Context, take_inventory
from migrator.sources.job import Inventory, Job
from migrator.sources.source import SourceFile


def inventory(text: str, decisions: str = "") -> Inventory:
    jobs = read_configuration(decisions).jobs
    context = Context("Europe/Warsaw", dt.date(2026, 1, 1), decisions=jobs)
    return take_inventory([SourceFile("crontab", text + "\n")], context)


def job(text: str, decisions: str = "") -> Job:
    [one] = inventory(text, decisions).jobs
    return one


def tasks_of(one: Job) -> str:
    return tasks_module([one], Generate())[0]


def body(one: Job) -> str:
    """The code of a task below its docstring, without its indentation."""
    text = tasks_of(one)
    return text[text.rindex('"""') + 4 :].replace("\n    ", "\n").strip()


def outcome_of(code: CodeType, failing: tuple[str, ...]) -> tuple[list[str], bool]:
    """What the task runs, and whether it succeeds."""
    ran: list[str] = []
    tasks: list[Callable[[], None]] = []

    def run_command(name: str) -> None:
        ran.append(name)
        if name in failing:
            raise ValueError(name)

    names: dict[str, Any] = {}
    exec(_contract_code(), names)
    names["logger"] = logging.getLogger("nobody listens")
    names["logger"].disabled = True
    names |= {
        "run_command": run_command,
        "shared_task": lambda **_: tasks.append,
        "recorded": lambda *_, **__: lambda function: function,
    }
    exec(code, names)
    try:
        tasks[0]()
    except ValueError:
        return ran, False
    return ran, True


@cache
def _contract_code() -> CodeType:
    return compile(whole_contract(), "cron_contract.py", "exec")
