"""Jobs beside their project: which command each runs, its call, and the findings that this gives the job."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

import pytest

from migrator.configuration import JobDecision
from migrator.crontab.reading import TypedCall
from migrator.project.asked import settled
from migrator.project.commands import read_project
from migrator.project.model import Command, Project
from migrator.project.python_module import Library
from migrator.project.scheduled import consult
from migrator.report.commands import call_document, command_document
from migrator.sources.inventory import Context, take_inventory
from migrator.sources.job import Inventory, Job
from migrator.sources.source import SourceFile

PATH = "shop/management/commands/{}.py"
HEAD = "from django.core.management.base import BaseCommand\nclass Command(BaseCommand):\n"
SEND = HEAD + (
    "    def add_arguments(self, parser):\n"
    "        parser.add_argument('--limit', type=int)\n"
    "        parser.add_argument('--password')\n"
    "        parser.add_argument('--noinput', action='store_false', dest='interactive')\n"
    "        parser.add_argument('--dry-run', action='store_true')\n"
    "    def handle(self, *args, **options):\n"
    "        if options['interactive']:\n"
    "            input()\n"
    "        print('x')\n"
    "        print('y')\n"
)
ASK = HEAD + (
    "    def add_arguments(self, parser):\n"
    "        parser.add_argument('--confirm', action='store_true')\n"
    "    def handle(self, *args, confirm=False, **options):\n"
    "        if confirm:\n"
    "            input()\n"
)
TEXTS = {PATH.format("send"): SEND, PATH.format("ask"): ASK, PATH.format("broken"): "print 'x'\n"}


def project(texts: Mapping[str, str] = TEXTS) -> Project:
    return read_project(texts, Library(texts))


def scanned(arguments: str, found: Project | None = None, **decision: JobDecision) -> Inventory:
    """What is known of one line, `manage.py ARGUMENTS`, beside the project."""
    file = SourceFile("crontab", f"0 5 * * * python manage.py {arguments}\n")
    inventory = take_inventory([file], Context("UTC", dt.date(2026, 9, 1), decisions=decision))
    return consult(inventory, found or project(), decision)


def job_of(arguments: str, found: Project | None = None, **decision: JobDecision) -> Job:
    (job,) = scanned(arguments, found, **decision).jobs
    return job


def codes(job: Job) -> list[str]:
    return [one.code for one in job.findings if one.code.startswith("CM4")]


@pytest.mark.parametrize(
    ("arguments", "found", "status"),
    [
        ("send --noinput", ["CM412", "CM414"], "exact"),
        ("send --noinput --dry-run", ["CM412"], "exact"),
        ("send", ["CM404", "CM412", "CM414"], "decide"),
        ("send --limit x --noinput", ["CM403", "CM412", "CM414"], "decide"),
        ("ask", [], "exact"),
        ("ask --confirm", ["CM404"], "decide"),
        ("broken", ["CM415"], "decide"),
        ("sent", ["CM402"], "exact"),
        ("clearsessions", [], "exact"),
        ("$WHICH", [], "exact"),
    ],
)
def test_the_findings_of_a_line(arguments: str, found: list[str], status: str) -> None:
    job = job_of(arguments)
    assert codes(job) == found
    assert job.status == status or arguments == "$WHICH"


def test_another_machine_may_have_another_project() -> None:
    file = SourceFile("crontab", "0 5 * * * ssh web1 python manage.py sent\n")
    found = consult(take_inventory([file], Context("UTC", dt.date(2026, 9, 1))), project(), {})
    assert [codes(job) for job in found.jobs] == [[]]


def test_what_the_team_has_accepted_is_not_told_again() -> None:
    job = job_of("send", send=JobDecision(accept=("CM404", "CM412")))
    assert (codes(job), job.status) == (["CM414"], "exact")


def test_a_finding_stands_once_where_two_jobs_run_the_command() -> None:
    file = SourceFile(
        "crontab", "0 5 * * * ./manage.py send --noinput\n0 6 * * * ./manage.py send --noinput\n"
    )
    found = consult(take_inventory([file], Context("UTC", dt.date(2026, 9, 1))), project(), {})
    told = [one.code for one in found.findings if one.code.startswith("CM4")]
    assert told == ["CM414", "CM412"]
    assert [codes(job) for job in found.jobs] == [["CM412", "CM414"]] * 2
    assert found.commands[2].scheduled == ("send_noinput", "send_noinput_2")


def test_several_places_are_counted() -> None:
    (said,) = [one.message for one in job_of("send --noinput").findings if one.code == "CM412"]
    assert said == "send prints past self.stdout: print(...), and at 1 more place"


@pytest.mark.parametrize(
    ("arguments", "call"),
    [
        ("send --limit 5", TypedCall((), {"limit": 5})),
        ("send --limit $N", None),
        ("send --limit x", None),
        ("elsewhere --limit 5", None),
        ("elsewhere", TypedCall()),
        ("clearsessions", TypedCall()),
    ],
)
def test_the_call_of_a_line(arguments: str, call: TypedCall | None) -> None:
    assert job_of(arguments).reading.steps[0].call == call


def test_a_name_that_two_apps_have_is_not_settled_by_the_text() -> None:
    twice = project({**TEXTS, "other/management/commands/send.py": SEND})
    job = job_of("send --limit 5", twice)
    assert (codes(job), job.reading.steps[0].call) == (["CM402"], None)


def test_a_command_that_django_does_not_know_blocks_with_near_names() -> None:
    job = job_of("sent", replace(project(), asked=True))
    (finding,) = job.findings
    assert (finding.code, job.status, finding.message.endswith("there is send")) == ("CM401", "decide", True)


def test_a_command_of_an_app_that_is_not_installed_is_not_named_as_near() -> None:
    job = job_of("clearsessions", replace(project(), asked=True))
    (finding,) = job.findings
    assert (finding.code, "there is" in finding.message) == ("CM401", False)


def test_django_settles_which_apps_are_installed() -> None:
    twice = project({**TEXTS, "other/management/commands/send.py": HEAD + "    pass\n"})
    told = [Command("send", "site.shop", signature=None), Command("cleanup_all", "third_party")]
    asked = settled(twice, told)
    assert asked.asked
    assert {name: [one.path for one in found] for name, found in asked.commands.items()} == {
        "send": ["shop/management/commands/send.py"],
        "cleanup_all": [None],
    }


def test_commands_from_elsewhere_are_listed_where_a_job_runs_them() -> None:
    told = [Command("one", "third"), Command("two", "third")]
    found = scanned("two", Project.of(told, asked=True))
    assert [(one.name, one.scheduled) for one in found.commands] == [("two", ("two",))]


def test_secrets_stay_out_of_calls_and_messages() -> None:
    job = job_of("send --noinput --password s3cr3t --limit 5")
    assert call_document(job.reading.steps[0].call) == {
        "args": [],
        "kwargs": {"limit": 5, "password": "***", "interactive": False},
        "launcher": {},
    }
    refused = job_of("send --password s3cr3t s3cr3t")
    assert "s3cr3t" not in " ".join(one.message for one in refused.findings)
    empty = job_of("send --password=s3cr3t '' more")
    assert "unrecognized arguments: more" in " ".join(one.message for one in empty.findings)


def test_a_command_as_a_document() -> None:
    (ask,) = [one for one in scanned("ask").commands if one.name == "ask"]
    assert command_document(ask) == {
        "name": "ask",
        "app": "shop",
        "path": "shop/management/commands/ask.py",
        "line": 2,
        "help": None,
        "bases": ["django.core.management.base.BaseCommand"],
        "scheduled": ["ask"],
        "arguments": [{"name": "--confirm", "dest": "confirm", "type": "bool", "required": False}],
        "effects": [
            {
                "kind": "none-seen",
                "place": {
                    "path": "shop/management/commands/ask.py",
                    "line": 2,
                    "source": "management command",
                },
                "text": "class Command",
            }
        ],
    }


ALONE = HEAD.replace("from", "import os, time\nfrom", 1) + (
    "    today = time.time()\n"
    "    def handle(self, *args, **options):\n"
    "        os.chdir('/')\n"
    "        self.stdout.write('x')\n"
    "        os._exit(0)\n"
)


@pytest.mark.parametrize(
    ("runner", "found", "status"),
    [(None, ["CM404", "CM406", "CM407"], "decide"), ("subprocess", [], "exact"), ("shell", [], "exact")],
)
def test_what_a_process_of_its_own_does_to_itself_hinders_nobody(
    runner: str | None, found: list[str], status: str
) -> None:
    job = job_of("alone", project({PATH.format("alone"): ALONE}), alone=JobDecision(runner=runner))
    assert (sorted(codes(job)), job.status) == (found, status)
