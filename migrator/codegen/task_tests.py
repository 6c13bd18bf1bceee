"""The module of tests for the generated code, in the style of the project's own tests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from migrator.codegen.around import Around
from migrator.codegen.naming import task_name
from migrator.codegen.python_text import WIDTH, call, comment, quoted
from migrator.configuration import Configuration, Generate
from migrator.redaction import redact_arguments
from migrator.schedule.dialect import DEBIAN
from migrator.sources.job import Job

HEAD = '''\
"""The tasks are there, and start when cron started them; written by `migrator generate`.

They need migrator, which proves each schedule for all time, and go when it goes.
"""

from __future__ import annotations
'''
PROVING = "from migrator.contrib.django.proving import ("
ASKED = ("difference", "refusal", "registered", "sent_at_once")

PYTEST = """

@pytest.mark.parametrize("task", CRON)
def test_a_worker_has_the_task(task: str) -> None:
    assert task in registered(APP)


@pytest.mark.parametrize(("command", "arguments"), COMMANDS)
def test_the_command_takes_its_arguments(command: str, arguments: list[str]) -> None:
    assert refusal(command, arguments) == ""


@pytest.mark.parametrize("task", CRON)
def test_beat_starts_it_exactly_when_cron_does(task: str) -> None:
    assert difference(task, *CRON[task], schedule=CELERY_BEAT_SCHEDULE, app=APP) == ""


def test_a_first_start_of_beat_sends_nothing() -> None:
    assert sent_at_once(CELERY_BEAT_SCHEDULE, app=APP) == []
"""
UNITTEST = """

class CronTasksTest(SimpleTestCase):
    def test_a_worker_has_the_task(self) -> None:
        for task in CRON:
            with self.subTest(task=task):
                self.assertIn(task, registered(APP))

    def test_the_command_takes_its_arguments(self) -> None:
        for command, arguments in COMMANDS:
            with self.subTest(command=command, arguments=arguments):
                self.assertEqual(refusal(command, arguments), "")

    def test_beat_starts_it_exactly_when_cron_does(self) -> None:
        for task, cron in CRON.items():
            with self.subTest(task=task):
                answer = difference(task, *cron, schedule=CELERY_BEAT_SCHEDULE, app=APP)
                self.assertEqual(answer, "")

    def test_a_first_start_of_beat_sends_nothing(self) -> None:
        self.assertEqual(sent_at_once(CELERY_BEAT_SCHEDULE, app=APP), [])
"""


def tests_module(jobs: Sequence[Job], configuration: Configuration, around: Around) -> str:
    """The text of the module."""
    schedule = configuration.generate.schedule.removesuffix(".py").replace("/", ".")
    app, commands = configuration.project.celery, list(dict.fromkeys(_commands(jobs)))
    lines = [
        HEAD,
        "import pytest" if around.pytest else "from django.test import SimpleTestCase",
        PROVING,
        *(f"    {name}," for name in ASKED),
        ")\n",
        f"from {schedule} import CELERY_BEAT_SCHEDULE\n",
        f"APP = {quoted(app) if app else None}  # what `celery -A` takes\n",
        "CRON = {  # each task with its line's schedule, and the zone of cron's clock",
        *(line for job in jobs for line in _cron(job, configuration.generate)),
        "}",
        *(["COMMANDS = [", *commands, "]"] if commands else ["COMMANDS = []"]),
    ]
    return "\n".join(lines) + "\n" + (PYTEST if around.pytest else UNITTEST)


def _cron(job: Job, where: Generate) -> Iterator[str]:
    yield comment(str(job.places[0]), 4)
    words = [job.recorded_schedule, job.timezone]
    if job.recorded_dialect != DEBIAN.name:
        words.append(job.recorded_dialect)
    yield f"    {_tuple(quoted(task_name(job, where)) + ': ', [*map(quoted, words)])},"


def _commands(jobs: Sequence[Job]) -> Iterator[str]:
    """The management commands with what they are given; a secret is only a place that is filled."""
    for job in jobs:
        for step in job.reading.steps:
            if step.kind == "management":
                words = redact_arguments(step.name, step.argv, line=step.text)
                listed = f"[{', '.join(map(quoted, words))}]"
                yield f"    {_tuple('', (quoted(step.name), listed))},"


def _tuple(before: str, values: Sequence[str]) -> str:
    """``before("a", "b")`` on one line where it fits, as the formatters have it."""
    line = f"{before}({', '.join(values)})"
    return line if 4 + len(line) + 1 <= WIDTH else before + call("", list(values), 4)
