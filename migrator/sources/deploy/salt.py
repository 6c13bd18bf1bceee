"""Salt: the states cron.present and cron.file.

Authority: the documentation of salt.states.cron.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from migrator.i18n import _
from migrator.schedule.kinds import Undecided
from migrator.sources.deploy.manifest import Kind, Manifest, Timing
from migrator.sources.deploy.yaml_text import Listing, Node, Scalar, Table, truth
from migrator.sources.shell.installation import Crontab, crontab_at

NAME = "salt"
_FIELDS = ("minute", "hour", "daymonth", "month", "dayweek")


def read(manifest: Manifest) -> None:
    """Every state of the file."""
    for root in manifest.documents.tables():
        for identity, states in root.items():
            for key, function, arguments in _states(states):
                _state(manifest, key, function, {"id": identity} | arguments)


def _states(node: Node) -> Iterator[tuple[Scalar, str, dict[str, Scalar]]]:
    """The states below an id, each with its function and its arguments."""
    for key, value in node.items() if isinstance(node, Table) else ():
        items = value.items if isinstance(value, Listing) else []
        arguments = {
            name.text: one
            for item in items
            if isinstance(item, Table)
            for name, one in item.items()
            if isinstance(one, Scalar)
        }
        if "." in key.text:
            yield key, key.text, arguments
        for item in items:
            # The old spelling: the module, and the function as the first of its arguments.
            if isinstance(item, Scalar):
                yield key, f"{key.text}.{item.text}", arguments


def _state(manifest: Manifest, key: Scalar, function: str, arguments: dict[str, Scalar]) -> None:
    if function == "cron.present":
        _present(manifest, key, {name: one.text for name, one in arguments.items()})
    elif function in ("cron.absent", "cron.env_present", "cron.env_absent"):
        manifest.kinds[key.line] = "other"
        gone = function == "cron.absent"
        manifest.reasons[key.line] = _("takes a job away") if gone else _("a setting of the crontab")
    elif function == "cron.file":
        user = arguments.get("user")
        manifest.installs(_source(arguments), key.line, Crontab("user", user.text if user else "root"))
    elif function in ("file.managed", "file.append"):
        _file(manifest, key, arguments)


def _present(manifest: Manifest, key: Scalar, arguments: dict[str, str]) -> None:
    command = arguments.get("name", arguments["id"])
    if truth(arguments.get("commented")):
        manifest.disabled(key.line, _("written as a comment"))
        return
    special = arguments.get("special")
    fields = [arguments.get(name, "*") for name in _FIELDS]
    schedule = special or " ".join(fields)
    label = arguments.get("comment") or arguments.get("identifier")
    user = arguments.get("user", "root")
    if "random" in fields and not special:
        timing = Timing(Undecided(schedule, _("Salt draws the random fields once, on the host")))
        manifest.job(key.line, command, timing, user=user, label=label, generator=True)
        return
    text = f"{schedule} {' '.join(command.split(chr(10)))}\n"
    crontab = Crontab("user", user)
    manifest.crontab(text, lambda _n: key.line, crontab=crontab, line=key.line, label=label)


def _source(arguments: dict[str, Scalar]) -> str:
    """The file that a state copies; ``salt://`` is the root of the states."""
    named = arguments.get("source") or arguments.get("name") or arguments["id"]
    return named.text.removeprefix("salt://").partition("?")[0]


def _file(manifest: Manifest, key: Scalar, arguments: dict[str, Scalar]) -> None:
    """A file in one of cron's folders."""
    crontab = crontab_at((arguments.get("name") or arguments["id"]).text)
    content = arguments.get("contents") or arguments.get("text")
    if crontab is None:
        return
    if content is not None:
        text = content.text if content.text.endswith("\n") else content.text + "\n"
        manifest.crontab(text, content.line_of, crontab=crontab, line=key.line)
    elif "source" in arguments:
        manifest.installs(_source(arguments), key.line, crontab)


def _may_be(path: str) -> bool:
    return path.endswith((".sls", ".sls.jinja", ".sls.j2"))


SOURCE = Kind(NAME, _may_be, re.compile(r"\bcron"), read).source()
