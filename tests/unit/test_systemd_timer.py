"""systemd timers: the times of a timer, the commands of its service, and what neither can hand over."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.sources import systemd_timer
from migrator.sources.inventory import Context, take_inventory
from migrator.sources.job import Inventory, Job
from migrator.sources.source import SourceFile, Surroundings
from migrator.sources.units import assignments, shell_text, words

TIMER = "[Unit]\nDescription=Offers\n[Timer]\nOnCalendar={time}\n"
SERVICE = """[Service]
Type=oneshot
User=shop
WorkingDirectory=/srv/shop
Environment=DJANGO_SETTINGS_MODULE=shop.settings "NOTE=two words"
UMask=0077
TimeoutStartSec=1h 30min
StandardOutput=append:/var/log/shop.log
ExecStart=/srv/venv/bin/python manage.py send_offers --to 'a b' \\
    --note=${NOTE}
"""


def scan(**files: str) -> Inventory:
    named = [
        SourceFile(f"etc/systemd/system/{name.replace('__', '.')}", text) for name, text in files.items()
    ]
    return take_inventory(named, Context("Europe/Warsaw", dt.date(2026, 1, 1)))


def job_of(timer: str = TIMER.format(time="04:00"), service: str = SERVICE) -> Job:
    (job,) = scan(shop__timer=timer, shop__service=service).jobs
    return job


def codes(job: Job) -> set[str]:
    return {finding.code for finding in job.findings}


def test_the_timer_says_when_and_the_service_what() -> None:
    job = job_of()
    assert (job.id, job.schedule.text, job.status) == ("send_offers", "0 4 * * *", "exact")
    assert job.recorded_dialect == "systemd"
    assert (job.declared.user, job.declared.label) == ("shop", "Offers")
    assert [str(place) for place in job.places] == [
        "etc/systemd/system/shop.timer:4",
        "etc/systemd/system/shop.service:9",
    ]
    reading = job.reading
    assert (reading.cwd, reading.umask, reading.timeout, reading.log) == (
        "/srv/shop",
        "0077",
        5400,
        "/var/log/shop.log",
    )
    assert reading.environment == {"DJANGO_SETTINGS_MODULE": "shop.settings", "NOTE": "two words"}
    assert [(step.name, step.argv) for step in reading.steps] == [
        ("send_offers", ("--to", "a b", "--note=two words"))
    ]


def test_every_line_that_says_when_is_a_job() -> None:
    found = scan(shop__timer=TIMER.format(time="04:00") + "OnCalendar=Sat 12:00 UTC\n", shop__service=SERVICE)
    assert [(job.schedule.text, job.timezone) for job in found.jobs] == [
        ("0 4 * * *", "Europe/Warsaw"),
        ("0 12 * * 6", "UTC"),
    ]


@pytest.mark.parametrize(
    ("line", "kind", "code"),
    [
        ("OnUnitActiveSec=65min", "decide", "CM205"),
        ("OnBootSec=5min\nOnUnitActiveSec=65min", "decide", "CM205"),
        ("OnUnitActiveSec=100ms", "decide", "CM206"),
        ("OnUnitInactiveSec=1h", "decide", "CM206"),
        ("OnBootSec=15min", "stays", "CM204"),
        ("OnCalendar=*-*~1", "decide", "CM206"),
        ("OnCalendar=nonsense", "decide", "CM206"),
    ],
)
def test_times_that_no_crontab_has(line: str, kind: str, code: str) -> None:
    job = job_of(f"[Timer]\n{line}\n")
    assert job.status == kind
    assert code in codes(job)


@pytest.mark.parametrize(
    ("first", "second", "minute"),
    [
        ("00:00", "Mon *-*-* 00:00", "00:00"),
        ("Mon..Fri 06:00", "*-*-1 06:00", "06:00"),
        ("*:0/15", "*:30 Europe/Warsaw", None),  # on different clocks
        ("Mon..Fri 06:00", "Sat,Sun *-*-1 06:00", None),
        ("06:00", "*-*~1", None),
    ],
)
def test_lines_that_fall_on_one_minute(first: str, second: str, minute: str | None) -> None:
    found = scan(shop__timer=TIMER.format(time=first) + f"OnCalendar={second}\n", shop__service=SERVICE)
    said = [[one.message for one in job.findings if one.code == "CM209"] for job in found.jobs]
    told = f"at {minute} it is due together with {found.jobs[0].places[0]}: "
    assert said == [[], [f"{told}systemd starts it once, Celery would twice"] if minute else []]


@pytest.mark.parametrize(
    ("setting", "code"),
    [
        ("Persistent=true", "CM122"),
        ("RandomizedDelaySec=10min", "CM123"),
        ("RandomizedOffsetSec=10min", "CM123"),
        ("AccuracySec=1h", "CM123"),
        ("WakeSystem=true", "CM125"),
        ("Persistent=false", None),
        ("RandomizedDelaySec=0", None),
        ("AccuracySec=1us", None),
    ],
)
def test_what_a_timer_does_beside_its_times(setting: str, code: str | None) -> None:
    assert codes(job_of(TIMER.format(time="04:00") + setting + "\n")) == ({code} if code else set())


@pytest.mark.parametrize(
    ("setting", "code"),
    [
        ("EnvironmentFile=/etc/shop.env", "CM125"),
        ("Restart=on-failure", "CM125"),
        ("Restart=no", None),
        ("[Unit]\nOnFailure=mail@%n.service", "CM125"),
        ("[Unit]\nConditionPathExists=/srv/shop/ready", "CM304"),
        ("ExecStart=\nExecStart=-/srv/venv/bin/python manage.py send_offers", "CM306"),
        ("ExecStart=\nExecStart=%h/bin/python manage.py send_offers", "CM125"),
    ],
)
def test_what_a_service_does_beside_its_commands(setting: str, code: str | None) -> None:
    assert codes(job_of(service=SERVICE + setting + "\n")) == ({code} if code else set())


def test_commands_run_in_order_and_stop_at_the_first_that_fails() -> None:
    service = """[Service]
