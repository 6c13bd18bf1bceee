"""What `generate` puts into the user's files: only whole lines, only what is missing, never over an edit."""

from typing import Any

import pytest

from migrator.codegen.plan import Change
from migrator.codegen.project.edits import Dispute
from tests.project_edits import SETTINGS, added, after, plan

PROJECT = {"shop/__init__.py": "", "shop/settings.py": SETTINGS}
COMPLETE = {
    "shop/celery.py": "from celery import Celery\n\napp = Celery('shop')\n"
    "app.config_from_object('django.conf:settings', namespace='CELERY')\n",
    "shop/__init__.py": "from .celery import app\n",
    "shop/settings.py": "from shop.beat_schedule import CELERY_BEAT_SCHEDULE\n"
    "INSTALLED_APPS = ['orders', 'django_celery_beat', 'migrator.contrib.django']\n"
    "CELERY_BROKER_URL = CELERY_BEAT_SCHEDULER = 'x'\nCELERY_TIMEZONE = 'Europe/Warsaw'\n"
    "CELERY_BEAT_CRON_STARTING_DEADLINE = 60\nCELERY_BEAT_SYNC_EVERY = 1\n",
    "requirements.txt": "Celery[redis]>=5\ndjango_celery.beat\n",
    "Makefile": "celery-worker celery-beat:\n\tx\ncelery-status:\n\tx\ncelery-purge:\n\tx\n",
    "compose.yaml": "services:\n  queue:\n    image: rabbitmq\n  work:\n    command: [celery, worker]\n"
    "  clock:\n    command: celery -A shop beat\n",
}


def test_a_project_that_has_everything_is_left_alone() -> None:
    found = plan(COMPLETE)
    assert (found.files, found.regions, found.instructions) == ((), {}, ())


def test_what_is_switched_off_is_not_looked_at() -> None:
    found = plan({"shop/settings.py": SETTINGS}, project=())
    assert (found.files, found.instructions) == ((), ())


def test_each_part_can_be_chosen_alone() -> None:
    texts = {"shop/settings.py": SETTINGS, "requirements.txt": "Django\n"}
    assert [one.path for one in plan(texts, project=("requirements",)).files] == ["requirements.txt"]
    chosen = plan(texts, project=("settings", "results"))
    lines = added(SETTINGS, after(texts, chosen)["shop/settings.py"])
    assert '    "django_celery_results",' in lines
    assert 'CELERY_RESULT_BACKEND = "django-db"' in lines
    assert any(line.startswith("CELERY_RESULT_EXTENDED = True") for line in lines)  # finish needs it


def test_lines_of_ours_are_known_wherever_they_stand() -> None:
    texts = {"shop/settings.py": SETTINGS}
    first = plan(texts)
    written = after(texts, first)
    statement = "from shop.beat_schedule import CELERY_BEAT_SCHEDULE  # noqa: F401\n"
    moved = (
        written["shop/settings.py"].replace(statement, "").replace("import os\n", "import os\n" + statement)
    )
    around = {
        "shop/settings.py": moved + "\nMINE = 1\n",
        "shop/celery.py": written["shop/celery.py"] + "\n\n@app.task\ndef mine(): ...\n",
    }
    again = plan({**written, **around}, remembered=first.regions)
    assert (again.files, again.disputes, again.regions) == ((), (), first.regions)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('CELERY_TIMEZONE = "Europe/Warsaw"', 'CELERY_TIMEZONE = "UTC"'),
        ("amqp://guest:guest@localhost:5672//", "redis://localhost"),
        ("CELERY_BEAT_CRON_STARTING_DEADLINE = 60  # cron never catches up\n", ""),
        ('    "migrator.contrib.django",\n', ""),
        ("  # noqa: F401", ""),
    ],
)
def test_an_edit_inside_our_lines_is_never_overwritten(old: str, new: str) -> None:
    texts = {"shop/settings.py": SETTINGS}
    first = plan(texts)
    written = after(texts, first)
    assert old in written["shop/settings.py"]
    edited = {**written, "shop/settings.py": written["shop/settings.py"].replace(old, new)}
    again = plan(edited, remembered=first.regions, zone="Asia/Tokyo")
    assert again.disputes == (Dispute("shop/settings.py", "settings"),)
    assert "shop/settings.py" not in {one.path for one in again.files}
    assert again.regions["shop/settings.py"] == first.regions["shop/settings.py"]


