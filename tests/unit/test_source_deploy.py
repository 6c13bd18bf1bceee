"""Jobs in deployment files: playbooks, manifests, compose files; and files that only look so."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.schedule.expression import CronExpression
from migrator.schedule.kinds import Interval, Undecided
from migrator.schedule.meaning import meaning
from migrator.schedule.robfig import read_robfig
from migrator.sources.deploy.app_engine import schedule_of
from migrator.sources.deploy.yaml_text import Scalar, Table, documents
from migrator.sources.inventory import Context, take_inventory
from migrator.sources.job import Inventory, Job
from migrator.sources.kinds import source_of
from migrator.sources.source import SourceFile


def scan(*files: tuple[str, str], **environment: str) -> Inventory:
    """The inventory of files that were found in a folder."""
    return take_inventory(
        [SourceFile(path, text, named=False) for path, text in files],
        Context("Europe/Warsaw", dt.date(2026, 1, 1), environment),
    )


def one(path: str, text: str, *others: tuple[str, str]) -> Job:
    [job] = scan((path, text), *others).jobs
    return job


def codes(found: Inventory) -> list[str]:
    return [finding.code for finding in found.findings]


def marked(found: Inventory) -> dict[int, str]:
    """What the lines are that are no plain text."""
    return {line.line: line.kind for line in found.lines if line.kind not in ("other", "blank", "comment")}


CRON_JOB = """\
apiVersion: batch/v1
kind: CronJob
metadata:
  name: digest
spec:
  schedule: "0 5 * * *"
  timeZone: Europe/Paris
  concurrencyPolicy: Forbid
  startingDeadlineSeconds: 300
  jobTemplate:
    spec:
      activeDeadlineSeconds: 600
      backoffLimit: 0
      template:
        spec:
          restartPolicy: Never
          containers:
            - name: shop
              image: shop:1
              workingDir: /app
              command: [python, manage.py]
              args: [send_digest, "--shop=$(SHOP)"]
              env:
                - {name: SHOP, value: "7"}
                - {name: PASSWORD, valueFrom: {secretKeyRef: {name: db, key: password}}}
