"""Jobs that several files declare together, each of them once."""

import pytest

from migrator.sources.job import Job
from tests.unit.python_sources import by_place, codes, tree

# What django_crontab 0.7.1 calls its jobs: Crontab.__hash_job() was asked.
HASHES = {
    '("*/5 * * * *", "shop.cron.tick")': "da11c8efa8bcf1c590338cb3a0be0862",
    '("0 4 * * *", "shop.cron.nightly", ">> /tmp/x.log 2>&1")': "582beecd0523f0e5e23447ce5518ce21",
    '("0 0 1 * *", "shop.cron.zażółć", [1, "a"], {"b": 2.5, "a": None}, "2>/dev/null")': (
        "5b8d992ce0d7fb98b5f69e0f09ec492a"
    ),
}
CRON_CLASS = """\
from django_cron import CronJobBase, Schedule
class {0}(CronJobBase):
    code = "{0}"
    schedule = Schedule(run_every_mins=30)
"""
DAILY_JOB = "from django_extensions.management.jobs import DailyJob\nclass Job(DailyJob): pass\n"


def places(job: Job) -> list[str]:
    return [str(place) for place in job.places]


@pytest.mark.parametrize("entry", HASHES, ids=HASHES.get)
def test_an_installed_line_of_django_crontab_is_the_job_of_the_settings(entry: str) -> None:
    schedule = entry.split('"')[1]
    line = (
        f"{schedule} /usr/bin/python /srv/manage.py crontab run {HASHES[entry]} # django-cronjobs for shop\n"
    )
    found = tree({"crontab": line, "shop/settings.py": f"CRONJOBS = [\n    {entry},\n]\n"})
    (job,) = found.jobs
    assert places(job) == ["crontab:1", "shop/settings.py:2"]
    assert str(job.generator) == "shop/settings.py:1"
    assert job.reading.steps[0].name == entry.split('"')[3]
    assert job.status == "decide"
    assert codes(found, but="CM203 CM306") == {2: {"CM140"}}


def test_a_line_whose_hash_is_not_in_the_settings_is_told() -> None:
    line = "0 4 * * * ./manage.py crontab run 0123456789abcdef0123456789abcdef\n"
    assert codes(tree({"crontab": line, "settings.py": 'CRONJOBS = [("@daily", "a.b")]\n'}))[1] >= {"CM145"}


def test_runcrons_and_its_classes_are_jobs_that_all_wait_for_a_choice() -> None:
    found = tree(
        {
            "crontab": "*/5 6 * * * ./manage.py runcrons --settings shop.settings\n",
            "shop/cron.py": CRON_CLASS.format("A"),
            "stock/cron.py": CRON_CLASS.format("B"),
        }
    )
    assert [job.status for job in found.jobs] == ["decide"] * 3
    assert {str(job.generator) for job in found.jobs[1:]} == {"crontab:1"}
    assert "starts 2 jobs: A, B" in found.jobs[0].findings[-1].message
    assert all("CM144" in [finding.code for finding in job.findings] for job in found.jobs)


@pytest.mark.parametrize(
    ("line", "classes", "driven"),
    [
        pytest.param("runcrons", None, {"A", "B"}, id="all"),
        pytest.param("runcrons shop.cron.A", None, {"A"}, id="one by its name"),
        pytest.param("runcrons", '["shop.cron.B"]', {"B"}, id="those that the settings list"),
        pytest.param("runcrons cron.A", '["shop.cron.B"]', {"A"}, id="a name beats the list"),
        pytest.param("migrate", None, set(), id="none"),
    ],
)
def test_which_classes_a_line_starts(line: str, classes: str | None, driven: set[str]) -> None:
    files = {"crontab": f"5 4 * * * ./manage.py {line}\n"}
    files["shop/cron.py"] = CRON_CLASS.format("A") + CRON_CLASS.format("B")
    if classes:
        files["shop/settings.py"] = f"CRON_CLASSES = {classes}\n"
    jobs = tree(files).jobs[1:]
    assert {job.declared.label for job in jobs if job.generator} == driven
    lonely = {job.declared.label for job in jobs if "CM146" in [one.code for one in job.findings]}
    assert lonely == {"A", "B"} - driven


