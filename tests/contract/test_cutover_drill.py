"""``migrator cutover drill``: a job fails on purpose on both sides, does no work, and takes no slot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from migrator.comparison.runs import DRILL
from tests.contract.cutover_project import CutoverProject, write_cutover_project

JOB = "clearsessions"
# the worker is this process: another one is the whole path's
EAGER = """
import sys, django
django.setup()
from migrator import cli
from migrator.contrib.celery.jobs import application
application("config").conf.task_always_eager = True
sys.exit(cli.run(sys.argv[1:]))
"""
RUNS = """
import json
from migrator.contrib.django.models import Run
fields = ("side", "kind", "slot", "exit", "reason", "output")
print(json.dumps(list(Run.objects.filter(job="clearsessions").order_by("side").values(*fields))))
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> CutoverProject:
    return write_cutover_project(tmp_path_factory.mktemp("drill"))


def drill(project: CutoverProject, *words: str) -> tuple[str, str]:
    done = project.python("-c", EAGER, "cutover", "drill", JOB, *words)
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


def line(project: CutoverProject) -> str:
    """The state of the line of the checklist."""
    [job] = project.document("cutover", "checklist", JOB, code=1)["jobs"]
    return next(item["state"] for item in job["checklist"] if item["key"] == "drill")


def test_without_cron_here_it_says_how_to_drill_there(project: CutoverProject) -> None:
    said, told = drill(project, "--execute", "--format", "json")
    assert f"migrator exec --drill {JOB} -- false" in told
    [job] = json.loads(said)["jobs"]
    assert (job["control"], job["candidate"]["exit"]) == (None, 1)
    assert line(project) == "open"


def test_both_sides_fail_on_purpose(project: CutoverProject) -> None:
    project("sync")  # this machine is a cron host from now on
    project.shell("from migrator.contrib.django.models import Run; Run.objects.all().delete()")
    assert "the worker fails in its place, and so does the recorder" in drill(project)[0]
    assert json.loads(project.shell(RUNS)) == []

    said = drill(project, "--execute")[0]
    assert f"{JOB}: cron failed as it should, exit 1" in said
    assert f"{JOB}: Celery failed as it should, exit 1" in said
    assert f'who was told? Write it down: [jobs.{JOB}] alert = "..."' in said
    candidate, control = json.loads(project.shell(RUNS))
    for one in (candidate, control):
        assert (one["kind"], one["slot"], one["exit"]) == ("manual", "", 1)
        assert "it fails on purpose, and the job did not run" in one["output"]
    assert (candidate["side"], control["side"], control["reason"]) == ("candidate", "control", DRILL)

    assert line(project) == "done"
    # nothing has been compared, and beat has no entry here
    [compared] = project.document("compare", JOB, code=1)["jobs"]
    assert compared["extra"] == 0


def test_a_wrapped_drill_needs_a_command(tmp_path: Path) -> None:
    done = CutoverProject(tmp_path).python("-m", "migrator", "exec", "--drill", JOB)
    assert (done.returncode, "[--drill] JOB -- COMMAND" in done.stderr) == (2, True)
