"""Findings: something worth telling, with its place and its remedy.

To add one: a row in ``CATALOGUE``, a page ``docs/findings/CODE.md``, a test that shows it.
Codes: CM1xx crontab, CM2xx schedule, CM3xx command and environment, CM4xx project,
CM5xx ledger, CM6xx cutover. A code is never reused.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from migrator.i18n import _
from migrator.values import value


class Severity(StrEnum):
    """Blocks: the job cannot be moved yet. Warns: look at it. Notes: good to know."""

    BLOCKS = "blocks"
    WARNS = "warns"
    NOTES = "notes"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something is declared."""

    path: str
    line: int
    source: str = "crontab"

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


CATALOGUE = {
    "CM101": Severity.BLOCKS,  # a line that cron refuses
    "CM102": Severity.BLOCKS,  # a file that cron ignores whole, because of one line
    "CM103": Severity.WARNS,  # a setting that looks like it is expanded, and is not
    "CM104": Severity.WARNS,  # text after a complete field, which cron ignores
    "CM105": Severity.BLOCKS,  # a generated crontab that depends on the run
    "CM106": Severity.BLOCKS,  # a carriage return that is a part of the command
    "CM107": Severity.WARNS,  # a setting that the daemon makes nothing of
    "CM108": Severity.NOTES,  # a schedule without a command
    "CM120": Severity.BLOCKS,  # a file that nothing runs: its name, mode, owner
    "CM121": Severity.WARNS,  # files of a folder, run one after another
    "CM122": Severity.NOTES,  # a missed run that is made up for
    "CM123": Severity.WARNS,  # a start at some time after its time
    "CM124": Severity.NOTES,  # a folder that anacron runs, and not cron
    "CM125": Severity.WARNS,  # a setting of a service that is not carried over
    "CM130": Severity.NOTES,  # a script that adds to the crontab that is there
    "CM131": Severity.WARNS,  # a job that installs a crontab
    "CM132": Severity.BLOCKS,  # a deployment file that cannot be read
    "CM133": Severity.BLOCKS,  # a job whose command is not in the file
    "CM134": Severity.WARNS,  # a clock that the file does not name
    "CM140": Severity.BLOCKS,  # a function of the project that is no management command
    "CM141": Severity.NOTES,  # Celery runs this already
    "CM142": Severity.BLOCKS,  # Celery's schedule runs the same command
    "CM143": Severity.WARNS,  # a setting that several settings modules give a value
    "CM144": Severity.BLOCKS,  # one line that starts many jobs, and each of those
    "CM145": Severity.WARNS,  # a line that starts a job which no scanned file declares
    "CM146": Severity.NOTES,  # a job that no scanned line starts
    "CM147": Severity.BLOCKS,  # a declaration in code that depends on the run
    "CM148": Severity.WARNS,  # a program that writes a crontab
    "CM149": Severity.WARNS,  # a rule of its scheduler that Celery does not have
    "CM150": Severity.BLOCKS,  # a crontab that a later line of its script replaces
    "CM110": Severity.BLOCKS,  # a line of a template
    "CM111": Severity.BLOCKS,  # a line that cannot run as it was meant
    "CM112": Severity.WARNS,  # a schedule that says something else than it seems to
    "CM113": Severity.BLOCKS,  # a SHELL that takes commands in another way
    "CM114": Severity.NOTES,  # the same command on several lines
    "CM115": Severity.BLOCKS,  # a crontab of more lines than the daemon reads
    "CM118": Severity.BLOCKS,  # a command in migrator.toml that no job runs
    "CM119": Severity.BLOCKS,  # a command in migrator.toml that several jobs run
    "CM201": Severity.BLOCKS,  # a schedule that never fires
    "CM202": Severity.WARNS,  # both day fields restricted: cron means OR
    "CM203": Severity.WARNS,  # minutes of the schedule lie in a jump of the clock
    "CM204": Severity.NOTES,  # @reboot is no schedule
    "CM205": Severity.BLOCKS,  # an interval from a start, which no crontab can say
    "CM206": Severity.BLOCKS,  # a schedule that the text alone does not give
    "CM207": Severity.NOTES,  # an interval that beat counts
    "CM208": Severity.WARNS,  # systemd stops the timer on the night of a clock change
    "CM209": Severity.BLOCKS,  # two lines of a timer fall on one minute, in which systemd starts it once
    "CM213": Severity.WARNS,  # a crontab(...) that Celery reads in a way of its own
    "CM214": Severity.NOTES,  # croniter gives other starts
    "CM301": Severity.WARNS,  # a bare %, which cron turns into a newline
    "CM302": Severity.BLOCKS,  # 2&1 or &>, which is no redirect to this shell
    "CM303": Severity.BLOCKS,  # a lock script that could not be read
    "CM304": Severity.BLOCKS,  # a guard that decides at run time
    "CM305": Severity.NOTES,  # not a Django command: stays in cron
    "CM306": Severity.WARNS,  # the exit status is lost
    "CM307": Severity.BLOCKS,  # a command that could not be read
    "CM309": Severity.WARNS,  # the user changes
    "CM310": Severity.WARNS,  # a secret in the command
    "CM311": Severity.NOTES,  # it runs even where cd fails
    "CM312": Severity.BLOCKS,  # an argument that the shell computes at each run
    "CM313": Severity.WARNS,  # the line sets what Django runs with
    "CM314": Severity.NOTES,  # a delay before the command
    "CM315": Severity.WARNS,  # 2>&1 stands before the redirect
    "CM316": Severity.WARNS,  # a word of bash's under sh
    "CM317": Severity.BLOCKS,  # the command reads input
    "CM320": Severity.BLOCKS,  # a wrapper that could not be read
    "CM321": Severity.BLOCKS,  # a wrapper around a part of the job
    "CM322": Severity.WARNS,  # the command runs inside a container
    "CM323": Severity.BLOCKS,  # the command runs on another host
    "CM324": Severity.NOTES,  # a monitor watches the job
    "CM325": Severity.WARNS,  # code in the crontab
    "CM326": Severity.WARNS,  # a limit that a task does not keep
    "CM327": Severity.NOTES,  # variables that come from a program
    "CM328": Severity.BLOCKS,  # options in front of the management command
    "CM329": Severity.WARNS,  # a variable that the crontab sets for its jobs
    "CM330": Severity.BLOCKS,  # commands that run at the same time
    "CM331": Severity.BLOCKS,  # a lock that keeps nothing out
    "CM332": Severity.BLOCKS,  # a recipe of a task runner that depends on the run
    "CM333": Severity.BLOCKS,  # commands of one line that run in different folders
    "CM401": Severity.BLOCKS,  # no app of the project has the command
    "CM402": Severity.WARNS,  # which code a command runs is not known from the tree
    "CM403": Severity.BLOCKS,  # the command refuses the arguments of the line
    "CM404": Severity.BLOCKS,  # a command that cannot run in a worker
    "CM405": Severity.WARNS,  # a command that ends in a way of its own
    "CM406": Severity.WARNS,  # a time that is taken at import
    "CM407": Severity.WARNS,  # a command that changes its process
    "CM408": Severity.WARNS,  # processes or threads of its own
    "CM409": Severity.WARNS,  # a command that may never end
    "CM410": Severity.WARNS,  # failures that are swallowed
    "CM411": Severity.NOTES,  # one transaction around all of it
    "CM412": Severity.NOTES,  # output past self.stdout
    "CM413": Severity.NOTES,  # effects that nobody can take back
    "CM414": Severity.NOTES,  # an option to rehearse with
    "CM415": Severity.BLOCKS,  # a command whose module cannot be read
    "CM416": Severity.WARNS,  # a command that hands its work to a task
    "CM420": Severity.WARNS,  # a decision about a job that is gone
    "CM421": Severity.WARNS,  # a task whose job is gone
    "CM422": Severity.NOTES,  # a job that has no task yet
    "CM423": Severity.BLOCKS,  # an entry that these settings lose
    "CM424": Severity.WARNS,  # a name that is no setting of Celery's
    "CM425": Severity.BLOCKS,  # tasks run where they are called
    "CM426": Severity.WARNS,  # results that are gone before the next run
    "CM427": Severity.BLOCKS,  # settings that the rows of beat do not go with
    "CM428": Severity.BLOCKS,  # Celery goes by another clock than cron
    "CM429": Severity.WARNS,  # one time limit for all tasks
    "CM430": Severity.WARNS,  # a message is given away while its job runs
    "CM431": Severity.WARNS,  # an extra that Celery does not have
    "CM432": Severity.BLOCKS,  # an entry whose task nobody has
    "CM433": Severity.WARNS,  # settings that do not load
    "CM434": Severity.WARNS,  # a task of an older line
    "CM435": Severity.WARNS,  # a generated file that somebody has edited
    "CM436": Severity.WARNS,  # an expiry that beat drops
    "CM437": Severity.NOTES,  # a finding that is accepted, and that nothing says
    "CM438": Severity.BLOCKS,  # a task whose command is gone
    "CM439": Severity.BLOCKS,  # one lock file, locked in ways that do not see each other
    "CM440": Severity.BLOCKS,  # a task for a command that nothing here has
    "CM446": Severity.BLOCKS,  # a row that beat never sends
    "CM447": Severity.BLOCKS,  # a row whose task nobody has
    "CM448": Severity.BLOCKS,  # a task that two rows send
    "CM449": Severity.WARNS,  # a row that the settings are written over
    "CM450": Severity.BLOCKS,  # an entry that no row can hold
    "CM451": Severity.BLOCKS,  # a row that is off although its job has left cron
    "CM452": Severity.WARNS,  # an option that beat drops
    "CM453": Severity.WARNS,  # a schedule of Celery's in the hour that a clock has twice
    "CM454": Severity.BLOCKS,  # a queue that no worker reads
    "CM455": Severity.BLOCKS,  # a task that no worker has
    "CM456": Severity.BLOCKS,  # two beats
    "CM457": Severity.WARNS,  # clocks that disagree
    "CM458": Severity.BLOCKS,  # migrations that are not applied
    "CM459": Severity.BLOCKS,  # a trap of an installed version
    "CM460": Severity.WARNS,  # messages that wait behind a long run
    "CM461": Severity.BLOCKS,  # a limit below what a job has taken
    "CM462": Severity.BLOCKS,  # a run that outlasts the broker's patience
    "CM463": Severity.WARNS,  # a beat that catches up
    "CM464": Severity.BLOCKS,  # an entry in another zone than cron's
    "CM465": Severity.BLOCKS,  # a broker that does not answer
    "CM466": Severity.BLOCKS,  # no worker answers
    "CM467": Severity.BLOCKS,  # a beat that sends nothing
    "CM468": Severity.BLOCKS,  # a task without an entry
    "CM469": Severity.BLOCKS,  # a project without a migrated job
    "CM470": Severity.WARNS,  # a broker of files that stops its workers
    "CM471": Severity.BLOCKS,  # a task that Celery tries again
    "CM472": Severity.BLOCKS,  # an entry that fires at other times than cron
    "CM501": Severity.BLOCKS,  # cron starts a job past the recorder
    "CM510": Severity.BLOCKS,  # a database that does not answer
    "CM511": Severity.BLOCKS,  # an owner whose job is gone
    "CM512": Severity.BLOCKS,  # a cron host that has gone silent
    "CM513": Severity.BLOCKS,  # a row whose last run is still to come
    "CM601": Severity.BLOCKS,  # a line that had left cron is back
    "CM602": Severity.BLOCKS,  # cron started a job that has left it
    "CM603": Severity.NOTES,  # the team wants the job at another time, once cron is out
    "CM630": Severity.BLOCKS,  # something still runs a job by cron
    "CM631": Severity.NOTES,  # a job that stays in cron
    "CM632": Severity.WARNS,  # a package of cron's
    "CM633": Severity.BLOCKS,  # something starts a cron daemon
    "CM634": Severity.WARNS,  # something writes a crontab
    "CM635": Severity.WARNS,  # a script that only cron's lines call
    "CM636": Severity.WARNS,  # a variable with a schedule for cron
    "CM637": Severity.WARNS,  # a service or an image for cron
    "CM638": Severity.WARNS,  # a page or a target that asks for what is cron's
    "CM639": Severity.WARNS,  # a setting or a requirement of a cron app
    "CM640": Severity.WARNS,  # logrotate, sudoers or monitoring that looks after cron
    "CM641": Severity.BLOCKS,  # a health check that asks for cron's process
    "CM642": Severity.NOTES,  # a log or a lock of cron's
    "CM643": Severity.WARNS,  # a task that repeats a command's statements
    "CM644": Severity.WARNS,  # a line that syncs for no recorded line
    "CM645": Severity.NOTES,  # a retired line behind its marker
}
# what only the running parts tell, to `migrator doctor`
OF_DOCTOR = frozenset(f"CM{number}" for number in (*range(446, 473), *range(510, 514)))


@value
class Finding:
    """Code, severity, place, fact in one line, and what to do about it."""

    code: str
    place: Place | None
    message: str
    hint: str | None = None
    detail: str | None = None  # the text with its caret, where there is one

    @property
    def severity(self) -> Severity:
        return CATALOGUE[self.code]

    @property
    def blocks(self) -> bool:
        return self.severity is Severity.BLOCKS

    def without_hint(self) -> Finding:
        """The same, where the remedy stands elsewhere."""
        return replace(self, hint=None)

    def __str__(self) -> str:
        head = f"{self.place}: {self.code} {self.message}" if self.place else f"{self.code} {self.message}"
        lines = [head]
        if self.detail:
            lines += ["    " + line for line in self.detail.splitlines()]
        if self.hint:
            lines.append("    " + _("hint: {hint}").format(hint=self.hint))
        return "\n".join(lines)
