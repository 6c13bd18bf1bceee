"""What a crontab, a run or a host says is text at every exit: nothing of it is executed or obeyed."""

from __future__ import annotations

import ast
import datetime as dt
import email
import json
import os
import pty
import re
import subprocess
import sys
import tty
from collections.abc import Iterator
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.core.mail import EmailMessage
from markdown_it import MarkdownIt

from migrator.cli import run
from migrator.comparison.effects import Effects
from migrator.comparison.health import Problem, Trouble, Watched, WatchedHost
from migrator.comparison.jobs import JobDefinition
from migrator.comparison.ownership import Owner, Side
from migrator.comparison.runs import Action, RunRecord
from migrator.cutover.facts import Evidence
from migrator.cutover.readiness import assemble
from migrator.report.cutover_html import cutover_html
from migrator.report.cutover_markdown import cutover_markdown
from migrator.report.digest import Failure, mails
from migrator.report.health import answer_document, answer_of, metrics
from migrator.schedule.occurrences import Slot
from migrator.unseen import visible
from tests.contract.command_line import ROOT
from tests.cutover_story import NOW, compared, definition, inventory, situation
from tests.cutover_story import run as run_of

HOSTILE = {
    "html": "</pre></td><img src=x onerror=alert(1)><script>alert(1)</script>",
    "attribute": "\" onmouseover='alert(1)' x=\"",
    "link": "[free](javascript:alert(1)) <javascript:alert(1)> ![](http://evil.example/x)",
    "fence": "``` ~~~ `code` </details> # head | cell | **bold**",
    "template": "{{7*7}} {% raw %} ${HOME} #{x} {0.__class__} %(name)s %s",
    "shell": "$(touch owned) `touch owned`; touch owned & touch owned |",
    "sql": "'; DROP TABLE migrator_run; --",
    "formula": "=cmd|' /C calc'!A0",
    "docstring": '""" + __import__("os").system("touch owned") + """',
    "quotes": "''' \\' \\\" \\",
    "ansi": "\x1b[2J\x1b]0;owned\x07\x1b]8;;http://evil.example\x1b\\",
    "c1": "\x9b2J\x9d0;owned\x9c\x85",
    "bidi": "\u202egpj.exe\u202c \u2066x\u2069",
    "lines": "a\x0bb\x0cc\x1cd\u2028import os\u2029e",
    "markup": "[red]red[/red] :smile: [link=http://evil.example]x[/link]",
    "path": "../../../etc/cron.d/owned",
    "keyword": "class",
    "dunder": "__import__",
}
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
TAGS_THAT_ACT = {"img", "script", "iframe", "object", "embed", "link", "base", "form", "meta"}


def quoted(text: str) -> str:
    """A word of the shell in a crontab, whose % is escaped."""
    return "'" + text.replace("'", "'\"'\"'").replace("%", "\\%") + "'"