def test_an_app_that_comes_between_ours_is_no_edit_of_ours() -> None:
    first = plan({"shop/settings.py": SETTINGS})
    written = after({"shop/settings.py": SETTINGS}, first)
    ours = '    "django_celery_beat",\n'
    assert ours in written["shop/settings.py"]
    written["shop/settings.py"] = written["shop/settings.py"].replace(
        ours, f'{ours}    "django_celery_results",\n'
    )
    again = plan(written, remembered=first.regions)
    assert (again.files, again.disputes, again.regions) == ((), (), first.regions)


def test_lines_of_a_part_that_is_given_up_are_the_users_own() -> None:
    texts = {"shop/settings.py": SETTINGS}
    first = plan(texts)
    edited = after(texts, first)
    edited["shop/settings.py"] = edited["shop/settings.py"].replace("localhost", "broker")
    again = plan(edited, remembered=first.regions, project=("app",))
    assert (again.files, again.disputes, set(again.regions)) == (
        (),
        (),
        {"shop/__init__.py", "shop/celery.py"},
    )


def test_lines_of_ours_follow_what_is_wanted() -> None:
    texts = {"shop/settings.py": SETTINGS}
    first = plan(texts)
    written = after(texts, first)
    again = plan(written, remembered=first.regions, zone="Asia/Tokyo", scheduler="file")
    text = after(written, again)["shop/settings.py"]
    assert 'CELERY_TIMEZONE = "Asia/Tokyo"' in text
    assert "django_celery_beat" not in text
    assert text == after(texts, plan(texts, zone="Asia/Tokyo", scheduler="file"))["shop/settings.py"]


def test_a_file_of_ours_that_is_gone_is_written_again() -> None:
    texts = {"shop/settings.py": SETTINGS}
    first = plan(texts)
    written = after(texts, first)
    celery = written.pop("shop/celery.py")
    [again] = plan(written, remembered=first.regions).files
    assert (again.path, again.before, again.after) == ("shop/celery.py", None, celery)


APP = COMPLETE["shop/celery.py"]
FACTORY = "import celery\ndef make(): return celery.Celery()\n"
ANCHORS = "services:\n  web:\n    build: .\n    environment: &env\n      A: b\n"
MERGED = "x: &x {image: shop}\nservices:\n  web:\n    <<: *x\n    command: gunicorn shop\n"


