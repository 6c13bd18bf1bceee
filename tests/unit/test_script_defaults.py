"""Defaults of scripts and images: resolved, shown as defaults, and overridden by what is said to hold."""

import datetime as dt

import pytest

from migrator.cli.scanning import assignments
from migrator.configuration import read_configuration
from migrator.errors import UsageProblem
from migrator.sources.inventory import Context, take_inventory
from migrator.sources.job import Inventory
from migrator.sources.source import SourceFile


def scan(*files: tuple[str, str], **environment: str) -> Inventory:
    return take_inventory(
        [SourceFile(path, text, named=False) for path, text in files],
        Context("UTC", dt.date(2026, 1, 1), environment),
    )


def defaults(found: Inventory) -> list[tuple[str, str]]:
    return [
        (str(one.place), one.message.partition(" unless")[0]) for one in found.findings if one.code == "CM110"
    ]


def schedules(found: Inventory) -> list[str]:
    return [job.schedule.text for job in found.jobs]


IMAGE = """FROM python:3.12
ARG HOUR=3
ENV MINUTE=15
ENV ZONE Europe/Warsaw
RUN echo "$MINUTE $HOUR * * * python manage.py a" | crontab -
CMD echo "$MINUTE 4 * * * python manage.py b" | crontab -u www - && cron -f
"""


def test_an_argument_of_a_build_is_a_default_everywhere_and_env_only_at_the_start() -> None:
    found = scan(("Dockerfile", IMAGE))
    assert schedules(found) == ["15 3 * * *", "15 4 * * *"]
    assert defaults(found) == [("Dockerfile:5", "HOUR is 3"), ("Dockerfile:6", "MINUTE is 15")]
    assert {job.status for job in found.jobs} == {"decide"}


def test_what_is_said_to_hold_is_no_default() -> None:
    found = scan(("Dockerfile", IMAGE), HOUR="9", MINUTE="1")
    assert schedules(found) == ["1 9 * * *", "1 4 * * *"]
    assert defaults(found) == []
    assert {job.status for job in found.jobs} == {"exact"}


def test_a_script_of_an_image_has_the_variables_of_the_image() -> None:
    script = '#!/bin/sh\necho "$WHEN python manage.py a" | crontab -\n'
    image = 'FROM x\nENV WHEN="0 5 * * *"\nCOPY entry.sh /\nENTRYPOINT ["/entry.sh"]\n'
    found = scan(("docker/entry.sh", script), ("docker/Dockerfile", image))
    assert schedules(found) == ["0 5 * * *"]
    assert defaults(found) == [("docker/entry.sh:2", "WHEN is 0 5 * * *")]
    assert schedules(scan(("entry.sh", script), ("Dockerfile", image), WHEN="1 5 * * *")) == ["1 5 * * *"]


def test_a_variable_on_which_two_images_differ_stays_open() -> None:
    script = '#!/bin/sh\necho "$WHEN python manage.py a" | crontab -\n'
    image = 'FROM x\nENV WHEN="0 {hour} * * *"\nCOPY entry.sh /\n'
    found = scan(
        ("entry.sh", script),
        ("Dockerfile.a", image.format(hour=5)),
        ("Dockerfile.b", image.format(hour=6)),
    )
    assert [one.code for one in found.findings] == ["CM206"]


@pytest.mark.parametrize(
    "script",
    [
        'crontab "deploy/${STAGE:-test}.cron"',
        'crontab - < "${STAGE:-test}.cron"',
        'STAGE=${STAGE:-test}\ncp "$STAGE.cron" /var/spool/cron/crontabs/www',
    ],
)
def test_a_default_in_the_name_of_a_file_is_shown_for_its_jobs(script: str) -> None:
    crontabs = [(f"deploy/{name}.cron", f"0 {hour} * * * python manage.py a\n") for name, hour in STAGES]
    found = scan(("deploy/install.sh", script + "\n"), *crontabs)
    [generated] = [job for job in found.jobs if job.generator]
    assert generated.schedule.text == "0 5 * * *"
    assert [message for _place, message in defaults(found)] == ["STAGE is test"]
    found = scan(("deploy/install.sh", script + "\n"), *crontabs, STAGE="live")
    [generated] = [job for job in found.jobs if job.generator]
    assert generated.schedule.text == "0 6 * * *"
    assert defaults(found) == []


STAGES = (("test", 5), ("live", 6))


def test_a_default_in_a_setting_is_shown_for_the_jobs_below_it_until_it_is_set_again() -> None:
    script = """crontab - <<EOF
0 1 * * * python manage.py a
APP=${APP:-/srv/app}
0 2 * * * cd $HOME && python manage.py b
APP=/opt/app
0 3 * * * python manage.py c
EOF
"""
    found = scan(("install.sh", script))
    # $HOME is the script's shell's, and open
    assert {job.command: [f.code for f in job.findings if f.code == "CM110"] for job in found.jobs} == {
        "a": [],
        "b": ["CM110"],
        "c": [],
    }
    assert ("install.sh:3", "APP is /srv/app") in defaults(found)


def test_a_default_inside_a_substitution_is_shown() -> None:
    found = scan(("install.sh", 'echo "$(echo "7 ${HOUR:-3} * * *") python manage.py a" | crontab -\n'))
    assert schedules(found) == ["7 3 * * *"]
    assert defaults(found) == [("install.sh:1", "HOUR is 3")]


def test_a_variable_without_a_value_is_taken_from_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHEN", "0 9 * * *")
    assert assignments(["WHEN", "X=a=b", "Y="]) == {"WHEN": "0 9 * * *", "X": "a=b", "Y": ""}
    monkeypatch.delenv("WHEN")
    with pytest.raises(UsageProblem, match="there is no such variable here"):
        assignments(["WHEN"])


def test_the_configuration_may_say_what_holds() -> None:
    assert read_configuration('[environment]\nWHEN = "0 9 * * *"\n').environment == {"WHEN": "0 9 * * *"}
    with pytest.raises(UsageProblem, match=r"HOUR in .* is no text"):
        read_configuration("[environment]\nHOUR = 9\n")
