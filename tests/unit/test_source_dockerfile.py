"""Dockerfiles that put crontabs into place: scripts in other words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.cutover.editing import Target
from migrator.cutover.instrumentation import instrument
from migrator.errors import Cannot
from migrator.sources.dockerfile_text import as_script
from tests.unit.found_files import RECORDER, scan, told


def test_each_stage_of_a_dockerfile_has_its_own_crontab() -> None:
    run = 'RUN echo "0 {} * * * {}" | crontab -\n'
    text = "FROM x\n" + run.format(5, "a") + "FROM y\n" + run.format(6, "b") + run.format(7, "c")
    assert [one for one in told(scan(("Dockerfile", text))) if one[0] == "CM150"] == [
        ("CM150", "Dockerfile:4")
    ]


DOCKERFILE = """\
# syntax=docker/dockerfile:1
FROM python:3.12
ENV TZ=Europe/Warsaw
ARG WHEN="0 5 * * *"
WORKDIR /app
COPY --chown=app:app deploy /app/deploy
COPY deploy/crontab /etc/cron.d/app
RUN apt-get update \\
    # cron
    && apt-get install -y cron \\
    && echo "$WHEN root python manage.py a" >> /etc/crontab
RUN ["crontab", "/app/deploy/jobs"]
RUN <<EOF
echo "0 6 * * * python manage.py b" | crontab -u www-data -
EOF
COPY <<EOF /etc/cron.d/z
0 7 * * * root python manage.py c
EOF
CMD ["supercronic", "/app/deploy/super"]
"""


def test_a_dockerfile_is_a_script_in_other_words() -> None:
    found = scan(
        ("Dockerfile", DOCKERFILE),
        ("deploy/crontab", "0 1 * * * root python manage.py d\n"),
        ("deploy/jobs", "0 2 * * * python manage.py e\n"),
        ("deploy/super", "0 */5 3 * * * * python manage.py f\n"),
    )
    places = [(job.command, str(job.places[0]), str(job.generator), job.declared.user) for job in found.jobs]
    assert sorted(places) == [
        ("a", "Dockerfile:11", "Dockerfile:11", "root"),
        ("b", "Dockerfile:14", "Dockerfile:14", "www-data"),
        ("c", "Dockerfile:17", "Dockerfile:16", "root"),
        ("d", "deploy/crontab:1", "Dockerfile:7", "root"),
        ("e", "deploy/jobs:1", "Dockerfile:12", None),
        ("f", "deploy/super:1", "Dockerfile:19", None),  # supercronic reads seconds and years
    ]
    assert {job.timezone for job in found.jobs} == {"Europe/Warsaw"}


def test_an_argument_of_the_build_is_a_default() -> None:
    found = scan(("Dockerfile", DOCKERFILE), WHEN="30 4 * * *")
    assert found.jobs[0].schedule.text == "30 4 * * *"


@given(st.text(st.sampled_from("RUN COPY\\\n#<EF \"'[],$x\t\r\f"), max_size=80))
def test_each_character_of_a_dockerfile_keeps_its_place(text: str) -> None:
    script = as_script(text)
    assert len(script) == len(text)
    assert [n for n, one in enumerate(script) if one == "\n"] == [
        n for n, one in enumerate(text) if one == "\n"
    ]


def test_a_dockerfile_that_writes_the_crontab_is_not_edited_as_one() -> None:
    text = 'FROM x\nRUN echo "@daily ./manage.py a" | crontab -\n'
    with pytest.raises(Cannot, match="writes this crontab"):
        instrument(Target("Dockerfile", text), scan(("Dockerfile", text)), RECORDER)
