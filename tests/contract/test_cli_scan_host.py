"""migrator scan --host: what a machine's cron does, in a folder of the test's own or privately mounted."""

import os
import pwd
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.contract.command_line import ROOT, CommandLine
from tests.parts.programs import unshared

CRONTAB = """SHELL=/bin/sh
PATH=/usr/sbin:/usr/bin:/sbin:/bin
17 * * * * root cd / && run-parts --report /etc/cron.hourly
25 6 * * * root test -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.daily; }
"""
SCRIPT = "#!/bin/sh\ncd /srv/shop && python manage.py {name}\n"
JOB = "{minute} 1 * * * {user}./manage.py {name}\n"


@pytest.fixture
def machine(tmp_path: Path) -> CommandLine:
    """A file system with a job in each place that a machine has for one; its owner is its root."""
    made = CommandLine(tmp_path / "image")
    modes = {
        "etc/passwd": (f"gone:x:²:0::/:/bin/sh\nshop:x:{os.geteuid()}:0::/:/bin/sh\n", 0o644),
        "etc/crontab": (CRONTAB, 0o644),
        "etc/cron.d/good": (JOB.format(minute=1, user="shop ", name="good"), 0o644),
        "etc/cron.d/dotted.sh": (JOB.format(minute=2, user="shop ", name="dotted"), 0o644),
        "etc/cron.d/old.dpkg-old": (JOB.format(minute=3, user="shop ", name="old"), 0o644),
        "etc/cron.d/open": (JOB.format(minute=4, user="shop ", name="open_to_all"), 0o666),
        "etc/cron.d/.placeholder": ("# keeps the folder\n", 0o644),
        "var/spool/cron/crontabs/shop": (JOB.format(minute=5, user="", name="mine"), 0o600),
        "var/spool/cron/crontabs/gone": (JOB.format(minute=6, user="", name="orphan"), 0o600),
        "etc/cron.hourly/sync": (SCRIPT.format(name="sync_stock"), 0o755),
        "etc/cron.hourly/backup.sh": (SCRIPT.format(name="backup"), 0o755),
        "etc/cron.daily/closed": (SCRIPT.format(name="closed"), 0o644),
        "etc/cron.daily/report": (SCRIPT.format(name="report"), 0o755),
        "etc/anacrontab": ("1 5 cron.daily run-parts --report /etc/cron.daily\n", 0o644),
        "etc/systemd/system/offers.timer": ("[Timer]\nOnCalendar=04:00\n", 0o644),
        "etc/systemd/system/offers.service": ("[Service]\nExecStart=python manage.py offers\n", 0o644),
        "etc/systemd/system/idle.timer": ("[Timer]\nOnCalendar=05:00\n", 0o644),
        "etc/systemd/system/idle.service": ("[Service]\nExecStart=python manage.py idle\n", 0o644),
        "usr/lib/systemd/system/vendor.timer": ("[Timer]\nOnCalendar=06:00\n", 0o644),
    }
    for name, (text, mode) in modes.items():
        made.write(name, text).chmod(mode)
    wants = made.folder / "etc/systemd/system/timers.target.wants"
    wants.mkdir()
    (wants / "offers.timer").symlink_to("/etc/systemd/system/offers.timer")
    return made


def host(machine: CommandLine, *arguments: str, **how: Any) -> Mapping[str, Any]:
    return machine.document("scan", "--root", ".", *arguments, **how)


def by_id(found: Mapping[str, Any]) -> dict[str, Any]:
    return {job["id"]: job for job in found["jobs"]}


def test_each_place_of_a_machine_is_read(machine: CommandLine) -> None:
    jobs = by_id(host(machine))
    read = {
        name: (job["expression"], job["user"])
        for name, job in jobs.items()
        if not name.startswith("run_parts")
    }
    assert read == {
        "good": ("1 1 * * *", "shop"),
        "dotted": ("2 1 * * *", "shop"),
        "old": ("3 1 * * *", "shop"),
        "open_to_all": ("4 1 * * *", "shop"),
        "mine": ("5 1 * * *", "shop"),
        "orphan": ("6 1 * * *", "gone"),
        "sync_stock": ("17 * * * *", "root"),
        "backup": ("17 * * * *", "root"),
        "closed": ("25 6 * * *", "root"),
        "report": ("25 6 * * *", "root"),
        "offers": ("0 4 * * *", None),
        "idle": ("0 5 * * *", None),
    }