@pytest.mark.parametrize(
    ("texts", "place", "text"),
    [
        pytest.param(
            {"shop/settings.py": "INSTALLED_APPS = find_apps()\n"},
            "shop/settings.py",
            '"django_celery_beat",\n"migrator.contrib.django",',
            id="apps from a call",
        ),
        pytest.param(
            {"shop/settings.py": "__all__ = ['INSTALLED_APPS']\n" + SETTINGS},
            "shop/settings.py",
            "from shop.beat_schedule import CELERY_BEAT_SCHEDULE",
            id="__all__",
        ),
        pytest.param(
            {"shop/settings.py": "def (:\n"}, "shop/settings.py", "INSTALLED_APPS += [", id="no Python"
        ),
        pytest.param({}, "settings", "INSTALLED_APPS += [", id="no settings"),
        pytest.param(
            {"shop/settings.py": SETTINGS + "CELERY_TIMEZONE = 'UTC'\n"},
            "shop/settings.py:6",
            'CELERY_TIMEZONE = "Europe/Warsaw"',
            id="another zone",
        ),
        pytest.param(
            {"shop/settings.py": SETTINGS + "TIME_ZONE = 'UTC'\nCELERY_TIMEZONE = TIME_ZONE\n"},
            "shop/settings.py:7",
            'CELERY_TIMEZONE = "Europe/Warsaw"',
            id="another zone by name",
        ),
        pytest.param(
            {
                "shop/settings.py": SETTINGS,
                "shop/settings_live.py": "from .settings import *\nCELERY_BEAT_SCHEDULE = {}\n",
            },
            "shop/settings_live.py:2",
            "CELERY_BEAT_SCHEDULE = {**CRON_BEAT_SCHEDULE, ...}",
            id="hidden in production",
        ),
        pytest.param(
            {"shop/settings.py": SETTINGS + "if DEBUG:\n    CELERY_BEAT_SCHEDULE = {}\n"},
            "shop/settings.py",
            "CELERY_BEAT_SCHEDULE = {**CRON_BEAT_SCHEDULE, **CELERY_BEAT_SCHEDULE}",
            id="schedule under a condition",
        ),
        pytest.param(
            {"shop/settings.py": SETTINGS, "shop/celery.py": APP.replace(", namespace='CELERY'", "")},
            "shop/celery.py",
            "app.conf.beat_schedule = {**CELERY_BEAT_SCHEDULE, **app.conf.beat_schedule}",
            id="no namespace",
        ),
        pytest.param(
            {"shop/settings.py": SETTINGS, "shop/celery.py": APP + "app.conf.beat_schedule = {}\n"},
            "shop/celery.py:5",
            "app.conf.beat_schedule = {**CELERY_BEAT_SCHEDULE, **app.conf.beat_schedule}",
            id="schedule in code",
        ),
        pytest.param(
            {
                "shop/settings.py": SETTINGS,
                "work/queue.py": FACTORY,
            },
            "work/queue.py",
            'app.conf.timezone = "Europe/Warsaw"',
            id="app made in a function",
        ),
        pytest.param(
            {"shop/settings.py": SETTINGS, "shop/celery.py": "VERSION = 5\n"},
            "shop/celery.py",
            'app = Celery("shop")',
            id="celery.py without an app",
        ),
        pytest.param(
            {"shop/settings.py": SETTINGS, "requirements.txt": "Django==5 --hash=sha256:0\n"},
            "requirements.txt",
            "celery\ndjango-celery-beat",
            id="hashes",
        ),
        pytest.param(
            {"shop/settings.py": SETTINGS, "pyproject.toml": '[project]\ndependencies = ["django"]\n'},
            "pyproject.toml",
            "celery\ndjango-celery-beat",
            id="one line",
        ),
        pytest.param(
            {
                "shop/settings.py": SETTINGS,
                "compose.yml": ANCHORS,
            },
            "compose.yml",
            "command: celery -A shop beat",
            id="anchor",
        ),
        pytest.param(
            {
                "shop/settings.py": SETTINGS,
                "compose.yml": MERGED,
            },
            "compose.yml",
            "command: celery -A shop worker",
            id="merged",
        ),
    ],
)
def test_what_cannot_be_edited_surely_is_told(texts: dict[str, str], place: str, text: str) -> None:
    found = plan(texts)
    assert [one.path for one in found.instructions if text in one.text] == [place]


def test_settings_without_a_package_are_left_alone() -> None:
    found = plan({"settings.py": SETTINGS}, settings="settings")
    assert (found.files, [one.path for one in found.instructions]) == ((), ["settings"])
    assert [one.path for one in plan({}, settings=None).instructions] == ["migrator.toml"]


def test_an_instruction_that_is_followed_is_gone() -> None:
    app = APP.replace(", namespace='CELERY'", "") + "from shop.beat_schedule import CELERY_BEAT_SCHEDULE\n"
    assert plan({"shop/settings.py": SETTINGS, "shop/celery.py": app}).instructions == ()


@pytest.mark.parametrize("name", ["config/celery_app.py", "work/queue.py", "queue.py"])
def test_there_is_never_a_second_app(name: str) -> None:
    found = plan({"shop/settings.py": SETTINGS, name: APP})
    assert [one.path for one in found.files] == ["shop/settings.py"]


BASES = {
    "shop/settings/__init__.py": "",
    "shop/settings/base.py": SETTINGS,
    "shop/settings/logging.py": "LOGGING = {}\n",
    "shop/settings/local.py": "from .base import *\nINSTALLED_APPS += ['debug']\n",
    "shop/settings/tests.py": "from .local import *\nINSTALLED_APPS = INSTALLED_APPS + ['x']\n",
}


@pytest.mark.parametrize(
    ("more", "edited"),
    [
        ({}, ["base"]),
        ({"report": "INSTALLED_APPS = ['orders']\n"}, ["base", "report"]),
        ({"live": "from .base import *\nfrom .logging import *\n"}, ["base"]),
        ({"small": "from .base import *\nINSTALLED_APPS = ['orders']\n"}, ["base", "small"]),
    ],
)
def test_every_base_of_the_settings_is_edited_and_nothing_that_builds_on_one(
    more: dict[str, str], edited: list[str]
) -> None:
    texts = BASES | {f"shop/settings/{name}.py": text for name, text in more.items()}
    found = plan(texts, settings="shop.settings.local", project=("settings",))
    assert [one.path for one in found.files] == [f"shop/settings/{name}.py" for name in edited]
    blocks = [one.path for one in found.files if "CELERY_TIMEZONE" in one.after]
    assert blocks == [f"shop/settings/{name}.py" for name in edited if name != "small"]


