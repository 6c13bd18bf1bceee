"""Ansible's tasks: each is the crontab line that it writes."""

from migrator.schedule.kinds import Undecided
from tests.unit.found_files import marked, one, scan

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
