"""What a command line is for, and what the wrappers around it mean."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Literal

from migrator.values import value

After = Literal["always", "success", "failure"]
Kind = Literal["management", "python", "shell", "http"]
Fate = Literal["mailed", "logged", "dropped", "piped"]
MailWhen = Literal["output", "failure", "never"]


@value
class TypedCall:
    """The arguments of a management command as ``call_command`` takes them, typed by its own parser.

    ``launcher`` holds the options of manage.py itself, such as ``settings`` and ``verbosity``.
    """

    args: tuple[object, ...] = ()
    kwargs: Mapping[str, object] = field(default_factory=dict)
    launcher: Mapping[str, object] = field(default_factory=dict)


@value
class Step:
    """One thing that the job is for: ``argv`` holds the arguments that follow ``name``, verbatim.

    ``text`` is the command as written.
    """

    kind: Kind
    name: str
    argv: tuple[str, ...]
    after: After = "always"
    text: str = ""
    words: tuple[str, ...] = field(default=(), compare=False)  # all of it: program, script, arguments
    timeout: int | None = None  # seconds that this step alone may take
    around: tuple[Cover, ...] = ()  # the wrappers that hold for it, outermost first
    cwd: str | None = None  # the folder that it runs in
    guard: str | None = None  # the tests that stand before it
    script: str | None = None  # the script of the tree that it was found in
    call: TypedCall | None = field(default=None, compare=False)  # None: not known
    forgiven: bool = field(default=False, compare=False)  # `if a; then b; fi` has succeeded where a fails


@value
class Lock:
    """A lock around the job; ``blocking`` None: it could not be found out.

    Jobs with one ``key`` share it. ``path``: the lock file as written. ``wait``: the seconds
    after which a blocking lock gives up. ``status``: how the line ends when it does not get it.
    """

    key: str
    blocking: bool | None
    path: str | None = field(default=None, compare=False)
    wait: int | None = field(default=None, compare=False)
    status: int = field(default=1, compare=False)


@value
class Limit:
    """A time limit in seconds; ``options``: of timeout(1), such as ``-k 10``, where it is that."""

    seconds: int
    options: tuple[str, ...] = ()


@value
class RunsAs:
    """Another user than the crontab's."""

    user: str


@value
class Container:
    """Where the command really runs: ``Container("docker compose", "web")``."""

    tool: str
    target: str | None


@value
class Host:
    """Another machine."""

    name: str


@value
class Cover:
    """What one wrapper means for all that runs inside it; ``call`` tells it from an equal one elsewhere."""

    meaning: Lock | Limit | RunsAs | Container | Host
    program: str
    call: int  # the number of the wrapper in its command


@value
class Delay:
    """Seconds between cron's start of the line and the job: ``most`` None where it is not known."""

    least: int
    most: int | None


@value
class OutputMail:
    """The output goes to a mail program: always, or only when there is any."""

    command: str
    to: tuple[str, ...]
    subject: str | None
    when: Literal["always", "output"]


@value
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
    environment: MutableMapping[str, str] = field(default_factory=dict)
    umask: str | None = None
    lock: Lock | None = None
    timeout: int | None = None  # seconds
    freshness: int | None = None  # seconds: the age at which the last success is too old
    guard: str | None = None
    log: str | None = None
    exit_masked: bool = False
    output: Fate = "mailed"  # what becomes of the output, and of error messages
    errors: Fate = "mailed"
    captured: bool = False  # a wrapper takes what is printed, so that cron mails nothing of it
    cleared: bool = False  # the command gets no variable of the crontab: env -i
    error_log: str | None = None  # where error messages go, if not into the log
    output_mail: OutputMail | None = None
    filters: list[str] = field(default_factory=list)  # what the output passes through
    stdin: str | None = None  # what the command reads, where the text is known
    delay: Delay | None = None
    decoration: list[str] = field(default_factory=list)  # commands beside the job: echo, date
    runs_as: str | None = None  # the user that a wrapper changes to
    container: Container | None = None
    host: str | None = None  # another machine that a wrapper goes to
    mail_when: MailWhen = "output"  # what makes cron send a mail
    environment_files: list[str] = field(default_factory=list)  # where its variables come from
    descriptors: dict[int, str] = field(default_factory=dict)  # files opened as 9>FILE
    covers: list[Cover] = field(default_factory=list)  # the wrappers around what is read next
    wrappers: int = 0  # how many have been met
    remarks: list[Remark] = field(default_factory=list)

    def remark(self, code: str, message: str, hint: str | None = None, detail: str | None = None) -> None:
        self.remarks.append(Remark(code, message, hint, detail))

    def cover(self, meaning: Lock | Limit | RunsAs | Container | Host, program: str) -> None:
        """What a wrapper means for the steps that it runs."""
        self.wrappers += 1
        self.covers.append(Cover(meaning, program, self.wrappers))
