"""One mail of a period, once, to those whom cron would have written; metrics, and a log of what ended."""

from __future__ import annotations

import datetime as dt
import json
import re
import sys
from pathlib import Path

import pytest

from tests.services.runtime_project import FILES, TOML, Project, write_project

CRONTAB = """\
MAILTO=ops@shop.example, boss@shop.example
* * * * * cd /srv/shop && python manage.py work
MAILTO=""
* * * * * cd /srv/shop && python manage.py slow
"""
MORE = """
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = str(FOLDER / "mails")
DEFAULT_FROM_EMAIL = "cron@shop.example"
ADMINS = [("Admin", "admin@shop.example")]
LOGGING = {
    "version": 1,
    "handlers": {"slots": {"class": "logging.FileHandler", "filename": str(FOLDER / "slots.jsonl")}},
    "loggers": {"migrator.slots": {"handlers": ["slots"], "level": "INFO", "propagate": False}},
}
"""
YESTERDAY = """
noon = timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0) - dt.timedelta(days=1)
owned('{job}', 'retired', ago=timezone.now() - noon)
models.Host.objects.update(left_at=timezone.now())
for slot in JOBS['{job}'].definition.between(noon, noon + dt.timedelta(hours=13)):
    bad = slot.due == noon + dt.timedelta(minutes=5)
    models.Run.objects.create(
        run=uuid.uuid4().hex, job='{job}', side='candidate', action='execute', kind='scheduled',
        slot=slot.name, due=slot.due, started=slot.due, finished=slot.due, exit=3 if bad else 0,
        host='web1', output='no route to host\\npassword=***\\n' if bad else '',
    )
"""


@pytest.fixture
def office(tmp_path: Path) -> Project:
    project = write_project(
        tmp_path, broker="filesystem://", database=f"sqlite:///{tmp_path / 'db.sqlite3'}",
        files={"office/settings.py": FILES["office/settings.py"] + MORE},
    )  # fmt: skip
    (tmp_path / "migrator.toml").write_text(TOML)
    (tmp_path / "crontab").write_text(CRONTAB)
    return project


def mails(office: Project) -> list[str]:
    return [path.read_text() for path in sorted((office.folder / "mails").glob("*"))]


def said(office: Project, *words: str, code: int = 0) -> str:
    done = office.migrator("check", "--mail", *words)
    assert done.returncode == code, done.stderr
    return done.stdout + done.stderr


def test_what_failed_yesterday_is_mailed_once_to_mailto(office: Project) -> None:
    for job in ("work", "slow", "fail"):
        office.python(YESTERDAY.format(job=job))
    assert said(office) == "2 mails sent to admin@shop.example, boss@shop.example, ops@shop.example\n"
    first, second = sorted(
        text for file in mails(office) for text in file.split("-" * 79 + "\n") if text.strip()
    )
    by_name = {re.search(r"^To: (.*)$", one, re.M)[1]: one for one in (first, second)}  # type: ignore[index]
    told = by_name["ops@shop.example, boss@shop.example"]
    assert "Subject: 1 job needs a look: work" in told
    assert re.search(r"\* 1 slot failed \(exit 3\): \S+T12:05\+0[12]:00", told)
    assert "    | no route to host\n    | password=***" in told
    assert "1 job needs a look: fail" in by_name["admin@shop.example"]
    assert "slow" not in first + second  # MAILTO="": cron wrote to nobody, either
    assert said(office) == "it has been sent already, for this day\n"
    assert json.loads(office.migrator("check", "--mail", "--format", "json").stdout)["already_sent"]


def test_a_quiet_day_sends_nothing_and_a_bad_address_is_refused(office: Project) -> None:
    assert said(office) == "nothing went wrong, nothing was sent\n"
    assert mails(office) == []
    assert "is no address" in said(office, "--to", "a b", code=2)


def test_hosts_that_ask_at_once_send_one(office: Project) -> None:
    office.python(YESTERDAY.format(job="work"))
    code = (
        "import subprocess\n"
        f"words = [{sys.executable!r}, '-m', 'migrator', 'check', '--mail', '--format', 'json']\n"
        "all = [subprocess.Popen(words, stdout=subprocess.PIPE, text=True) for _ in range(3)]\n"
        "print(json.dumps([json.loads(one.communicate()[0])['already_sent'] for one in all]))\n"
    )
    assert sorted(office.python(code)) == [False, True, True]
    assert len(mails(office)) == 1