"""


class TestKubernetes:
    def test_a_cron_job_is_a_job_with_its_rules(self) -> None:
        job = one("cron.yaml", CRON_JOB)
        assert (str(job.places[0]), job.places[0].source) == ("cron.yaml:6", "kubernetes")
        assert job.declared.raw == "python manage.py send_digest --shop=7"
        assert (job.timezone, job.declared.label, job.status) == ("Europe/Paris", "digest", "exact")
        reading = job.reading
        assert reading.lock is not None
        assert (reading.lock.key, reading.lock.blocking) == ("digest", False)
        assert (reading.timeout, reading.cwd) == (600, "/app")
        assert reading.environment == {"SHOP": "7", "PASSWORD": "from secretKeyRef"}
        assert [finding.code for finding in job.findings] == ["CM149"]  # the deadline for a late start

    def test_a_rendered_chart_comes_through_a_pipe(self) -> None:
        piped = source_of(SourceFile("<stdin>", CRON_JOB))
        assert piped is not None
        assert piped.name == "kubernetes"

    def test_what_the_file_leaves_to_the_cluster_is_said(self) -> None:
        text = CRON_JOB.replace("  timeZone: Europe/Paris\n", "").replace("Forbid", "Replace")
        found = scan(("cron.yaml", text.replace("restartPolicy: Never", "restartPolicy: OnFailure")))
        assert sorted(codes(found)) == ["CM134", "CM149", "CM149", "CM149"]
        assert found.jobs[0].timezone == "UTC"

    def test_a_suspended_one_is_disabled(self) -> None:
        found = scan(("cron.yaml", CRON_JOB.replace("  timeZone", "  suspend: true\n  timeZone")))
        assert (found.jobs, marked(found)) == ((), {6: "disabled"})

    def test_without_a_command_the_image_decides(self) -> None:
        text = "".join(
            line + "\n" for line in CRON_JOB.splitlines() if "command:" not in line and "args:" not in line
        )
        job = one("cron.yaml", text)
        assert (job.status, "CM133" in [finding.code for finding in job.findings]) == ("decide", True)

    def test_lists_and_several_documents(self) -> None:
        item = "\n".join("    " + line for line in CRON_JOB.splitlines()).replace(
            "    apiVersion", "  - apiVersion", 1
        )
        found = scan(("all.yml", f"{CRON_JOB}---\nkind: List\nitems:\n{item}\n"))
        assert [job.places[0].line for job in found.jobs] == [6, 34]

    def test_a_chart_is_read_around_its_placeholders(self) -> None:
        text = CRON_JOB.replace('"0 5 * * *"', "{{ .Values.digest.schedule | quote }}").replace(
            "metadata:", "{{- if .Values.x }}\nmetadata:"
        )
        values = "digest:\n  schedule: 0 6 * * *\n"
        known = one("chart/templates/cron.yaml", text, ("chart/values.yaml", values))
        assert (known.schedule.text, known.status, known.places[0].line) == ("0 6 * * *", "decide", 7)
        unknown = one("chart/templates/cron.yaml", text)
        assert isinstance(unknown.schedule, Undecided)
        assert unknown.schedule.text == "{{ .Values.digest.schedule | quote }}"

    def test_a_placeholder_in_the_command_is_kept_as_it_is_written(self) -> None:
        job = one("cron.yaml", CRON_JOB.replace("--shop=$(SHOP)", "--shop={{ .Values.shop }}"))
        assert job.reading.steps[0].argv == ("--shop={{ .Values.shop }}",)
        assert job.status == "decide"

    def test_values_of_a_chart_that_describe_jobs(self) -> None:
        text = "cronjobs:\n  digest:\n    schedule: '@daily'\n    command: [python, manage.py, send_digest]\n"
        assert one("chart/values.yaml", text).places[0].line == 3

    def test_broken_yaml_keeps_what_stands_above(self) -> None:
        found = scan(("cron.yaml", CRON_JOB + "---\nkind: [\n"))
        assert len(found.jobs) == 1
        broken = [finding.place for finding in found.findings if finding.code == "CM132"]
        assert [place.line for place in broken if place] == [CRON_JOB.count("\n") + 2]


ROBFIG = {
    "a step goes on to the end": ("5/15 * * * *", "5,20,35,50 * * * *"),
    "question marks": ("0 5 ? * ?", "0 5 * * *"),
    "names": ("0 0 1 JAN mon-fri", "0 0 1 jan 1-5"),
    "a starred step counts as restricted": ("0 3 */2 * 1", "0 3 1-31/2 * 1"),
}


@pytest.mark.parametrize(("written", "debian"), ROBFIG.values(), ids=ROBFIG)
def test_the_controller_reads_a_schedule_in_its_own_way(written: str, debian: str) -> None:
    job = one("jobs", f"{debian} a\n")
    read = read_robfig(written).schedule
    assert isinstance(read, CronExpression)
    assert job.expression is not None
    assert meaning(read) == meaning(job.expression)


@pytest.mark.parametrize(
    "text", ["0 0 * * 7", "5-1 * * * *", "*/0 * * * *", "@reboot", "@every x", "* * * *", "L * * * *"]
)
def test_what_the_controller_refuses_is_unreadable(text: str) -> None:
    found = scan(("cron.yaml", CRON_JOB.replace("0 5 * * *", text)))
    assert (found.jobs, codes(found), marked(found)) == ((), ["CM101"], {6: "unreadable"})


def test_intervals_and_zones_before_a_schedule() -> None:
    assert read_robfig("@every 1h30m").schedule == Interval("@every 1h30m", 5400)
    assert read_robfig("CRON_TZ=Asia/Tokyo 0 5 * * *").zone == "Asia/Tokyo"
    assert read_robfig("*/10 * * * * *", seconds=True).schedule == Interval("*/10 * * * * *", 10)
    assert isinstance(read_robfig("7 * * * * *", seconds=True).schedule, Undecided)


ANSIBLE = """\
- hosts: web
  tasks:
    - name: digest
      cron:
        name: send digest
        minute: "0"
        hour: 5
        weekday: "1-5"
        user: www-data
        job: cd /srv && python manage.py send_digest
    - cron: name="old" minute=5 hour=6 job="python manage.py old --x" user=bob
    - block:
        - ansible.builtin.cron:
            name: "{{ item.name }}"
            special_time: daily
            job: "python manage.py {{ item.command }}"
          loop:
            - {name: a, command: alpha}
            - {name: b, command: beta}
        - cron: {name: gone, state: absent}
        - cron: {name: off, disabled: true, job: python manage.py off}
        - cron: {name: PATH, env: true, value: /bin}
    - copy:
        dest: /etc/cron.d/app
        content: |
          MAILTO=a
          0 5 * * * root python manage.py zeta
    - template: src=jobs.j2 dest=/etc/cron.d/jobs
    - shell: echo "0 7 * * * python manage.py eta" | crontab -
