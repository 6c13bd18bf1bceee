"""The job under cronwrap is the job that cron ran: same surroundings, same signals, same exit status."""

import fcntl
import os
import pty
import select
import signal
import subprocess
import sys
import termios
from pathlib import Path
from typing import IO

import pytest

from tests.contract.cronwrapped import Cronwrapped, alive, bare, unignore_signals, wait_for

BARE_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "HOME": "/", "SHELL": "/bin/sh", "LOGNAME": "somebody"}
OURS = (b"MIGRATOR_RUN=", b"MIGRATOR_JOB=", b"MIGRATOR_SLOT=", b"MIGRATOR_SPOOL=")
FORWARDED = ["HUP", "INT", "QUIT", "TERM", "USR1", "USR2"]


@pytest.fixture
def cronwrap(tmp_path: Path) -> Cronwrapped:
    return Cronwrapped(tmp_path / "spool")


@pytest.mark.parametrize(
    "line",
    [
        "exit 0",
        "exit 7",
        "exit 255",
        "kill -TERM $$",
        "kill -KILL $$",
        "/nonexistent",
        "/etc/passwd",
        "no-such",
    ],
)
def test_the_exit_status_is_what_sh_shows(cronwrap: Cronwrapped, line: str) -> None:
    assert cronwrap.sh(line).returncode == int(bare(f"sh -c '{line}'; echo $?").stdout)


def test_a_missing_command_is_127(cronwrap: Cronwrapped) -> None:
    done = cronwrap.run("/nonexistent/backup")
    assert (done.returncode, done.stderr) == (127, b"cronwrap: /nonexistent/backup: not found\n")


def test_a_command_that_may_not_be_executed_is_126(cronwrap: Cronwrapped) -> None:
    done = cronwrap.run("/etc/passwd")
    assert (done.returncode, done.stderr) == (126, b"cronwrap: /etc/passwd: Permission denied\n")


def test_a_command_is_found_along_the_path(cronwrap: Cronwrapped, tmp_path: Path) -> None:
    tool = tmp_path / "second" / "tool"
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\necho found $1\n")
    tool.chmod(0o755)
    path = f"{tmp_path / 'first'}:{tool.parent}"
    assert cronwrap.run("tool", "it", env={"PATH": path}).stdout == b"found it\n"
    assert cronwrap.run("other", env={"PATH": path}).returncode == 127


