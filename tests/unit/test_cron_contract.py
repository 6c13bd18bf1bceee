"""The generated module that keeps cron's promises: status, limits, lock, output, mail; without migrator."""

import codecs
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import django
import pytest
from celery import Celery
from celery.exceptions import SoftTimeLimitExceeded
from django.core import mail
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from migrator.codegen.contract import contract_module, offered_names, whole_contract
from migrator.contrib.django.exits import exit_status

Body = Callable[[BaseCommand, list[str]], None]


@pytest.fixture(scope="module")
def contract() -> ModuleType:
    """The module as generated, with all that a task can use; pytest's own modules stay as they are."""
    module = ModuleType("generated_cron_contract")
    exec(compile(whole_contract(), "cron_contract.py", "exec"), module.__dict__)
    return module


@pytest.fixture
def command(contract: ModuleType, db: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a body as the management command ``job`` through Django's own call_command."""
    from django.core import management

    def run(body: Body, *arguments: str, **streams: Any) -> None:
        class Command(BaseCommand):
            def add_arguments(self, parser: Any) -> None:
                parser.add_argument("rest", nargs="*")

            def handle(self, *args: Any, **options: Any) -> None:
                body(self, options["rest"])

        load = management.load_command_class
        monkeypatch.setattr(management, "get_commands", lambda: {"job": "here"})
        monkeypatch.setattr(
            management,
            "load_command_class",
            lambda app, name: Command() if app == "here" else load(app, name),
        )
        contract.run_command("job", *arguments, **streams)

    return run


def logged(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records]


class TestStatus:
    @pytest.mark.parametrize("code", [0, None, 256, False])
    def test_a_successful_exit_is_success(self, command: Any, code: object) -> None:
        command(lambda *_: sys.exit(code))

    @pytest.mark.parametrize(("code", "status"), [(1, 1), (3, 3), (-1, 255), (259, 3), ("no orders", 1)])
    def test_another_one_is_a_failure_and_no_SystemExit(
        self, command: Any, contract: ModuleType, code: object, status: int
    ) -> None:
        with pytest.raises(contract.CommandFailed, match=f"exit status {status}") as failure:
            command(lambda *_: sys.exit(code))
        assert exit_status(failure.value) == status

    def test_what_sys_exit_says_is_output(self, command: Any, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.INFO), pytest.raises(CommandError):
            command(lambda *_: sys.exit("no orders"))
        assert "no orders" in logged(caplog)

    def test_an_error_of_the_command_stays_itself(self, command: Any) -> None:
        def body(command: BaseCommand, rest: list[str]) -> None:
            raise CommandError("no court answers", returncode=4)

        with pytest.raises(CommandError, match="no court answers") as failure:
            command(body)
        assert exit_status(failure.value) == 4

    def test_a_refused_argument_is_a_failure(self, command: Any) -> None:
        with pytest.raises(CommandError, match="--surprise"):
            command(lambda *_: None, "--surprise")


class TestOutput:
    def test_arguments_reach_the_command_as_they_are(self, command: Any) -> None:
        seen: list[str] = []
        command(lambda _command, rest: seen.extend(rest), "a b", "--", "-c")
        assert seen == ["a b", "-c"]

    def test_each_line_goes_to_the_log(self, command: Any, caplog: pytest.LogCaptureFixture) -> None:
        def body(command: BaseCommand, rest: list[str]) -> None:
            command.stdout.write("one\ntwo")
            print("past self.stdout")
            command.stderr.write("three", ending="")

        command(body)  # a worker shows warnings and no less, unless it is told to
        assert logged(caplog) == ["one", "two", "past self.stdout", "three"]

    def test_a_command_finds_the_stream_that_a_process_has(
        self, command: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Each of these raised in a worker, where cron's run went well."""

        def body(command: BaseCommand, rest: list[str]) -> None:
            sys.stdout.buffer.write("żółw\n".encode()[:1])
            sys.stdout.buffer.write("żółw\n".encode()[1:])
            sys.stdout.buffer.flush()
            print("a terminal" if sys.stdout.isatty() or command.stdout.isatty() else "no terminal")
            subprocess.run(["printf", "from a child"], stdout=sys.stdout, check=True)
            print(" and on")
            subprocess.run(["echo", "by its number"], stdout=sys.stdout.fileno(), check=True)
            command.stderr.write(sys.stdout.encoding)
            sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
            writer = codecs.getwriter("utf-8")(sys.stdout.buffer)
            writer.write("through a writer\n")
            # the file of Django 4.2's command.stdout is asked for in vain, under cron as well
            last = command.stdout if django.VERSION >= (5, 2) else sys.stdout
            subprocess.run(["printf", "the last"], stdout=last, check=True)

        command(body)
        assert logged(caplog) == [
            "żółw",
            "no terminal",
            "from a child and on",
            "by its number",
            "utf-8",
            "through a writer",
            "the last",
        ]

    def test_what_a_child_writes_has_an_end_too(
        self, contract: ModuleType, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(contract, "MOST_OUTPUT", 10)
        output = contract.Output()
        subprocess.run(["printf", "12345678901234567890"], stdout=output, check=True)
        output.end_line()
        subprocess.run(["printf", "more"], stdout=output, check=True)
        output.end_line()
        assert logged(caplog) == ["more than 10 characters: the rest is lost", "1234567890"]

    def test_other_threads_keep_their_streams(self, contract: ModuleType, command: Any) -> None:
        """In a pool of threads sys.stdout belongs to all tasks."""
        seen: list[object] = []

        def look() -> None:
            with contract._printing(contract.Output(), contract.Output()):
                seen.append(sys.stdout)

        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
        assert seen == [sys.stdout]

    def test_it_has_an_end(
        self, contract: ModuleType, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(contract, "MOST_OUTPUT", 10)
        output = contract.Output()
        with caplog.at_level(logging.INFO):
            for _line in range(1000):
                output.write("123456\n")
            output.end_line()
        assert logged(caplog) == ["123456", "more than 10 characters: the rest is lost", "123"]

    def test_connections_are_fresh_around_each_run(
        self, command: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        order: list[str] = []
        monkeypatch.setattr(connection, "close_if_unusable_or_obsolete", lambda: order.append("fresh"))
        with pytest.raises(CommandError):
            command(lambda *_: (order.append("run"), sys.exit(1)))
        assert order == ["fresh", "run", "fresh"]


class TestLock:
    def test_a_held_one_is_an_error_and_a_free_one_is_not(
        self, contract: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("LOCK_DIR", str(tmp_path))
        with contract.lock("job"):
            with pytest.raises(contract.AlreadyRunning, match="job: still running"), contract.lock("job"):
                pass
            with contract.lock("other"):
                pass
        with contract.lock("job"):
            pass

    @pytest.mark.parametrize("name", ["job", "/job.lock"])
    def test_it_is_flocks_own(
        self, contract: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        """By its name, or by the file that the line locks."""
        monkeypatch.setenv("LOCK_DIR", str(tmp_path))
        held = f"{tmp_path}{name}" if name.startswith("/") else name
        with contract.lock(held):
            assert subprocess.run(["flock", "-n", tmp_path / "job.lock", "true"]).returncode == 1
        assert subprocess.run(["flock", "-n", tmp_path / "job.lock", "true"]).returncode == 0

    def test_a_held_one_has_the_lines_own_status(self, contract: ModuleType, tmp_path: Path) -> None:
        path = tmp_path / "job.lock"
        with contract.lock(str(path)):
            with pytest.raises(contract.AlreadyRunning) as failure, contract.lock(str(path), status=75):
                pass
            there = subprocess.run(["flock", "-n", "-E", "75", path, "true"]).returncode
        assert exit_status(failure.value) == there == 75

    def test_cron_holds_the_same_file(self, contract: ModuleType, tmp_path: Path) -> None:
        path = tmp_path / "job.lock"
        holder = subprocess.Popen(["flock", path, "sh", "-c", "echo held; cat"], stdin=-1, stdout=-1)
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(contract.AlreadyRunning), contract.lock(str(path)):
            pass
        holder.communicate()
        with contract.lock(str(path)):
            pass

    def test_a_file_that_cannot_be_written_is_locked_all_the_same(
        self, contract: ModuleType, tmp_path: Path
    ) -> None:
        """Another user's, or a folder, which flock(1) takes as well."""
        with contract.lock(str(tmp_path)), pytest.raises(contract.AlreadyRunning):
            contract.lock(str(tmp_path)).__enter__()

    def test_the_lines_file_may_be_behind_a_link(self, contract: ModuleType, tmp_path: Path) -> None:
        (tmp_path / "link").symlink_to(tmp_path / "job.lock")
        with contract.lock(str(tmp_path / "link")):
            assert subprocess.run(["flock", "-n", tmp_path / "job.lock", "true"]).returncode == 1

    def test_a_process_that_outlives_its_worker_holds_it(self, contract: ModuleType, tmp_path: Path) -> None:
        """As under flock(1), whose lock is its child's: a worker that is killed lets no second run in."""
        path = str(tmp_path / "job.lock")
        with contract.lock(path):
            contract.run_process("/bin/sh", "-c", "exec > /dev/null 2>&1; sleep 600 & echo $! > $0.pid", path)
        with pytest.raises(contract.AlreadyRunning), contract.lock(path):
            pass
        os.kill(int(Path(f"{path}.pid").read_text()), signal.SIGKILL)
        with contract.lock(path, wait=5):
            pass

    def test_a_waiting_one_waits(
        self, contract: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("LOCK_DIR", str(tmp_path))
        monkeypatch.setattr(contract.time, "sleep", lambda _seconds: release.set())
        release, order = threading.Event(), []

        def first() -> None:
            with contract.lock("job"):
                taken.set()
                release.wait()
                order.append("first")

        taken, thread = threading.Event(), threading.Thread(target=first)
        thread.start()
        taken.wait()
        with contract.lock("job", wait=float("inf")):
            order.append("second")
        thread.join()
        assert order == ["first", "second"]

    def test_one_that_waits_for_some_time_gives_up(
        self, contract: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        clock = iter(range(100))
        monkeypatch.setattr(contract.time, "monotonic", lambda: next(clock))
        monkeypatch.setattr(contract.time, "sleep", lambda _seconds: None)
        path = str(tmp_path / "job")
        with contract.lock(path), pytest.raises(contract.AlreadyRunning), contract.lock(path, wait=5):
            pass
        assert next(clock) == 7


class TestTimeout:
    def test_a_command_that_swallows_it_still_fails(self, command: Any, contract: ModuleType) -> None:
        """SoftTimeLimitExceeded is an Exception: a scraper's `except Exception` once made it a success."""
        rounds: list[int] = []

        def body(*_: Any) -> None:
            while True:
                try:
                    signal.pause()
                except Exception:
                    rounds.append(1)

        with pytest.raises(contract.CommandFailed, match="stopped after") as failure, contract.timeout(0.05):
            command(body)
        assert (exit_status(failure.value), rounds) == (124, [])

    def test_even_one_that_swallows_all(self, command: Any, contract: ModuleType) -> None:
        def body(*_: Any) -> None:
            try:
                signal.pause()
            except BaseException:
                return

        with pytest.raises(contract.CommandFailed), contract.timeout(0.05):
            command(body)

    def test_what_is_in_time_is_left_alone(self, command: Any, contract: ModuleType) -> None:
        with contract.timeout(600):
            command(lambda *_: None)
        assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)

    def test_one_inside_another_ends_with_it(self, command: Any, contract: ModuleType) -> None:
        """And the outer one goes on after the inner one, which had switched its alarm off."""

        def chain() -> None:
            with contract.timeout(600):
                pass
            with contract.attempt(), contract.timeout(600):
                command(lambda *_: signal.pause())

        with pytest.raises(contract.CommandFailed, match=r"after 0\.1 s"), contract.timeout(0.1):
            chain()
        assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)

    def test_another_failure_stays_itself(self, contract: ModuleType) -> None:
        with pytest.raises(ValueError, match="mine"), contract.timeout(600):
            raise ValueError("mine")

    def test_without_the_main_thread_the_run_fails_at_its_end(self, contract: ModuleType) -> None:
        failures: list[BaseException] = []

        def run() -> None:
            try:
                with contract.timeout(0):
                    pass
            except contract.CommandFailed as failure:
                failures.append(failure)

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        assert len(failures) == 1

    def test_it_ends_a_process_and_its_children(self, contract: ModuleType) -> None:
        children: list[int] = []

        class Ready(contract.Output):  # type: ignore[misc,name-defined]
            def take(self, line: str) -> None:
                children.append(int(line))
                raise contract.TimeIsUp

        with pytest.raises(contract.TimeIsUp):
            contract.run_process("/bin/sh", "-c", "sleep 600 & echo $!; wait", output=Ready())
        while alive(children[0]):
            time.sleep(0.01)

    def test_it_ends_a_process_that_does_not_want_to(
        self, contract: ModuleType, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The second alarm comes while the process is waited for: it once left it running."""
        monkeypatch.setattr(contract, "PATIENCE", 0.1)
        stubborn, taken = "trap '' TERM; echo $$; while :; do sleep 1; done", list[str]()
        output = contract.Output()
        output.take = taken.append
        with pytest.raises(contract.CommandFailed, match="stopped after"), contract.timeout(0.2):
            contract.run_process("/bin/sh", "-c", stubborn, output=output)
        assert not alive(int(taken[0]))


def alive(pid: int) -> bool:
    """A process that has ended, and that nobody has waited for, is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class TestProcess:
    def run(
        self, contract: ModuleType, caplog: pytest.LogCaptureFixture, script: str, **more: Any
    ) -> list[str]:
        with caplog.at_level(logging.INFO):
            contract.run_process("/bin/sh", "-c", script, **more)
        return logged(caplog)

    def test_both_streams_go_to_the_log(self, contract: ModuleType, caplog: pytest.LogCaptureFixture) -> None:
        assert self.run(contract, caplog, "echo one; echo two >&2; printf three") == ["one", "two", "three"]

    def test_it_has_what_the_line_gives_it(
        self, contract: ModuleType, caplog: pytest.LogCaptureFixture, tmp_path: Path
    ) -> None:
        before = (Path.cwd(), os.umask(0o22), os.umask(0o22))
        script = "pwd; umask; echo $LANG; echo $INHERITED; cat"
        os.environ["INHERITED"] = "yes"
        lines = self.run(
            contract,
            caplog,
            script,
            cwd=str(tmp_path),
            umask=0o027,
            environment={"LANG": "pl_PL.UTF-8"},
            text="first\nsecond\n",
        )
        del os.environ["INHERITED"]
        assert lines == [str(tmp_path), "0027", "pl_PL.UTF-8", "yes", "first", "second"]
        assert Path.cwd() == before[0]
        assert "LANG" not in os.environ or os.environ["LANG"] != "pl_PL.UTF-8"

    def test_without_a_text_it_reads_the_end(
        self, contract: ModuleType, caplog: pytest.LogCaptureFixture
    ) -> None:
        assert self.run(contract, caplog, "cat; echo end") == ["end"]

    @pytest.mark.parametrize(
        ("script", "status"), [("exit 3", 3), ("kill -9 $$", 137), ("no-such-program", 127)]
    )
    def test_its_status_decides(self, contract: ModuleType, script: str, status: int) -> None:
        with pytest.raises(contract.CommandFailed, match=f"exit status {status}") as failure:
            contract.run_process("/bin/sh", "-c", script)
        assert exit_status(failure.value) == status


class TestChain:
    def test_it_goes_on(self, contract: ModuleType) -> None:
        with contract.attempt() as first:
            raise ValueError
        assert first.failed

    def test_after_a_success_too(self, contract: ModuleType) -> None:
        with contract.attempt() as first:
            pass
        assert not first.failed

    def test_not_after_the_tasks_own_limit(self, contract: ModuleType) -> None:
        with pytest.raises(SoftTimeLimitExceeded), contract.attempt():
            raise SoftTimeLimitExceeded


class TestMail:
    @pytest.fixture(autouse=True)
    def _here(self, contract: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(contract.getpass, "getuser", lambda: "deploy")
        monkeypatch.setattr(contract.socket, "gethostname", lambda: "web1.shop.example")

    def mailed(
        self, contract: ModuleType, command: Any, body: Body, on: str = "output", stream: str = "output"
    ) -> None:
        with contract.mailed("ops@shop.example", command="./manage.py job", on=on) as mail_:
            command(body, **{stream: mail_})

    def test_output_is_mailed_under_crons_subject(self, contract: ModuleType, command: Any) -> None:
        self.mailed(contract, command, lambda command, _: command.stdout.write("one\ntwo"))
        [message] = mail.outbox
        assert (message.subject, message.to) == ("Cron <deploy@web1> ./manage.py job", ["ops@shop.example"])
        assert message.body == "one\ntwo"

    def test_no_command_and_no_output_makes_a_mail_that_cannot_be_sent(
        self, contract: ModuleType, command: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A line end in the subject is a BadHeaderError, and a byte that is no UTF-8 no text."""
        with contract.mailed("ops@shop.example", command="a \udce9\r\nBcc: all@shop.example\n") as mail_:
            command(lambda command, _: command.stdout.write("one \udce9\x00"), output=mail_)
        [message] = mail.outbox
        assert message.subject == "Cron <deploy@web1> a ? Bcc: all@shop.example"
        assert (message.body, message.recipients()) == ("one ?\x00", ["ops@shop.example"])
        assert message.message().as_bytes()
        assert "not sent" not in caplog.text

    def test_silence_is_not(self, contract: ModuleType, command: Any) -> None:
        self.mailed(contract, command, lambda *_: None)
        with pytest.raises(contract.CommandFailed):
            self.mailed(contract, command, lambda *_: sys.exit(1))
        assert mail.outbox == []

    def test_an_error_is_output(self, contract: ModuleType, command: Any) -> None:
        def body(*_: Any) -> None:
            raise ValueError("no prices")

        with pytest.raises(ValueError, match="no prices"):
            self.mailed(contract, command, body)
        assert "ValueError: no prices" in mail.outbox[0].body

    def test_only_a_failure_is_mailed_where_that_is_asked_for(
        self, contract: ModuleType, command: Any
    ) -> None:
        self.mailed(contract, command, lambda command, _: command.stdout.write("fine"), on="failure")
        assert mail.outbox == []
        with pytest.raises(contract.CommandFailed):
            self.mailed(contract, command, lambda *_: sys.exit(3), on="failure")
        assert mail.outbox[0].body == "job ended with exit status 3"

    def test_errors_alone_are_mailed_where_the_line_drops_the_rest(
        self, contract: ModuleType, command: Any
    ) -> None:
        def body(command: BaseCommand, _: list[str]) -> None:
            command.stdout.write("dropped")
            command.stderr.write("kept")

        self.mailed(contract, command, body, stream="errors")
        assert mail.outbox[0].body == "kept"

    def test_a_mail_that_cannot_be_sent_fails_no_job(
        self, contract: ModuleType, command: Any, settings: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        settings.EMAIL_BACKEND = "no.such.backend"
        self.mailed(contract, command, lambda command, _: command.stdout.write("one"))
        assert "the mail to ops@shop.example was not sent" in logged(caplog)


class TestRetries:
    def runs(self, contract: ModuleType, error: Exception | None) -> int:
        app = Celery("retries", set_as_current=False)
        count: list[int] = []

        @app.task(name="job", shared=False)
        def job() -> None:
            with contract.retried(3, every=1):
                count.append(1)
                if error:
                    raise error

        assert job.apply().successful() is (error is None)
        return len(count)

    def test_a_failure_is_tried_again(self, contract: ModuleType) -> None:
        assert self.runs(contract, ValueError("again")) == 4

    def test_a_success_and_a_held_lock_are_not(self, contract: ModuleType) -> None:
        assert (self.runs(contract, None), self.runs(contract, contract.AlreadyRunning("busy"))) == (1, 1)


class Shop(BaseHTTPRequestHandler):
    seen: ClassVar[list[tuple[str, str, str]]] = []

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        self.seen.append((self.command, self.path, self.rfile.read(length).decode()))
        self.send_response({"/missing": 404, "/moved": 302}.get(self.path, 200))
        self.send_header("Location", "/here")
        self.end_headers()
        self.wfile.write(b"hello\n")

    def do_GET(self) -> None:
        self.do_POST()

    def log_message(self, *_: object) -> None:
        pass


class TestFetch:
    @pytest.fixture
    def shop(self) -> Iterator[str]:
        Shop.seen.clear()
        server = HTTPServer(("127.0.0.1", 0), Shop)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        server.server_close()

    def test_the_answer_goes_to_the_log(
        self, contract: ModuleType, shop: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.INFO):
            contract.fetch(f"{shop}/", patience=30, data="a=1")
        assert (Shop.seen, logged(caplog)) == ([("POST", "/", "a=1")], ["hello"])

    def test_a_refusal_is_a_failure_to_those_who_ask(self, contract: ModuleType, shop: str) -> None:
        contract.fetch(f"{shop}/missing", patience=30, strict=False)
        with pytest.raises(contract.CommandFailed, match="answered 404"):
            contract.fetch(f"{shop}/missing", patience=30)

    def test_a_redirect_is_followed_or_is_the_answer(self, contract: ModuleType, shop: str) -> None:
        contract.fetch(f"{shop}/moved", patience=30, follow=False)
        contract.fetch(f"{shop}/moved", patience=30)
        assert [path for _method, path, _body in Shop.seen] == ["/moved", "/moved", "/here"]


def test_each_part_comes_with_what_it_needs_and_nothing_else(tmp_path: Path) -> None:
    for name in offered_names():
        (tmp_path / f"{name.lower()}_alone.py").write_text(contract_module([name]))
    ruff = [sys.executable, "-m", "ruff"]
    wide = ["format", "--check", "--line-length", "110"]  # lines that fit are left alone by any formatter
    for words in (["format", "--check"], wide, ["check"]):
        done = subprocess.run([*ruff, *words, "--isolated", tmp_path], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout
    alone = (tmp_path / "lock_alone.py").read_text()
    assert ("def lock" in alone, "def run_command" in alone, "call_command" in alone) == (True, False, False)


def test_it_needs_no_migrator(tmp_path: Path) -> None:
    (tmp_path / "cron_contract.py").write_text(whole_contract())
    code = (
        "import sys; sys.modules['migrator'] = None; import cron_contract; print(cron_contract.lock.__name__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "lock\n", done.stderr