def test_a_mail_server_that_is_away_gets_it_with_the_next_call(office: Project) -> None:
    office.python(YESTERDAY.format(job="work"))
    settings = (office.folder / "office/settings.py").read_text()
    away = settings.replace("filebased", "smtp") + 'EMAIL_HOST, EMAIL_PORT = "127.0.0.1", 1\n'
    (office.folder / "office/settings.py").write_text(away)
    assert "the mail cannot be sent" in said(office, code=3)
    (office.folder / "office/settings.py").write_text(settings)
    assert said(office) == "1 mail sent to boss@shop.example, ops@shop.example\n"


REFUSING = """
from django.core.mail.backends.filebased import EmailBackend as Files

class EmailBackend(Files):
    def send_messages(self, messages):
        if any("ops@shop.example" in one.to for one in messages):
            raise OSError("550 no such user here")
        return super().send_messages(messages)
"""


def test_a_mail_that_is_refused_keeps_no_other_back_and_none_goes_twice(office: Project) -> None:
    for job in ("work", "fail"):
        office.python(YESTERDAY.format(job=job))
    settings = (office.folder / "office/settings.py").read_text()
    (office.folder / "office/refusing.py").write_text(REFUSING)
    refusing = settings.replace("django.core.mail.backends.filebased", "office.refusing")
    (office.folder / "office/settings.py").write_text(refusing)
    for _ in range(2):
        told = said(office, code=3)
        assert "cannot be sent to ops@shop.example, boss@shop.example: 550 no such user here" in told
        assert [re.findall(r"^To: (.*)$", one, re.M) for one in mails(office)] == [["admin@shop.example"]]
    (office.folder / "office/settings.py").write_text(settings)
    # a day later the one who was told hears of that day alone, the others of both
    office.python(
        "before = models.Digest.objects.get()\n"
        "day = dt.timedelta(days=1)\n"
        "local = timezone.localtime(before.until) - day\n"
        "before.period, before.until = f'day {local.date()}', local\n"
        "before.since = before.begun_at = local - day\n"
        "before.save()\n"
        "models.Digest.objects.create(period='day 2026-01-01', since=local - 2 * day, until=local - day,\n"
        "    sent_at=timezone.now())\n"
    )
    assert said(office) == "2 mails sent to admin@shop.example, boss@shop.example, ops@shop.example\n"
    spans = {
        re.search(r"^To: (.*)$", one, re.M)[1]: re.search(r"^From (\S+) .* to (\S+) ", one, re.M).groups()  # type: ignore[index,union-attr]
        for file in mails(office)[1:]
        for one in file.split("-" * 79 + "\n")
        if one.strip()
    }
    days = {to: dt.date.fromisoformat(b) - dt.date.fromisoformat(a) for to, (a, b) in spans.items()}
    assert {to: one.days for to, one in days.items()} == {
        "admin@shop.example": 1,
        "ops@shop.example, boss@shop.example": 2,
    }
    assert said(office) == "it has been sent already, for this day\n"


def test_a_run_beside_the_schedule_is_too_often(office: Project) -> None:
    yearly = '@recorded("work", expression="0 0 1 1 *", timezone="Europe/Warsaw")'
    daily = FILES["office/tasks.py"].replace('@recorded("work", **MINUTELY)', yearly)
    (office.folder / "office/tasks.py").write_text(daily)
    office.python(
        "owned('work', 'retired', ago=dt.timedelta(days=800))\n"
        "models.Run.objects.create(run='x', job='work', side='candidate', action='execute', kind='extra',\n"
        "    started=timezone.now() - dt.timedelta(minutes=9), finished=timezone.now(), exit=0,\n"
        "    host='web1')\n"
    )
    [job] = json.loads(office.migrator("check", "work", "--format", "json").stdout)["jobs"]
    texts = {one["kind"]: one["text"] for one in job["problems"]}
    assert re.fullmatch(r"1 run is beside the schedule: \S+Z on web1", texts["often"])
    metrics = office.migrator("check", "work", "--format", "prometheus").stdout
    assert 'migrator_job_troubles{job_id="work",kind="often"} 1\n' in metrics
    assert 'migrator_job_owner{job_id="work",owner="retired"} 1\n' in metrics


def test_each_run_that_ends_is_a_line_of_the_log(office: Project) -> None:
    """Under cron, shipped from the spool by sync; under Celery, where it ran."""
    ran = office.migrator("exec", "work", "--", sys.executable, "-c", "raise SystemExit(3)")
    assert ran.returncode == 3
    assert office.migrator("sync").returncode == 0
    office.python("from office.tasks import work; work(); print(1)")
    lines = [json.loads(line) for line in (office.folder / "slots.jsonl").read_text().splitlines()]
    by_side = {line["side"]: line for line in lines}
    assert by_side["control"]["exit"] == 3
    assert (by_side["candidate"]["exit"], by_side["candidate"]["kind"]) == (0, "manual")
    assert all(line["job"] == "work" and line["seconds"] >= 0 for line in lines)
