"""What a command line is for, and what the wrappers around it mean."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

After = Literal["always", "success", "failure"]
Kind = Literal["management", "python", "shell", "http"]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that the job is for: ``argv`` holds the arguments that follow ``name``, verbatim.

    ``text`` is the command as written, for steps that are no management command.
    """

    kind: Kind
    name: str
    argv: tuple[str, ...]
    after: After = "always"
    text: str = ""


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock around the job; ``blocking`` None: it could not be found out."""

    key: str
    blocking: bool | None


@dataclass(frozen=True, slots=True)
class Remark:
    """A finding that has no place yet."""

    code: str
    message: str
    hint: str | None = None
    detail: str | None = None


@dataclass(slots=True)
class Reading:
    """All that a command says; filled from the outside in."""

    steps: list[Step] = field(default_factory=list)
    cwd: str | None = None
    environment: dict[str, str] = field(default_factory=dict)
    umask: str | None = None
    lock: Lock | None = None
    timeout: int | None = None  # seconds
    freshness: int | None = None  # seconds: the age at which the last success is too old
    guard: str | None = None
    log: str | None = None
    exit_masked: bool = False
    remarks: list[Remark] = field(default_factory=list)

    def remark(self, code: str, message: str, hint: str | None = None, detail: str | None = None) -> None:
        self.remarks.append(Remark(code, message, hint, detail))