@pytest.mark.parametrize(
    ("job", "reason"),
    [
        ("dotted", "cron passes over names"),
        ("old", "cron passes over names"),
        ("open_to_all", "chmod go-w"),
        ("orphan", "there is no user gone"),
        ("backup", "run-parts passes over names"),
        ("closed", "it is not executable"),
        ("idle", "systemctl enable idle.timer"),
    ],
)
def test_what_nothing_runs_is_listed_with_the_reason(machine: CommandLine, job: str, reason: str) -> None:
    found = host(machine)
    path = by_id(found)[job]["places"][0]["path"]
    (finding,) = [one for one in found["findings"] if one["code"] == "CM120" and one["place"]["path"] == path]
    assert reason in finding["message"]
    assert by_id(found)[job]["status"] == "decide"


def test_what_runs_is_told_of_no_obstacle(machine: CommandLine) -> None:
    jobs = by_id(host(machine))
    running = [name for name, job in jobs.items() if "CM120" not in job["findings"]]
    assert {"good", "mine", "sync_stock", "report", "offers"} <= set(running)
    assert [jobs[name]["status"] for name in ("good", "mine", "sync_stock", "offers")] == ["exact"] * 4


def test_anacron_takes_the_folder_over_once_it_is_installed(machine: CommandLine) -> None:
    machine.write("usr/sbin/anacron", "")
    report = by_id(host(machine))["report"]
    assert (report["expression"], report["status"]) == ("1 5", "decide")
    assert [place["path"].rpartition("etc/")[2] for place in report["places"]] == [
        "cron.daily/report",
        "anacrontab",
    ]


@pytest.mark.parametrize(
    ("make", "zone"),
    [
        (lambda path: None, "UTC"),
        (lambda path: path.write_bytes(b""), "Asia/Tokyo"),
        (lambda path: path.symlink_to("/bin/busybox"), "UTC"),
    ],
    ids=["no crond", "cronie", "busybox"],
)
def test_the_cron_that_is_installed_reads_the_lines(machine: CommandLine, make: Any, zone: str) -> None:
    """cronie alone takes CRON_TZ for the zone of the lines below it."""
    machine.write("etc/cron.d/far", "CRON_TZ=Asia/Tokyo\n1 1 * * * root ./manage.py far\n")
    (machine.folder / "usr/sbin").mkdir(parents=True)
    make(machine.folder / "usr/sbin/crond")
    assert by_id(host(machine))["far"]["timezone"] == zone


def test_cronie_takes_names_with_dots(machine: CommandLine) -> None:
    machine.write("usr/sbin/crond", "")
    jobs = by_id(host(machine))
    assert [name for name in ("dotted", "old", "backup") if "CM120" in jobs[name]["findings"]] == []


@pytest.mark.part("root")
@pytest.mark.parametrize(
    ("path", "change", "reason"),
    [
        ("etc/cron.d/good", lambda path: os.chown(path, 12345, -1), "it is not root's"),
        ("etc/cron.d/good", lambda path: os.link(path, path.with_name("twin")), "second hard link"),
        ("var/spool/cron/crontabs/shop", lambda path: path.chmod(0o644), "cron wants 0600"),
        ("var/spool/cron/crontabs/shop", lambda path: os.chown(path, 12345, -1), "it is not shop's"),
    ],
    ids=["somebody else's", "hard link", "mode of a user's", "somebody else's in the spool"],
)
def test_modes_and_owners_that_cron_refuses(
    machine: CommandLine, path: str, change: Any, reason: str
) -> None:
    change(machine.folder / path)
    messages = [one["message"] for one in host(machine)["findings"] if one["code"] == "CM120"]
    assert any(reason in message for message in messages)


def test_every_line_is_accounted_for(machine: CommandLine) -> None:
    counted: dict[str, int] = {}
    for line in host(machine)["lines"]:
        counted[line["path"]] = counted.get(line["path"], 0) + 1
    assert counted == {path: len(Path(path).read_text().splitlines()) for path in counted}
    assert len(counted) >= 14


def test_a_path_is_read_besides_and_a_file_of_the_host_once(machine: CommandLine) -> None:
    machine.write("project/crontab", "9 9 * * * ./manage.py mine_too\n")
    found = host(machine, "project/crontab", "etc/crontab")
    ids = [job["id"] for job in found["jobs"]]
    assert "mine_too" in ids
    assert len([name for name in ids if name.startswith("run_parts")]) == len(
        [job for job in host(machine)["jobs"] if job["id"].startswith("run_parts")]
    )


def test_the_zone_is_that_of_the_machine(machine: CommandLine) -> None:
    (machine.folder / "etc/localtime").symlink_to("/usr/share/zoneinfo/Asia/Tokyo")
    assert by_id(host(machine))["good"]["timezone"] == "Asia/Tokyo"


