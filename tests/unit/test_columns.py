"""Whether a crontab has a user column: real shapes, told by path, by content, or by choice."""

import datetime as dt

import pytest

from migrator.crontab.columns import layout_of
from migrator.crontab.templates import read_template
from migrator.sources.inventory import Context, take_inventory
from migrator.sources.job import Inventory
from migrator.sources.source import SourceFile

CONTEXT = Context("UTC", dt.date(2026, 1, 1))


def scan(path: str, text: str, *, format: str | None = None) -> Inventory:
    return take_inventory([SourceFile(path, text, format)], CONTEXT)  # type: ignore[arg-type]


def told(path: str, text: str) -> tuple[str, str]:
    template = read_template(path, text)
    layout = layout_of(path, template.text if template else text, template)
    return layout.format, layout.told_by


@pytest.mark.parametrize("path", ["/etc/crontab", "etc/cron.d/shop", "deploy/cron.d/x"])
def test_the_path_decides_where_it_can(path: str) -> None:
    assert told(path, "0 5 * * * python manage.py x\n") == ("system", "path")


@pytest.mark.parametrize(
    "lines",
    [
        ["0 5 * * * root /usr/bin/x"],
        ["@daily www-data php /srv/x.php"],
        ["0 5 * * * dokku dokku --rm run shop python manage.py x"],
        ["0 5 * * * shopuser cd /srv/shop && ./manage.py x"],
        ["0 5 * * * shopuser /srv/shop/manage.py x"],
        ["0 5 * * * shop shopctl a", "0 6 * * * shop cd /srv && ./b"],
        ["0 5 * * * {{ user }} cd /srv && ./manage.py x"],
        ["0 5 * * * !!(*= $user *)!! run_management_command x"],
        ["0 5 * * * __APP__ export A=b && cd /srv && ./x"],
        ["0 5 * * * weblate DJANGO_SETTINGS_MODULE=shop.settings /srv/bin/weblate x"],
        ["# m h dom mon dow user command", "0 5 * * * shop shopctl x.sh"],
        ["# for /etc/cron.d/shop", "0 5 * * * shop shopctl x.sh"],
        ["# m h  dom mon dow   user  command", "17 * * * * root cd / && run-parts /etc/cron.hourly"],
    ],
)
def test_lines_with_a_user(lines: list[str]) -> None:
    assert told("conf/crontab.ugly", "\n".join(lines) + "\n") == ("system", "content")


@pytest.mark.parametrize(
    "lines",
    [
        ["0 5 * * * python manage.py x"],
        ["0 5 * * * /srv/x.sh /var/tmp"],
        ["0 5 * * * cd /srv && ./x"],
        ["0 5 * * * flock -n /l /srv/x"],
        ["0 5 * * * backup"],
        ["0 5 * * * backup --all"],
        ["0 5 * * * git -C /srv pull"],
        ["0 5 * * * mysql < /srv/x.sql"],
        ["0 5 * * * dokku run shop python manage.py x"],
        ["0 5 * * * SHOP=1 /srv/x"],
        ["0 5 * * * {{ cron }} x"],
        ["0 5 * * * {{ django }} export"],
        ["0 5 * * * {{ python }} manage.py x"],
        ["0 5 * * * weblate cleanup"],
        ["0 5 * * * manage x"],
        ["0 5 * * * [ -f /x ] && /srv/y"],
        ["0 5 * * * . /etc/environment && /srv/y"],
        ["0 5 * * * ./x", "0 6 * * * ./y", "0 7 * * * root ./z"],
        ["# nothing"],
        [],
    ],
)
def test_lines_without_a_user(lines: list[str]) -> None:
    assert told("conf/crontab", "\n".join(lines) + "\n") == ("user", "content")


def test_the_decision_is_said_for_each_file() -> None:
    [file] = scan("shop.cron", "0 5 * * * root /srv/x\n").files
    assert (file.format, file.told_by) == ("system", "content")
    assert file.reason == "a user stands after the schedule on 1 of 1 lines"


def test_a_choice_goes_before_the_content() -> None:
    found = scan("shop.cron", "0 5 * * * shopctl nightly.sh\n", format="system")
    assert (found.jobs[0].declared.user, found.files[0].told_by) == ("shopctl", "choice")


@pytest.mark.parametrize(
    ("path", "line", "user", "raw", "fact"),
    [
        (
            "cron.d/x",
            "0 5 * * * cd /srv && ./manage.py x",
            None,
            "cd /srv && ./manage.py x",
            "cron takes cd for",
        ),
        ("cron.d/x", "0 5 * * * /srv/manage.py x", None, "/srv/manage.py x", "cron takes /srv/manage.py for"),
        ("cron.d/x", "0 5 * * * PY=1 ./manage.py x", None, "PY=1 ./manage.py x", "cron takes PY=1 for"),
        ("cron.d/x", "0 5 * * * * root ./manage.py x", "root", "./manage.py x", "takes * for the user"),
        ("cron.d/x", "0 5 1 1 * 2024 root ./manage.py x", "root", "./manage.py x", "takes 2024 for the user"),
        ("crontab", "0 5 1 1 * 2024 ./manage.py x", None, "./manage.py x", "takes 2024 for the command"),
        ("crontab", "0 5 * * * root ./manage.py x", "root", "./manage.py x", "a program called root"),
    ],
)
def test_a_dead_line_is_read_as_it_was_meant(
    path: str, line: str, user: str | None, raw: str, fact: str
) -> None:
    text = f"0 1 * * * ./a\n0 2 * * * ./b\n{line}\n" if path == "crontab" else line + "\n"
    job = scan(path, text).jobs[-1]
    assert (job.declared.user, job.declared.raw, job.status) == (user, raw, "decide")
    assert any(finding.code == "CM111" and fact in finding.message for finding in job.findings)


def test_a_line_of_cron_d_without_a_user_loses_the_whole_file() -> None:
    found = scan("cron.d/x", "0 5 * * * root ./manage.py a\n0 6 * * * cd /srv && ./manage.py b\n")
    assert [job.status for job in found.jobs] == ["decide", "decide"]
    assert {"CM102"} < {finding.code for job in found.jobs for finding in job.findings}


def test_users_that_nobody_knows_are_taken_for_users_where_cron_reads_one() -> None:
    found = scan("cron.d/x", "0 5 * * * shopowner ./manage.py a\n0 6 * * * shopctl nightly\n")
    assert [(job.declared.user, [one.code for one in job.findings]) for job in found.jobs] == [
        ("shopowner", []),
        ("shopctl", ["CM305"]),
    ]
