"""Whether a crontab has a user column: told by its path, else by what stands after the schedules."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from migrator.crontab.syntax import Format
from migrator.crontab.templates import Template, has_placeholder, named
from migrator.crontab.wrappers import WRAPPERS
from migrator.i18n import _

SAMPLE = 200  # lines that are looked at; a file with a user column has it on all of them

# Names that are users on common systems: those that no program has, and those that one may have.
_ONLY_USERS = """
    root www-data nobody deployer deploy ubuntu debian centos ec2-user vagrant daemon wwwrun webapp
    rabbitmq munin nagios zabbix postgres
"""
_SERVICES = """
    django celery dokku git mysql redis apache nginx httpd http bin sys app web admin operator mail
    jenkins elasticsearch solr weblate backup
"""
# Words that begin a command, whatever a user may be called.
_PROGRAM_NAMES = """
    cd export source test true false exec eval set umask trap if for while until case python python2
    python3 pypy pypy3 perl ruby node php java bash sh dash zsh ksh find curl wget rsync tar
    gzip mysqldump pg_dump psql mysql docker docker-compose podman kubectl heroku honcho foreman
    poetry pipenv uv pip django-admin rm cp mv ln cat echo printf date touch mkdir chmod
    chown sleep grep sed awk sort head tail xargs make npm yarn npx service systemctl certbot
    logrotate run-parts apt-get apt yum dnf ansible salt-call git svn hg mail sendmail wp drush aws
    gcloud s3cmd ssh scp tmpreaper crontab reboot shutdown kill killall pkill supervisorctl
    invoke-rc.d output-on-error run-with-lockfile run_management_command
"""
_ONLY_USER = frozenset(_ONLY_USERS.split())
_SERVICE = frozenset(_SERVICES.split())
_PROGRAMS = frozenset(_PROGRAM_NAMES.split())
_BUILTINS = ("cd", "export", "source", "set", "umask")  # no program takes these for its first argument
_USER_NAME = re.compile(r"[a-z_][a-z0-9_-]*\$?")
_COMMAND_TEXT = re.compile(r"[./~$({\[\"'`!:]|\S*[/=]|\S+\.(?:py|sh|php|pl|rb|js)$")
_JOB = re.compile(
    r"[ \t]*(?:@[a-z]+|(?:[^ \t#=]\S*[ \t]+){4}\S+)[ \t]+(?P<first>\S+)(?:[ \t]+(?P<second>\S+))?"
)
# "m h dom mon dow user command", or the place where the file is to lie.
_HEADING = re.compile(
    r"^[ \t]*\#(?:.*\bdow\b.*\buser|.*/etc/cron(?:tab\b|\.d/))", re.IGNORECASE | re.MULTILINE
)
_STAND_IN_ALONE = re.compile("[\U000f0000-\U000ffffd]")


@dataclass(frozen=True, slots=True)
class Layout:
    """The format of a crontab, how it was found out, and why."""

    format: Format
    told_by: Literal["path", "content", "choice"]
    reason: str


def format_by_path(path: str) -> Format | None:
    """The format that cron reads at this path; None where the path does not tell."""
    folder, name = posixpath.split(path)
    system = (name == "crontab" and folder == "/etc") or posixpath.basename(folder) == "cron.d"
    return "system" if system else None


def layout_of(path: str, text: str = "", template: Template | None = None) -> Layout:
    """The format that cron reads at this path, or the one that the lines have.

    ``text``: of the crontab, with stand-ins where it is a ``template``.
    """
    if format_by_path(path) == "system":
        return Layout("system", "path", _("cron reads /etc/crontab and cron.d with a user column"))
    votes = Counter(_votes(text, template))
    total = votes.total()
    if votes["system"] > votes["user"]:
        reason = _("a user stands after the schedule on {count} of {total} lines")
        return Layout("system", "content", reason.format(count=votes["system"], total=total))
    reason = _("a command stands after the schedule on {count} of {total} lines")
    return Layout("user", "content", reason.format(count=total - votes["system"], total=total))


def names_a_user(first: str, second: str | None, template: Template | None = None) -> bool:
    """Whether the first of two words after a schedule is a user, and the second begins a command."""
    if second is None:
        return False
    if has_placeholder(first):
        return _placeholder_user(first, second, template)
    if not _USER_NAME.fullmatch(first):
        return False
    if first == second:
        return True
    return begins_a_command(second) and (_is_known_user(first) or not begins_a_command(first))


def is_only_a_user(word: str) -> bool:
    """Whether a word names a user and no program, such as root."""
    return word in _ONLY_USER


def _is_known_user(word: str) -> bool:
    return word in _ONLY_USER or word in _SERVICE


def _is_program(word: str) -> bool:
    return word in _PROGRAMS or word in WRAPPERS


def begins_a_command(word: str) -> bool:
    """Whether a word begins a command by its looks: a path, an assignment, a program that is known."""
    return _is_program(word) or _COMMAND_TEXT.match(word) is not None or has_placeholder(word)


def _placeholder_user(first: str, second: str, template: Template | None) -> bool:
    """``{{ user }}`` by its name; ``__APP__`` where a command follows that nothing but a user precedes."""
    if template is None or _STAND_IN_ALONE.fullmatch(first) is None:
        return False
    name = next(named([template.written(first)]), "")
    if re.search(r"user|owner|account|(?:^|_)uid(?:_|$)", name):
        return True
    if re.search(r"python|manage|django|cron|cmd|command|venv|bin|exec|script|path|dir|root|home", name):
        return False
    return _is_program(second) or second.startswith(("/", "./"))


def _votes(text: str, template: Template | None) -> Iterator[Format]:
    lines: list[re.Match[str]] = []
    for line in text.split("\n"):
        if match := _JOB.match(line):
            lines.append(match)
            if len(lines) == SAMPLE:
                break
    headed = _HEADING.search(text, 0, 4096) is not None
    words = [match.group("first", "second") for match in lines]
    usual = Counter(first for first, _second in words)
    users = {
        first
        for first, second in set(words)
        if _is_user(first, second, template, headed=headed, usual=usual[first] > 1)
    }
    for first, second in words:
        yield "system" if first in users and second else "user"


def _is_user(first: str, second: str | None, template: Template | None, *, headed: bool, usual: bool) -> bool:
    """Whether a line shows that its first word is a user; a name that nobody knows needs more than that."""
    if headed and second and _USER_NAME.fullmatch(first) and not begins_a_command(first):
        return True
    certain = _is_known_user(first) or first == second or has_placeholder(first)
    alone = second in _BUILTINS or (second or "").startswith(("/", "./"))
    return names_a_user(first, second, template) and (certain or alone or usual)
