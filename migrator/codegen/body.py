"""The body of a task: the job's commands in the shell's order, inside what surrounds them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence

from migrator.codegen.arguments import Argument, command_arguments, process_arguments
from migrator.codegen.http_request import Request, request_of
from migrator.codegen.python_text import quoted
from migrator.codegen.runner import (
    limit_options,
    runner_of,
    shell_text,
    stdin_of,
    variables_of,
)
from migrator.codegen.schedule import expiry_of
from migrator.codegen.statements import Call, If, Manager, Statement, around
from migrator.crontab.reading import Cover, Limit, Lock, Step
from migrator.crontab.wrappers.locks import apart, in_full
from migrator.redaction import redact
from migrator.sources.job import Job

TRIES = 3
RUN = ("/run", "/var/run")  # one folder: the second is a link to the first
LONGEST_PAUSE = 300  # seconds between two tries
_ATTEMPTS = ("first", "second", "third")


def body_of(job: Job) -> tuple[Statement, ...]:
    """The statements that do what cron's line did."""
    managers = [*_retries(job), *_mailing(job)]
    lock, limit = _lock(job), limit_in_worker(job)
    held = (Call("timeout", (str(limit),)), None) if limit else None
    inside = [manager for manager in (lock, held) if manager]
    if lock and limit and _limit_is_outside(job):
        inside.reverse()
    if lock and is_skipped(job):
        inside.insert(inside.index(lock), (Call("suppress", ("AlreadyRunning",)), None))
    whole = all(_locked(step, job) for step in job.reading.steps)
    if whole:
        managers += inside
    statements = _chain(job, () if whole else tuple(inside))
    return around(managers, statements)


def _chain(job: Job, prefix: tuple[Manager, ...]) -> tuple[Statement, ...]:
    """The steps as a shell takes them: ``;`` goes on, ``&&`` after a success, ``||`` after a failure.

    ``prefix``: what is around those steps only that hold the lock.
    """
    if runner_of(job) == "shell":
        return (_shell(job),)
    return _steps(job.reading.steps, job, prefix)


def _steps(
    steps: Sequence[Step], job: Job, prefix: tuple[Manager, ...] = (), tries: int = 0
) -> tuple[Statement, ...]:
    """``tries``: the attempts around these steps, because one inside another has a name of its own."""
    done: tuple[Statement, ...] = ()
    current: tuple[Statement, ...] = ()
    decides = 0  # so many of the current statements fail the job when they fail
    for number, step in enumerate(steps):
        if prefix and number and not _locked(step, job):
            done, current, prefix = (), around(prefix, done + current), ()
            decides = min(decides, 1)
        statement = _step(step, job)
        if number == 0:
            current = statement
        elif step.after == "success" and decides < len(current):
            if prefix:  # then it is held around the rest, too
                return around(prefix, _steps(steps, job))
            asked = around([(_attempt(job), _name(tries))], current[decides:])
            inside, rest = _then(steps[number:])
            then = If(f"not {_name(tries)}.failed", _steps(inside, job, tries=tries + 1))
            return done + _before(rest, (*current[:decides], *asked, then), job)
        elif step.after == "success":
            current += statement
        elif step.after == "always":
            done, current, tries = done + around([(_attempt(job), None)], current), statement, 0
        else:
            name = _name(tries)
            tried = around([(_attempt(job), name)], current)
            current, tries = (*tried, If(f"{name}.failed", statement)), tries + 1
        if not step.forgiven:
            decides = len(current)
        elif step.after != "success":  # what stands before it is inside an attempt
            decides = 0
    return done + current


def _then(steps: Sequence[Step]) -> tuple[Sequence[Step], Sequence[Step]]:
    """What ``if a; then b; fi; c`` does after a, and what it does in any case."""
    end = next((at for at, step in enumerate(steps) if step.after == "always"), len(steps))
    return steps[:end], steps[end:]


def _before(steps: Sequence[Step], whole: tuple[Statement, ...], job: Job) -> tuple[Statement, ...]:
    return around([(_attempt(job), None)], whole) + _steps(steps, job) if steps else whole


def _name(tries: int) -> str:
    return _ATTEMPTS[tries] if tries < len(_ATTEMPTS) else f"attempt_{tries + 1}"


def _attempt(job: Job) -> Call:
    return Call("attempt", ("mail",) if mail_on(job) else ())


