"""What a command's code does: each line with the finding or the effect that it gives, and none else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.project.commands import is_command, read_project
from migrator.project.model import Command
from migrator.project.python_module import Library

PATH = "shop/management/commands/job.py"
HEAD = """
import datetime, getpass, logging, multiprocessing, os, requests, signal, subprocess, sys, threading, time
import urllib.request
from django.conf import settings
from django.core.mail import EmailMessage, send_mail as mail_it
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.utils import timezone, translation
from django.utils.translation import override
from shop.models import Order
import httpx
CACHE = {}
"""
COUNTED = """failed = 0
for x in args:
    try:
        self.x()
    except Exception:
        failed += 1
if failed:
    raise CommandError('x')
"""
CLASS = "class Command(BaseCommand):\n    def handle(self, *args, **options):\n"


def read(text: str, **modules: str) -> Command:
    texts = {PATH: text, **{path.replace("__", "/") + ".py": module for path, module in modules.items()}}
    ((command,),) = read_project([PATH], Library(texts)).commands.values()
    return command


def handled(body: str) -> Command:
    """The command whose handle has these lines."""
    return read(HEAD + CLASS + "\n".join(" " * 8 + line for line in body.splitlines()))


def codes(command: Command) -> set[str]:
    return {one.code for one in command.behaviour.evidence}


def kinds(command: Command) -> list[str]:
    return [one.kind for one in command.behaviour.effects]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("input()", "CM404"),
        ("getpass.getpass()", "CM404"),
        ("os._exit(1)", "CM404"),
        ("sys.exit(1)", "CM405"),
        ("exit()", "CM405"),
        ("raise SystemExit", "CM405"),
        ("raise SystemExit(2)", "CM405"),
        ("return 1", "CM405"),
        ("return True", "CM405"),
        ("return ['x']", "CM405"),
        ("os.chdir('/tmp')", "CM407"),
        ("os.environ['TZ'] = 'UTC'", "CM407"),
        ("os.environ.setdefault('TZ', 'UTC')", "CM407"),
        ("settings.DEBUG = True", "CM407"),
        ("setattr(settings, 'DEBUG', True)", "CM407"),
        ("translation.activate('pl')", "CM407"),
        ("logging.basicConfig()", "CM407"),
        ("signal.signal(signal.SIGTERM, print)", "CM407"),
        ("sys.stdout = open('x')", "CM407"),
        ("sys.path.insert(0, 'x')", "CM407"),
        ("CACHE['x'] = 1", "CM407"),
        ("CACHE.update(x=1)", "CM407"),
        ("global CACHE\nCACHE = 1", "CM407"),
        ("deliver.delay()", "CM416"),
        ("deliver.s(1).apply_async()", "CM416"),
        ("app.send_task('shop.deliver')", "CM416"),
        ("from shop.tasks import deliver\nreturn deliver.apply().result", "CM416"),
        ("os.fork()", "CM408"),
        ("threading.Thread(target=self.x).start()", "CM408"),
        ("with multiprocessing.Pool() as pool:\n    pool.map(str, [])", "CM408"),
        ("requests.get('https://x')", "CM409"),
        ("requests.get('https://x', timeout=None)", "CM409"),
        ("s = requests.Session()\ns.get('https://x')", "CM409"),
        ("with requests.Session() as s:\n    s.post('https://x')", "CM409"),
        ("urllib.request.urlopen('https://x')", "CM409"),
        ("httpx.get('https://x', timeout=None)", "CM409"),
        ("while True:\n    self.x()", "CM409"),
        ("while not self.done:\n    time.sleep(5)", "CM409"),
        ("while True:\n    if self.done:\n        break\n    time.sleep(5)", "CM409"),
        ("try:\n    self.x()\nexcept Exception:\n    pass", "CM410"),
        ("try:\n    self.x()\nexcept:\n    logging.exception('x')", "CM410"),
        ("for x in args:\n    try:\n        self.x()\n    except Exception:\n        continue", "CM410"),
        ("with transaction.atomic():\n    self.x()", "CM411"),
        (
            "if args:\n  with transaction.atomic():\n    for y in args:\n      mail_it('a', y, 'b', [y])",
            "CM411",
        ),
        ("print('x')", "CM412"),
        ("sys.stdout.write('x')", "CM412"),
    ],
)
def test_a_line_gives_its_finding(body: str, code: str) -> None:
    command = handled(body)
    assert code in codes(command)
    (evidence,) = {one.place.line for one in command.behaviour.evidence if one.code == code}
    assert evidence > (HEAD + CLASS).count("\n")


@pytest.mark.parametrize(
    "body",
    [
        "self.stdout.write('x')",
        "self.delay()\nself.frame.apply(str)",
        "return",
        "return 0",
        "return 'done'",
        "raise CommandError('x', returncode=3)",
        "def inner():\n    return 1\nself.x(inner)",
        "with override('pl'):\n    self.x()",
        "requests.get('https://x', timeout=5)",
        "requests.get('https://x', **self.how)",
        "urllib.request.urlopen('https://x', None, 5)",
        "httpx.get('https://x')",
        "subprocess.run(['x'])",
        "while True:\n    if self.done:\n        break",
        "while self.rows:\n    self.rows.pop()",
        "for x in args:\n    time.sleep(1)",
        "CACHE = {}\nCACHE['x'] = 1",
        "CACHE.get('x')",
        "today = timezone.now()",
        "try:\n    self.x()\nexcept ValueError:\n    pass",
        "try:\n    self.x()\nexcept Exception as error:\n    raise CommandError(error)",
        COUNTED,
        "with transaction.atomic():\n    self.x()\nfor x in args:\n    self.x()",
        "environ = dict(os.environ)\nenviron['x'] = 1",
    ],
)
def test_what_a_worker_can_run_gives_none(body: str) -> None:
    assert codes(handled(body)) == set()


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("mail_it('a', 'b', None, [])", "mail"),
        ("EmailMessage('a').send()", "mail"),
        ("self.user.email_user('a')", "mail"),
        ("Order.objects.filter(old=True).delete()", "delete"),
        ("connection.cursor().execute('DELETE FROM x')", "delete"),
        ("with connection.cursor() as c:\n    c.execute(f'truncate {x}')", "delete"),
        ("os.remove('x')", "delete"),
        ("Order.objects.create()", "write"),
        ("Order.objects.filter(a=1).update(b=2)", "write"),
        ("order.save(update_fields=['a'])", "write"),
        ("connection.cursor().execute('insert into x')", "write"),
        ("requests.post('https://x', timeout=1)", "http"),
        ("httpx.get('https://x')", "http"),
        ("open('x', 'w')", "file"),
        ("path.open('ab')", "file"),
        ("path.write_text('x')", "file"),
        ("subprocess.run(['x'])", "process"),
        ("os.system('x')", "process"),
        ("cache.delete('key')", "none-seen"),
        ("options.update(a=1)", "none-seen"),
        ("open('x')", "none-seen"),
        ("image.save('x.png')", "none-seen"),
        ("connection.cursor().execute('select 1')", "none-seen"),
    ],
)
def test_a_line_has_its_effect(body: str, kind: str) -> None:
    assert kinds(handled(body)) == [kind]


@pytest.mark.parametrize(
    "text",
    [
        "class Command(BaseCommand):\n    today = timezone.now()\n",
        "TODAY = datetime.date.today()\nclass Command(BaseCommand):\n    pass\n",
        "class Command(BaseCommand):\n    def handle(self, day=datetime.date.today(), **o):\n        pass\n",
        "from shop.days import report\n" + CLASS + "        report()\n",
    ],
    ids=["class", "module", "default", "another module"],
)
def test_a_clock_at_import_is_found(text: str) -> None:
    days = "import time\nSTART = time.time()\ndef report():\n    return START\n"
    assert codes(read(HEAD + text, shop__days=days)) == {"CM406"}


def test_what_handle_leads_to_is_read_and_nothing_else() -> None:
    command = read(
        HEAD
        + "from shop.mails import remind, Mailer\n"
        + "def unused():\n    input()\n"
        + "def helper():\n    Order.objects.create()\n"
        + "class Command(BaseCommand):\n"
        + "    def handle(self, *args, **options):\n"
        + "        self.part()\n        remind()\n        Mailer().send()\n"
        + "    def part(self):\n        helper()\n"
        + "    def never(self):\n        os._exit(1)\n"
        + "if __name__ == '__main__':\n    sys.exit(1)\n",
        shop__mails="from django.core.mail import send_mail\nfrom shop.far import away\n"
        "def remind():\n    _mail()\n    away()\n"
        "def _mail():\n    send_mail('a', 'b', None, [])\n"
        "class Mailer:\n    def send(self):\n        print('x')\n    def drop(self):\n        input()\n",
        shop__far="import os\ndef away():\n    os.abort()\n",
    )
    assert (codes(command), sorted(kinds(command))) == ({"CM412"}, ["mail", "write"])
    assert {one.place.path for one in command.behaviour.effects} == {PATH, "shop/mails.py"}


def test_a_command_that_is_called_by_its_name_counts() -> None:
    other = PATH.replace("job", "other")
    call = "from django.core.management import call_command\n"
    body = "        call_command('other', limit=1)\n        call_command('elsewhere')\n"
    texts = {PATH: HEAD + call + CLASS + body, other: HEAD + CLASS + "        print('x')\n"}
    project = read_project(texts, Library(texts))
    (evidence,) = project.commands["job"][0].behaviour.evidence
    assert (evidence.code, evidence.place.path) == ("CM412", other)


def test_a_list_of_the_class_is_shared_by_all_runs() -> None:
    text = "from django.core.management.base import BaseCommand\nclass Command(BaseCommand):\n    seen = []\n"
    grown = "    def handle(self, **o):\n        self.seen.append(1)\n"
    own = "    def handle(self, **o):\n        self.seen = []\n        self.seen.append(1)\n"
    assert (codes(read(text + grown)), codes(read(text + own))) == ({"CM407"}, set())


def test_values_in_the_code_are_not_shown() -> None:
    command = handled("requests.Session(token='s3cr3t').get('https://u:s3cr3t@x')")
    assert "s3cr3t" not in repr(command)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("print 'x'\n", "line 1"),
        ("\x00", "null bytes"),
        ("\udcff = 1", ""),
        ("x = " + "(" * 5000, ""),
        ("x = 1\n", "it has no class Command"),
        ("", "it has no class Command"),
    ],
)
def test_a_module_that_is_no_command_says_so(text: str, said: str) -> None:
    command = read(text)
    assert command.problem is not None
    assert said in command.problem
    assert command.behaviour.effects == ()


def test_a_long_sum_is_no_reason_to_fail() -> None:
    command = handled("x = " + " + ".join(["'x'"] * 900))
    assert kinds(command) == ["none-seen"]


def test_classes_that_inherit_in_a_ring_end() -> None:
    ring = "class A(B):\n    pass\nclass B(A):\n    pass\n"
    command = read(ring + "class Command(A, B):\n    def handle(self):\n        super().handle()\n")
    assert (command.problem, command.bases) == (None, ("A", "B"))


@given(st.text(max_size=200))
def test_any_text_is_read_without_an_error(text: str) -> None:
    assert read(text).name == "job"


@pytest.mark.parametrize(
    ("path", "command"),
    [
        ("shop/management/commands/send.py", True),
        ("src/apps/shop/management/commands/import-data.py", True),
        ("management/commands/send.py", True),
        ("shop/management/commands/_helper.py", False),
        ("shop/management/commands/__init__.py", False),
        ("shop/management/commands/parts/send.py", False),
        ("shop/management/send.py", False),
        ("shop/commands/send.py", False),
        ("shop/management/commands/notes.txt", False),
    ],
)
def test_commands_lie_where_django_looks_for_them(path: str, command: bool) -> None:
    assert is_command(path) is command


@pytest.mark.parametrize(
    "line",
    [
        f"x = {' + '.join('1' * 2000)}",
        f"x = a{'[0]' * 900}",
        f"x = Order.objects{'.filter(a=1)' * 900}",
    ],
    ids=lambda line: line[-9:].strip(),
)
def test_long_expressions_are_read(line: str) -> None:
    assert "CM405" in codes(handled(f"{line}\nreturn 5"))


def test_a_module_of_a_thousand_branches_is_said_to_be_unreadable() -> None:
    branches = "if 0:\n    pass\n" + "elif 1:\n    pass\n" * 1500
    assert read(f"{HEAD}{branches}{CLASS}        input()\n").problem
