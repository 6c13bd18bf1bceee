"""Which modules of a tree are settings, and what takes what in."""

import pytest

from migrator.settings.modules import bases, named_in, places, settings_modules

APPS = "INSTALLED_APPS = []\n"

LAYOUTS = {
    "one module": ({"shop/settings.py": APPS, "shop/urls.py": "urlpatterns = []\n"}, {"shop.settings": []}),
    "split": (
        {
            "config/settings/__init__.py": "",
            "config/settings/base.py": APPS,
            "config/settings/local.py": "from .base import *\n",
            "config/settings/production.py": "from config.settings.base import *\n",
            "config/settings/celery_part.py": "CELERY_TIMEZONE = 'UTC'\n",
        },
        {
            "config.settings.base": [],
            "config.settings.local": ["config.settings.base"],
            "config.settings.production": ["config.settings.base"],
        },
    ),
    "a package that is settings itself": (
        {"shop/settings/__init__.py": "from .base import *\n", "shop/settings/base.py": APPS},
        {"shop.settings": ["shop.settings.base"], "shop.settings.base": []},
    ),
    "two steps": (
        {
            "s/base.py": APPS,
            "s/production.py": "from .base import *\n",
            "s/staging.py": "from .production import *\n",
        },
        {"s.base": [], "s.production": ["s.base"], "s.staging": ["s.production", "s.base"]},
    ),
    "django-split-settings": (
        {
            "shop/settings/__init__.py": "from split_settings.tools import include\n"
            "include('parts/base.py', 'parts/celery*.py')\n",
            "shop/settings/parts/base.py": APPS,
            "shop/settings/parts/celery_beat.py": "CELERY_BEAT_SCHEDULE = {}\n",
        },
        {"shop.settings": ["shop.settings.parts.base"], "shop.settings.parts.base": []},
    ),
    "the apps by name": (
        {"s/base.py": APPS, "s/test.py": "from .base import DATABASES, INSTALLED_APPS\n"},
        {"s.base": [], "s.test": ["s.base"]},
    ),
    "a part that does not parse": (
        {"s/base.py": APPS, "s/old.py": "print 'no'\n"},
        {"s.base": []},
    ),
    "each takes the other": (
        {"s/a.py": APPS + "from .b import *\n", "s/b.py": "from .a import *\n"},
        {"s.a": ["s.b"], "s.b": ["s.a"]},
    ),
}


@pytest.mark.parametrize(("texts", "expected"), LAYOUTS.values(), ids=LAYOUTS)
def test_the_settings_of_a_layout(texts: dict[str, str], expected: dict[str, list[str]]) -> None:
    assert bases(settings_modules(texts, ())) == expected


def test_a_module_that_somebody_starts_with_is_settings_whatever_it_says() -> None:
    [found] = settings_modules({"shop/odd.py": "globals().update(load())\n"}, ["shop.odd"])
    assert found.name == "shop.odd"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings.local")', ["shop.settings.local"]),
        ("[pytest]\nDJANGO_SETTINGS_MODULE = shop.settings.test\n", ["shop.settings.test"]),
        ('DJANGO_SETTINGS_MODULE = "config.settings"', ["config.settings"]),
        ("DJANGO_SETTINGS_MODULE=shop.settings.production\n", ["shop.settings.production"]),
        ('os.environ["DJANGO_SETTINGS_MODULE"] = "shop.settings"', ["shop.settings"]),
        ("unset DJANGO_SETTINGS_MODULE\n", []),
    ],
)
def test_where_settings_are_named(text: str, names: list[str]) -> None:
    assert named_in([text, text]) == names


def test_a_setting_has_the_line_that_counts() -> None:
    texts = {
        "s/base.py": "INSTALLED_APPS = []\nCELERY_TIMEZONE = 'UTC'\nUSE_TZ = True\n",
        "s/production.py": "from .base import *\n\nCELERY_TIMEZONE = 'Europe/Warsaw'\n",
    }
    where = places(settings_modules(texts, ()), texts)
    assert str(where("s.production", "CELERY_TIMEZONE")) == "s/production.py:3"
    assert str(where("s.production", "USE_TZ")) == "s/base.py:3"
    assert where("s.production", "CELERY_BROKER_URL") is None


def test_modules_that_all_take_from_each_other() -> None:
    names = [f"m{number}" for number in range(12)]
    texts = {f"s/{name}.py": "".join(f"from .{other} import *\n" for other in names) for name in names}
    assert (
        len(settings_modules({**texts, "s/base.py": APPS, "s/m0.py": "from .base import *\n"}, [])) == 12 + 1
    )
