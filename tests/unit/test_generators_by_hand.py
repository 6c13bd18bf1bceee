"""Each kind of source that no edit reaches says what a person does there; the plan shows it."""

import datetime as dt

import pytest

from migrator.crontab.columns import format_by_path
from migrator.cutover.cutting import by_hand
from migrator.cutover.generators import REMEDIES, remedy
from migrator.sources.inventory import Context, take_inventory
from migrator.sources.source import SourceFile
from tests.residue_tree import tree_of

SOURCES = tree_of("""\
==> etc/periodic/daily/a <==
#!/bin/sh
cd /srv && python manage.py a
==> etc/anacrontab <==
1 5 a cd /srv && python manage.py a
==> cron.timer <==
[Timer]
OnCalendar=*-*-* 05:00
Unit=a.service
==> k8s/cron.yaml <==
apiVersion: batch/v1
kind: CronJob
metadata:
  name: a
spec:
  schedule: '0 5 * * *'
  jobTemplate:
    spec:
      template:
        spec:
          containers:
          - name: a
            image: shop
            command: ['python','manage.py','a']
==> chart/values.yaml <==
cronjobs:
  - name: a
    schedule: '0 5 * * *'
    command: ['python','manage.py','a']
==> play.yaml <==
- cron:
    name: a
    minute: 0
    hour: 5
    job: ./manage.py a
==> compose.yaml <==
services:
  web:
    image: shop
    labels:
      ofelia.enabled: 'true'
      ofelia.job-exec.a.schedule: '0 0 5 * * *'
      ofelia.job-exec.a.command: python manage.py a
==> ofelia.ini <==
[job-exec "a"]
schedule = 0 0 5 * * *
container = web
command = python manage.py a
==> states/a.sls <==
a:
  cron.present:
    - name: python manage.py a
    - minute: 0
    - hour: 5
==> .ebextensions/cron.config <==
files:
  /etc/cron.d/a:
    mode: '000644'
    content: |
      0 5 * * * root python manage.py a
==> cron.yaml <==
version: 1
cron:
  - name: a
    url: /a
    schedule: '0 5 * * *'
==> app.json <==
{"cron":[{"command":"python manage.py a","schedule":"0 5 * * *"}]}
==> .github/workflows/a.yml <==
on:
  schedule:
    - cron: '0 5 * * *'
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - run: python manage.py a
==> Dockerfile <==
FROM debian
RUN echo '0 5 * * * root python manage.py a' > /etc/cron.d/a
==> settings.py <==
CRONJOBS = [('0 5 * * *', 'django.core.management.call_command', ['a'])]
==> cron.py <==
import kronos
@kronos.register('0 5 * * *')
def a():
    pass
==> sched.py <==
from apscheduler.schedulers.blocking import BlockingScheduler
s = BlockingScheduler()
s.add_job(a, 'cron', hour=5)
""")
DOES = {
    "etc/periodic/daily/a": "chmod -x it",
    "etc/anacrontab": "put a # before its line",
    "cron.timer": "systemctl disable --now",
    "k8s/cron.yaml": "set suspend: true, apply it",
    "chart/values.yaml": "suspend: true in the values",
    "play.yaml": "state absent",
    "compose.yaml": "docker compose up -d",
    "ofelia.ini": "start ofelia anew",
    "states/a.sls": "cron.absent",
    ".ebextensions/cron.config": "old instances",
    "cron.yaml": "deploy the worker environment",
    "app.json": "with each deployment",
    ".github/workflows/a.yml": "on the default branch",
    "Dockerfile": "build the image anew",
    "settings.py": "manage.py crontab add",
    "cron.py": "manage.py installtasks",
    "sched.py": "start the scheduler anew",
}


@pytest.mark.parametrize("path", SOURCES)
def test_the_plan_says_what_to_do_there(path: str) -> None:
    source = SourceFile(path, SOURCES[path], format_by_path(path), named=False)
    jobs = take_inventory([source], Context("UTC", dt.date(2026, 9, 1))).jobs
    [left] = by_hand(jobs, [])
    assert (left.place.path, DOES[path] in left.text) == (path, True), left.text


def test_what_is_not_known_by_name_has_a_word_too() -> None:
    assert remedy("somebody's own", "a") == "take the entry out there, and deploy that before the cutover"
    assert remedy("crontab", "a") == 'put "#migrator retired a: " before the line'
    assert all(name == name.lower() for name in REMEDIES)
