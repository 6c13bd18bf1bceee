"""anacrontab: periods instead of times, settings that bind downwards, every line accounted for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.schedule.kinds import Undecided
from migrator.sources import anacrontab
from migrator.sources.source import SourceFile, Surroundings

TAB = """# jobs of a shop that is not always up
SHELL=/bin/bash
MAILTO=shop@example.org

1\t5\tshop.offers\tcd /srv/shop && python manage.py send_offers
START_HOURS_RANGE=3-22
@monthly 15 shop.bills python manage.py \\
    send_bills --all
"""


def read(text: str, path: str = "etc/anacrontab") -> anacrontab.Found:
    return anacrontab.read(SourceFile(path, text), Surroundings())


def test_a_job_is_a_period_a_delay_an_id_and_a_command() -> None:
    offers, bills = read(TAB).jobs
    assert (offers.place.line, offers.schedule.text, offers.label, offers.user) == (
        5,
        "1 5",
        "shop.offers",
        "root",
    )
    assert (offers.mail, offers.shell, offers.reading.cwd) == ("shop@example.org", "/bin/bash", "/srv/shop")
    assert [(step.name, step.argv) for step in bills.reading.steps] == [("send_bills", ("--all",))]


@pytest.mark.parametrize(
    ("path", "text", "is_one"),
    [
        ("etc/anacrontab", "", True),
        ("anacrontab.j2", TAB, True),
        ("files/debian-anacrontab", TAB, True),
        ("files/no-anacrontab", "1 5 * * * python manage.py x\n", False),
        ("crontab", TAB, False),
    ],
)
def test_told_by_its_name_and_by_what_no_crontab_has(path: str, text: str, is_one: bool) -> None:
    assert anacrontab.recognises(SourceFile(path, text)) is is_one


def test_settings_bind_downwards() -> None:
    offers, bills = anacrontab.periods(TAB)
    assert "START_HOURS_RANGE" not in offers.settings
    assert bills.settings["START_HOURS_RANGE"] == "3-22"


@pytest.mark.parametrize(
    ("line", "reason", "remedy"),
    [
        ("1 5 a b", "once in 1 day", "30 7 * * *"),
        ("7 5 a b", "once in 7 days", "30 7 * * 1"),
        ("@monthly 5 a b", "@monthly", "30 7 1 * *"),
        ("@annually 5 a b", "@annually", "30 7 1 1 *"),
        ("3 5 a b", "once in 3 days", "no crontab counts periods of days"),
        ("START_HOURS_RANGE=4-9\n1 5 a b", "once in 1 day", "30 4 * * *"),
    ],
)
def test_no_minute_is_made_up_and_the_nearest_is_offered(line: str, reason: str, remedy: str) -> None:
    (job,) = read(line + "\n").jobs
    assert isinstance(job.schedule, Undecided)
    assert reason in job.schedule.reason
    assert remedy in (job.schedule.remedy or "")


@pytest.mark.parametrize("line", ["1 a b", "@fortnightly 1 a b", "1 5 a/b c", "1 5 a", "x 5 a b", "-1 5 a b"])
def test_what_anacron_skips_is_told(line: str) -> None:
    found = read(f"{line}\n1 5 a b\n")
    assert [finding.code for finding in found.findings] == ["CM101"]
    assert [(one.line, one.kind) for one in found.lines] == [(1, "unreadable"), (2, "job")]


def test_every_line_has_its_kind() -> None:
    assert [line.kind for line in read(TAB).lines] == [
        "comment",
        "setting",
        "setting",
        "blank",
        "job",
        "setting",
        "job",
        "job",
    ]


def test_a_comment_goes_on_where_a_backslash_joins_lines() -> None:
    found = read("# was: \\\n1 5 a b\n")
    assert (found.jobs, [line.kind for line in found.lines]) == ((), ["comment", "comment"])


def test_a_folder_of_run_parts_is_named() -> None:
    (job,) = read("1 5 cron.daily nice run-parts --report /etc/cron.daily\n").jobs
    assert "anacron runs /etc/cron.daily" in next(f.message for f in job.findings if f.code == "CM124")


@given(st.text(alphabet="1 5ab@\\\n#=/%'\t\0é", max_size=60))
def test_any_text_is_accounted_for(text: str) -> None:
    found = read(text)
    lines = text.split("\n")[: -1 if text.endswith("\n") else None]
    assert [line.text for line in found.lines] == lines
    assert [line.line for line in found.lines] == list(range(1, len(lines) + 1))
