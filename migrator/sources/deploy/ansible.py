"""Ansible: tasks with the cron module, and files that playbooks put into cron's folders.

A task writes a line into a crontab, so it is read as that line; the playbook is the line's
generator. Authority: the documentation of ansible.builtin.cron.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from migrator.i18n import _
from migrator.sources.deploy.manifest import Kind, Manifest, yaml_named
from migrator.sources.deploy.yaml_text import Node, Scalar, Table, truth
from migrator.sources.shell.installation import Crontab, crontab_at

NAME = "ansible"
_PREFIXES = ("", "ansible.builtin.", "ansible.legacy.")
_CRON = {prefix + "cron" for prefix in _PREFIXES}
_COPIES = {prefix + name for prefix in _PREFIXES for name in ("copy", "template")}
_LINES = {prefix + name for prefix in _PREFIXES for name in ("lineinfile", "blockinfile")}
_SHELLS = {prefix + name for prefix in _PREFIXES for name in ("shell", "command")}
# A compose file may well have a service called cron; it has none of these alone.
_PARAMETERS = {
    *("name", "job", "user", "cron_file", "state", "disabled", "env", "value", "backup"),
    *("minute", "hour", "day", "dom", "month", "weekday", "dow", "special_time", "reboot"),
    *("insertafter", "insertbefore"),
}
_FIELDS = (("minute",), ("hour",), ("day", "dom"), ("month",), ("weekday", "dow"))
_PAIR = re.compile(r"(\w+)=(\"(?:\\.|[^\"\\])*\"|'[^']*'|\S+)")
_ITEM = re.compile(r"\{\{\s*item(?:\.(\w+)|\[['\"](\w+)['\"]\])?\s*\}\}")


def read(manifest: Manifest) -> None:
    """Every task of the file, in blocks and handlers too."""
    for node in manifest.documents.walk():
        if isinstance(node, Table):
            for key, value in node.items():
                if key.text in _CRON:
                    _tasks(manifest, node, key, _arguments(value))
                elif key.text in ("action", "local_action") and isinstance(value, Scalar):
                    module, _blank, rest = value.text.partition(" ")
                    if module in _CRON:
                        _tasks(manifest, node, key, _arguments(Scalar(value.line, rest)))
                elif key.text in _COPIES | _LINES:
                    _file(manifest, key, _arguments(value))
                elif key.text in _SHELLS and isinstance(value, Scalar):
                    manifest.shell(value.text, value.line_of, key.line)


def _arguments(value: Node) -> dict[str, Scalar]:
    """A module's arguments: a mapping, or ``name=value`` words."""
    if isinstance(value, Table):
        return {key.text: one for key, one in value.items() if isinstance(one, Scalar)}
    if not isinstance(value, Scalar):
        return {}
    pairs = _PAIR.findall(value.text)
    return {name: Scalar(value.line, _unquoted(text)) for name, text in pairs}


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if text[:1] in ("'", '"') else text


def _tasks(manifest: Manifest, task: Table, key: Scalar, arguments: dict[str, Scalar]) -> None:
    """The task, once for each item of its loop where the items are in the file."""
    if not arguments or not arguments.keys() <= _PARAMETERS:
        return
    written = {name: manifest.template.written(value.text) for name, value in arguments.items()}
    if not (written.keys() & {"job", "value"} or written.keys() & {"state", "env", "disabled"}):
        return
    items = list(_items(task)) if any("item" in text for text in written.values()) else []
    for item in items:
        _task(manifest, item.line, {name: _filled(text, item) for name, text in written.items()})
    if not items:
        _task(manifest, key.line, written)


def _items(task: Table) -> Iterator[Node]:
    for name in ("loop", "with_items", "with_list"):
        yield from task.listing(name)


def _filled(text: str, item: Node) -> str:
    """The text with what it takes from the item; what is not there stays open."""

    def value(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        if isinstance(item, Scalar):
            return match[0] if name else item.text
        found = item.text(name) if name and isinstance(item, Table) else None
        return match[0] if found is None else found

    return _ITEM.sub(value, text)


def _task(manifest: Manifest, line: int, arguments: Mapping[str, str]) -> None:
    manifest.kinds.setdefault(line, "other")
    if arguments.get("state") == "absent":
        manifest.reasons[line] = _("takes a job away")
    elif truth(arguments.get("env")):
        manifest.reasons[line] = _("a setting of the crontab")
    elif truth(arguments.get("disabled")):
        manifest.disabled(line, _("written as a comment"))
    elif job := arguments.get("job"):
        text = f"{_schedule(arguments)} {' '.join(job.split(chr(10)))}\n"
        crontab = Crontab("user", arguments.get("user"))
        manifest.crontab(text, lambda _n: line, crontab=crontab, line=line, label=arguments.get("name"))


def _schedule(arguments: Mapping[str, str]) -> str:
    special = "reboot" if truth(arguments.get("reboot")) else arguments.get("special_time")
    if special:
        return f"@{special}"
    found = (next((arguments[name] for name in names if arguments.get(name)), "*") for names in _FIELDS)
    return " ".join("".join(field.split()) if "{{" not in field else field for field in found)


def _file(manifest: Manifest, key: Scalar, arguments: Mapping[str, Scalar]) -> None:
    """A file in one of cron's folders: its text, or the name of the file that it is copied from."""
    target = next((arguments[name].text for name in ("dest", "path", "destfile") if name in arguments), "")
    source, state = arguments.get("src"), arguments.get("state")
    name = source.text.rsplit("/", 1)[-1] if source else ""
    crontab = crontab_at(target.removesuffix("/") + "/" + name if target.endswith("/") else target)
    if crontab is None or (state is not None and state.text == "absent"):
        return
    content = next((arguments[name] for name in ("content", "line", "block") if name in arguments), None)
    if content is not None:
        text = content.text if content.text.endswith("\n") else content.text + "\n"
        manifest.crontab(text, content.line_of, crontab=crontab, line=key.line)
    elif source is not None:
        manifest.installs(source.text, key.line, crontab)


def _may_be(path: str) -> bool:
    return yaml_named(path) and not path.endswith((".j2", ".tpl"))


_HINT = re.compile(
    r"""(?m)(?:^|[\s{,\"'])(?:ansible\.\w+\.)?cron[\"']?[ \t]*:|action[ \t]*:.*\bcron\b|cron\.d\b|crontab"""
)
SOURCE = Kind(NAME, _may_be, _HINT, read).source()
