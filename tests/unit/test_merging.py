"""One job or two: sources and what they render to, lines that repeat a command, ids that are bound."""

import datetime as dt

import pytest

from migrator.configuration import JobDecision
from migrator.sources.inventory import Context, take_inventory
from migrator.sources.job import Inventory
from migrator.sources.source import SourceFile

CONTEXT = Context("UTC", dt.date(2026, 1, 1))


def scan(files: dict[str, str], **bound: str) -> Inventory:
    decisions = {name: JobDecision(command=command) for name, command in bound.items()}
    context = Context("UTC", CONTEXT.today, decisions=decisions)
    return take_inventory([SourceFile(path, text) for path, text in files.items()], context)


def places(found: Inventory) -> list[list[str]]:
    return [[str(place) for place in job.places] for job in found.jobs]


@pytest.mark.parametrize(
    ("template", "rendered"),
    [
        (
            "5 4 * * * {{ user }} cd {{ dir }} && ./manage.py x",
            "5 4 * * * shop cd /srv/shop && ./manage.py x",
        ),
        ("{{ minute }} 4 * * * ./manage.py x --n={{ n }}", "17 4 * * * ./manage.py x --n=3"),
        ("0 4 * * 7 {{ python }} manage.py x", "0 4 * * sun /venv/bin/python manage.py x"),
        ("{% if x %}0 4 * * * ./manage.py x{% endif %}", "0 4 * * * ./manage.py  x"),
        ("{{ often }} ./manage.py send_digest", "@daily ./manage.py send_digest"),
    ],
)
def test_a_template_and_what_it_renders_to_are_one_job(template: str, rendered: str) -> None:
    path = "cron.d/shop" if " shop " in rendered else "crontab"
    found = scan({"deploy/cron.tpl": template + "\n", path: rendered + "\n"})
    assert places(found) == [[f"{path}:1", "deploy/cron.tpl:1"]]
    [job] = found.jobs
    assert (str(job.generator), job.status) == ("deploy/cron.tpl:1", "exact")


@pytest.mark.parametrize(
    ("template", "other"),
    [
        ("5 4 * * * cd {{ dir }} && ./manage.py x", "5 4 * * * cd /srv && ./manage.py y"),
        ("5 4 * * * cd {{ dir }} && ./manage.py x", "6 4 * * * cd /srv && ./manage.py x"),
        ("{{ minute }} 4 * * * ./manage.py x", "0 5 * * * ./manage.py x"),
        ("5 4 * * * {{ command }}", "5 4 * * * ./manage.py x"),
    ],
)
def test_a_template_takes_no_line_that_it_cannot_render_to(template: str, other: str) -> None:
    assert len(scan({"cron.tpl": template + "\n", "crontab": other + "\n"}).jobs) == 2


def test_a_script_and_its_crontab_are_one_job_by_meaning() -> None:
    found = scan(
        {
            "install.sh": "echo '0 4 * * 7 ./manage.py x' | crontab -\n",
            "crontab": "0 4 * * sun ./manage.py x\n",
        }
    )
    assert [len(job.places) for job in found.jobs] == [2]


def test_each_rendered_line_takes_one_line_of_the_template() -> None:
    found = scan({"cron.tpl": "0 4 * * * {{ p }} manage.py x\n", "a": "0 4 * * * /p manage.py x\n" * 2})
    assert [len(job.places) for job in found.jobs] == [2, 1]


@pytest.mark.parametrize(
    "second", ["0 6 * * sun ./manage.py x", "00 06 * * 0 cd /srv && venv/bin/python manage.py x"]
)
def test_the_same_job_in_two_files_is_two_jobs_that_name_each_other(second: str) -> None:
    found = scan({"a": "0 6 * * 7 ./manage.py x\n", "b": second + "\n"})
    assert [[one.message for one in job.findings] for job in found.jobs] == [
        ["the same command at the same minutes as b:1: both run"],
        ["the same command at the same minutes as a:1: both run"],
    ]
    assert [job.status for job in found.jobs] == ["exact", "exact"]


LINE = "0 6 * * * root cd /srv && ./manage.py x\n"


@pytest.mark.parametrize(
    ("dead", "text", "code"),
    [
        ("etc/cron.d/shop.sh", LINE, "CM120"),
        ("etc/cron.d/old", LINE + "61 * * * * root ./manage.py y\n", "CM102"),
        ("x.sh", f"crontab - <<E\n{LINE.replace(' root', '')}E\ncrontab -r\n", "CM150"),
    ],
    ids=["a name with a dot", "a file that cron refuses", "a crontab that is taken away"],
)
def test_a_line_that_nothing_runs_is_no_second_run(dead: str, text: str, code: str) -> None:
    found = scan({dead: text, "etc/cron.d/shop": LINE.replace("cd /srv && ", "cd /srv/shop && ")})
    told = [{one.code for one in job.findings} for job in found.jobs]
    assert [code in codes for codes in told].count(True) == 1
    assert not [one for one in found.findings if one.code == "CM114"]


@pytest.mark.parametrize(
    "command",
    [
        "./manage.py x --all",
        "manage.py x --all",
        "cd /srv  && ./manage.py x --all >> /log",
        "django-admin x --all",
    ],
)
def test_an_id_is_bound_to_a_command(command: str) -> None:
    text = "0 5 * * * ./manage.py x\n0 6 * * * cd /srv && ./manage.py x --all >> /log\n"
    if command.startswith("./"):
        text = text.replace("cd /srv && ", "").replace(" >> /log", "")
    assert [job.id for job in scan({"crontab": text}, nightly=command).jobs] == ["x", "nightly"]


def test_a_bound_command_of_two_jobs_or_none_binds_nothing() -> None:
    text = "0 5 * * * ./manage.py x\n0 6 * * * python manage.py x\n"
    assert [job.id for job in scan({"crontab": text}, a="manage.py x", b="manage.py y").jobs] == ["x", "x_2"]


def test_the_decisions_of_a_bound_id_are_the_jobs() -> None:
    decisions = {"mail": JobDecision(command="manage.py x", accept=("CM304",))}
    context = Context("UTC", CONTEXT.today, decisions=decisions)
    [job] = take_inventory([SourceFile("crontab", "0 5 * * * [ -f y ] && ./manage.py x\n")], context).jobs
    assert (job.id, job.status) == ("mail", "exact")
