"""What is left of cron: one row per kind of trace, and lines that only look like one."""

import datetime as dt
import re
from textwrap import dedent

import pytest

from migrator.cutover.operation import Kind, Operation
from migrator.cutover.residue.survey import Known
from migrator.cutover.residue.texts import is_generated, is_record
from migrator.cutover.residue.watching import Watch, left_by_journal
from tests.residue_tree import found, shown

LIVE = (
    "0 6 * * * cd /srv/shop && bin/locked.sh python manage.py send_invoices >> /var/log/shop-jobs.log 2>&1\n"
)
RETIRED = f"#migrator retired send_invoices: {LIVE}"
LOCK = '#!/bin/sh\n# keeps runs of a cron job apart\nexec flock -n /tmp/shop.lock "$@"\n'
STAYS = "0 3 * * * pg_dump shop > /backup/shop.sql\n"


TRACES = {
    "a live line": ("etc/cron.d/shop", LIVE.replace("* * cd", "* * root cd"), "1 CM630"),
    "a retired line": ("crontab", RETIRED, "1 CM645"),
    "a CronJob": (
        "k8s/invoices.yaml",
        """\
        apiVersion: batch/v1
        kind: CronJob
        metadata: {name: invoices}
        spec:
          schedule: "0 6 * * *"
          jobTemplate: {spec: {template: {spec: {containers: [
            {name: web, image: shop, command: [python, manage.py, send_invoices]}]}}}}
        """,
        "5 CM630",
    ),
    "ansible's cron": (
        "deploy/jobs.yml",
        """\
        - hosts: web
          tasks:
            - name: invoices
              ansible.builtin.cron:
                name: invoices
                hour: "6"
                minute: "0"
                job: python /srv/shop/manage.py send_invoices
        """,
        "4 CM630",
    ),
    "salt's cron": (
        "salt/jobs.sls",
        """\
        invoices:
          cron.present:
            - name: python /srv/shop/manage.py send_invoices
            - hour: 6
            - minute: 0
        """,
        "2 CM630",
    ),
    "apt-get": (
        "Dockerfile",
        "FROM python\nRUN apt-get update \\\n && apt-get install -y curl cron=3.0*\n",
        "3 CM632",
    ),
    "apk": ("docker/web/Dockerfile", "FROM alpine\nRUN apk add --no-cache dcron tzdata\n", "2 CM632"),
    "supercronic": (
        "Dockerfile",
        "FROM alpine\nENV SUPERCRONIC_URL=https://x/supercronic-linux-amd64\n",
        "2 CM632",
    ),
    "a list of packages": ("deploy/packages.txt", "curl\ncron\n", "2 CM632"),
    "a script of CI": (
        ".github/workflows/ci.yml",
        "jobs:\n  a:\n    steps:\n    - run: |\n        x\n        sudo apt install cron\n",
        "6 CM632",
    ),
    "ansible's package": ("roles/web/tasks/main.yml", "- apt:\n    name: [nginx, cron]\n", "2 CM632"),
    "salt's package": ("salt/web.sls", "cron:\n  pkg.installed: []\n", "1 CM632"),
    "CMD": ("Dockerfile", 'FROM python\nCMD ["cron", "-f"]\n', "2 CM633"),
    "CMD in a shell": ("Dockerfile", "FROM python\nCMD crond -f -l 2\n", "2 CM633"),
    "busybox": ("start.sh", "#!/bin/sh\nexec busybox crond -f -L /dev/stdout\n", "2 CM633"),
    "an entrypoint": ("docker/entrypoint", "#!/bin/sh\nset -e\nservice cron start\n", "3 CM633"),
    "sh -c": ("start.sh", "#!/bin/sh\nsh -c 'exec cron -f'\n", "2 CM633"),
    "systemctl": ("provision.sh", "sudo systemctl enable --now cron\n", "1 CM633"),
    "init.d": ("provision.sh", "/etc/init.d/cron restart\n", "1 CM633"),
    "compose's command": (
        "compose.yaml",
        "services:\n  jobs:\n    command: [sh, -c, 'crond -f']\n",
        "3 CM633",
    ),
    "a container": (
        "k8s/pod.yaml",
        "kind: Pod\nspec:\n  containers:\n  - command: ['crond']\n    args: ['-f']\n",
        "4 CM633",
    ),
    "supervisord": ("deploy/supervisord.conf", "[program:jobs]\ncommand=/usr/sbin/cron -f\n", "2 CM633"),
    "Procfile": ("Procfile", "web: gunicorn shop\nclock: supercronic /app/jobs\n", "2 CM633"),
    "ansible's service": ("roles/web/tasks/main.yml", "- service: name=cron state=started\n", "1 CM633"),
    "a hidden folder": (".docker/web/start.sh", "crond -f\n", "1 CM633"),
    "crontab FILE": ("install.sh", "#!/bin/sh\ncrontab /etc/jobs\n", "2 CM634"),
    "django-crontab's writer": ("start.sh", "python manage.py crontab add\n", "1 CM634"),
    "django-cron's clock": ("Makefile", "tick:\n\t@./manage.py runcrons\n", "2 CM634"),
    "a file put into cron.d": ("debian/shop.install", "jobs /etc/cron.d/\n", "1 CM634"),
    "a lock script": ("bin/locked.sh", LOCK, "1 CM635"),
    "a variable": (".env.example", "SEND_INVOICES_SCHEDULE=0 6 * * *\n", "1 CM636"),
    "a variable for cron": (
        "compose.yaml",
        "services:\n  web:\n    environment:\n      CRON_SCHEDULE: '@daily'\n",
        "4 CM636",
    ),
    "a service": ("docker-compose.prod.yml", "services:\n  cron:\n    image: shop\n", "2 CM637"),
    "a scheduler's image": (
        "compose.yaml",
        "services:\n  jobs:\n    image: mcuadros/ofelia:latest\n",
        "2 CM637",
    ),
    "a stage": ("Dockerfile", "FROM python AS legacy-cron\n", "1 CM637"),
    "a deployment": ("k8s/cron.yaml", "kind: Deployment\nmetadata:\n  name: shop-cron\n", "3 CM637"),
    "docs": ("docs/run.md", "Read the log:\n\n```sh\n$ docker compose logs -f cron\n```\n", "4 CM638"),
    "a README": ("README.rst", "Run ``crontab -l`` to see them.\n", "1 CM638"),
    "a page's log": ("docs/run.md", "See `tail /var/log/cron.log`.\n", "1 CM638"),
    "a target": ("Makefile", "cron-logs:\n\techo\n", "1 CM638"),
    "a recipe": ("Makefile", "logs:\n\tdocker compose logs cron\n", "2 CM638"),
    "journalctl": ("bin/logs.sh", "journalctl -u cron\n", "1 CM638"),
    "CRONJOBS": ("config/settings.py", "CRONJOBS = []\n", "1 CM639"),
    "an app": ("config/settings.py", "INSTALLED_APPS = [\n    'shop',\n    'django_cron',\n]\n", "3 CM639"),
    "a requirement": ("requirements/base.txt", "django\ndjango-crontab==0.7.1\n", "2 CM639"),
    "logrotate": ("deploy/logrotate.d/shop", "/var/log/cron.log {\n  weekly\n}\n", "1 CM640"),
    "sudoers": ("deploy/sudoers.d/shop", "deploy ALL=NOPASSWD: /usr/bin/crontab\n", "1 CM640"),
    "zabbix": ("monitoring/zabbix.xml", "<key>proc.num[crond]</key>\n", "1 CM640"),
    "nagios": (
        "monitoring/nrpe.cfg",
        "command[cron]=/usr/lib/nagios/plugins/check_procs -c 1: -C cron\n",
        "1 CM640",
    ),
    "a unit": ("deploy/shop.service", "[Unit]\nAfter=cron.service\n", "2 CM640"),
    "HEALTHCHECK": ("Dockerfile", "FROM python\nHEALTHCHECK CMD test -f /var/run/crond.pid\n", "2 CM641"),
    "a probe": (
        "k8s/pod.yaml",
        "kind: Pod\nspec:\n  livenessProbe: {exec: {command: [pgrep, -x, cron]}}\n",
        "3 CM641",
    ),
    "a log": ("start.sh", "touch /var/log/cron.log\n", "1 CM642"),
    "the line that syncs": (
        "crontab",
        "* * * * * cd /srv/shop && python -m migrator sync # migrator sync\n",
        "1 CM644",
    ),
}


