"""The pages of docs/findings: one per code, each with an example that gives the finding."""

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path

import pytest

from migrator.codegen.lock import edited_files, remembered_commands, remembered_jobs, remembered_schedules
from migrator.comparison.unrecorded import Unrecorded
from migrator.configuration import Configuration, read_configuration
from migrator.contrib.celery.spelling import odd_fields
from migrator.cutover.strays import started_again
from migrator.findings import CATALOGUE, OF_DOCTOR, Finding
from migrator.project.commands import read_project
from migrator.project.python_module import Library
from migrator.project.scheduled import consult
from migrator.report.proof import proofs
from migrator.settings.acceptance import unused
from migrator.settings.requirements import unknown_extras
from migrator.sources.drift import drift
from migrator.sources.inventory import Context, take_inventory
from migrator.sources.source import SourceFile
from tests.doctor_pages import said as diagnosed
from tests.residue_tree import found as residue
from tests.residue_tree import tree_of
from tests.settings_modules import judged, split

FOLDER = Path(__file__).parents[2] / "docs" / "findings"
# The name under which an example is scanned, by the language of its fence.
PATHS = {
    "crontab": "crontab",
    "dos": "crontab",
    "sh": "install.sh",
    "system": "cron.d/shop",
    "yaml": "cronjob.yaml",
    "python": "settings.py",
    "dockerfile": "Dockerfile",
    "ini": "shop.timer",
    "dotted": "etc/cron.d/shop.cron",
    "part": "etc/cron.daily/shop",
    "anacrontab": "etc/anacrontab",
    "long": "crontab",  # with as many lines as its comment says
    "make": "Makefile",  # beside a crontab that calls it
}
OF_SETTINGS = {f"CM{number}" for number in (*range(423, 434), 436)}  # what `doctor --settings` says of them
HELP = {"CM401": {"asked": True}, "CM440": {"looked": True}}  # who was asked beside the tree
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
DATE = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d)?\+\d\d:\d\d)?")
CLOCK = re.compile(r"\S+@\S+ \+4[45]\.\d s")  # a worker's name, and its clock ahead of ours

MODULE = "shop/management/commands/send_invoices.py"
COMMAND = """
from django.core.management.base import BaseCommand

class Command(BaseCommand):
    def add_arguments(self, parser):
        parser.add_argument("--limit", type=int)
        parser.add_argument("--only-if-open", action="store_true")
"""


def page(code: str) -> str:
    return (FOLDER / f"{code}.md").read_text()


SHOP = """\
0 6 * * * cd /srv/shop && python manage.py send_invoices
0 7 * * * cd /srv/shop && python manage.py count_stock
0 9 1 * * cd /srv/shop && python manage.py count_stock >> /var/log/stock.log
"""  # what drift is shown against
TIMER = SourceFile("shop.timer", "[Timer]\nOnUnitActiveSec=65min\n")
SERVICE = SourceFile("shop.service", "[Service]\nExecStart=/usr/bin/python3 /srv/shop/manage.py poll_feeds\n")


def drifted(text: str, kind: str) -> tuple[Finding, ...]:
    """What a scan says of a migrator.toml, or of a migrator.lock, beside the crontab of the shop."""
    decided = read_configuration(text) if kind == "toml" else Configuration()
    context = Context("UTC", dt.date(2026, 9, 1), decisions=decided.jobs)
    modules = {MODULE: COMMAND}
    timer = [TIMER, SERVICE] if "poll_feeds" in decided.jobs else []
    found = take_inventory([SourceFile("crontab", SHOP), *timer], context)
    inventory = consult(found, read_project(modules, Library(modules)), decided.jobs)
    lock = text if kind == "json" else None
    found = list(
        drift(
            inventory,
            decided.jobs,
            remembered_jobs(lock),
            configuration=text,
            schedules=remembered_schedules(lock),
            edited=edited_files(lock, {"shop/tasks.py": "# edited\n"}),
            commands=remembered_commands(lock),
        )
    )
    return (*inventory.findings, *found, *unused(found, decided.accept, text))


