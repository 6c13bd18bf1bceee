"""A damaged spool never keeps a host from its owners, and a host is who runs its sync."""

from __future__ import annotations

import getpass
import json
import os
import pwd
from pathlib import Path

import pytest

from migrator.adapters.spool import Spool
from migrator.contrib.django.models import Host, Run
from migrator.contrib.django.sync import sync

pytestmark = pytest.mark.django_db

START = {
    "v": 1, "event": "start", "run": "1", "job": "work", "at": 1790000000.25, "slot": None, "due": None,
    "owner": "cron", "action": "execute", "host": "web1", "user": "deploy", "pid": 4711, "demo": False,
}  # fmt: skip


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(json.dumps(START | {"host": "web\0"}), id="NUL in the host"),
        pytest.param(json.dumps(START | {"user": "\ud800"}), id="half a character in the user"),
        pytest.param(json.dumps(START | {"run": "\ud800"}), id="half a character in the run"),
        pytest.param("[" * 200_000, id="nested too deep"),
    ],
)
def test_a_line_that_no_database_takes_is_put_aside_and_the_rest_shipped(tmp_path: Path, line: str) -> None:
    records = tmp_path / "root-20260921.jsonl"
    records.write_text(f"{line}\n{json.dumps(START | {'run': '2'})}\n")
    assert sync(Spool(tmp_path), []).shipment.bad == 1
    assert [run.run for run in Run.objects.all()] == ["2"]


def test_the_hosts_user_is_who_runs_the_sync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """LOGNAME stays behind with `su`, and a host that never syncs again would block every hand-over."""
    monkeypatch.setenv("LOGNAME", "somebody-else")
    assert getpass.getuser() == "somebody-else"
    sync(Spool(tmp_path), [])
    assert [host.user for host in Host.objects.all()] == [pwd.getpwuid(os.geteuid()).pw_name]
