"""Compose files: services that run cron, and the labels of ofelia and swarm-cronjob."""

from tests.unit.found_files import one, scan

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
