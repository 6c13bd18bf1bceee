"""Jobs in other deployment files: Salt, Beanstalk, App Engine and more; and files that only look so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.schedule.kinds import Interval, Undecided
from migrator.sources.deploy.app_engine import schedule_of
from migrator.sources.deploy.yaml_text import Scalar, Table, documents
from migrator.sources.kinds import source_of
from migrator.sources.source import SourceFile
from tests.unit.found_files import codes, one, scan

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
