"""A system crontab runs lines as several users: each has a spool of its own, and so a sync of its own."""

from __future__ import annotations

import pytest

from tests.contract.command_line import CommandLine

CRONTAB = """0 1 * * * www-data cd /srv && ./manage.py mails
0 2 * * * root ./manage.py backup
0 3 * * * www-data ./manage.py bills
"""


@pytest.fixture
def migrator(tmp_path) -> CommandLine:  # type: ignore[no-untyped-def]
    made = CommandLine(tmp_path)
    made.write("migrator.toml", 'sources = ["cron.d"]\n[instrument]\nsync = "true"\n')
    made.write("cron.d/app", CRONTAB)
    return made


def syncs(migrator: CommandLine) -> list[str]:
    lines = (migrator.folder / "cron.d/app").read_text().splitlines()
    return [line for line in lines if "# migrator sync" in line]


def test_every_user_whose_lines_are_recorded_syncs(migrator: CommandLine) -> None:
    """Without it the user's recorder has no slot table, and executes what Celery executes, too."""
    assert migrator("instrument", "apply", "cron.d/app").returncode == 0
    assert syncs(migrator) == [f"* * * * * {user} true # migrator sync" for user in ("www-data", "root")]
    again = (migrator.folder / "cron.d/app").read_text()
    assert migrator("instrument", "apply", "cron.d/app").returncode == 0
    assert (migrator.folder / "cron.d/app").read_text() == again
    assert migrator("instrument", "rollback").returncode == 0
    assert (migrator.folder / "cron.d/app").read_text() == CRONTAB


def test_a_user_who_comes_later_gets_a_sync(migrator: CommandLine) -> None:
    path = migrator.folder / "cron.d/app"
    path.write_text(CRONTAB.splitlines(keepends=True)[1])
    assert migrator("instrument", "apply", "cron.d/app").returncode == 0
    assert syncs(migrator) == ["* * * * * root true # migrator sync"]
    path.write_text(path.read_text() + CRONTAB.splitlines(keepends=True)[0])
    assert migrator("instrument", "apply", "cron.d/app").returncode == 0
    assert syncs(migrator) == [f"* * * * * {user} true # migrator sync" for user in ("root", "www-data")]


def test_a_spool_that_all_share_is_roots_to_ship(migrator: CommandLine) -> None:
    toml = migrator.folder / "migrator.toml"
    toml.write_text(toml.read_text() + 'spool = "/var/spool/migrator"\n')
    assert migrator("instrument", "apply", "cron.d/app").returncode == 0
    assert syncs(migrator) == ["* * * * * root true # migrator sync into /var/spool/migrator"]
