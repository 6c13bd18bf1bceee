"""Labels above a job, and jobs that somebody commented out."""

import datetime as dt

import pytest

from migrator.sources.inventory import Context, take_inventory
from migrator.sources.job import Inventory
from migrator.sources.source import SourceFile

CONTEXT = Context("UTC", dt.date(2026, 1, 1))


def scan(text: str, path: str = "crontab") -> Inventory:
    return take_inventory([SourceFile(path, text)], CONTEXT)


@pytest.mark.parametrize(
    ("above", "label"),
    [
        ("# Send the digest", "Send the digest"),
        ("# Send the digest,\n# but not on holidays.", "Send the digest, but not on holidays."),
        ("#### Mails ####", "Mails"),
        ("# -----\n# Mails\n# -----", "Mails"),
        ("# === Mails ===", "Mails"),
        ("#\n# Mails\n#", "Mails"),
        ("# m h  dom mon dow   command", None),
        ("# minute hour day month weekday\n# Mails", "Mails"),
        ("# Section\n\n# Mails", "Mails"),
        ("# Section\n", None),
        ("# Section\nA=b", None),
        ("# Old\n0 1 * * * ./old", None),
        ("#migrator retired x: 0 5 * * * y", None),
        ("# ~ ~ ~", None),
    ],
)
def test_the_label_of_a_job(above: str, label: str | None) -> None:
    assert scan(f"{above}\n0 5 * * * ./manage.py x\n").jobs[-1].declared.label == label


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("# --- loans ---\nA\nB\n", [None, None]),
        ("# -----\n# loans\n# -----\nA\nB\nC\n", [None, None, None]),
        ("# loans\n# -----\nA\nB\n", [None, None]),
        ("# --- loans ---\n# remind\nA\nB\n", ["remind", None]),
        ("# -----\n# remind\nA\nB\n", ["remind", None]),
        ("# --- loans ---\nA\n\nB\n", ["loans", None]),
        ("# --- loans ---\nA\n# fines\nB\n", ["loans", "fines"]),
        ("# --- loans ---\nA\n# --- fines ---\nB\n", ["loans", "fines"]),
        ("# --- loans ---\n\nA\nB\n", [None, None]),
        ("# remind\nA\nB\n", ["remind", None]),
        ("# the -- of two\nA\nB\n", ["the -- of two", None]),
    ],
)
def test_a_heading_of_several_jobs_is_the_label_of_none(text: str, labels: list[str | None]) -> None:
    for name in "ABC":
        text = text.replace(f"{name}\n", f"0 5 * * * ./manage.py {name.lower()}\n")
    assert [job.declared.label for job in scan(text).jobs] == labels


@pytest.mark.parametrize(
    "line",
    [
        "#0 5 * * * ./manage.py x",
        "# */5 * * * * cd /srv && ./x",
        "## 0 5 * * * python manage.py x",
        "#@daily /srv/x.sh",
        "# @daily backup-all --now",
        "#0 5 * * * backup",
        "#0 5 * * * root /srv/x",
        "# 5 4 3 2 1 /srv/x",
    ],
)
def test_disabled_jobs(line: str) -> None:
    assert [one.kind for one in scan(line + "\n").lines] == ["disabled"]


@pytest.mark.parametrize(
    "line",
    [
        "# @daily  Run once a day at midnight  0 0 * * *",
        "# @yearly (or @annually)  Run once a year at midnight",
        "# @reboot Run at startup  @reboot",
        "# 5 4 3 2 1 go",
        "# 3 times a day we sync the stock",
        "# * * * * * command to be executed",
        "# *  *  *  *  * user-name  command to be executed",
        "# * * * * * <command>",
        "# @daily jobs go below this line",
        "# @reboot is not used here",
        "# 1 2 3 4 5 once I caught a fish alive",
        "# */5 is every five minutes",
    ],
)
def test_prose_is_no_disabled_job(line: str) -> None:
    assert [one.kind for one in scan(line + "\n").lines] == ["comment"]


def test_a_disabled_job_of_a_system_crontab_names_a_user() -> None:
    assert [one.kind for one in scan("#0 5 * * * root /srv/x\n", "cron.d/x").lines] == ["disabled"]