@pytest.mark.parametrize(("path", "text", "told"), TRACES.values(), ids=TRACES)
def test_a_trace_is_found_at_its_line(path: str, text: str, told: str) -> None:
    known = Known(jobs={"send_invoices": ""})
    assert shown({path: dedent(text)}, known) == [f"{path}:{told}"]


def test_all_of_them_together_are_a_finding_each() -> None:
    """The same in one tree, where each kind keeps its place."""
    tree: dict[str, str] = {}
    for number, (path, text, _told) in enumerate(TRACES.values()):
        tree[f"{number}/{path}"] = dedent(text)
    codes = {one.code for one in found(tree, Known(jobs={"send_invoices": ""}))}
    assert codes >= {f"CM{number}" for number in range(630, 646)} - {"CM631", "CM643", "CM644"}


INNOCENT = {
    "prose": ("README.md", "Cron was retired in 2025.\n\n    cron is started by nobody\n"),
    "chronological": ("bin/sort.sh", "sort --chronological | acronym --micron synchrony\n"),
    "names": (
        "compose.yaml",
        "services:\n  synchron:\n    image: acronis\n  chronograf:\n    image: chronograf\n",
    ),
    "packages that begin so": ("Dockerfile", "RUN apt-get install -y cronolog chrony synchrony\n"),
    "an install of something else": ("Dockerfile", "RUN pip install croniter && echo cron\n"),
    "celery's crontab": (
        "config/beat.py",
        "from celery.schedules import crontab\nSCHEDULE = {'x': crontab(minute='0')}\n",
    ),
    "celery's crontab on a page": ("docs/beat.md", "```python\ncrontab(minute='0', hour='6')\n```\n"),
    "a removal": ("cleanup.sh", "crontab -r\nsystemctl disable --now cron\napt-get purge -y cron\n"),
    "ansible's removal": (
        "roles/web/tasks/main.yml",
        "- apt: {name: cron, state: absent}\n- service: name=cron state=stopped\n",
    ),
    "a comment": ("Dockerfile", "FROM python\n# was: CMD cron -f and /etc/cron.d/jobs\n"),
    "a backup's own schedule": (
        "compose.yaml",
        "services:\n  backup:\n    environment:\n      BACKUP_SCHEDULE: '0 3 * * *'\n",
    ),
    "a variable of the program": (".env", "INVOICES_AT=0 6 * * *\n"),
    "numbers": (".env", "CRON_WEIGHTS=1 2 3 4 5\n"),
    "a sentry crontab": ("app/sentry.py", "monitor = {'type': 'crontab', 'value': '0 6 * * *'}\n"),
    "beat's table": ("app/rows.py", "CrontabSchedule.objects.get_or_create(minute='0')\n"),
    "a lock script that is called": ("bin/once.sh", 'flock -n /tmp/x.lock "$@"  # not for cron alone\n'),
    "celery's service": ("compose.yaml", "services:\n  celery-beat:\n    command: celery -A shop beat\n"),
}