@pytest.mark.parametrize("name", ["CELERY_BROKER_URL", "CELERY_TIMEZONE"])
def test_a_setting_that_is_made_somewhere_is_not_made_again(name: str) -> None:
    text = f"{SETTINGS}if True:\n    {name} = 1\n"
    [edited] = plan({"shop/settings.py": text}, project=("settings",)).files
    assert edited.after.count(f"{name} = ") == 1


@pytest.mark.parametrize(
    ("apps", "line"),
    [
        ('["orders"]', 'INSTALLED_APPS += ["django_celery_beat", "migrator.contrib.django"]'),
        ('("orders",)', 'INSTALLED_APPS += ("django_celery_beat", "migrator.contrib.django")'),
        ('OTHERS + ["orders"]', 'INSTALLED_APPS += ["django_celery_beat", "migrator.contrib.django"]'),
        ("[]", 'INSTALLED_APPS += ["django_celery_beat", "migrator.contrib.django"]'),
        ('[\n    "a", "orders"]', 'INSTALLED_APPS += ["django_celery_beat", "migrator.contrib.django"]'),
        ('[\n    *OTHERS,\n    "orders",\n]', '    "migrator.contrib.django",'),
        ('(\n    "orders",\n)', '    "migrator.contrib.django",'),
        ("[\n  # ours\n  'orders'\n]", "  'migrator.contrib.django',"),
    ],
)
def test_apps_are_put_into_the_list_as_it_is_written(apps: str, line: str) -> None:
    text = f"OTHERS = make()\nINSTALLED_APPS = {apps}\n"
    [edited] = plan({"shop/settings.py": text}, project=("settings",)).files
    assert line in added(text, edited.after)
    made: dict[str, Any] = {"make": lambda: ["other"]}
    exec(edited.after.replace("from shop.beat_schedule import", "from os import name as"), made)
    assert set(made["INSTALLED_APPS"]) >= {"django_celery_beat", "migrator.contrib.django"}


def test_the_diff_of_a_file_without_a_last_line_end_is_one_that_patch_takes() -> None:
    change = Change("shop/settings.py", "a = 1\r\nb = 2", "a = 1\r\nb = 2\r\nc = 3", edited=False)
    assert change.diff().split("\n")[3:] == [
        " a = 1\r",
        "-b = 2",
        "\\ No newline at end of file",
        "+b = 2\r",
        "+c = 3",
        "\\ No newline at end of file",
        "",
    ]


SPLIT = {
    "shop/settings/__init__.py": """\
from split_settings.tools import include, optional

DEBUG = False

include(
    "components/base.py",
    "components/mail*.py",
    optional("local.py"),
)
""",
    "shop/settings/components/base.py": """\
INSTALLED_APPS = [
    "orders",
]
""",
    "shop/settings/components/mail_queue.py": "CELERY_BROKER_URL = 'redis://queue/0'\n",
    "orders/tasks.py": "",
}


def test_settings_that_are_put_together_from_parts() -> None:
    """django-split-settings: what is missing stands before the parts, so that each may override it."""
    edits = plan(SPLIT)
    written = after(SPLIT, edits)
    assert [one for one in edits.instructions if "settings" in one.path] == []
    assert added(SPLIT["shop/settings/components/base.py"], written["shop/settings/components/base.py"]) == [
        '    "django_celery_beat",',
        '    "migrator.contrib.django",',
    ]
    whole = written["shop/settings/__init__.py"]
    assert "CELERY_BROKER_URL" not in whole  # a part has it
    assert whole.index('CELERY_TIMEZONE = "Europe/Warsaw"') < whole.index("include(\n")
    assert "from shop.beat_schedule import CELERY_BEAT_SCHEDULE" in whole
    assert (
        written["shop/settings/components/mail_queue.py"] == SPLIT["shop/settings/components/mail_queue.py"]
    )
    again = plan(written, remembered=edits.regions)
    assert after(written, again) == written


