"""What a line does before its command: load variables, enter a virtual environment."""

from __future__ import annotations

import posixpath
import re

from migrator.crontab.options import plain
from migrator.crontab.shell import Simple, Word

ENTERS = {"workon", "conda", "mamba", "micromamba", "pyenv", "nvm", "rbenv", "module", "deactivate"}
_SUBCOMMANDS = {
    "conda": {"activate", "deactivate"},
    "mamba": {"activate"},
    "micromamba": {"activate"},
    "pyenv": {"activate", "shell", "global", "local"},
    "nvm": {"use"},
    "rbenv": {"shell"},
    "module": {"load", "unload", "purge"},
}
_FILE = re.compile(r"(?<![\w=])(?P<file>(?:[\w.~@$%+{}-]*/)*[\w.~@$%+{}-]*[\w}])")
_READERS = r"cat|grep|egrep|sed|awk|gawk|cut|sort|envsubst|head|tail|tr|xargs"
# Programs that print `export NAME=value` lines.
_SHELL_HOOKS = {
    "ssh-agent",
    "keychain",
    "pyenv",
    "rbenv",
    "direnv",
    "conda",
    "brew",
    "dircolors",
    "lesspipe",
    "perl",
}


def enters(name: str, words: tuple[Word, ...]) -> bool:
    """``workon shop``, ``conda activate shop``: a worker has its own Python."""
    subcommands = _SUBCOMMANDS.get(name)
    return name in ENTERS and (subcommands is None or (len(words) > 1 and plain(words[1]) in subcommands))


def is_activation(path: str) -> bool:
    """``venv/bin/activate``."""
    return posixpath.basename(path) in (
        "activate",
        "activate.sh",
        "postactivate",
        "virtualenvwrapper.sh",
        "conda.sh",
    )


def environment_file(text: str) -> str | None:
    """The file that ``eval $(... FILE ...)`` or ``export $(cat FILE | xargs)`` loads, if it loads one."""
    inner = re.sub(r"^(?:eval|export|declare -x|env|set -a;?)\s+", "", text.strip())
    match = re.fullmatch(r"[\"']?(?:\$\(|`|<\()(?P<body>.*?)[)`][\"']?", inner, re.DOTALL)
    if match is None or not re.match(rf"\s*<|\s*(?:{_READERS})\b", match["body"]):
        return None
    first = re.split(r"\s\|", re.sub(r"\"[^\"]*\"|'[^']*'", " ", match["body"]))[0]
    words = first.replace("<", " ").split()
    words = words if first.lstrip().startswith("<") else words[1:]
    return next((word for word in reversed(words) if word[0] != "-" and _FILE.fullmatch(word)), None)


def loads_hooks(simple: Simple) -> bool:
    """``eval $(ssh-agent)`` and the like: variables of the session, nothing to run."""
    match = re.match(r"eval\s+[\"']?(?:\$\(|`)\s*(?:\S*/)?([\w-]+)", simple.text)
    return match is not None and match[1] in _SHELL_HOOKS