ExecStartPost=python manage.py tidy
ExecStartPre=-python manage.py warm
ExecStart=python manage.py one ; python manage.py two
ExecStart=!python manage.py three
"""
    steps = job_of(service=service).reading.steps
    assert [(step.name, step.after) for step in steps] == [
        ("warm", "always"),
        ("one", "always"),
        ("two", "success"),
        ("three", "success"),
        ("tidy", "success"),
    ]


def test_drop_ins_have_the_last_word() -> None:
    timer = "etc/systemd/system/shop.timer"
    files = [
        SourceFile(timer, TIMER.format(time="04:00")),
        SourceFile(f"{timer}.d/10-later.conf", "[Timer]\nOnCalendar=\nOnCalendar=05:30\n"),
        SourceFile("etc/systemd/system/shop.service", SERVICE),
        SourceFile("etc/systemd/system/shop.service.d/user.conf", "[Service]\nUser=other\n"),
    ]
    (job,) = take_inventory(files, Context("UTC", dt.date(2026, 1, 1))).jobs
    assert (job.schedule.text, job.declared.user, job.places[0].path) == (
        "30 5 * * *",
        "other",
        f"{timer}.d/10-later.conf",
    )


def test_an_instance_fills_in_its_name() -> None:
    files = [
        SourceFile("timers.target.wants/backup@shop-db.timer", "[Timer]\nOnCalendar=daily\n"),
        SourceFile("system/backup@.service", "[Service]\nExecStart=python manage.py backup %i %I %%\n"),
    ]
    (job,) = take_inventory(files, Context("UTC", dt.date(2026, 1, 1))).jobs
    assert job.reading.steps[0].argv == ("shop-db", "shop/db", "%")


def test_the_unit_that_a_timer_names() -> None:
    timer = TIMER.format(time="04:00") + "Unit=other.service\n"
    found = scan(shop__timer=timer, shop__service=SERVICE, other__service=SERVICE.replace("offers", "bills"))
    assert [job.id for job in found.jobs] == ["send_bills"]


def test_a_service_that_was_not_read_is_said() -> None:
    (job,) = scan(shop__timer=TIMER.format(time="04:00")).jobs
    assert (job.status, job.declared.raw) == ("decide", "systemctl start shop.service")
    assert "CM307" in codes(job)


def test_a_timer_without_a_time_never_fires() -> None:
    found = scan(shop__timer="[Timer]\nPersistent=true\n")
    assert (found.jobs, [finding.code for finding in found.findings]) == ((), ["CM101"])


def test_every_line_of_every_unit_is_accounted_for() -> None:
    found = scan(shop__timer="; a note\n" + TIMER.format(time="04:00"), shop__service=SERVICE)
    kinds = [line.kind for line in found.lines if line.path.endswith("timer")]
    assert kinds == ["comment", "other", "setting", "other", "job"]
    service = [line.text for line in found.lines if line.path.endswith("service")]
    assert "\n".join(service) + "\n" == SERVICE


@pytest.mark.parametrize(
    ("text", "split"),
    [
        ("a 'b c' \"d e\"", ["a", "b c", "d e"]),
        (r"a\x20b c\sd", ["a b", "c d"]),
        (r"'a\tb' \101", ["a\tb", "A"]),
        ("a '' b", ["a", "", "b"]),
        ("'open", ["open"]),
        ("", []),
    ],
)
def test_words_of_a_command_line(text: str, split: list[str]) -> None:
    assert words(text) == split


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (["echo", "${A}"], "echo 'x y'"),
        (["echo", "$A"], "echo x y"),
        (["echo", "a$A"], "echo 'a$A'"),
        (["echo", "$$A"], "echo '$A'"),
        (["echo", "--n=${B}`"], 'echo "--n=${B}\\`"'),
        (["echo", "$B"], "echo $B"),
    ],
)
def test_variables_of_a_command_line(line: list[str], text: str) -> None:
    assert shell_text(line, {"A": "x y"}) == text


@given(st.text(alphabet="[]Timer\nOnCalendar=ExecStart \\'\"%$#;.*:-0\0é", max_size=120))
def test_any_text_is_accounted_for(text: str) -> None:
    for name in ("a.timer", "a.service"):
        file = SourceFile(name, text)
        found = systemd_timer.read(file, Surroundings(files={name: file}))
        lines = text.split("\n")[: -1 if text.endswith("\n") else None]
        assert [line.text for line in found.lines] == lines
    assert all(one.line >= 1 for one in assignments("a", text))