def crontab() -> str:
    """Each text as an argument, a label, a program, a folder, a log and a lock; where cron reads a line."""
    lines = ["MAILTO=office@shop.example"]
    for minute, text in enumerate(HOSTILE.values()):
        word = quoted(text)
        lines += [
            f"# {text}",
            f"{minute} 1 * * * python manage.py remind --to {word}",
            f"{minute} 2 * * * cd {word} && python manage.py {word} >> {word} 2>&1",
            f"{minute} 3 * * * flock -n {word} /opt/{word} {word} | mail -s {word} root",
            f"# {minute} 4 * * * python manage.py {word}",
        ]
    return "\n".join(lines) + "\n"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose crontab is hostile."""
    monkeypatch.chdir(tmp_path)
    start = "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n"
    (tmp_path / "manage.py").write_text(start)
    commands = tmp_path / "shop" / "management" / "commands"
    commands.mkdir(parents=True)
    for folder in (commands, *commands.parents[:2]):
        (folder / "__init__.py").touch()
    (tmp_path / "shop" / "settings.py").write_text("INSTALLED_APPS = ['shop']\n")
    command = (
        "from django.core.management.base import BaseCommand\n\n\nclass Command(BaseCommand):\n"
        "    def add_arguments(self, parser):\n        parser.add_argument('--to')\n"
    )
    for name in ("remind", "class", "__import__"):
        (commands / f"{name}.py").write_text(command)
    (tmp_path / "crontab").write_text(crontab())
    (tmp_path / "migrator.toml").write_text(
        'sources = ["crontab"]\n[project]\nsettings = "shop.settings"\ntimezone = "Europe/Warsaw"\n'
        '[generate]\ncontract = "shop/cron_contract.py"\ntasks = "shop/tasks.py"\n'
        'schedule = "shop/beat_schedule.py"\ntests = "shop/test_tasks.py"\nmigration = "shop/migrations"\n'
    )
    return tmp_path


def files_below(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    "verb", [["scan"], ["scan", "--disabled"], ["prove"], ["generate"], ["generate", "--diff"], ["residue"]]
)
def test_the_terminal_is_told_nothing_that_it_obeys(
    shop: Path, capsys: pytest.CaptureFixture[str], verb: list[str]
) -> None:
    before = files_below(shop)
    assert run(verb) in (0, 1)
    told = capsys.readouterr()
    assert not UNSEEN.search(told.out + told.err)
    assert files_below(shop) == before


def on_a_terminal(folder: Path, *words: str) -> str:
    """What a terminal gets, byte for byte."""
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    command = [sys.executable, "-m", "migrator", *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm"}
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=theirs, stderr=subprocess.DEVNULL
    ) as process:
        os.close(theirs)
        told = b"".join(iter(partial(_read, ours), b""))
        assert process.wait(timeout=60) in (0, 1)
    os.close(ours)
    return told.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # EIO: nobody has it open any more
        return b""


@pytest.mark.parametrize("verb", [["generate", "--diff"], ["instrument", "plan", "crontab"]], ids=" ".join)
def test_a_difference_on_a_terminal_is_told_nothing_and_in_a_pipe_it_is_exact(
    shop: Path, capsys: pytest.CaptureFixture[str], verb: list[str]
) -> None:
    assert run(verb) in (0, 1)
    exact = capsys.readouterr().out
    assert on_a_terminal(shop, *verb) == visible(exact)


def test_a_file_is_called_as_it_likes_and_no_terminal_obeys_it(shop: Path) -> None:
    """instrument tells of each file that it has changed; so does every verb that writes."""
    name = f"cron {HOSTILE['ansi'].replace('/', '')}{HOSTILE['bidi']} $(touch owned)"
    (shop / name).write_text("0 6 * * * python /srv/shop/manage.py remind\n")
    before = (shop / name).read_bytes()
    configuration = shop / "migrator.toml"
    configuration.write_text(configuration.read_text().replace('["crontab"]', json.dumps([name])))
    for words in (["instrument", "apply", name], ["instrument", "rollback"]):
        told = on_a_terminal(shop, *words)
        assert "cron \u241b[2J" in told
        assert not UNSEEN.search(told)
    assert (shop / name).read_bytes() == before
    assert not list(shop.rglob("owned"))


def test_every_verb_tells_through_what_makes_it_visible() -> None:
    cli = ROOT / "migrator" / "cli"
    modules = {path.name for path in cli.glob("*.py") if "click.echo(" in path.read_text()}
    assert modules == {"__init__.py", "options.py"}


@pytest.mark.parametrize("kind", ["json", "sarif"])
def test_json_holds_each_text_whole_and_shows_none_of_it(
    shop: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    assert run(["scan", "--format", kind]) in (0, 1)
    out = capsys.readouterr().out
    assert not UNSEEN.search(out)
    document = json.loads(out)
    if kind == "json":
        steps = [tuple(step["argv"]) for job in document["jobs"] for step in job["steps"]]
        assert {("--to", text) for text in HOSTILE.values()} <= set(steps)


def test_a_job_in_full_is_told_nothing_either(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["scan", "--format", "json"])
    ids = [job["id"] for job in json.loads(capsys.readouterr().out)["jobs"]]
    assert all(re.fullmatch(r"[a-z0-9_]{1,200}", name) for name in ids)
    for name in ids[::5]:
        assert run(["scan", "--job", name]) in (0, 1)
    assert not UNSEEN.search(capsys.readouterr().out)


def test_generated_code_is_literals_and_calls_what_the_generator_wrote(shop: Path) -> None:
    before = files_below(shop)
    assert run(["generate", "--write"]) == 0
    written = files_below(shop) - before
    assert {Path(path).parts[0] for path in written} <= {"shop", "migrator.lock"}
    for path in written:
        text = (shop / path).read_text()
        assert not UNSEEN.search(text), path
        if path.endswith(".py"):
            assert not {"system", "__import__", "eval", "exec"} & set(called(ast.parse(text))), path
    assert run(["generate", "--check"]) == 0
    literals = {
        node.value
        for node in ast.walk(ast.parse((shop / "shop" / "tasks.py").read_text()))
        if isinstance(node, ast.Constant)
    }
    assert set(HOSTILE.values()) <= literals


def called(tree: ast.AST) -> Iterator[str]:
    """The names of all that is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield getattr(node.func, "id", "") or getattr(node.func, "attr", "")


