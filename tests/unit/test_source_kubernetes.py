"""Kubernetes' CronJobs, in manifests, charts and their values; and how its controller reads a schedule."""

import pytest

from migrator.schedule.expression import CronExpression
from migrator.schedule.kinds import Interval, Undecided
from migrator.schedule.meaning import meaning
from migrator.schedule.robfig import read_robfig
from migrator.sources.kinds import source_of
from migrator.sources.source import SourceFile
from tests.unit.found_files import codes, marked, one, scan

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


def test_two_schedulers_that_run_the_same_command_are_two_jobs() -> None:
    play = '- cron: {name: x, minute: "0", hour: "5", job: python manage.py send_digest}\n'
    manifest = CRON_JOB.replace('args: [send_digest, "--shop=$(SHOP)"]', "args: [send_digest]")
    assert len(scan(("play.yml", play), ("cron.yaml", manifest)).jobs) == 2
