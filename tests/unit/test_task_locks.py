"""The name of a lock: two files have two, one file has one, however it is written."""

import datetime as dt
import re

import pytest

from migrator.codegen.body import lock_name
from migrator.sources.inventory import Context, take_inventory
from migrator.sources.source import SourceFile
from tests.task_code import inventory, job


def lock_names(*lines: str) -> list[str]:
    crontab = "\n".join(f"{minute} 5 * * * {line}" for minute, line in enumerate(lines))
    return [lock_name(one) for one in inventory(crontab).jobs]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("flock -n $HOME/a/x.lock", "flock -n $HOME/b/x.lock"),
        ("flock -n ~/a/x.lock", "flock -n ~/b/x.lock"),
        ("flock -n ~/x.lock", "flock -n /run/x.lock"),
        ("flock -n a/x.lock", "flock -n b/x.lock"),
        ("cd a && flock -n x.lock", "cd b && flock -n x.lock"),
        ("cd /a && flock -n $USER.lock", "cd /b && flock -n $USER.lock"),
        ("cd a && flock -n x.lock", "flock -n x.lock"),
        ("flock -n /run/$USER/x.lock", "flock -n /srv/$USER/x.lock"),
        ("flock -n $X/../a/x.lock", "flock -n $Y/../a/x.lock"),
        ("flock -n ~/a/.lock", "flock -n ~/b/.lock"),
        ("setlock -n /srv/a/x.lock", "setlock -n /srv/b/x.lock"),
        ("lckdo /run/x.lock", "lckdo /tmp/x.lock"),
        ("cd /srv && flock -n ~/x.lock", "flock -n /srv/~/x.lock"),
    ],
)
def test_two_lock_files_have_two_names(one: str, other: str) -> None:
    names = lock_names(f"{one} ./manage.py a", f"{other} ./manage.py b")
    assert len(set(names)) == 2
    assert all(re.fullmatch(r"/[^$`]+|[\w.-]+", name) for name in names)  # each a file of its folder


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("flock -n $HOME/a/x.lock", "flock -w 5 ${HOME}/a/x.lock"),
        ("flock -n ~/a/x.lock", "cd a && flock -n ./x.lock"),
        ("cd /srv && flock -n ~/x.lock", "flock -n $HOME/x.lock"),
        ("cd a && flock -n b/x.lock", "flock -n a/b/x.lock"),
        ("flock -n /run/lock/$USER.lock", "flock /run/lock/$USER.lock"),
        ("setlock -n /srv/a/x.lock", "setlock /srv//a/x.lock"),
    ],
)
def test_one_lock_file_has_one_name(one: str, other: str) -> None:
    assert len(set(lock_names(f"{one} ./manage.py a", f"{other} ./manage.py b"))) == 1


def test_what_completes_a_path_keeps_locks_apart() -> None:
    line = "0 5 * * * flock -n $SPOOL/x.lock ./manage.py"
    crontab = f"SPOOL=/a\n{line} a\nSPOOL=/b\n{line} b\n1 {line[2:]} c\n"
    one, other, same = (lock_name(one) for one in inventory(crontab).jobs)
    assert one != other == same


def test_locks_at_home_of_two_users_have_two_names() -> None:
    line = "0 5 * * * {} flock -n $HOME/x.lock ./manage.py {}\n"
    text = line.format("shop", "a") + line.format("api", "b") + line.format("api", "c")
    context = Context("Europe/Warsaw", dt.date(2026, 1, 1))
    found = take_inventory([SourceFile("etc/cron.d/shop", text)], context)
    one, other, same = (lock_name(one) for one in found.jobs)
    assert one != other == same


@pytest.mark.parametrize("call", ["flock -sn /run/l {}", "flock -u /run/l {}"])
def test_the_team_decides_on_a_lock_that_keeps_nothing_out(call: str) -> None:
    line = "0 5 * * * " + call.format("./manage.py a")
    assert job(line).status == "decide"
    for decision in ('overlap = "allow"', 'runner = "shell"', 'accept = ["CM331"]'):
        assert job(line, f"[jobs.a]\n{decision}").status == "exact"


MIXED = """\
0 5 * * * flock -n /run/shop.lock ./manage.py a
0 6 * * * lockfile -r0 /var/run/shop.lock && ./manage.py b; rm -f /var/run/shop.lock
0 7 * * * setlock -n /run/shop.lock ./manage.py c
"""


def test_one_file_that_is_locked_in_two_ways_has_to_be_decided() -> None:
    found = inventory(MIXED)
    codes = [[one.code for one in job.findings if one.code == "CM439"] for job in found.jobs]
    assert (codes, {job.status for job in found.jobs}) == ([["CM439"]] * 3, {"decide"})
    decided = '[jobs.a]\nlock = "shop"\n[jobs.b]\nlock = "shop"\n[jobs.c]\nlock = "shop"\n'
    assert {lock_name(job) for job in inventory(MIXED, decided).jobs} == {"shop"}
    assert {job.status for job in inventory(MIXED, decided).jobs} == {"exact"}
    accepted = "".join(f'[jobs.{name}]\naccept = ["CM439"]\n' for name in "abc")
    [one, other, third] = inventory(MIXED, accepted).jobs
    assert lock_name(one) == lock_name(third) == "/run/shop.lock"  # both call flock(2)
    assert lock_name(other) != lock_name(one)