def test_a_class_that_the_settings_list_and_nobody_declares_is_told() -> None:
    found = tree({"settings.py": 'CRON_CLASSES = [\n"django_cron.cron.Failed",\n]\n'})
    assert codes(found) == {2: {"CM145"}}


def test_a_job_of_django_extensions_has_the_schedule_of_the_line_that_starts_it() -> None:
    found = tree(
        {
            "crontab": "15 5 * * * ./manage.py runjobs daily\n15 6 * * * ./manage.py runjob report\n",
            "shop/jobs/daily/report.py": DAILY_JOB,
            "shop/jobs/daily/_draft.py": DAILY_JOB,
        }
    )
    jobs = by_place(found)
    job = jobs["shop/jobs/daily/report.py:2"]
    assert (job.schedule.text, str(job.generator), job.status) == ("15 5 * * *", "crontab:1", "decide")
    assert job.reading.steps[0].argv == ("shop", "report")
    assert places(jobs["crontab:2"]) == ["crontab:2", "shop/jobs/daily/report.py:2"]


def test_a_line_and_the_function_that_it_starts_are_one_job() -> None:
    text = "import cronjobs\n@cronjobs.register\ndef tick(): pass\n@cronjobs.register\ndef tock(): pass\n"
    found = tree(
        {"crontab": "5 4 * * * ./manage.py cron tick 3\n5 5 * * * ./manage.py cron tack\n", "a/cron.py": text}
    )
    assert [places(job) for job in found.jobs] == [["crontab:1", "a/cron.py:2"], ["crontab:2"]]
    assert {job.status for job in found.jobs} == {"exact"}
    assert codes(found) == {2: {"CM145"}, 4: {"CM146"}}


def test_a_command_of_that_name_without_a_registry_is_a_command() -> None:
    assert codes(tree({"crontab": "5 4 * * * ./manage.py cron tick\n"})) == {}


def test_an_installed_line_of_kronos_is_the_registered_job() -> None:
    text = "import kronos\n@kronos.register('5 4 * * *', args={'n': 1})\ndef purge(): pass\n"
    line = "5 4 * * * cd /srv && python manage.py runtask purge n=1 --settings=shop.settings\n"
    (job,) = tree({"crontab": line, "shop/cron.py": text}).jobs
    assert (places(job), str(job.generator)) == (["crontab:1", "shop/cron.py:2"], "shop/cron.py:2")


class TestCeleryToo:
    TASK = """\
        from celery import shared_task
        from django.core.management import call_command
        @shared_task
        def remind():
            call_command("send_reminders", "--all"{})
        """
    ENTRY = 'CELERY_BEAT_SCHEDULE = {"r": {"task": "shop.tasks.remind", "schedule": 60}}\n'

    @pytest.mark.parametrize(
        ("command", "more", "told"),
        [
            pytest.param("send_reminders --all", "", True, id="the same call"),
            pytest.param(
                "send_reminders --all --dry-run", ", dry_run=True", True, id="an option by its parameter"
            ),
            pytest.param("send_reminders", "", False, id="other arguments"),
            pytest.param("send_reminders", ", *extra", True, id="arguments that only a run gives"),
            pytest.param("send_invoices --all", "", False, id="another command"),
        ],
    )
    def test_a_cron_job_whose_command_a_task_runs(self, command: str, more: str, *, told: bool) -> None:
        found = tree(
            {
                "crontab": f"5 4 * * * ./manage.py {command}\n",
                "backend/shop/tasks.py": self.TASK.format(more),
                "backend/shop/settings.py": self.ENTRY,
            }
        )
        assert ("CM142" in codes(found)[1]) == told if told else "CM142" not in codes(found).get(1, set())
        assert [job.status for job in found.jobs if job.places[0].path == "crontab"] == [
            "decide" if told else "exact"
        ]

    def test_a_task_that_no_entry_schedules_doubles_nothing(self) -> None:
        files = {
            "crontab": "5 4 * * * ./manage.py send_reminders --all\n",
            "shop/tasks.py": self.TASK.format(""),
        }
        assert codes(tree(files)) == {}


