"""``migrator generate --limits-from-ledger``: time limits for jobs that cron gave none."""

from __future__ import annotations

from migrator.adapters.files import read_text, write_atomically
from migrator.cli.options import note, print_json, say, tell
from migrator.cli.project import Home, set_up_django
from migrator.codegen.limits import FEWEST, Proposal, proposals, with_limits
from migrator.codegen.plan import moving
from migrator.configuration import FILE_NAME
from migrator.differences import unified
from migrator.i18n import _
from migrator.sources.job import Inventory


def propose_limits(home: Home, found: Inventory, *, write: bool, output: str) -> int:
    """Show what migrator.toml would get, or write it; no task changes before the next generate."""
    set_up_django(home)
    from migrator.contrib.django.durations import measured
    from migrator.contrib.django.ledger import ledger_at_hand

    jobs = moving(found, home.configuration)
    with ledger_at_hand():
        runs = measured()
    wanted = list(proposals(jobs, runs))
    path = home.root / FILE_NAME
    before = read_text(path)
    after = with_limits(before, wanted) if wanted else before
    if write and wanted:
        write_atomically(path, after.encode(), expected=before.encode())
    if output == "json":
        print_json({"limits": list(map(_document, wanted)), "written": bool(write and wanted)})
        return 0
    if not write:
        say(unified(f"a/{FILE_NAME}", f"b/{FILE_NAME}", before, after), newline=False)
    elif wanted:
        tell(_("wrote {path}").format(path=FILE_NAME))
    few = [job.id for job in jobs if job.id not in runs or runs[job.id].runs < FEWEST]
    if few:
        note(_("measured less than {count} times: {jobs}").format(count=FEWEST, jobs=", ".join(few)))
    if not wanted:
        tell(_("no limit to propose"))
    else:
        then = "migrator generate --diff" if write else "migrator generate --limits-from-ledger --write"
        tell(_("next: {command}").format(command=then))
    return 0


def _document(one: Proposal) -> dict[str, object]:
    return {
        "job": one.job,
        "timeout": one.minutes * 60,
        "runs": one.measured.runs,
        "longest": one.measured.longest,
    }
