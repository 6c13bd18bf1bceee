"""What the declarations of cron libraries and of Celery are read as: one table row, one shape."""

import pytest

from migrator.crontab.reading import Lock
from migrator.schedule.kinds import Interval, Undecided
from tests.unit.python_sources import codes, module, schedules, tree


class TestDjangoCrontab:
    def test_a_function_is_a_step_of_the_project_and_waits_for_a_decision(self) -> None:
        (job,) = module('CRONJOBS = [("*/5 6 * * *", "shop.cron.tick", [1], {"deep": True})]\n').jobs
        (step,) = job.reading.steps
        assert (step.kind, step.name, step.argv) == ("python", "shop.cron.tick", ("1", "deep=True"))
        assert job.status == "decide"
        assert job.places[0].source == "django-crontab"
        assert str(job.generator) == "shop/settings.py:1"

    def test_call_command_is_a_management_step(self) -> None:
        call = '"django.core.management.call_command", ["clearsessions", "-v", 0], {"dry_run": True}'
        (job,) = module(f'CRONJOBS = [("15 4 * * *", {call})]\n').jobs
        (step,) = job.reading.steps
        assert (step.kind, step.name, step.argv) == ("management", "clearsessions", ("-v", "0", "--dry-run"))
        assert job.status == "exact"

    @pytest.mark.parametrize(
        "entry",
        [
            pytest.param('("0 4 * * *", "a.b", ">> /tmp/x.log 2>&1")', id="third of three"),
            pytest.param('("0 4 * * *", "a.b", [], {}, ">> /tmp/x.log 2>&1")', id="last of five"),
            pytest.param('["0 4 * * *", "a.b", f">> {DIR}/x.log 2>&1"]', id="a list with an f-string"),
        ],
    )
    def test_the_suffix_says_where_the_output_goes(self, entry: str) -> None:
        (job,) = module(f'DIR = "/tmp"\nCRONJOBS = [{entry}]\n').jobs
        assert job.reading.log == "/tmp/x.log"

    def test_other_settings_are_around_every_job(self) -> None:
        found = module("""\
            CRONTAB_LOCK_JOBS = True
            CRONTAB_COMMAND_PREFIX = "cd /srv/shop &&"
            CRONTAB_COMMAND_SUFFIX = ">> /tmp/all.log"
            CRONJOBS = [("*/5 * * * *", "shop.cron.tick")]
            """)
        (job,) = found.jobs
        lock = job.reading.lock
        assert lock is not None
        assert (lock.key, lock.blocking) == (
            "django_crontab_da11c8efa8bcf1c590338cb3a0be0862.lock",
            False,
        )
        assert (job.reading.cwd, job.reading.log) == ("/srv/shop", "/tmp/all.log")

    @pytest.mark.parametrize(
        "text",
        [
            pytest.param('CRONJOBS = [("@daily", "a.b")]', id="a list"),
            pytest.param('CRONJOBS = (("@daily", "a.b"),)', id="a tuple"),
            pytest.param('CRONJOBS = []\nCRONJOBS += [("@daily", "a.b")]', id="added"),
            pytest.param('CRONJOBS = []\nCRONJOBS.append(("@daily", "a.b"))', id="appended"),
            pytest.param('CRONJOBS = []\nCRONJOBS.extend([("@daily", "a.b")])', id="extended"),
            pytest.param('JOBS = [("@daily", "a.b")]\nCRONJOBS = JOBS + []', id="under another name"),
            pytest.param('CRONJOBS = [("@daily", "a.b")] if LIVE else []', id="on a condition"),
            pytest.param('if LIVE:\n    CRONJOBS = [("@daily", "a.b")]', id="in a block"),
            pytest.param('class Live(Base):\n    CRONJOBS = [("@daily", "a.b")]', id="in a class"),
            pytest.param('CRONJOBS: list = [("@daily", "a.b")]', id="with a type"),
            pytest.param(
                'from .base import *\nCRONJOBS = base.CRONJOBS + [("@daily", "a.b")]', id="to others"
            ),
        ],
    )
    def test_however_the_setting_is_written(self, text: str) -> None:
        assert schedules(text + "\n") == ["@daily"]

    @pytest.mark.parametrize(
        ("entry", "code"),
        [
            pytest.param('("0 24 * * *", "a.b")', "CM101", id="a schedule that cron refuses"),
            pytest.param("make()", "CM147", id="a call"),
            pytest.param('("0 0 * * *",)', "CM147", id="no function"),
            pytest.param("*more()", "CM147", id="more from elsewhere"),
            pytest.param("5", "CM147", id="a number"),
            pytest.param('(WHEN, "a.b")', "CM206", id="a schedule from elsewhere"),
        ],
    )
    def test_what_cannot_be_read_is_said(self, entry: str, code: str) -> None:
        assert code in codes(module(f"CRONJOBS = [{entry}]\n"))[1]

    def test_a_refused_schedule_is_an_unreadable_line_and_no_job(self) -> None:
        found = module('CRONJOBS = [\n("0 24 * * *", "a.b"),\n("0 4 * * *", "a.b"),\n]\n')
        assert [line.kind for line in found.lines] == ["other", "unreadable", "job", "other"]
        assert len(found.jobs) == 1