def test_a_script_without_an_interpreter_runs_under_sh(cronwrap: Cronwrapped, tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text("echo $0 $1\n")
    script.chmod(0o755)
    assert cronwrap.run(str(script), "argument").stdout == f"{script} argument\n".encode()


def test_stdin_reaches_the_job(cronwrap: Cronwrapped) -> None:
    assert cronwrap.sh("cat", input=b"line one\nline two").stdout == b"line one\nline two"


@pytest.mark.parametrize(
    "added", [{}, {"LC_CTYPE": "C.UTF-8"}, {"LC_ALL": "C.UTF-8"}, {"LANG": "pl_PL.UTF-8"}], ids=str
)
def test_the_environment_is_cron_s_and_the_run_s_own_variables(
    cronwrap: Cronwrapped, added: dict[str, str]
) -> None:
    environment = BARE_ENVIRONMENT | added
    ours = cronwrap.run("/usr/bin/env", "-0", env=environment).stdout.split(b"\0")
    assert sorted(entry for entry in ours if not entry.startswith(OURS)) == sorted(
        subprocess.run(["/usr/bin/env", "-0"], env=environment, stdout=subprocess.PIPE).stdout.split(b"\0")
    )
    run = cronwrap.records()[0]["run"].encode()
    assert [entry for entry in ours if entry.startswith(OURS)] == [
        b"MIGRATOR_RUN=" + run,
        b"MIGRATOR_JOB=nightly",
        b"MIGRATOR_SPOOL=" + os.fsencode(cronwrap.spool),
    ]


def test_a_job_inside_a_job_does_not_inherit_its_slot(cronwrap: Cronwrapped) -> None:
    done = cronwrap.sh("echo ${MIGRATOR_SLOT-none}", env={"MIGRATOR_SLOT": "2026-09-21T15:33+02:00"})
    assert done.stdout == b"none\n"


@pytest.mark.parametrize("before", ["", "trap '' HUP INT CHLD; "], ids=["default", "ignored"])
def test_signals_are_ignored_blocked_and_caught_as_without_us(cronwrap: Cronwrapped, before: str) -> None:
    state = ["/bin/grep", "-E", "^Sig(Blk|Ign|Cgt)", "/proc/self/status"]
    ours, cron_s = (
        subprocess.run(["/bin/sh", "-c", f'{before}exec "$@"', "sh", *argv], capture_output=True)
        for argv in (cronwrap.argv(*state), state)
    )
    assert (ours.returncode, ours.stdout) == (0, cron_s.stdout)


def test_directory_and_umask_are_untouched(cronwrap: Cronwrapped, tmp_path: Path) -> None:
    assert cronwrap.sh("pwd; umask", cwd=tmp_path, umask=0o027).stdout == f"{tmp_path}\n0027\n".encode()


def test_open_files_are_passed_on_and_ours_are_not(cronwrap: Cronwrapped, tmp_path: Path) -> None:
    with (tmp_path / "lock").open("w") as lock:
        listing = "ls /proc/self/fd"
        assert (
            cronwrap.sh(listing, pass_fds=[lock.fileno()]).stdout
            == bare(listing, pass_fds=[lock.fileno()]).stdout
        )


def test_the_job_is_in_the_session_and_the_group_that_cron_made(cronwrap: Cronwrapped) -> None:
    program = "import os; print(os.getsid(0), os.getpgrp())"
    with subprocess.Popen(
        cronwrap.argv(sys.executable, "-c", program), stdout=subprocess.PIPE, start_new_session=True
    ) as wrapper:
        assert wrapper.communicate(timeout=60)[0] == f"{wrapper.pid} {wrapper.pid}\n".encode()


@pytest.mark.parametrize("name", FORWARDED)
def test_a_signal_sent_to_the_wrapper_reaches_the_job(cronwrap: Cronwrapped, name: str) -> None:
    line = f"trap 'echo got {name}; exit 40' {name}; echo ready; while :; do sleep 0.01; done"
    with cronwrap.start(line) as wrapper:
        assert wrapper.stdout
        assert wrapper.stdout.readline() == b"ready\n"
        wrapper.send_signal(signal.Signals[f"SIG{name}"])
        assert wrapper.stdout.read() == f"got {name}\n".encode()
    assert wrapper.returncode == 40


def test_a_job_that_a_signal_ends_is_128_and_the_signal(cronwrap: Cronwrapped) -> None:
    with cronwrap.start("echo ready; exec sleep 60") as wrapper:
        assert wrapper.stdout
        assert wrapper.stdout.readline() == b"ready\n"
        wrapper.terminate()
    assert wrapper.returncode == 143
    assert [cronwrap.records()[-1][key] for key in ("exit", "signal")] == [143, signal.SIGTERM]


def test_a_signal_gets_through_while_nobody_reads_the_output(cronwrap: Cronwrapped) -> None:
    with cronwrap.start("exec yes") as wrapper:
        assert wrapper.stdout
        wait_for(lambda: unread(wrapper.stdout) >= 65_536 - select.PIPE_BUF)
        wrapper.terminate()
        wait_for(lambda: cronwrap.events() == ["start", "end"])
        wrapper.stdout.read()
    assert wrapper.returncode == 143


def unread(pipe: IO[bytes] | None) -> int:
    """How many bytes wait in the pipe."""
    assert pipe
    return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)


def test_control_c_reaches_the_job_once(cronwrap: Cronwrapped) -> None:
    line = (
        "n=0; trap 'n=$((n+1))' INT; echo ready; until [ $n -gt 0 ]; do sleep 0.01; done; sleep 0.3; exit $n"
    )
    pid, terminal = pty.fork()
    if pid == 0:
        unignore_signals()
        os.execv(sys.executable, cronwrap.argv("/bin/sh", "-c", line))
    seen = b""
    while b"ready" not in seen:
        seen += os.read(terminal, 100)
    os.write(terminal, b"\x03")
    status = os.waitpid(pid, 0)[1]
    os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 1


def test_killing_the_wrapper_leaves_the_job_running(cronwrap: Cronwrapped, tmp_path: Path) -> None:
    done = tmp_path / "done"
    with cronwrap.start(
        f"echo $$; until [ -e {tmp_path / 'go'} ]; do sleep 0.01; done; : > {done}"
    ) as wrapper:
        assert wrapper.stdout
        job = int(wrapper.stdout.readline())
        wrapper.kill()
        assert wrapper.wait() == -signal.SIGKILL
        assert alive(job)
        (tmp_path / "go").touch()
        wait_for(done.exists)
    assert cronwrap.events() == ["start"]