class Page(HTMLParser):
    """Tags, and attributes that a browser acts upon."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.acting: list[tuple[str, str | None]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.acting += [
            (name, value)
            for name, value in attrs
            if name.startswith("on") or (name in {"href", "src"} and not str(value).startswith("#"))
        ]


def assert_harmless_page(text: str) -> None:
    page, ours = Page(text), Page(cutover_html(assemble(inventory(), situation())))
    assert page.tags & TAGS_THAT_ACT == ours.tags & TAGS_THAT_ACT
    assert page.acting == ours.acting
    assert not UNSEEN.search(text)


def assert_harmless_markdown(text: str) -> None:
    """As a reader of Markdown sees it that lets HTML through."""
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)
    inner = [child for token in tokens for child in (token, *(token.children or ()))]
    assert not [one.content for one in inner if one.type in {"html_inline", "html_block", "image"}]
    links = [str(one.attrs.get("href")) for one in inner if one.type == "link_open"]
    assert {unquote(link)[0] for link in links} <= {"#"}
    assert not UNSEEN.search(text)


def test_the_reports_have_no_tag_and_no_link_of_a_crontab() -> None:
    lines = crontab().replace("manage.py", "/srv/app/manage.py")
    report = assemble(
        inventory(lines, f"etc/{HOSTILE['html']}{HOSTILE['ansi']}{HOSTILE['bidi']}"), situation()
    )
    assert_harmless_page(cutover_html(report))
    assert_harmless_markdown(cutover_markdown(report))


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_what_a_run_printed_is_text_in_the_reports(text: str) -> None:
    jobs = inventory("0 1 * * * python /srv/app/manage.py remind\n")
    job = definition(jobs, "remind")

    def play(job: JobDefinition, slot: Slot, number: int) -> list[RunRecord]:
        told = {"output": f"{text}\n{number}", "host": text, "user": text, "worker": text, "reason": text}
        effects = Effects(1, 1, {f"INSERT {text}": number})
        return [
            run_of(job, slot, side, Action.EXECUTE, exit=number % 2, effects=effects, **told) for side in Side
        ]

    one = compared(job, 3, play, Owner.CELERY)
    evidence = Evidence({job.id: one}, {job.id: Owner.CELERY}, absent=text)
    report = assemble(jobs, situation(evidence))
    assert_harmless_page(cutover_html(report))
    assert_harmless_markdown(cutover_markdown(report))


def watched(text: str) -> Watched:
    trouble = Problem(Trouble.FAILED, f"failed: {text}", ("2026-12-10T09:00",))
    return Watched("remind", Owner.CRON, 3, NOW, dt.timedelta(hours=1), (trouble,))


# exposition formats, "text format details": label values escape \, " and the line feed
SAMPLE = re.compile(r'[a-z_]+(\{([a-z_]+="(?:[^"\\\n]|\\[\\"n])*",?)+\})? -?\d+(\.\d+)?')


@pytest.mark.parametrize("text", [*HOSTILE.values(), 'a"} 1\nmigrator_job_well{job_id="owned"} 1'])
def test_a_monitor_reads_one_line_or_samples_only(text: str) -> None:
    host = WatchedHost(text, NOW, silent=True, quarantined=1)
    answer = answer_of((watched(text),), (host,))
    assert len(str(answer).splitlines()) == 1
    assert "|" not in str(answer)  # performance data, to Nagios
    assert not UNSEEN.search(str(answer))
    for line in metrics(answer, NOW):
        assert line.startswith("# TYPE ") or SAMPLE.fullmatch(line), line
    assert json.loads(json.dumps(answer_document(answer)))["hosts"][0]["host"] == text


@pytest.mark.parametrize("text", [*HOSTILE.values(), "x\r\nBcc: all@shop.example\r\n\r\nbody"])
def test_a_mail_has_our_headers_only(text: str) -> None:
    failure = Failure(NOW, text, text, f"{text}\n{text}")
    [mail] = mails(
        [watched(text)], {"remind": [failure]}, {"remind": ("office@shop.example",)}, since=NOW, until=NOW
    )
    message = EmailMessage(mail.subject, mail.body, "cron@shop.example", mail.to).message()
    read = email.message_from_bytes(message.as_bytes())
    assert read["Bcc"] is None
    assert read["To"] == "office@shop.example"
    assert not UNSEEN.search(mail.subject + mail.body)
    assert visible(text.splitlines()[0]) in mail.body