@pytest.mark.parametrize(("path", "text"), INNOCENT.values(), ids=INNOCENT)
def test_what_only_looks_like_cron_is_silent(path: str, text: str) -> None:
    tree = {path: text}
    if path == "bin/once.sh":
        tree["deploy.sh"] = "bin/once.sh migrate\n"
    assert shown(tree, Known(jobs={"send_invoices": ""})) == []


PYTHON = {
    "os.system('service cron restart')": "CM633",
    "subprocess.run(['systemctl', 'restart', 'cron'], check=True)": "CM633",
    "run(('sudo', '/etc/init.d/cron', 'start'))": "CM633",
    "check_call('sudo systemctl restart cron', shell=True)": "CM633",
    "c.run('cd /srv && sudo service cron restart')": "CM633",
    "c.sudo('systemctl enable cron')": "CM633",
    "subprocess.run(args=['sh', '-c', 'service cron start'])": "CM633",
    "subprocess.check_output(['crontab', '-l'])": "CM638",
    "c.run('apt-get install -y cron')": "CM632",
}


@pytest.mark.parametrize(("call", "code"), PYTHON.items(), ids=PYTHON)
def test_a_command_that_python_starts_is_one(call: str, code: str) -> None:
    assert shown({"fabfile.py": f"def deploy(c, path):\n    {call}\n"}) == [f"fabfile.py:2 {code}"]


