"""migrator scan from the outside: exit status, one document, odd files, no secret."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.contract.command_line import ROOT, CommandLine

GOOD = "0 12 * * * python manage.py send\n"
KEYS = {
    *(
        "id",
        "places",
        "generator",
        "raw",
        "expression",
        "timezone",
        "user",
        "label",
        "status",
        "steps",
        "cwd",
    ),
    *("environment", "umask", "lock", "timeout", "freshness", "guard", "log", "mail", "stdin", "exit_masked"),
    *("interval", "celery", "findings"),
}


@pytest.fixture
def migrator(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path)


def test_the_reference_project_is_four_jobs_with_two_places_each() -> None:
    found = CommandLine(ROOT).document("scan", "crontabs/poradnia", "--timezone", "Europe/Warsaw")
    told = [finding["code"] for finding in found["findings"]]
    assert (found["schema"], told, len(found["jobs"])) == (1, ["CM413", "CM413"], 4)
    assert all(job.keys() >= KEYS for job in found["jobs"])
    assert [[place["path"] for place in job["places"]] for job in found["jobs"]] == [
        ["crontabs/poradnia/crontab", "crontabs/poradnia/install.sh"]
    ] * 4
    job = found["jobs"][1]
    (step,) = job["steps"]
    told = {"kind": "management", "name": "send_old_cases_reminder", "argv": [], "after": "always"}
    assert step.items() >= (told | {"call": {"args": [], "kwargs": {}, "launcher": {}}}).items()
    assert {key: job[key] for key in KEYS - {"raw", "places", "steps"}} == {
        "id": "send_old_cases_reminder",
        "generator": {"path": "crontabs/poradnia/install.sh", "line": 7, "source": "crontab script"},
        "expression": "0 6 2 * *",
        "timezone": "Europe/Warsaw",
        "user": None,
        "label": "Reminder of old cases",
        "status": "exact",
        "cwd": "/code",
        "environment": {},
        "umask": None,
        "lock": {"key": "send_old_cases_reminder", "blocking": False},
        "timeout": None,
        "freshness": 32 * 86400,
        "guard": None,
        "log": "/var/log/cron.log",
        "mail": "it@poradnia.example",
        "stdin": None,
        "exit_masked": False,
        "interval": None,
        "celery": [
            {"minute": "0", "hour": "6", "day_of_month": "2", "month_of_year": "*", "day_of_week": "*"}
        ],
        "findings": ["CM413"],
    }


def test_every_line_of_every_crontab_is_accounted_for() -> None:
    found = CommandLine(ROOT).document("scan", "crontabs/poradnia")
    counted: dict[str, int] = {}
    for line in found["lines"]:
        counted[line["path"]] = counted.get(line["path"], 0) + 1
        assert line["line"] == counted[line["path"]]
    assert counted == {
        f"crontabs/poradnia/{name}": len((ROOT / "crontabs/poradnia" / name).read_text().splitlines())
        for name in ("crontab", "install.sh")
    }


def test_the_table_shows_place_words_command_lock_and_status() -> None:
    done = CommandLine(ROOT)("scan", "crontabs/poradnia")
    assert (done.returncode, done.stderr) == (0, "")
    for shown in ("manage.py clearsessions", "at 12:00, every", "install.sh:13", "skips", "exact", "4 jobs"):
        assert shown in done.stdout


@pytest.mark.parametrize(
    ("name", "data", "status", "said"),
    [
        ("crontab", GOOD, 0, ""),
        ("crontab", GOOD[:-1], 1, "the last line has no newline"),
        ("crontab", GOOD.replace("\n", "\r\n"), 1, "CM106"),
        ("crontab", "\r\n" + GOOD, 1, "five fields"),
        ("crontab", "", 0, ""),
        ("crontab", "0 0 1,32 * * x\n" + GOOD, 1, "^^"),
        ("crontab", b"\x00\x01\xff\xfe\x00", 1, "CM101"),
        ("crontab", b"0 1 * * * python manage.py send \xff\n", 0, ""),
        ("crontab", b"\xff * * * * x\n", 1, "CM101"),
        ("crontab", "\ufeff" + GOOD, 1, "CM101"),
        ("jobs.sh", "#!/bin/sh\nmake_it | crontab -\n", 1, "depends on the run"),
    ],
)
def test_odd_files(migrator: CommandLine, name: str, data: str | bytes, status: int, said: str) -> None:
    migrator.write(name, data)
    done = migrator("scan", name)
    assert (done.returncode, said in done.stdout, done.stderr) == (status, True, "")
    document = json.loads(migrator("scan", name, "--format", "json").stdout)
    assert document.keys() >= {"schema", "jobs", "lines", "findings"}


def test_of_very_many_findings_the_first_and_the_last_are_shown(migrator: CommandLine) -> None:
    migrator.write("log", "2026-01-01 12:00:00 GET /\n" * 500)
    shown = migrator("scan", "log").stdout
    assert "\n... CM101 479 more times: --format json has all of them\nlog:500: CM101" in shown
    assert len(migrator.document("scan", "log")["findings"]) == 500


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["scan", "absent"], 3, "cannot read "),
        (["scan", "empty"], 3, "no crontab found in empty"),
        (["scan", "fifo"], 3, "fifo is not a regular file"),
        (["scan", "large"], 3, "that is no crontab"),
        (["scan", "x" * 300], 3, "File name too long"),
        (["scan"], 3, "no sources are named"),
        (["scan", "-", "crontab"], 2, "- stands for standard input"),
        (["scan", "crontab", "--job", "nobody"], 2, "there is no job nobody"),
        (["scan", "crontab", "--env", "=X"], 2, "--env =X is no NAME=VALUE"),
        (["scan", "crontab", "--env", "NOT_SET"], 2, "--env NOT_SET: there is no such variable here"),
        (["scan", "crontab", "--timezone", "Europe/Warszawa"], 2, "there is no time zone"),
        (["scan", "--nothing"], 2, "No such option"),
        (["scan", "--format", "xml"], 2, "xml"),
        (["scam"], 2, "No such command"),
    ],
)
def test_errors_are_one_line_and_a_remedy(
    migrator: CommandLine, arguments: list[str], status: int, said: str
) -> None:
    migrator.write("crontab", GOOD)
    migrator.write("large", b"# five megabytes\n" * 300_000)
    (migrator.folder / "empty").mkdir()
    os.mkfifo(migrator.folder / "fifo")
    done = migrator(*arguments)
    assert (done.returncode, said in done.stderr, "Traceback" in done.stderr) == (status, True, False)
    ours = done.stderr.startswith("migrator: ")
    assert len(done.stderr.splitlines()) <= (3 if ours else 4)


def test_one_bad_path_hides_no_good_one(migrator: CommandLine) -> None:
    migrator.write("crontab", GOOD)
    done = migrator("scan", "absent", "crontab", "crontab", "--format", "json")
    assert (done.returncode, [job["id"] for job in json.loads(done.stdout)["jobs"]]) == (3, ["send"])
    assert "hint: check the path" in done.stderr


def test_standard_input_is_all_that_is_read(migrator: CommandLine) -> None:
    migrator.write("crontab", "0 1 * * * ./manage.py other\n")
    found = migrator.document("scan", "-", stdin=None, input=GOOD.encode())
    assert [(job["id"], job["places"][0]["path"]) for job in found["jobs"]] == [("send", "<stdin>")]


def test_too_much_on_standard_input_is_not_cut_in_silence(migrator: CommandLine) -> None:
    done = migrator("scan", "-", stdin=None, input=b"# five megabytes\n" * 300_000)
    assert (done.returncode, "that is no crontab" in done.stderr) == (3, True)


def test_a_file_in_a_folder_named_cron_d_has_a_user_column(migrator: CommandLine) -> None:
    migrator.write("cron.d/app", "0 5 * * * www-data ./manage.py send\n")
    for arguments, folder in ((["cron.d"], "."), (["app"], "cron.d")):
        (job,) = migrator.document("scan", *arguments, cwd=migrator.folder / folder)["jobs"]
        assert (job["user"], job["id"]) == ("www-data", "send")


@pytest.mark.part("root")
def test_what_is_closed_to_us_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    migrator = CommandLine(tmp_path)
    migrator.write("all/crontab", GOOD)
    migrator.write("all/crontab.closed", GOOD).chmod(0)
    migrator.write("all/closed/crontab", GOOD)
    (tmp_path / "all" / "closed").chmod(0)
    # root without the right to pass over modes: an ordinary user may not reach this interpreter
    plain = ["setpriv", "--inh-caps=-all", "--bounding-set=-dac_override,-dac_read_search"]
    done = migrator("scan", "all", "--format", "json", before=plain)
    assert (done.returncode, len(json.loads(done.stdout)["jobs"])) == (3, 1)
    assert done.stderr.count("Permission denied") == 2
    for path in ("all/crontab.closed", "all/closed", "all/closed/crontab"):
        refused = migrator("scan", path, before=plain)
        assert (refused.returncode, "Permission denied" in refused.stderr) == (3, True)


SECRETS = ("s3cr3t-1", "s3cr3t-2", "s3cr3t-3", "s3cr3t-4", "s3cr3t-5", "s3cr3t-6", "s3cr3t-7")
SECRET_LINES = """# ping https://u:s3cr3t-1@h/ first
API_TOKEN=s3cr3t-2
0 1 * * * DB_PASSWORD=s3cr3t-3 python manage.py send --password s3cr3t-4 >> /log?token=s3cr3t-5
0 2 * * * curl -u bob:s3cr3t-6 -H 'Authorization: Bearer s3cr3t-7' https://u:s3cr3t-1@h/
0 3 * * * [ -n "$TOKEN" ] && API_KEY=s3cr3t-2 ./manage.py guarded%token=s3cr3t-3
61 * * * * ./x --token=s3cr3t-4
"""


@pytest.mark.parametrize(
    "options", [[], ["--format", "json"], ["--job", "send"], ["--job", "curl"], ["--job", "guarded"]]
)
def test_no_secret_is_shown(migrator: CommandLine, options: list[str]) -> None:
    migrator.write("crontab", SECRET_LINES)
    done = migrator("scan", "crontab", *options)
    assert done.stdout
    assert [secret for secret in SECRETS if secret in done.stdout + done.stderr] == []


PLACED = "s3cr3tXy9"
PLACED_LINES = """0 1 * * * net use Z: //srv/share /user:bob SECRET && ./manage.py share
0 2 * * * git -C /srv pull https://SECRET@example.org/x && ./manage.py pull
0 3 * * * twilio login -u AC1 -p SECRET; ./manage.py text | msmtp --passwordeval 'echo SECRET' a@example.org
0 4 * * * curl -s 'https://example.org/cron.php?cron_key=SECRET'
0 5 * * * sh -c "python sync.py -u bob -p SECRET"
0 6 * * * ./manage.py notify tgram://SECRET/123 -k 5 >> /var/log/notify.log 2&1
# 0 7 * * * mc alias set m http://h AK SECRET
61 * * * * doctl -t SECRET x
STRIPE_KEY=SECRET
"""


@pytest.mark.parametrize("options", [[], ["--format", "json"], ["--format", "sarif"], ["--disabled"]])
def test_no_secret_that_its_place_tells_is_shown(migrator: CommandLine, options: list[str]) -> None:
    migrator.write("crontab", PLACED_LINES.replace("SECRET", PLACED))
    done = migrator("scan", "crontab", *options)
    assert done.stdout
    assert PLACED not in done.stdout + done.stderr


def test_no_detail_shows_a_secret_that_its_place_tells(migrator: CommandLine) -> None:
    migrator.write("crontab", PLACED_LINES.replace("SECRET", PLACED))
    jobs = [job["id"] for job in migrator.document("scan", "crontab")["jobs"]]
    assert len(jobs) == 6
    for job in jobs:
        assert PLACED not in migrator("scan", "crontab", "--job", job).stdout


def test_what_stands_beside_a_quoted_secret_is_shown(migrator: CommandLine) -> None:
    migrator.write("crontab", "0 1 * * * ./manage.py imp '--token=abc' --secret-key S3 -n 3 --name 'x y'\n")
    shown = migrator("scan", "crontab", "--job", "imp").stdout
    assert "./manage.py imp '--token=***' --secret-key *** -n 3 --name 'x y'" in shown
    assert "manage.py imp '--token=***' --secret-key *** -n 3 --name 'x y'" in shown.split("runs")[-1]
    raw = migrator.document("scan", "crontab")["jobs"][0]["raw"]
    assert raw == "./manage.py imp '--token=***' --secret-key *** -n 3 --name 'x y'"


def test_a_job_in_detail_has_what_json_has(migrator: CommandLine) -> None:
    mail = "mail -s 'The report' ops@shop.pl"
    line = f"0 1 * * * sleep 30; . ./prod.env; ./manage.py send 2>&1 | grep -v DEBUG | {mail}"
    migrator.write("crontab", f"{line}\n0 2 * * * ./manage.py plain\n")
    rows = migrator("scan", "crontab", "--job", "send").stdout.splitlines()
    shown = [" ".join(row.split()) for row in rows]
    assert {
        "variables from ./prod.env",
        "waits first 30 s",
        "output passes through grep -v DEBUG",
        f"output is mailed {mail} [always]",
    } <= set(shown)
    plain = migrator("scan", "crontab", "--job", "plain").stdout
    assert not any(word in plain for word in ("variables from", "waits first", "passes through", "is mailed"))


def test_nothing_that_is_read_is_executed(migrator: CommandLine) -> None:
    migrator.write("crontab", "0 1 * * * touch made-1; $(touch made-2)\n")
    migrator.write("install.sh", '#!/bin/sh\ntouch made-3\necho "0 1 * * * `touch made-4`" | crontab -\n')
    migrator("scan", ".")
    assert list(migrator.folder.glob("made*")) == []


def test_a_closed_pipe_is_no_error(migrator: CommandLine) -> None:
    migrator.write("crontab", GOOD * 300)
    shell = f"{migrator('--version').args[0]} -m migrator scan crontab | head -1"
    how: dict[str, Any] = {"before": ("sh", "-c", shell)}
    assert "Traceback" not in migrator(**how).stderr


CLOCKED = "CRON_TZ=America/New_York\n30 8 * * * python manage.py send\n"


@pytest.mark.parametrize(
    ("dialect", "timezone", "said"),
    [("debian", "Europe/Warsaw", ["CM107"]), ("cronie", "America/New_York", [])],
)
def test_the_dialect_decides_what_a_line_means(
    tmp_path: Path, dialect: str, timezone: str, said: list[str]
) -> None:
    (tmp_path / "crontab").write_text(CLOCKED)
    (tmp_path / "migrator.toml").write_text(f'[project]\ntimezone = "Europe/Warsaw"\ndialect = "{dialect}"\n')
    for options in ([], ["--dialect", dialect]):
        done = CommandLine(tmp_path)("scan", "crontab", "--format", "json", *options)
        found = json.loads(done.stdout)
        assert [job["timezone"] for job in found["jobs"]] == [timezone]
        assert [one["code"] for one in found["findings"] if one["code"] == "CM107"] == said


def test_an_unknown_dialect_is_named_with_the_known_ones(tmp_path: Path) -> None:
    (tmp_path / "crontab").write_text(GOOD)
    done = CommandLine(tmp_path)("scan", "--dialect", "vixie", "crontab")
    assert (done.returncode, done.stdout) == (2, "")
    assert "debian, cronie, busybox, supercronic" in done.stderr


def test_disabled_lines_are_counted_with_their_places_and_shown_on_demand(migrator: CommandLine) -> None:
    migrator.write("web", "0 1 * * * ./manage.py a\n#0 2 * * * ./manage.py b --password=x1y2z3\n# words\n")
    migrator.write("db", "#@daily ./manage.py c\n0 1 * * * ./manage.py d\n")
    said = migrator("scan", "web", "db").stdout
    assert "2 disabled lines: web:2 db:1 (--disabled shows them)" in said
    shown = migrator("scan", "web", "db", "--disabled").stdout
    assert "    web:2  #0 2 * * * ./manage.py b --password=***\n    db:1  #@daily ./manage.py c\n" in shown
    assert "disabled" not in migrator("scan", "web", "--job", "a").stdout


def test_where_jobs_go_by_several_clocks_each_has_its_zone_beside_its_time(migrator: CommandLine) -> None:
    above = "0 4 * * * python manage.py a\n"
    options = ("--dialect", "cronie", "--timezone", "Europe/Warsaw")
    migrator.write("crontab", above)
    assert "Europe/Warsaw" not in migrator("scan", "crontab", *options).stdout
    migrator.write("crontab", above + "CRON_TZ=Asia/Tokyo\n30 2 * * * python manage.py b\n")
    table = migrator("scan", "crontab", *options).stdout
    assert ("Europe/Warsaw" in table, "Asia/Tokyo" in table) == (True, True)
    details = [migrator("scan", "crontab", *options, "--job", job).stdout for job in ("a", "b")]
    assert ["Asia/Tokyo, its own: by CRON_TZ" in detail for detail in details] == [False, True]


def test_the_detail_of_a_job_gives_the_table_that_corrects_it(migrator: CommandLine) -> None:
    lines = (
        "cd /srv && flock -n /run/l ./manage.py a 'b c' && ./manage.py d || ./manage.py e",
        "timeout 2h ./manage.py f --to=x; ./manage.py g",
    )
    migrator.write("web", "".join(f"0 {n} * * * {line}\n" for n, line in enumerate(lines)))
    migrator.write("migrator.toml", 'sources = ["web"]\n')
    before = {job["id"]: job for job in migrator.document("scan")["jobs"]}

    def with_table(table: str) -> dict[str, Any]:
        migrator.write("migrator.toml", 'sources = ["web"]\n' + table)
        return {job["id"]: job for job in migrator.document("scan")["jobs"]}

    for identity, job in before.items():
        said = migrator("scan", "--job", identity).stdout
        table = said.partition("read wrongly? say what is right in migrator.toml:\n")[2]
        assert f"    [jobs.{identity}]\n    # runs = " in table
        assert with_table(table) == before
        told = with_table(table.replace("# runs", "runs"))[identity]["steps"]
        keys = ("kind", "name", "argv", "after")
        assert [[step[key] for key in keys] for step in told] == [
            [step[key] for key in keys] for step in job["steps"]
        ]