"""


def test_two_schedulers_that_run_the_same_command_are_two_jobs() -> None:
    play = '- cron: {name: x, minute: "0", hour: "5", job: python manage.py send_digest}\n'
    manifest = CRON_JOB.replace('args: [send_digest, "--shop=$(SHOP)"]', "args: [send_digest]")
    assert len(scan(("play.yml", play), ("cron.yaml", manifest)).jobs) == 2


class TestAnsible:
    def test_every_task_is_the_line_that_it_writes(self) -> None:
        found = scan(
            ("roles/x/tasks/main.yml", ANSIBLE),
            ("roles/x/templates/jobs.j2", "@daily {{ u }} python manage.py theta\n"),
        )
        jobs = {job.command: job for job in found.jobs}
        assert {name: (job.places[0].line, job.schedule.text) for name, job in jobs.items()} == {
            "send_digest": (4, "0 5 * * 1-5"),
            "old": (11, "5 6 * * *"),
            "alpha": (18, "@daily"),
            "beta": (19, "@daily"),
            "zeta": (27, "0 5 * * *"),
            "eta": (29, "0 7 * * *"),
            "theta": (1, "@daily"),
        }
        assert jobs["send_digest"].declared.user == "www-data"
        assert jobs["send_digest"].declared.label == "send digest"
        assert {job.generator.path for job in found.jobs if job.generator} == {"roles/x/tasks/main.yml"}
        assert len([job for job in found.jobs if job.generator]) == len(found.jobs)
        reasons = {line.line: line.reason for line in found.lines if line.reason and "main" in line.path}
        assert reasons[20] == "takes a job away"
        assert marked(found)[21] == "disabled"

    def test_the_line_that_it_wrote_is_the_same_job(self) -> None:
        installed = "0 5 * * 1-5 cd /srv && python manage.py send_digest\n"
        play = "".join(ANSIBLE.splitlines(keepends=True)[:10])
        job = one("play.yml", play, ("crontab", installed))
        assert sorted(map(str, job.places)) == ["crontab:1", "play.yml:4"]
        assert str(job.generator) == "play.yml:4"

    def test_an_open_field_leaves_the_job(self) -> None:
        job = one("play.yml", '- cron: {name: x, hour: "{{ hour }}", job: python manage.py x}\n')
        assert isinstance(job.schedule, Undecided)
        assert (job.command, job.status) == ("x", "decide")


COMPOSE = """\
services:
  web:
    image: shop
    labels:
      ofelia.enabled: "true"
      ofelia.job-exec.digest.schedule: "0 0 5 * * *"
      ofelia.job-exec.digest.command: python manage.py send_digest
      ofelia.job-exec.digest.no-overlap: "true"
  ofelia:
    image: mcuadros/ofelia
    environment: [TZ=Europe/Paris]
  cron:
    image: shop
    environment: {TZ: Europe/Paris}
    volumes:
      - ./deploy/crontab:/etc/cron.d/shop:ro
      - ./deploy/jobs:/app/jobs
    command: [supercronic, /app/jobs]
  old:
    command: sh -c "echo '0 5 * * * python manage.py old' | crontab - && crond -f"
  clean:
    command: python manage.py clean
    deploy:
      labels:
        - swarm.cronjob.schedule=0 5 * * *
        - swarm.cronjob.skip-running=true