class TestSettingsOfSeveralModules:
    ENTRY = 'CELERY_BEAT_SCHEDULE = {"a": {"task": "t.a", "schedule": 60}}\n'

    def test_a_second_value_in_the_same_folder_is_told_with_both_places(self) -> None:
        found = tree({"s/common.py": self.ENTRY, "s/production.py": "CELERY_BEAT_SCHEDULE = {}\n"})
        (finding,) = [one for one in found.findings if one.code == "CM143"]
        assert str(finding.place) == "s/production.py:1"
        assert "s/common.py:1" in finding.message

    def test_an_import_gives_a_value_too(self) -> None:
        found = tree(
            {
                "s/common.py": "from shop.beat import CELERY_BEAT_SCHEDULE\n",
                "s/production.py": "from .common import *\nCELERY_BEAT_SCHEDULE = {}\n",
                "shop/beat.py": self.ENTRY,
            }
        )
        assert [str(one.place) for one in found.findings if one.code == "CM143"] == ["s/production.py:2"]

    def test_a_value_that_is_made_of_the_one_before_replaces_nothing(self) -> None:
        more = 'CELERY_BEAT_SCHEDULE = {**CELERY_BEAT_SCHEDULE, "b": {"task": "t.b", "schedule": 60}}\n'
        jobs = 'CRONJOBS = [("@daily", "a.b")]\nCRONJOBS = CRONJOBS + [("@weekly", "a.c")]\n'
        found = tree(
            {
                "s/common.py": self.ENTRY + more + jobs,
                "s/production.py": f"from .common import *\n{more.replace('t.b', 't.c')}",
            }
        )
        assert [job.command for job in found.jobs] == ["t.a", "t.b", "a.b", "a.c", "t.c"]
        assert {one.code for one in found.findings} == {"CM140", "CM141"}

    def test_what_is_added_and_other_projects_are_not(self) -> None:
        added = 'from .common import *\nCELERY_BEAT_SCHEDULE["b"] = {"task": "t.b", "schedule": 60}\n'
        found = tree({"a/common.py": self.ENTRY, "a/production.py": added, "b/common.py": self.ENTRY})
        assert [one for one in found.findings if one.code == "CM143"] == []
        assert len(found.jobs) == 3

    def test_a_repeated_job_is_one_with_two_places(self) -> None:
        jobs = 'CRONJOBS = [\n("@daily", "a.b"),\n]\n'
        (job,) = tree({"s/local.py": jobs, "s/production.py": jobs}).jobs
        assert places(job) == ["s/local.py:2", "s/production.py:2"]

    def test_a_job_twice_in_one_module_is_two(self) -> None:
        jobs = 'CRONJOBS = [\n("@daily", "a.b"),\n("@daily", "a.b"),\n]\n'
        assert len(tree({"s/local.py": jobs}).jobs) == 2


def test_secrets_of_the_settings_do_not_show() -> None:
    found = tree(
        {
            "settings.py": """\
        # a comment
        SECRET_KEY = (
            "hunter2"
            "hünter2"
        )
        DATABASES = {"default": {"PASSWORD": "hunter2", "NAME": "shop"}}
        EMAIL.update(api_key="hunter2", auth=dict(a=f"{X}hunter2"))
        CONF["token"] = b"hunter2"
        URL = ("postgres://shop:"
               "hunter2@db/shop")
        CRONJOBS = [
            ("@daily", "a.b"),
        ]
        """
        }
    )
    text = "\n".join(line.text for line in found.lines)
    assert "unter2" not in text
    assert "nter2" not in text
    assert '"NAME": "shop"' in text
    assert [line.line for line in found.lines if line.kind == "job"] == [12]