class TestCelery:
    @pytest.mark.parametrize(
        ("schedule", "wanted"),
        [
            pytest.param("crontab()", "* * * * *", id="every minute"),
            pytest.param("crontab(minute=0, hour='*/3')", "0 */3 * * *", id="numbers and steps"),
            pytest.param("crontab(0, 7, 'mon-fri')", "0 7 * * 1-5", id="weekdays come third"),
            pytest.param("crontab(minute=[0, 30], hour={9})", "0,30 9 * * *", id="lists and sets"),
            pytest.param("crontab(hour='22-2', minute=0)", "0 0-2,22,23 * * *", id="a range that wraps"),
            pytest.param("crontab.from_string('0 4 1 * *')", "0 4 1 * *", id="from a string"),
            pytest.param("NIGHT", "0 2 * * *", id="a constant"),
            pytest.param("crontab(hour=settings.H)", "it depends on the run", id="a setting"),
            pytest.param(
                "crontab(0, 0, 'mon', '1-7')",
                "both day fields have to fit, which the five fields of cron cannot say",
                id="the first Monday",
            ),
            pytest.param("solar('sunset', 52, 21)", "the sun decides", id="the sun"),
            pytest.param("crontab(minute='61')", "Celery refuses it: 61 is outside 0-59", id="refused"),
            pytest.param("schedule(run_every=90)", "schedule(run_every=90)", id="schedule()"),
            pytest.param("90", "90", id="seconds"),
            pytest.param("timedelta(minutes=5)", "timedelta(seconds=300)", id="timedelta"),
            pytest.param("0.5", "0.5 is no whole number of seconds", id="half a second"),
            pytest.param("Mine(1)", "Mine is a schedule class of its own", id="a class of its own"),
        ],
    )
    def test_schedules(self, schedule: str, wanted: str) -> None:
        text = f"""\
            from datetime import timedelta
            from celery.schedules import crontab, schedule, solar
            NIGHT = crontab(minute=0, hour=2)
            CELERY_BEAT_SCHEDULE = {{"a": {{"task": "shop.tasks.a", "schedule": {schedule}}}}}
            """
        assert schedules(text) == [wanted]

    @pytest.mark.parametrize(
        "text",
        [
            pytest.param('CELERYBEAT_SCHEDULE = {"a": ENTRY}', id="the old name"),
            pytest.param("CELERY_BEAT_SCHEDULE = dict(a=ENTRY)", id="dict()"),
            pytest.param('app.conf.beat_schedule = {"a": ENTRY}', id="of the app"),
            pytest.param('app.conf.beat_schedule["a"] = ENTRY', id="one key"),
            pytest.param('app.conf.beat_schedule.update({"a": ENTRY})', id="updated"),
            pytest.param('app.conf.update(beat_schedule={"a": ENTRY})', id="an option of update()"),
            pytest.param('CELERY = {"beat_schedule": {"a": ENTRY}}', id="a key of all options"),
            pytest.param('SHOP_CELERY_BEAT_SCHEDULE = {**{"a": ENTRY}}', id="a prefix, put together"),
            pytest.param(
                'CELERY_BEAT_SCHEDULE = {**base.CELERY_BEAT_SCHEDULE, "a": ENTRY}', id="beside others"
            ),
        ],
    )
    def test_however_the_schedule_is_written(self, text: str) -> None:
        entry = '{"task": "shop.tasks.a", "schedule": 60, "kwargs": {"n": 1}}'
        found = module(text.replace("ENTRY", entry) + "\n")
        (job,) = found.jobs
        assert (job.schedule, job.status, job.command) == (Interval("60", 60), "stays", "shop.tasks.a")
        assert job.reading.steps[0].argv == ("n=1",)
        assert codes(found) == {1: {"CM141"}}

    def test_an_argument_is_shown_as_it_is_written(self) -> None:
        entry = '{"task": "x", "schedule": 60, "kwargs": {"o": {"when": now(), "b": [f]}}}'
        (job,) = module(f'CELERY_BEAT_SCHEDULE = {{"a": {entry}}}\n').jobs
        assert job.declared.raw == "x(o={when: now(), b: [f]})"

    @pytest.mark.parametrize(
        ("signature", "task"),
        [
            pytest.param("report.s(1)", "shop.tasks.report", id="of this module"),
            pytest.param("jobs.report.si(1)", "other.jobs.report", id="of another"),
            pytest.param('signature("x.y", args=(1,))', "x.y", id="by its name"),
            pytest.param("report, args=(1,)", "shop.tasks.report", id="a task itself"),
        ],
    )
    def test_add_periodic_task(self, signature: str, task: str) -> None:
        text = f"""\
            from celery import signature
            from celery.schedules import crontab
            from other import jobs
            @app.on_after_configure.connect
            def setup(sender, **kwargs):
                sender.add_periodic_task(crontab(minute=5), {signature}, name="r")
            """
        (job,) = tree({"shop/tasks.py": text}).jobs
        assert (job.command, job.declared.label, job.reading.steps[0].argv) == (task, "r", ("1",))
        assert job.schedule.text == "5 * * * *"

    def test_the_old_decorator(self) -> None:
        text = (
            "from celery.task import periodic_task\n@periodic_task(run_every=30, name='t')\ndef f(): pass\n"
        )
        (job,) = module(text).jobs
        assert (job.command, job.schedule) == ("t", Interval("30", 30))

    def test_what_generate_wrote_is_no_job_of_its_own(self) -> None:
        text = '"""What beat sends, and when; written by `migrator generate`.\n"""\n'
        files = {"beat.py": text + 'CELERY_BEAT_SCHEDULE = {"a": {"task": "t.a", "schedule": 60}}\n'}
        found = tree(files)
        assert (found.jobs, found.findings) == ((), ())

    @pytest.mark.parametrize(
        "text",
        [
            pytest.param("from config.beat import CELERY_BEAT_SCHEDULE", id="an import"),
            pytest.param("from .celery import app\n__all__ = ['app']", id="none"),
            pytest.param("DJANGO_CELERY_BEAT_TZ_AWARE = False", id="another setting"),
        ],
    )
    def test_no_schedule_is_no_source(self, text: str) -> None:
        found = tree({"config/__init__.py": text + "\n"})
        assert (found.jobs, found.findings) == ((), ())


