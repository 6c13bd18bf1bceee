"""The deployment files that declare jobs, in the order in which a file is offered to them."""

from __future__ import annotations

from migrator.sources.deploy import (
    ansible,
    app_engine,
    app_json,
    beanstalk,
    compose,
    github,
    kubernetes,
    ofelia,
    salt,
)
from migrator.sources.source import Source

SOURCES: tuple[Source, ...] = (
    kubernetes.CRON_JOBS,
    kubernetes.VALUES,
    github.SOURCE,
    beanstalk.EXTENSIONS,
    beanstalk.PERIODIC_TASKS,
    app_engine.SOURCE,
    app_json.SOURCE,
    compose.SOURCE,
    ofelia.INI,
    salt.SOURCE,
    ansible.SOURCE,
)
