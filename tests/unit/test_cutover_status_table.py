"""The table of `migrator cutover status`, in the width that it has without a terminal."""

import datetime as dt

import pytest

from migrator.cli.cutover_status import Cutover, JobState, Status, show_status
from migrator.comparison.ownership import Owner
from migrator.contrib.django.owners import Standing
from migrator.findings import Place

FROM = dt.datetime(2026, 11, 27, 2, 14, tzinfo=dt.UTC)


def test_ids_stay_whole_beside_the_long_name_of_a_host(capsys: pytest.CaptureFixture[str]) -> None:
    silent = ("deploy@web1:/home/deploy/.local/state/migrator/spool",)
    standing = Standing("send_case_reminders", Owner.CELERY, FROM, Owner.RETIRED, FROM, silent)
    places = (Place("../ops/crontab.web1", 11), Place("the crontab of deploy", 11))
    state = JobState(standing, Cutover.HALF_APPLIED, places)
    show_status(Status((state,), None, ()), {standing.job: dt.UTC})
    shown = capsys.readouterr().out
    for whole in ("send_case_reminders ", "half applied ", "../ops/crontab.web1:11"):
        assert whole in shown