@pytest.mark.parametrize(
    "text",
    [
        '"""Then run `service cron restart`, or run("service cron restart")."""\n',
        "# os.system('service cron restart')\n",
        "print('service cron restart')\n",
        "HELP = 'run(service cron restart)'\n",
        "subprocess.run(['service', name, 'restart'])\n",
        "scheduler.run(crontab(minute='0'))\n",
        "run('cron')(\n",
        "subprocess.run(['systemctl', 'stop', 'cron'])\n",
    ],
)
def test_python_that_only_tells_of_cron_starts_none(text: str) -> None:
    assert shown({"fabfile.py": text}) == []


def test_scripts_logs_and_variables_that_only_cron_uses() -> None:
    tree = {
        "crontab": LIVE,
        "bin/locked.sh": '#!/bin/sh\nexec flock -n /tmp/x "$@"\n',
        "deploy/logrotate": "/var/log/shop-jobs.log {\n}\n",
        "start.sh": "touch /var/log/shop-jobs.log\n",
    }
    assert shown(tree) == [
        "bin/locked.sh:1 CM635",
        "crontab:1 CM630",
        "deploy/logrotate:1 CM640",
        "start.sh:1 CM642",
    ]
    used = {**tree, "bin/deploy.sh": "bin/locked.sh migrate\n"}
    assert "bin/locked.sh:1 CM635" not in shown(used)


def test_a_variable_of_the_script_that_installs_is_one_for_cron() -> None:
    install = 'echo "${WHEN_TO_BILL:-0 6 * * *} python manage.py send_invoices" | crontab -\n'
    compose = "services:\n  web:\n    environment:\n      WHEN_TO_BILL: ${WHEN_TO_BILL:-0 6 * * *}\n"
    tree = {"install.sh": install, "compose.yaml": compose}
    assert "compose.yaml:4 CM636" in shown(tree)
    read = {**tree, "config/settings.py": "import os\nWHEN = os.environ['WHEN_TO_BILL']\n"}
    assert "compose.yaml:4 CM636" not in shown(read)


def test_while_a_job_stays_in_cron_its_daemon_is_no_residue() -> None:
    tree = {"crontab": STAYS, "Dockerfile": "RUN apt-get install -y cron\nCMD cron -f\n"}
    assert shown(tree) == ["crontab:1 CM631"]
    assert "CM633" in " ".join(shown({"Dockerfile": tree["Dockerfile"]}))


def test_a_line_that_has_left_is_back_wherever_it_stands() -> None:
    known = Known(jobs={"send_invoices": ""}, left=("send_invoices",))
    assert shown({"crontab": LIVE}, known) == ["crontab:1 CM601"]
    assert shown({"crontab": RETIRED + LIVE}) == ["crontab:1 CM645", "crontab:2 CM630"]


