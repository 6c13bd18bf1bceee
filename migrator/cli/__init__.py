"""The command line: one module per verb, imported when it is called.

Each verb reads with adapters, decides in the core, renders, and gives an exit code:
0 done or yes, 1 the answer is no, 2 usage, 3 cannot, 4 a bug of ours, 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module

import click

from migrator.errors import MigratorError
from migrator.i18n import _, marked
from migrator.unseen import visible

# In the order in which a migration meets them, each in a line of `migrator --help`, which imports none.
VERBS = {
    "init": marked("Write a first migrator.toml for the project in this folder."),
    "scan": marked("List every job of crontabs and of what installs them."),
    "prove": marked("Prove that Celery fires exactly when cron does."),
    "generate": marked("Write a Celery task for each job, and their schedule."),
    "rows": marked("Write beat's rows into the database."),
    "rehearse": marked("Run the installed beat and cron on a virtual clock."),
    "instrument": marked("Put the recorder in front of cron lines, reversibly."),
    "exec": marked("Run a cron job and record it; the exit status is the job's."),
    "sync": marked("Fetch owners and ship the spool; the added crontab line."),
    "owner": marked("Show or change who executes."),
    "compare": marked("Show the comparison log and a verdict for each job."),
    "why": marked("Say why a slot went as it went."),
    "ledger": marked("Look after the ledger's tables."),
    "report": marked("Write the cutover report: may cron go, what is missing."),
    "cutover": marked("Take jobs out of cron, from celery to retired, and back."),
    "abort": marked("Give every job back to cron."),
    "check": marked("Tell an outside monitor whether every job is well."),
    "residue": marked("Find what is left of cron in the project and on the host."),
    "finish": marked("Take the toolkit out: plain tasks and their schedule stay."),
    "doctor": marked("Check broker, workers, beat, its rows, database, clocks, settings."),
    "demo": marked("Play the whole migration on the reference project."),
}
BY_MANAGE = "manage.py migrator"


class Verbs(click.Group):
    """Finds a verb's module by its name, so that ``scan`` never imports Django or Celery."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(_(self.help) if self.help else "")

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, _(text)) for name, text in VERBS.items()])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        command: click.Command = import_module(f"migrator.cli.{cmd_name}").command
        return _translated(command)


def _translated(command: click.Command) -> click.Command:
    """The command with its help in the reader's language: click shows docstrings as they are."""
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            _translated(inner)
    if command.help:
        command.help = _(command.help)
    if command.short_help:
        command.short_help = _(command.short_help)
    return command


@click.command(cls=Verbs, invoke_without_command=True)
@click.version_option(package_name="migrator")
@click.pass_context
def program(ctx: click.Context) -> int | None:
    """Move jobs from cron to Celery without losing or doubling a single run."""
    if ctx.invoked_subcommand is not None:
        return None
    from migrator.cli.standing import standing

    return standing()


def run(arguments: Sequence[str], *, name: str = "migrator") -> int:
    """Run one command line and give its exit code; every message goes to stderr."""
    try:
        result = program.main(list(arguments), prog_name=name, standalone_mode=False)
        return result if isinstance(result, int) else 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo(_("migrator: interrupted"), err=True)
        return 130
    except BrokenPipeError:
        # The reader (head, less) went away: nothing more to say, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except MigratorError as error:
        click.echo(visible(f"migrator: {error}"), err=True)
        return error.exit_code
    except Exception:
        import traceback

        traceback.print_exc()
        click.echo(_("migrator: this is a bug of ours; please report the lines above"), err=True)
        return 4


def main() -> None:
    """The console script ``migrator``."""
    sys.exit(run(sys.argv[1:]))