def test_parts_that_a_settings_module_of_each_place_puts_together() -> None:
    one = SPLIT["shop/settings/__init__.py"]
    texts = {
        "shop/settings/__init__.py": "",
        "shop/settings/local.py": one,
        "shop/settings/production.py": one,
    } | {path: text for path, text in SPLIT.items() if "components" in path}
    written = after(texts, plan(texts, settings="shop.settings.production"))
    assert written["shop/settings/components/base.py"].count("CELERY_TIMEZONE =") == 1
    assert "CELERY_TIMEZONE" not in written["shop/settings/production.py"]


def test_a_list_of_imports_of_the_users_own_is_to_name_the_tasks() -> None:
    texts = {**PROJECT, "shop/settings.py": SETTINGS + 'CELERY_IMPORTS = ["orders.other"]\n'}
    [one] = plan(texts, tasks="orders/cron_tasks.py").instructions
    assert (one.text, one.breaks) == ('CELERY_IMPORTS += ["orders.cron_tasks"]', True)
    texts["shop/settings.py"] += one.text + "\n"
    assert plan(texts, tasks="orders/cron_tasks.py").instructions == ()
    assert plan(texts).instructions == ()  # orders/tasks.py is found by itself


@pytest.mark.parametrize(("path", "imported"), [("", True), ('sys.path.insert(0, "apps")\n', False)])
def test_apps_of_a_folder_on_the_path_are_found_by_their_short_names(path: str, imported: bool) -> None:
    texts = {**PROJECT, "shop/settings.py": SETTINGS.replace("import os\n", f"import os, sys\n{path}")}
    written = after(texts, plan(texts, tasks="apps/orders/tasks.py"))
    assert ("CELERY_IMPORTS" in written["shop/settings.py"]) is imported


@pytest.mark.parametrize(("app", "imported"), [("shop.apps.orders", True), ("shop.apps.ShopConfig", False)])
def test_an_app_below_the_package_does_not_make_it_one(app: str, imported: bool) -> None:
    texts = {**PROJECT, "shop/settings.py": SETTINGS.replace('"orders"', f'"{app}"')}
    written = after(texts, plan(texts, tasks="shop/tasks.py"))
    assert ("CELERY_IMPORTS" in written["shop/settings.py"]) is imported


def test_a_schedule_under_a_condition_is_the_users_until_it_takes_ours_in() -> None:
    debug = "from .settings import *\nif DEBUG:\n    CELERY_BEAT_SCHEDULE = {}\n"
    texts = {**PROJECT, "shop/settings_local.py": debug}
    [one] = plan(texts).instructions
    assert (one.path, one.breaks) == ("shop/settings_local.py", True)
    assert "may hide the generated entries" in one.reason
    mended = f"from shop.settings import CELERY_BEAT_SCHEDULE as CRON_BEAT_SCHEDULE\n{debug}"
    assert plan({**PROJECT, "shop/settings_local.py": mended}).instructions == ()
    base = SETTINGS + "if os.environ.get('DEBUG'):\n    CELERY_BEAT_SCHEDULE = {}\n"
    [one] = plan({**PROJECT, "shop/settings.py": base}).instructions
    assert plan({**PROJECT, "shop/settings.py": base + "\n" + one.text + "\n"}).instructions == ()


@pytest.mark.parametrize("named", ["settings", "shop.settings"])
def test_what_was_pasted_is_not_asked_for_again(named: str) -> None:
    path, text = f"{named.replace('.', '/')}.py", SETTINGS
    if named == "shop.settings":
        text += '__all__ = ["INSTALLED_APPS"]\n'
    texts = {**PROJECT, path: text}
    [one] = plan(texts, settings=named).instructions
    wanted = ("CELERY_BROKER_URL", "CELERY_TIMEZONE", "CELERY_BEAT_SYNC_EVERY", "CELERY_BEAT_SCHEDULER")
    assert [name for name in wanted if f"{name} = " not in one.text] == []
    assert plan({**texts, path: f"{text}{one.text}\n"}, settings=named).instructions == ()


def test_an_app_that_sets_its_schedule_itself_is_told_all_of_it() -> None:
    app = 'from celery import Celery\napp = Celery("shop")\napp.conf.beat_schedule = {}\n'
    [one] = plan({**PROJECT, "shop/celery.py": app}).instructions
    assert "app.conf.beat_sync_every = 1" in one.text
    assert plan({**PROJECT, "shop/celery.py": app + one.text + "\n"}).instructions == ()