class TestDjangoCron:
    @pytest.mark.parametrize(
        ("arguments", "wanted"),
        [
            pytest.param("run_every_mins=65", "run_every_mins=65", id="an interval"),
            pytest.param("run_every_mins=EVERY", "run_every_mins=30", id="a constant of the class"),
            pytest.param("run_at_times=['07:30', '16:30']", "30 7,16 * * *", id="times"),
            pytest.param("run_at_times=['7:30'], run_on_days=[0, 6]", "30 7 * * 0,1", id="Monday is 0"),
            pytest.param("run_at_times=['0:00'], run_monthly_on_days=[1, 15]", "0 0 1,15 * *", id="days"),
            pytest.param(
                "run_at_times=['07:30', '16:00']",
                "one expression cannot say these times",
                id="two expressions",
            ),
            pytest.param("run_every_mins=f()", "it depends on the run", id="a call"),
            pytest.param(
                "run_every_mins=5, run_on_days=[0]",
                "it joins an interval and times of the day or days",
                id="an interval on Mondays",
            ),
        ],
    )
    def test_schedules(self, arguments: str, wanted: str) -> None:
        text = f"""\
            from django_cron import CronJobBase, Schedule
            class A(CronJobBase):
                code = "a"
                EVERY = 30
                schedule = Schedule({arguments})
            """
        assert schedules(text) == [wanted]

    def test_a_base_is_no_job_and_what_it_says_holds_for_others(self) -> None:
        found = module("""\
            from django_cron import CronJobBase, Schedule
            class Base(CronJobBase):
                ALLOW_PARALLEL_RUNS = True
                schedule = Schedule(run_every_mins=10)
            class A(Base):
                code = "a"
            class B(CronJobBase):
                code = "b"
                schedule = Schedule(run_every_mins=10)
            """)
        assert [job.declared.label for job in found.jobs] == ["a", "b"]
        assert [job.reading.lock for job in found.jobs] == [None, Lock("shop.settings.B", False)]


