"""What calls do to the world outside the process: tables of dotted names and of methods."""

from __future__ import annotations

from collections.abc import Mapping

from migrator.project.model import EffectKind

_HTTP_VERBS = ("get", "post", "put", "patch", "delete", "head", "options", "request")
_SESSIONS = ("requests", "requests.Session()", "requests.session()", "requests.sessions.Session()")

# Calls that wait for another machine, by the position of their timeout (None: only by name).
WAITING: Mapping[str, int | None] = {
    **{f"{session}.{verb}": None for session in _SESSIONS for verb in _HTTP_VERBS},
    "urllib.request.urlopen": 2,
    "urllib2.urlopen": 2,
    "http.client.HTTPConnection": 2,
    "http.client.HTTPSConnection": 2,
    "smtplib.SMTP": 3,
    "smtplib.SMTP_SSL": None,
    "ftplib.FTP": 4,
    "imaplib.IMAP4_SSL": None,
    "poplib.POP3_SSL": None,
    "socket.create_connection": 1,
    "telnetlib.Telnet": 2,
}

EFFECTS: Mapping[EffectKind, tuple[str, ...]] = {
    "mail": (
        *(
            f"django.core.mail.{name}"
            for name in ("send_mail", "send_mass_mail", "mail_admins", "mail_managers")
        ),
        *("django.core.mail.EmailMessage", "django.core.mail.EmailMultiAlternatives"),
        *("django.core.mail.message.EmailMessage", "django.core.mail.message.EmailMultiAlternatives"),
        *("smtplib.SMTP", "smtplib.SMTP_SSL"),
    ),
    "http": (
        *(name for name in WAITING if name.startswith(("requests", "urllib", "http"))),
        *(f"httpx.{verb}" for verb in (*_HTTP_VERBS, "Client", "AsyncClient", "stream")),
        *("aiohttp.ClientSession", "urllib3.PoolManager", "urllib3.request"),
    ),
    "delete": (
        "os.remove",
        "os.unlink",
        "os.rmdir",
        "shutil.rmtree",
        "pathlib.Path().unlink",
        "pathlib.Path().rmdir",
    ),
    "file": (
        *(
            "os.rename",
            "os.replace",
            "os.mkdir",
            "os.makedirs",
            "shutil.copy",
            "shutil.copy2",
            "shutil.copyfile",
        ),
        *("shutil.copytree", "shutil.move", "django.core.files.storage.default_storage.save"),
    ),
    "process": (
        *("os.system", "os.popen", "subprocess.run", "subprocess.call", "subprocess.check_call"),
        *(
            "subprocess.check_output",
            "subprocess.Popen",
            "subprocess.getoutput",
            "subprocess.getstatusoutput",
        ),
    ),
}

# Methods that mean the same on whatever object they are called.
METHODS: Mapping[str, EffectKind] = {
    "email_user": "mail",
    "send_messages": "mail",
    "bulk_create": "write",
    "bulk_update": "write",
    "update_or_create": "write",
    "get_or_create": "write",
    "write_text": "file",
    "write_bytes": "file",
}
# Methods that others have, too: these are the ORM's when they are called without positional arguments.
BARE_METHODS: Mapping[str, EffectKind] = {"delete": "delete", "save": "write"}
# Methods of a manager or a query: the ORM's where one of these words stands before them.
QUERY_METHODS: Mapping[str, EffectKind] = {"create": "write", "update": "write"}
QUERY_WORDS = frozenset(
    {"objects", "filter", "exclude", "all", "get_queryset", "_base_manager", "_default_manager"}
)
SQL_METHODS = frozenset({"execute", "executemany", "raw", "callproc"})
SQL: Mapping[str, EffectKind] = {
    **dict.fromkeys(("delete", "truncate", "drop"), "delete"),
    **dict.fromkeys(("insert", "update", "replace", "merge", "alter", "create"), "write"),
}
_BY_NAME = {name: kind for kind, names in EFFECTS.items() for name in names}


def effect_of(dotted: str) -> EffectKind | None:
    """The effect of a call of that name."""
    return _BY_NAME.get(dotted)