def test_a_line_without_the_recorder_is_told_where_lines_have_one() -> None:
    (one,) = found({"crontab": LIVE}, Known(recorded=True))
    assert one.message == "cron still runs send_invoices, without the recorder"


COMMAND = """
class Command(BaseCommand):
    def handle(self, *args, **options):
        for invoice in Invoice.objects.filter(sent=None):
            mail(invoice)
            invoice.sent = now()
            invoice.save()
"""
COPY = """
@shared_task(name="shop.send_invoices")
def send_invoices():
    '''Sends them.'''
    for invoice in Invoice.objects.filter(sent=None):
        mail(invoice)
        invoice.sent = now()
        invoice.save()
"""


@pytest.mark.parametrize(
    ("task", "told"),
    [
        (COPY, ["shop/tasks.py:3 CM643"]),
        (COPY.replace("invoice.sent = now()", "invoice.sent = today()"), []),
        ("@shared_task\ndef send_invoices():\n    call_command('send_invoices')\n", []),
    ],
    ids=["a copy", "other statements", "a call"],
)
def test_a_task_that_repeats_its_command(task: str, told: list[str]) -> None:
    assert shown({"shop/management/commands/send_invoices.py": COMMAND, "shop/tasks.py": task}) == told


@pytest.mark.parametrize(
    ("path", "record", "generated"),
    [
        ("CHANGELOG.md", True, False),
        ("docs/LICENSE", True, False),
        ("HISTORY.rst", True, False),
        ("licenses.py", False, False),
        ("history_of_jobs.sh", False, False),
        ("requirements.lock", False, True),
        ("package-lock.json", False, True),
        ("locale/pl/LC_MESSAGES/django.po", False, True),
        ("README.md", False, False),
        ("docker/Dockerfile", False, False),
    ],
)
def test_records_and_what_tools_write_are_passed_over(path: str, record: bool, generated: bool) -> None:
    assert (is_record(path), is_generated(path)) == (record, generated)


def operation(kind: Kind, *jobs: str, ended: str | None) -> Operation:
    return Operation(kind=kind, jobs=jobs, who="", reason="", accepted="", begun="", ended=ended)


def test_the_watch_begins_with_the_last_cutover_that_is_whole() -> None:
    left = left_by_journal(
        [
            operation(Kind.APPLY, "a", "b", ended="2026-03-01T12:00:00+00:00"),
            operation(Kind.ROLLBACK, "b", ended="2026-03-02T12:00:00+00:00"),
            operation(Kind.APPLY, "c", ended="2026-03-09T12:00:00+00:00"),
            operation(Kind.APPLY, "d", ended=None),
        ]
    )
    watch = Watch(left, days=30)
    assert left == {"a": dt.date(2026, 3, 1), "c": dt.date(2026, 3, 9)}
    assert watch.until == dt.date(2026, 4, 8)
    assert not watch.over(dt.date(2026, 4, 8))
    assert watch.over(dt.date(2026, 4, 9))


def test_each_finding_says_what_to_do() -> None:
    told = [one for path, text, _told in TRACES.values() for one in found({path: dedent(text)})]
    assert all(one.hint and not re.search(r"\{\w+\}", one.message) for one in told)


@pytest.mark.parametrize("name", ["THANKS", "TODO", "docs/INSTALL", "LICENSE", "CODE_OF_CONDUCT"])
def test_a_name_in_capitals_is_for_people(name: str) -> None:
    """It tells of a process, and asks for none: a health check is configuration."""
    tree = {name: "Watch that the process crond is alive: pgrep crond\nWe thank all who watched it.\n"}
    assert [one for one in shown(tree) if "CM641" in one] == []


@pytest.mark.parametrize("name", ["healthcheck", "BUILD", "monitrc"])
def test_other_names_without_an_ending_are_configuration(name: str) -> None:
    assert shown({name: "check process with pgrep crond\n"}) == [f"{name}:1 CM641"]
