"""Where the requirements go: one test a kind of file, and what no edit is made for is said."""

import subprocess
from pathlib import Path

import pytest

from migrator.adapters.around import requirements_above
from migrator.codegen.project.plan import project_edits
from migrator.configuration import Configuration, Generate, Project
from tests.project_edits import SETTINGS, VERSIONS, after, plan

PART = ("requirements",)
PIPFILE = """\
[packages]
django = "*"
gunicorn = {version = "*", extras = ["gevent"]}

[dev-packages]
pytest = "*"
"""
SETUP_CFG = """\
[metadata]
name = shop

[options]
packages = find:
install_requires =
    Django>=5.2
    requests>=2

[options.extras_require]
test = pytest
"""
UV = '[project]\nname = "shop"\ndependencies = [\n    "django>=5.2",\n]\n'
POETRY = '[tool.poetry.dependencies]\npython = "^3.11"\ndjango = "^5.2"\n'


@pytest.mark.parametrize(
    ("path", "text", "old", "new"),
    [
        pytest.param(
            "Pipfile",
            PIPFILE,
            '"gevent"]}\n',
            '"gevent"]}\ncelery = "*"\ndjango-celery-beat = "*"\n',
            id="Pipfile",
        ),
        pytest.param(
            "setup.cfg",
            SETUP_CFG,
            "requests>=2\n",
            "requests>=2\n    celery>=5.6.2\n    django-celery-beat>=2.8.1\n",
            id="setup.cfg",
        ),
        pytest.param(
            "pyproject.toml",
            UV,
            '    "django>=5.2",\n',
            '    "celery>=5.6.2",\n    "django-celery-beat>=2.8.1",\n    "django>=5.2",\n',
            id="uv and every other that keeps to PEP 621",
        ),
        pytest.param(
            "pyproject.toml",
            POETRY,
            'django = "^5.2"\n',
            'django = "^5.2"\ncelery = "^5.6"\ndjango-celery-beat = "^2.8"\n',
            id="poetry",
        ),
        pytest.param(
            "requirements/base.txt",
            "Django==5.2\n",
            "Django==5.2\n",
            "celery==5.6.2\ndjango-celery-beat==2.8.1\nDjango==5.2\n",
            id="a folder of requirements",
        ),
    ],
)
def test_the_file_gets_what_it_lacks_as_it_writes_the_others(
    path: str, text: str, old: str, new: str
) -> None:
    texts = {"shop/settings.py": SETTINGS, path: text}
    found = plan(texts, project=PART)
    written = after(texts, found)
    assert sorted(written[path].splitlines()) == sorted(text.replace(old, new).splitlines())
    assert found.instructions == ()
    assert plan(written, project=PART).files == ()


@pytest.mark.parametrize(
    ("path", "text", "done"),
    [
        ("setup.py", "setup(install_requires=['django'])\n", "'celery',\n'django-celery-beat',\n"),
        ("environment.yml", "dependencies:\n  - django\n", "  - celery\n  - django-celery-beat\n"),
        ("requirements/production.txt", "--hash=x\n", "celery\ndjango-celery-beat\n"),
        ("pyproject.toml", '[project]\nname = "shop"\ndynamic = ["dependencies"]\n', None),
    ],
)
def test_what_cannot_be_edited_surely_is_said_until_it_is_there(
    path: str, text: str, done: str | None
) -> None:
    texts = {"shop/settings.py": SETTINGS, path: text}
    [one] = plan(texts, project=PART).instructions
    assert (one.path, one.text, one.breaks) == (path, "celery\ndjango-celery-beat", False)
    if done is not None:
        assert plan({**texts, path: text + done}, project=PART).instructions == ()


@pytest.mark.parametrize(
    ("source", "text", "lock", "old", "new", "command"),
    [
        (
            "Pipfile",
            PIPFILE,
            "Pipfile.lock",
            '"django": {}',
            '"celery": {},\n"django-celery-beat": {}',
            "pipenv lock",
        ),
        (
            "pyproject.toml",
            UV,
            "uv.lock",
            'name = "x"',
            'name = "celery"\nname = "django-celery-beat"',
            "uv lock",
        ),
        (
            "requirements.in",
            "django\n",
            "requirements.txt",
            "django==5.2\n",
            "celery==5.6.2\ndjango-celery-beat==2.8.1\n",
            "pip-compile requirements.in",
        ),
    ],
)
def test_a_lock_file_is_to_be_made_anew(
    source: str, text: str, lock: str, old: str, new: str, command: str
) -> None:
    texts = {"shop/settings.py": SETTINGS, source: text, lock: old}
    found = plan(texts, project=PART)
    written = after(texts, found)
    told = [(one.path, one.text, one.breaks) for one in plan(written, project=PART).instructions]
    assert told == [(lock, command, False)]
    assert plan({**written, lock: new}, project=PART).instructions == ()


def test_requirements_above_the_projects_folder_are_named_and_not_edited(tmp_path: Path) -> None:
    root = tmp_path / "repository" / "backend"
    (root / "shop").mkdir(parents=True)
    subprocess.run(["git", "init", "-q", root.parent], check=True)
    (root.parent / "requirements.txt").write_text("django\n")
    (tmp_path / "requirements.txt").write_text("another repository's\n")
    above = requirements_above(root)
    assert above == {"../requirements.txt": "django\n"}
    where = Configuration(project=Project(settings="shop.settings"), generate=Generate(project=PART))

    def told(above: dict[str, str]) -> list[str]:
        found = project_edits(
            {"shop/settings.py": SETTINGS}, where, zone="UTC", versions=VERSIONS, remembered={}, above=above
        )
        return [f"{one.path}: {one.text}" for one in found.instructions]

    assert told(above) == ["../requirements.txt: celery\ndjango-celery-beat"]
    assert told({"../requirements.txt": "celery\ndjango-celery-beat\n"}) == []