def findings(
    text: str, *, kind: str = "crontab", decisions: str = "", asked: bool = False, looked: bool = False
) -> tuple[Finding, ...]:
    """What a scan of the example says, where cron runs in Warsaw, beside a project with one command.

    ``py`` is that command, which the shop's crontab runs; ``asked``: Django has listed the commands;
    ``looked``: `generate` has looked through the installed packages, which have none.
    """
    installed = frozenset[str]() if looked else None
    if kind in ("celery", "tree"):
        return tuple(odd_fields([text.strip()])) if kind == "celery" else residue(tree_of(text))
    if kind in ("toml", "json"):
        return drifted(text, kind)
    if kind == "settings":
        return tuple(judged(split(text)))
    if kind in ("run", "start"):
        return (by_cron(**dict(line.split(": ") for line in text.splitlines())),)
    if kind == "requirements":
        return tuple(unknown_extras("requirements.txt", text, ("redis", "sqs")))
    if kind == "long":
        text = re.sub(r"# (\d+) more lines\n", lambda match: "#\n" * int(match[1]), text)
    if kind == "dos":
        text = text.replace("\n", "\r\n")
    decided = read_configuration(decisions).jobs
    context = Context("Europe/Warsaw", dt.date(2026, 9, 1), decisions=decided)
    modules = {MODULE: text if kind == "py" else COMMAND}
    project = replace(read_project(modules, Library(modules)), asked=asked, installed=installed)
    file = SourceFile("crontab", SHOP) if kind == "py" else SourceFile(PATHS[kind], text)
    files = [file, SERVICE] if kind == "ini" else [file]
    files += [SourceFile("crontab", "0 6 * * * make -C /srv/shop invoices\n")] if kind == "make" else []
    found = consult(take_inventory(files, context), project, decided)
    proved = proofs(found.jobs, context.today) if kind == "crontab" else []
    return (*found.findings, *(one for proof in proved for one in proof.findings))


def by_cron(job: str, host: str, user: str, started: str, times: str = "") -> Finding:
    """A start of a job that is retired; with ``times``, one past the recorder."""
    moment = dt.datetime.fromisoformat(started)
    if times:
        return Unrecorded(job, host, user, moment, int(times)).finding
    return started_again(job, host, user, moment)


ADDRESS = re.compile(r'connection to server at "[\d.]+", port \d+ failed: ')  # psycopg 3.1 does not say it


def of_any_day(text: str) -> str:
    """The text without what changes from one run to the next."""
    return ADDRESS.sub("", CLOCK.sub("CLOCK", DATE.sub("DATE", text)))


def fences(code: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = FENCE.findall(page(code))
    if code in OF_SETTINGS:
        return [("settings" if kind == "python" else kind, text) for kind, text in found]
    return found


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    assert {path.stem for path in FOLDER.glob("*.md")} - {"index"} == set(CATALOGUE)


def test_the_index_lists_every_code_with_its_severity_and_title() -> None:
    rows = re.findall(r"^\| \[(CM\d+)\]\(CM\d+\.md\) \| (.*) \|$", (FOLDER / "index.md").read_text(), re.M)
    titles = {code: page(code).splitlines()[0].removeprefix(f"# {code}: ") for code in CATALOGUE}
    assert dict(rows) == {code: f"{severity} | {titles[code]}" for code, severity in CATALOGUE.items()}


@pytest.mark.django_db  # what doctor says is about rows and runs
@pytest.mark.parametrize("code", CATALOGUE)
class TestPage:
    def test_says_the_severity(self, code: str) -> None:
        assert page(code).splitlines()[2].startswith(f"**{CATALOGUE[code]}** · ")

    def test_says_why_and_what_to_do(self, code: str) -> None:
        assert re.findall(r"^## (.*)$", page(code), re.MULTILINE) == ["Why it matters", "What to do"]

    def test_shows_the_finding_as_the_tool_says_it(self, code: str) -> None:
        (kind, example), (shown_as, shown) = fences(code)[:2]
        if code in OF_DOCTOR:
            found = diagnosed(example, code)
        else:
            found = list(findings(example, kind=kind, **HELP.get(code, {})))
        said = [str(one) for one in found if one.code == code]
        assert shown_as == "text"
        assert of_any_day(shown.rstrip("\n")) in [of_any_day(one) for one in said]

    def test_the_mended_example_is_without_it(self, code: str) -> None:
        for kind, mended in fences(code)[2:]:
            if code in OF_DOCTOR:
                assert code not in [one.code for one in diagnosed(mended, code)]
                continue
            if kind in (*PATHS, "py", "celery", "settings", "requirements", "tree"):
                found = findings(mended, kind=kind, **HELP.get(code, {}))
                assert code not in [one.code for one in found]

    def test_the_decision_that_it_advises_is_one(self, code: str) -> None:
        example_kind, example = fences(code)[0]
        for kind, decisions in fences(code)[2:]:
            if kind == "toml" and "accept" in decisions:
                assert code not in [
                    one.code for one in findings(example, kind=example_kind, decisions=decisions)
                ]
            elif kind == "toml":
                assert read_configuration(decisions).jobs
