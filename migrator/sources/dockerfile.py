"""Dockerfiles: the crontabs that they run and copy into place.

Authority: docs.docker.com/reference/dockerfile.
"""

from __future__ import annotations

from migrator.sources.crontab_script import read_installations
from migrator.sources.dockerfile_text import as_script, at_start, may_be
from migrator.sources.job import Found
from migrator.sources.shell.walk import installing
from migrator.sources.source import Source, SourceFile, Surroundings

NAME = "dockerfile"


def recognises(file: SourceFile) -> bool:
    """A Dockerfile that puts a crontab into place."""
    return (
        may_be(file.path)
        and "cron" in file.text
        and bool(installing(as_script(file.text), {}, interprets=True).installations)
    )


def read(file: SourceFile, around: Surroundings) -> Found:
    """The jobs that a build of the image, or its start, would install."""
    script = as_script(file.text)
    made = installing(script, around.environment, interprets=True, at_start=at_start(file.text))
    return read_installations(file, made, around, script=script, source=NAME)


SOURCE = Source(NAME, recognises, read, may_be)