def test_a_link_in_an_image_leads_nowhere_outside_of_it(machine: CommandLine, tmp_path: Path) -> None:
    line = JOB.format(minute=1, user="shop ", name="outside")
    etc = machine.folder / "etc"
    (tmp_path / "beside.d").mkdir()
    (tmp_path / "beside").write_text(line)
    (tmp_path / "beside.d" / "part").write_text(SCRIPT.format(name="outside"))
    (tmp_path / "beside.d" / "part").chmod(0o755)
    for name in ("good", "beside"):
        machine.write(f"kept/{name}", JOB.format(minute=7, user="shop ", name=f"kept_{name}"))
    (etc / "cron.d" / "to_good").symlink_to("../../../../../../kept/good")
    (etc / "cron.d" / "to_beside").symlink_to("/kept/beside")
    (etc / "cron.d" / "climbs").symlink_to("../../../beside")
    (etc / "cron.d" / "round").symlink_to("round")
    (etc / "cron.weekly").symlink_to("../../beside.d")
    done = machine("scan", "--root", ".", "--format", "json")
    assert ("outside" in done.stdout, "Traceback" in done.stderr) == (False, False)
    assert "kept_good" in done.stdout
    assert "kept_beside" in done.stdout


@pytest.mark.parametrize("root", ["absent", "etc/crontab"])
def test_a_root_that_is_none(machine: CommandLine, root: str) -> None:
    done = machine("scan", "--root", root)
    assert (done.returncode, "cannot read" in done.stderr, "Traceback" in done.stderr) == (3, True, False)


def test_a_machine_without_cron_has_no_jobs(tmp_path: Path) -> None:
    assert CommandLine(tmp_path).document("scan", "--root", ".")["jobs"] == []


PRIVATE = """set -e
mount --bind "$1/etc/crontab" /etc/crontab
mount --bind "$1/etc/cron.d" /etc/cron.d
mount --bind "$1/var/spool/cron/crontabs" /var/spool/cron/crontabs
mount --bind "$1/empty" /etc/cron.daily
mount --bind "$1/empty" /etc/cron.weekly
shift
exec "$@"
"""


def privately(machine: CommandLine, *words: str) -> list[str]:
    """A call with the test's crontabs in the place of the machine's own."""
    (machine.folder / "empty").mkdir(exist_ok=True)
    return [*unshared("sh", "-c", PRIVATE, "sh", machine.folder), *words]


@pytest.fixture
def live(machine: CommandLine) -> CommandLine:
    """The machine's files, where they can take the place of this machine's."""
    if not all(Path(path).exists() for path in ("/etc/crontab", "/etc/cron.d", "/var/spool/cron/crontabs")):
        pytest.skip("no cron is installed, so there is no place for its files")
    (machine.folder / "var/spool/cron/crontabs/shop").rename(
        machine.folder / "var/spool/cron/crontabs/nobody"
    )
    return machine


@pytest.mark.part("root")
@pytest.mark.part("cron")
@pytest.mark.part("namespaces")
def test_root_reads_this_machine_and_an_ordinary_user_is_told_what_is_missing(live: CommandLine) -> None:
    spool = live.folder / "var/spool/cron/crontabs"
    os.chown(spool / "nobody", pwd.getpwnam("nobody").pw_uid, -1)
    found = live.document("scan", "--host", before=privately(live))
    assert {"good", "mine", "orphan"} <= by_id(found).keys()
    assert by_id(found)["mine"]["places"][0]["path"] == "/var/spool/cron/crontabs/nobody"
    spool.chmod(0o1730)
    plain = ["setpriv", "--reuid=nobody", "--clear-groups", "--inh-caps=-all"]
    if subprocess.run([*plain, "test", "-r", ROOT / "migrator"], capture_output=True).returncode:
        plain = ["setpriv", "--inh-caps=-all", "--bounding-set=-dac_override,-dac_read_search"]
        os.chown(spool, 12345, 12345)
    done = live("scan", "--host", before=[*privately(live), *plain], cwd="/")
    assert done.returncode == 3
    assert "other users' jobs are missing" in done.stderr
    assert "sudo $(command -v migrator) scan --host" in done.stderr
    assert "manage.py good" in done.stdout


@pytest.mark.part("root")
@pytest.mark.part("cron")
@pytest.mark.part("namespaces")
def test_python_crontab_sees_no_job_that_the_scan_does_not(live: CommandLine) -> None:
    os.chown(live.folder / "var/spool/cron/crontabs/nobody", pwd.getpwnam("nobody").pw_uid, -1)
    script = "import crontabs; print(*{str(job.command) for job in crontabs.CronTabs().all}, sep='\\n')"
    theirs = subprocess.run(
        privately(live, sys.executable, "-c", script), capture_output=True, text=True, check=True
    ).stdout.splitlines()
    ours = " ".join(job["raw"] for job in live.document("scan", "--host", before=privately(live))["jobs"])
    assert theirs
    assert [command for command in theirs if command.strip() and command not in ours] == []
