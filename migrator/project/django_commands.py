"""The commands that Django itself brings."""

from __future__ import annotations

# django.core and django.contrib, 4.2 to 5.2, and `cleanup` and `syncdb`, which old crontabs still name.
_NAMES = (
    "changepassword check cleanup clearsessions collectstatic compilemessages createcachetable",
    "createsuperuser dbshell diffsettings dumpdata findstatic flush help inspectdb loaddata",
    "makemessages makemigrations migrate ogrinspect optimizemigration remove_stale_contenttypes",
    "runserver sendtestemail shell showmigrations sqlflush sqlmigrate sqlsequencereset squashmigrations",
    "startapp startproject syncdb test testserver version",
)
DJANGO_COMMANDS = frozenset(name for line in _NAMES for name in line.split())