def test_kronos_jobs_are_the_commands_that_it_installs() -> None:
    text = """\
        import kronos
        @kronos.register("0 0 * * *", args={"days": 3, "to": "a b", "of": [1, 2], "force": None})
        def purge(): pass
        @kronos.register("@daily")
        class Command(BaseCommand): pass
        """
    jobs = tree({"shop/management/commands/tidy.py": text}).jobs
    assert [(job.reading.steps[0].name, *job.reading.steps[0].argv) for job in jobs] == [
        ("runtask", "purge", "days=3", "to=a b", "of=1,2", "force"),
        ("tidy",),
    ]
    assert {job.status for job in jobs} == {"exact"}


@pytest.mark.parametrize(
    ("text", "writes"),
    [
        pytest.param(
            "from crontab import CronTab\nCronTab(user=True).new(command='x')", True, id="python-crontab"
        ),
        pytest.param("os.system('crontab /tmp/x')", True, id="os.system"),
        pytest.param("subprocess.run(['crontab', '-'], input=x)", True, id="subprocess"),
        pytest.param("c.run('(crontab -l; echo x) | crontab -')", True, id="fabric"),
        pytest.param("subprocess.run(['crontab', '-l'])", False, id="only listed"),
        pytest.param(
            "from celery.schedules import crontab\nX.new(command='x')", False, id="Celery's crontab"
        ),
        pytest.param("print('crontab /tmp/x')", False, id="a message"),
    ],
)
def test_code_that_writes_a_crontab_is_named(text: str, *, writes: bool) -> None:
    assert any("CM148" in found for found in codes(module(text + "\n")).values()) == writes


def test_python_2_is_said_where_it_declares_jobs_and_passed_over_elsewhere() -> None:
    declares = "import cronjobs\n@cronjobs.register\ndef f():\n    print 'x'\n"
    assert codes(tree({"a/cron.py": declares})) == {2: {"CM147"}}
    assert tree({"a/cron.py": "import cronjobs\nprint 'x'\n"}).lines == ()


def test_an_unknown_schedule_has_the_expression_as_its_text() -> None:
    (job,) = module('CRONJOBS = [(settings.NIGHT, "a.b")]\n').jobs
    assert isinstance(job.schedule, Undecided)
    assert job.schedule.text == "settings.NIGHT"


def test_jobs_that_are_there_on_a_condition_are_said_to_be() -> None:
    text = """\
        CRONJOBS = [("0 1 * * *", "shop.a")] + ([("0 2 * * *", "shop.b")] if LIVE else [])
        """
    found = tree({"shop/settings.py": text})
    assert [job.declared.raw for job in found.jobs] == ["shop.a", "shop.b"]
    assert [one.code for one in found.findings].count("CM147") == 1