def _step(step: Step, job: Job) -> tuple[Statement, ...]:
    runner = runner_of(job)
    if runner == "http":
        return (_request(step, job),)
    process = runner == "subprocess"
    statement = _process(step, job) if process else _command(step, job)
    own = step.timeout if len(job.reading.steps) > 1 else None
    if own is None or (process and limit_options(step)):
        return (statement,)
    return around([(Call("timeout", (str(own),)), None)], (statement,))


def _command(step: Step, job: Job) -> Call:
    words = (argument.code for argument in command_arguments(job, step))
    return Call("run_command", (quoted(step.name), *words, *_streams(job)))


def _process(step: Step, job: Job) -> Call:
    seconds, options = step.timeout or job.reading.timeout, limit_options(step)
    limit = ("timeout", *options, str(seconds)) if seconds and options else ()
    words = (argument.code for argument in process_arguments(job, step))
    surroundings = _surroundings(job, folder_of(step))
    return Call("run_process", (*map(quoted, limit), *words, *surroundings, *_mail_of_all(job)))


def _shell(job: Job) -> Call:
    words = tuple(map(quoted, (job.declared.shell, "-c", shell_text(job))))
    # crontab(5): a job starts in its user's home, which HOME can name
    home = job.declared.found_by.get("HOME", "~")
    return Call("run_process", (*words, *_surroundings(job, home), *_mail_of_all(job)))


def _surroundings(job: Job, folder: str | None) -> Iterator[str]:
    shell = runner_of(job) == "shell"
    if folder:
        yield f"cwd={quoted(folder)}"
    if variables := variables_of(job):
        pairs = (f"{quoted(name)}: {quoted(value)}" for name, value in variables.items())
        yield f"environment={{{', '.join(pairs)}}}"
    if job.reading.umask and not shell:
        yield f"umask=0o{job.reading.umask.zfill(3)}"
    if text := job.declared.stdin if shell else stdin_of(job):
        yield f"text={quoted(text)}"


def folder_of(step: Step) -> str | None:
    """A folder that a worker can go to: one that does not depend on where cron starts."""
    return step.cwd if step.cwd and step.cwd.startswith(("/", "~")) else None


def _request(step: Step, job: Job) -> Call:
    request = request_of(step)
    assert isinstance(request, Request)
    headers = ", ".join(f"{quoted(name)}: {quoted(value)}" for name, value in request.headers.items())
    optional = {
        "method": request.method and quoted(request.method),
        "data": None if request.data is None else quoted(request.data),
        "headers": headers and f"{{{headers}}}",
        "follow": "" if request.follow else "False",
        "strict": "" if request.strict else "False",
    }
    given = (f"{name}={value}" for name, value in optional.items() if value)
    return Call("fetch", (quoted(request.url), f"patience={request.patience:g}", *given, *_mail_of_all(job)))


def secret_arguments(job: Job) -> list[Argument]:
    """The arguments that code is no place for."""
    arguments = {"call_command": command_arguments, "subprocess": process_arguments}.get(runner_of(job))
    found = [one for step in job.reading.steps for one in (arguments(job, step) if arguments else ())]
    return [one for one in found if one.variable]


def _lock(job: Job) -> Manager | None:
    lock = job.reading.lock
    if lock is None or in_its_text(job, Lock):
        return None
    wait = str(lock.wait) if lock.wait else "inf"
    options = [f"wait={wait}"] * bool(lock.blocking)
    gives_up = not lock.blocking or lock.wait is not None
    options += [f"status={lock.status}"] * (gives_up and lock.status not in (0, 1))
    return Call("lock", (quoted(lock_name(job)), *options)), None


def is_skipped(job: Job) -> bool:
    """Whether a run that does not get its lock is well: ``flock -E 0``, ``setlock -x``."""
    return job.reading.lock is not None and job.reading.lock.status == 0


def lock_name(job: Job) -> str:
    """The line's own file where both sides lock it in one way, else a name that stands for that file alone.

    What a shell completes depends on the user, his home and the variables of the line, and so does the name.
    """
    lock = job.reading.lock
    assert lock is not None
    # flock(1) and setlock(8) call flock(2) on a file that is there for nothing else; to other programs its
    # being there is the lock.
    by_flock = any(cover.program in ("flock", "setlock") for cover in _covers(job, lock))
    path = lock.path or ""
    if not path:
        return lock.key
    if by_flock and in_full(path):
        return path if ".." in path else posixpath.normpath(path)
    if not in_full(path):
        return apart(path, lock.key, *_completed_by(job, path))
    # The name alone stands for a file of one folder: those of others would share it.
    plain = posixpath.dirname(path) in RUN and not posixpath.isabs(lock.key)
    return lock.key if plain else apart(path, posixpath.normpath(path))


