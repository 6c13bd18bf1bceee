"""What schedulers inside a process and other queues declare: APScheduler, schedule, django-q and more."""

import pytest

from tests.unit.python_sources import codes, module, schedules, tree


@pytest.mark.parametrize(
    ("call", "wanted"),
    [
        pytest.param("s.add_job(f, 'cron', hour=3)", "0 3 * * *", id="cron by its name"),
        pytest.param("s.add_job(f, trigger='interval', minutes=5)", "interval(minutes=5)", id="an interval"),
        pytest.param("s.add_job(f, CronTrigger(hour=3))", "0 3 * * *", id="a trigger"),
        pytest.param("s.add_job(f, CronTrigger.from_crontab('0 0 * * 0'))", "0 0 * * 1", id="0 is Monday"),
        pytest.param("s.add_job(f, AndTrigger([a, b]))", "AndTrigger joins triggers", id="triggers joined"),
        pytest.param("@s.scheduled_job('cron', minute=1)\ndef g(): pass", "1 * * * *", id="a decorator"),
        pytest.param(
            "@register_job(s, 'cron', minute=1)\ndef g(): pass", "1 * * * *", id="django-apscheduler"
        ),
    ],
)
def test_apscheduler(call: str, wanted: str) -> None:
    before = (
        "from apscheduler.triggers.cron import CronTrigger\nfrom django_apscheduler import register_job\n"
    )
    assert schedules(before + call + "\n") == [wanted]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("import apscheduler\ns.add_job(f)\ns.add_job(f, 'date', run_date=x)", id="once"),
        pytest.param("pool.add_job(f, 3)", id="another library's add_job"),
    ],
)
def test_what_is_no_schedule_of_apscheduler(text: str) -> None:
    assert (module(text + "\n").jobs, codes(module(text + "\n"))) == ((), {})


def test_the_zone_of_a_job_is_its_own_then_its_schedulers() -> None:
    found = module("""\
        from apscheduler.schedulers.background import BackgroundScheduler
        import pytz
        s = BackgroundScheduler(timezone=pytz.timezone("Europe/Berlin"))
        s.add_job(f, "cron", hour=1)
        s.add_job(f, "cron", hour=2, timezone="UTC")
        s.add_job(f, "cron", hour=3, timezone="Nowhere/Land")
        """)
    assert [job.timezone for job in found.jobs] == ["Europe/Berlin", "UTC", "Europe/Warsaw"]
    assert "CM149" in codes(found)[6]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        pytest.param("schedule.every().day.at('10:30').do(f)", ["30 10 * * *"], id="a time of the day"),
        pytest.param("schedule.every().monday.at('09:05').do(f)", ["5 9 * * 1"], id="a time of a weekday"),
        pytest.param("schedule.every().hour.at(':30').do(f)", ["30 * * * *"], id="a minute of the hour"),
        pytest.param("schedule.every(10).minutes.do(f)", ["schedule.every(10).minutes"], id="an interval"),
        pytest.param("schedule.every(5).to(9).days.do(f)", ["the interval is drawn at each run"], id="drawn"),
        pytest.param(
            "@schedule.repeat(schedule.every().day.at('01:00'))\ndef f(): pass", ["0 1 * * *"], id="repeat"
        ),
        pytest.param("x.do(f)\ny().z.do(f)", [], id="another do()"),
    ],
)
def test_schedule_every(text: str, wanted: list[str]) -> None:
    assert schedules(f"import schedule\n{text}\n") == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        pytest.param("schedule('a.b', 1, schedule_type='C', cron='0 5 * * *')", ["0 5 * * *"], id="cron"),
        pytest.param("schedule('a.b', schedule_type=Schedule.DAILY)", ["daily"], id="daily"),
        pytest.param("schedule('a.b', schedule_type='I', minutes=5)", ["5 minutes"], id="minutes"),
        pytest.param("schedule('a.b')", [], id="once"),
        pytest.param(
            "Schedule.objects.get_or_create(defaults=dict(func='a.b', schedule_type='C', cron='@daily'))",
            ["@daily"],
            id="a row made in code",
        ),
    ],
)
def test_django_q(text: str, wanted: list[str]) -> None:
    before = "from django_q.models import Schedule\nfrom django_q.tasks import schedule\n"
    assert [job.schedule.text for job in module(before + text + "\n").jobs] == wanted


def test_other_queues() -> None:
    found = module("""\
        from rq_scheduler import Scheduler
        from dramatiq_crontab import cron as at
        from periodiq import cron
        import dramatiq, uwsgidecorators
        Scheduler(connection=c).cron("5 4 * * *", func=f, args=[1])
        @at("0 0 * * Mon")
        def a(): pass
        @dramatiq.actor(periodic=cron("*/5 9 1 * 1"))
        def b(): pass
        @uwsgidecorators.timer(30)
        def c(signal): pass
        """)
    assert [(job.schedule.text, job.timezone) for job in found.jobs] == [
        ("5 4 * * *", "UTC"),
        ("uwsgidecorators.timer(30)", "Europe/Warsaw"),
        ("0 0 * * 1", "Europe/Warsaw"),
        ("*/5 9 1 * 1", "Europe/Warsaw"),
    ]


@pytest.mark.parametrize(
    "function",
    [
        "lambda: call_command('tidy', '--all', days=3)",
        "functools.partial(call_command, 'tidy', '--all', days=3)",
        "call_command, args=['tidy', '--all'], kwargs={'days': 3}",
    ],
)
def test_a_management_command_inside_a_function_without_a_name(function: str) -> None:
    text = f"""\
        import functools
        from apscheduler.schedulers.background import BackgroundScheduler
        from django.core.management import call_command
        BackgroundScheduler().add_job(func={function}, trigger="cron", hour=3)
        """
    [job] = tree({"shop/clock.py": text}).jobs
    [step] = job.reading.steps
    assert (step.kind, step.name, step.argv, job.status) == (
        "management",
        "tidy",
        ("--all", "--days=3"),
        "exact",
    )


def test_a_lambda_that_takes_something_stays_a_function() -> None:
    text = """\
        from apscheduler.schedulers.background import BackgroundScheduler
        BackgroundScheduler().add_job(lambda x: f(x), "cron", hour=3)
        """
    assert [job.reading.steps[0].kind for job in tree({"shop/clock.py": text}).jobs] == ["python"]