"""


def test_compose_services_ofelia_and_swarm() -> None:
    files = {
        "deploy/crontab": "0 1 * * * root python manage.py a\n",
        "deploy/jobs": "0 2 * * * python manage.py b\n",
    }
    jobs = {job.command: job for job in scan(("compose.yaml", COMPOSE), *files.items()).jobs}
    assert {name: (str(job.places[0]), job.timezone) for name, job in jobs.items()} == {
        "send_digest": ("compose.yaml:6", "Europe/Paris"),
        "a": ("deploy/crontab:1", "Europe/Paris"),
        "b": ("deploy/jobs:1", "Europe/Paris"),
        "old": ("compose.yaml:20", "Europe/Warsaw"),
        "clean": ("compose.yaml:25", "UTC"),
    }
    assert [jobs[name].reading.lock is not None for name in ("send_digest", "clean")] == [True, True]
    assert (jobs["a"].declared.user, str(jobs["b"].generator)) == ("root", "compose.yaml:18")


def test_the_ini_file_of_ofelia() -> None:
    text = '[job-exec "x"]\n; daily\nschedule = @daily\ncontainer = web\ncommand = python manage.py x\n'
    job = one("ofelia.ini", text)
    assert (job.places[0].line, job.declared.label, job.status) == (3, "x", "exact")
    assert job.reading.container is not None
    assert job.reading.container.target == "web"


SALT = """\
python manage.py a:
  cron.present:
    - user: www
    - minute: random
    - hour: 5
b:
  cron:
    - present
    - name: python manage.py b
    - special: '@daily'
c:
  cron.absent: []
/etc/cron.d/d:
  file.managed:
    - contents: |
        0 5 * * * root python manage.py d
salt://cron/jobs:
  cron.file:
    - user: www
"""


def test_salt_states() -> None:
    found = scan(("cron.sls", SALT), ("cron/jobs", "@daily python manage.py e\n"))
    assert {(job.command, str(job.places[0]), job.status, job.declared.user) for job in found.jobs} == {
        ("a", "cron.sls:2", "decide", "www"),
        ("b", "cron.sls:7", "exact", "root"),
        ("d", "cron.sls:16", "exact", "root"),
        ("e", "cron/jobs:1", "exact", "www"),
    }


EXTENSION = """\
files:
  "/etc/cron.d/shop":
    content: |
      # nightly
      0 5 * * * root /usr/local/bin/run.sh
  "/usr/local/bin/run.sh":
    content: |
      #!/bin/sh
      python manage.py nightly
container_commands:
  01_cron:
    command: cat .ebextensions/more > /etc/cron.d/more
    leader_only: true