def _completed_by(job: Job, path: str) -> Iterator[str]:
    """What is known of that which completes the path of a lock."""
    declared = job.declared
    values = {**declared.inherited, **declared.found_by, **job.reading.environment}
    yield declared.user or ""
    yield values.get("HOME", "")
    names = (name for name in re.findall(r"\$\{?(\w+)", path) if name != "HOME")
    yield from (f"{name}={values.get(name, '')}" for name in names)


def _covers(job: Job, lock: Lock) -> list[Cover]:
    """What the line puts a lock around, however long the team wants it to be waited for."""
    around = [cover for step in job.reading.steps for cover in step.around]
    locks = [one for one in around if isinstance(one.meaning, Lock)]
    # Among all jobs a key may have become the whole path: what the line has is known by its file.
    return [one for one in locks if _of_one_file(one.meaning, lock)]


def _of_one_file(one: object, lock: Lock) -> bool:
    return isinstance(one, Lock) and (one.key == lock.key or (one.path is not None and one.path == lock.path))


def _locked(step: Step, job: Job) -> bool:
    """Whether a step holds the job's lock; what runs when it is taken stands outside."""
    lock = job.reading.lock
    covers = _covers(job, lock) if lock else []
    return not covers or any(cover in step.around for cover in covers)


def in_its_text(job: Job, kind: type[Lock | Limit]) -> bool:
    """Whether a shell gets the lock or the limit in the line itself."""
    covers = (cover for step in job.reading.steps for cover in step.around)
    return runner_of(job) == "shell" and any(isinstance(cover.meaning, kind) for cover in covers)


def limit_in_worker(job: Job) -> int | None:
    """The seconds of the whole job, where the task itself has to watch them."""
    native = runner_of(job) == "subprocess" and any(map(limit_options, job.reading.steps))
    return None if native or in_its_text(job, Limit) else job.reading.timeout


def _limit_is_outside(job: Job) -> bool:
    """``timeout 1h flock L x``: the wait for the lock counts."""
    around = [type(cover.meaning) for cover in job.reading.steps[0].around]
    return Limit in around and Lock in around and around.index(Limit) < around.index(Lock)


def _retries(job: Job) -> Iterator[Manager]:
    if job.declared.idempotent:
        yield Call("retried", (str(TRIES), f"every={pause_of(job)}")), None


def pause_of(job: Job) -> int:
    """Seconds between two tries: all of them before the message would have been stale."""
    return max(1, min(LONGEST_PAUSE, expiry_of(job) // (TRIES + 1)))


def addresses(job: Job) -> list[str]:
    """To whom a worker can send the mail: those of MAILTO that are no users of the cron host."""
    names = re.split(r"[,\s]+", job.declared.mail or "")
    return [name for name in names if "@" in name]


def mail_on(job: Job) -> str | None:
    """What makes a mail: "output" or "failure"; None: nothing does, or there is nobody to get it."""
    reading = job.reading
    if reading.mail_when == "never" or not addresses(job):
        return None
    if runner_of(job) == "shell":  # its own redirects keep from it what was not mailed
        return reading.mail_when
    if "mailed" not in (reading.output, reading.errors):
        return None
    # A process writes both streams as one: where a line mails its errors only, a failure is what remains.
    split = reading.output != reading.errors and runner_of(job) != "call_command"
    return "failure" if split else reading.mail_when


def _mailing(job: Job) -> Iterator[Manager]:
    when = mail_on(job)
    if when:
        command = redact(shell_text(job))
        arguments = [*map(quoted, addresses(job)), f"command={quoted(command)}"]
        yield Call("mailed", (*arguments, *['on="failure"'] * (when == "failure"))), "mail"


def _mail_of_all(job: Job) -> Sequence[str]:
    return ("output=mail",) if mail_on(job) else ()


def _streams(job: Job) -> Sequence[str]:
    """Which of a command's two streams is mailed."""
    if not mail_on(job):
        return ()
    match job.reading.output, job.reading.errors:
        case "mailed", "mailed":
            return ("output=mail",)
        case "mailed", _:
            return ("output=mail", "errors=Output()")
        case _:
            return ("errors=mail",)
