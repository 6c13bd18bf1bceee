"""The words of a command in generated code: requests, secrets, and what stays out of both."""

import pytest

from migrator.codegen import task_tests
from migrator.codegen.arguments import command_arguments
from migrator.codegen.around import Around
from migrator.codegen.http_request import Request, request_of
from migrator.configuration import Configuration
from tests.unit.found_files import one


@pytest.mark.parametrize(
    ("options", "request_or_why"),
    [
        ("-m 5", Request("https://h/p", patience=5)),
        ("-m 0", "curl -m 0"),
        ("-m nan", "curl -m nan"),
        ("-m inf", "curl -m inf"),
        ("-H 'X-Shop: a:b'", Request("https://h/p", headers={"X-Shop": "a:b"})),
        ("-H 'Host:'", "curl -H Host:"),
        ("-H 'X-Shop;'", "curl -H X-Shop;"),
        ("-H @headers", "curl -H @headers"),
        ("-A ''", "curl -A "),
    ],
)
def test_a_request_is_what_is_understood(options: str, request_or_why: Request | str) -> None:
    [step] = one("crontab", f"5 5 * * * curl {options} https://h/p\n").reading.steps
    found = request_of(step)
    if isinstance(request_or_why, str):
        assert found == f"{request_or_why} is not understood: let a shell run it"
    else:
        assert found == request_or_why


def test_each_secret_of_an_option_that_is_given_twice_has_a_variable_of_its_own() -> None:
    job = one("crontab", "5 5 * * * ./manage.py send --api-key s3cr3t --api-key=t0ps3cret --api-key s3cr3t\n")
    found = command_arguments(job, job.reading.steps[0])
    assert [argument.variable for argument in found if argument.variable] == [
        "SEND_API_KEY",
        "SEND_API_KEY_2",
        "SEND_API_KEY_3",
    ]


def test_the_module_of_tests_hides_what_the_tasks_hide() -> None:
    job = one("crontab", "5 5 * * * ./manage.py send --passwordeval 'echo s3cr3t'\n")
    assert "s3cr3t" not in str([argument.code for argument in command_arguments(job, job.reading.steps[0])])
    assert "s3cr3t" not in task_tests.tests_module([job], Configuration(), Around())
