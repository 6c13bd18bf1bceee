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
from migrator.i18n import _

# In the order in which a migration meets them.
VERBS = (
    "init",
    "scan",
    "prove",
    "generate",
    "rows",
    "rehearse",
    "instrument",
    "exec",
    "sync",
    "owner",
    "compare",
    "why",
    "ledger",
    "report",
    "cutover",
    "abort",
    "check",
    "residue",
    "finish",
    "doctor",
    "demo",
)
BY_MANAGE = "manage.py migrator"


class Verbs(click.Group):
    """Finds a verb's module by its name, so that ``scan`` never imports Django or Celery."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        taken = cmd_name in ("exec", "ledger")  # by Python, and by what all verbs of the runtime share
        module = import_module(f"migrator.cli.{cmd_name}{'_' if taken else ''}")
        command: click.Command = module.command
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
        click.echo(f"migrator: {error}", err=True)
        return error.exit_code
    except Exception:
        import traceback

        traceback.print_exc()
        click.echo(_("migrator: this is a bug of ours; please report the lines above"), err=True)
        return 4


def main() -> None:
    """The console script ``migrator``."""
    sys.exit(run(sys.argv[1:]))
