"""The project that the command was called in: migrator.toml, and Django where a verb needs it."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from migrator.adapters.files import read_text
from migrator.adapters.manage_script import packages_of
from migrator.configuration import FILE_NAME, Configuration, read_configuration
from migrator.crontab.marks import Whose, of_anybody, of_spool
from migrator.errors import Cannot
from migrator.i18n import _
from migrator.redaction import first_line

SOURCES = "src"  # a folder on Python's path, which no project is called


@dataclass(frozen=True, slots=True)
class Home:
    """Where migrator.toml lies and what it says; without one, this folder and the defaults."""

    root: Path
    configuration: Configuration
    configured: bool

    @property
    def name(self) -> str:
        """What pages and reports call the project: its folder, or the one above a bare ``src``."""
        above = self.root.parent.name
        return above if above and self.root.name == SOURCES else self.root.name

    @property
    def is_ours(self) -> Whose:
        """Tells lines of other projects in a crontab; without migrator.toml nobody can."""
        return of_spool(self.configuration.instrument.spool) if self.configured else of_anybody


def find_home(start: Path | None = None) -> Home:
    """The nearest migrator.toml at or above ``start``, or beside the packages of a manage.py there."""
    start = (start or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        for root in (folder, *packages_of(folder)):
            path = root / FILE_NAME
            if os.path.isfile(path):  # noqa: PTH113 - False, not an error, in a folder that is closed to us
                return Home(root, read_configuration(read_text(path), str(path)), configured=True)
    return Home(start, Configuration(), configured=False)


def required_home() -> Home:
    """The project, for verbs that make no sense without migrator.toml."""
    home = find_home()
    if not home.configured:
        raise Cannot(
            _("there is no migrator.toml here or above"), hint=_("run `migrator init` in your project")
        )
    return home


def start_django(home: Home, *, also: str | None = None) -> str:
    """Start Django with the project's settings, unless manage.py has done so; gives their name.

    ``also``: an app to be there whether the settings name it or not.
    """
    import django
    from django.apps import apps
    from django.conf import settings as project

    settings = os.environ.get("DJANGO_SETTINGS_MODULE") or home.configuration.project.settings
    if apps.ready:
        return settings or ""
    if not settings:
        hint = _("set DJANGO_SETTINGS_MODULE, or settings in migrator.toml's [project]")
        raise Cannot(_("no Django settings are named"), hint=hint if home.configured else _outside())
    os.environ["DJANGO_SETTINGS_MODULE"] = settings
    if str(home.root) not in sys.path:
        sys.path.insert(0, str(home.root))
    try:
        named = any(one == also or one.startswith(f"{also}.apps.") for one in project.INSTALLED_APPS)
        if also is not None and not named:
            project.INSTALLED_APPS = [*project.INSTALLED_APPS, also]
        django.setup()
    except (Exception, SystemExit) as error:  # the project's settings and models are imported here
        raise Cannot(
            _("the Django project does not start: {error}").format(error=first_line(error)),
            hint=_remedy(error, home, settings),
        ) from error
    return settings


def _outside() -> str:
    """What to do where no migrator.toml was found."""
    return _("there is no migrator.toml here or above: call it in the project's folder")


def _remedy(error: BaseException, home: Home, settings: str) -> str:
    """What to change where the project's own code fails: most often a variable or the folder is missing."""
    name = str(error.args[0]) if isinstance(error, KeyError) and error.args else ""
    if name.isupper() and name not in os.environ:
        return _("set {name}, with the script that sets the environment of cron's jobs").format(name=name)
    missing = error.name if isinstance(error, ModuleNotFoundError) and error.name else "-"
    if f"{settings}.".startswith(f"{missing}.") and not home.configured:
        return _outside()
    return _("run `python manage.py check` with DJANGO_SETTINGS_MODULE={settings}").format(settings=settings)


def set_up_django(home: Home) -> None:
    """Start Django, for verbs that need the ledger in it."""
    from django.apps import apps

    ready = apps.ready
    settings = start_django(home)
    if not ready and not apps.is_installed("migrator.contrib.django"):
        raise Cannot(
            _("migrator.contrib.django is not in INSTALLED_APPS of {settings}").format(settings=settings),
            hint=_('add "migrator.contrib.django" to INSTALLED_APPS, then run manage.py migrate'),
        )