"""


def test_extensions_of_beanstalk_with_the_scripts_that_they_write() -> None:
    more = (".ebextensions/more", "@daily root python manage.py a\n")
    found = scan((".ebextensions/cron.config", EXTENSION), more)
    assert {(job.command, str(job.places[0]), str(job.generator)) for job in found.jobs} == {
        ("nightly", ".ebextensions/cron.config:5", ".ebextensions/cron.config:3"),
        ("a", ".ebextensions/more:1", ".ebextensions/cron.config:12"),
    }
    assert codes(found) == ["CM149"]


TASK = '{"command": "python manage.py a", "schedule": "@daily"}'
OTHERS = {
    "dokku": ("app.json", f'{{\n\t"cron": [{TASK}]\n}}', "exact"),
    "a worker of Beanstalk": ("cron.yaml", "version: 1\ncron: [{url: /a, schedule: 0 5 * * *}]\n", "stays"),
    "App Engine": ("cron.yaml", "cron:\n- url: /a\n  schedule: every 5 minutes\n", "stays"),
    "a workflow": (".github/workflows/x.yml", "on:\n  schedule:\n    - cron: '0 5 * * *'\n", "stays"),
}


@pytest.mark.parametrize(("path", "text", "status"), OTHERS.values(), ids=OTHERS)
def test_other_schedulers(path: str, text: str, status: str) -> None:
    assert one(path, text).status == status


WORDS = {
    "every 5 minutes": Interval("every 5 minutes", 300),
    "every 24 hours": Interval("every 24 hours", 86400),
    "every day 09:30": "30 9 * * *",
    "every mon,wednesday 09:00": "0 9 * * mon,wed",
    "every day of jan,jul 00:05": "5 0 * jan,jul *",
    "every 2 hours synchronized": "0 */2 * * *",
    "1st,third monday of month 04:00": None,
    "every 5 minutes from 10:00 to 14:00": None,
}


@pytest.mark.parametrize(("text", "wanted"), WORDS.items(), ids=WORDS)
def test_the_words_of_app_engine(text: str, wanted: object) -> None:
    schedule = schedule_of(text)
    match wanted:
        case None:
            assert isinstance(schedule, Undecided)
        case str():
            assert schedule.text == wanted
        case _:
            assert schedule == wanted


ORDINARY = {
    "compose.yml": "services:\n  cron:\n    image: x\n    command: cron -f\n  web:\n    labels: [a=b]\n",
    ".gitlab-ci.yml": "cron:\n  script: ./x\n  only: [schedules]\n",
    "fixtures/schedules.yaml": "- model: shop.job\n  fields: {schedule: 0 5 * * *, command: x}\n",
    "mkdocs.yml": "site_name: cron\nnav:\n  - cron: cron.md\n  - name: x\n    job: y\n",
    "values.yaml": "image: x\ncrontab:\n  enabled: true\nschedule: 0 5 * * *\n",
    "k8s/deployment.yaml": "kind: Deployment\nspec: {containers: [{command: [cron]}]}\n# no CronJob\n",
    "play.yml": "- tasks:\n    - apt: name=cron state=present\n    - service: {name: cron, state: started}\n",
    "app.json": '{"name": "x", "scripts": {"cron": "y"}, "cron": {"a": 1}}',
    "cron.yaml": "jobs:\n  - 5\n",
    "openapi.yaml": "paths:\n  /cron:\n    get: {description: '0 5 * * * x'}\n",
    "broken.yaml": "cron: [\n",
    "empty.yaml": "",
    "setup.cfg": "[cron]\nx = 1\n",
    "Dockerfile": "FROM x\nRUN apt-get install -y cron\nCOPY . /app\nCMD cron -f\n",
    "run.sh": "#!/bin/sh\n# crontab\nservice cron start\ncrontab -l\n",
}


@pytest.mark.parametrize("path", ORDINARY)
def test_ordinary_files_are_no_sources(path: str) -> None:
    assert source_of(SourceFile(path, ORDINARY[path], named=False)) is None


class TestYaml:
    def test_lines_of_blocks_and_merged_keys(self) -> None:
        root = documents("a: &a {x: 1, y: 2}\nb:\n  <<: *a\n  y: |\n    l\n    m\n").roots[0]
        assert isinstance(root, Table)
        inner = root.table("b")
        assert inner is not None
        assert [(key.text, key.line) for key, _value in inner.items()] == [("y", 4), ("x", 1)]
        block = inner.get("y")
        assert isinstance(block, Scalar)
        assert block.line_of(2) == 6

    def test_a_bomb_and_a_circle_stay_small(self) -> None:
        lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 40)]
        assert len(list(documents("\n".join(lines)).walk())) < 100
        circle = documents("a: &a\n  <<: *a\n  b: [*a]\n")
        assert len(list(circle.walk())) < 10
        scan(("compose.yaml", "services: &s\n  cron: *s\n  <<: *s\n"))

    def test_depth_costs_nothing(self) -> None:
        assert documents("[" * 100_000).broken is not None
        assert documents("".join(" " * n + "- \n" for n in range(150))).broken is None


PATHS = ["cron.yaml", "compose.yml", "x.sls", ".ebextensions/a.config", "app.json", "values.yaml"]
PIECES = [
    *(
        "kind: CronJob\n",
        "spec:\n",
        "  schedule: '0 5 * * *'\n",
        "cron:\n",
        "- ",
        "  job: a\n",
        "version: 1\n",
    ),
    *("url: /a\n", "schedule: every 5 minutes\n", "cron.present:\n", "files:\n", "  /etc/cron.d/x:\n"),
    *(
        "    content: |\n",
        "labels:\n",
        "command: crontab x\n",
        "ofelia.job-exec.a.schedule: x\n",
        "services:\n",
    ),
    *(
        "{{ x }}",
        "{% if %}\n",
        "&a ",
        "*a",
        "<<: ",
        "---\n",
        "{",
        "}",
        "[",
        "]",
        "|\n",
        ": ",
        "'",
        '"',
        "  x:\n",
    ),
    *("\t", "\udcff", "\x00", "\x85", "\u2028", "\r", "null"),
]


@given(st.sampled_from(PATHS), st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_any_text_is_read_and_every_line_accounted_for(path: str, text: str) -> None:
    found = scan((path, text))
    if found.lines:
        assert [line.text for line in found.lines] == text.split("\n")[: -1 if text.endswith("\n") else None]


FILLED_IN = """services:
  cron:
    image: shop
    environment:
      - WHEN=${SCHEDULE:-0 8 * * *}
    command: sh -c 'echo "$$WHEN python manage.py b" | crontab - && crond -f'
  ofelia:
    image: mcuadros/ofelia
    environment: {TZ: Europe/Warsaw}
    labels:
      ofelia.job-local.z.schedule: "${AT:-0 0 10 * * *}"
      ofelia.job-local.z.command: "python manage.py z"
      ofelia.job-local.y.schedule: "${NOBODY_KNOWS}"
      ofelia.job-local.y.command: "python manage.py y"
"""


def test_compose_fills_in_the_defaults_of_its_variables_and_says_that_they_are() -> None:
    found = scan(("compose.yaml", FILLED_IN))
    assert {job.command: job.schedule.text for job in found.jobs} == {
        "z": "0 10 * * *",
        "y": "${NOBODY_KNOWS}",
        "b": "0 8 * * *",
    }
    notes = [
        (one.place.line if one.place else 0, one.message) for one in found.findings if one.code == "CM110"
    ]
    assert notes == [
        (6, "SCHEDULE is 0 8 * * * unless the environment of the script says otherwise"),
        (11, "AT is 0 0 10 * * * unless the environment of compose says otherwise"),
    ]
    assert {job.status for job in found.jobs} == {"decide"}
    said = scan(("compose.yaml", FILLED_IN), SCHEDULE="1 8 * * *", AT="0 1 10 * * *", NOBODY_KNOWS="@daily")
    assert {job.command: job.schedule.text for job in said.jobs} == {
        "z": "1 10 * * *",
        "y": "@daily",
        "b": "1 8 * * *",
    }
    assert {job.status for job in said.jobs} == {"exact"}
