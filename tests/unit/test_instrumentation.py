"""Which lines get the recorder: by command and schedule, in user and system crontabs, and in generators."""

import datetime as dt
from dataclasses import replace

import pytest

from migrator.crontab.marks import recorder_of, spool_of
from migrator.crontab.syntax import JobLine, read_crontab
from migrator.crontab.wrapping import Recorder, unwrap
from migrator.cutover.editing import Edited, Target
from migrator.cutover.instrumentation import generators, instrument
from migrator.errors import Cannot
from migrator.sources.inventory import Context, take_inventory
from migrator.sources.job import Inventory
from migrator.sources.source import SourceFile

RECORDER = Recorder("/usr/bin/python3", "/opt/cronwrap.py", "sync")
BEFORE = "/usr/bin/python3 -I -S /opt/cronwrap.py"


def inventory(*texts: str) -> Inventory:
    names = (
        f"{number}.sh" if text.startswith("#!") else f"crontab{number}" for number, text in enumerate(texts)
    )
    files = [SourceFile(name, text) for name, text in zip(names, texts, strict=True)]
    return take_inventory(files, Context("UTC", dt.date(2026, 1, 1)))


def result(target: Target, *sources: str) -> Edited:
    return instrument(target, inventory(*(sources or (target.text,))), RECORDER)


def test_a_line_is_wrapped_around_the_shell_in_force() -> None:
    text = "0 5 * * * ./manage.py a\nSHELL=/bin/bash\n0 6 * * * ./manage.py b\n"
    assert result(Target("crontab", text)).after == (
        f"0 5 * * * {BEFORE} a -- /bin/sh -c './manage.py a'\n"
        "SHELL=/bin/bash\n"
        f"0 6 * * * {BEFORE} b -- /bin/bash -c './manage.py b'\n"
        "* * * * * sync # migrator sync\n"
    )


def test_a_system_crontab_keeps_its_users_who_sync_themselves() -> None:
    text = "0 5 * * * www-data ./manage.py a\n"
    found = take_inventory([SourceFile("cron.d/x", text)], Context("UTC", dt.date(2026, 1, 1)))
    after = instrument(Target("cron.d/x", text, "system"), found, RECORDER).after
    assert after == (
        f"0 5 * * * www-data {BEFORE} a -- /bin/sh -c './manage.py a'\n"
        "* * * * * www-data sync # migrator sync\n"
    )


def test_the_line_is_known_by_command_where_its_schedule_differs() -> None:
    changed = result(Target("crontab", "0 9 * * * ./manage.py a\n"), "0 5 * * * ./manage.py a\n")
    assert changed.jobs == ("a",)


def test_one_of_two_equal_commands_is_known_by_its_schedule_alone() -> None:
    source = "0 5 * * * ./manage.py a\n0 6 * * * ./manage.py a\n"
    changed = result(Target("crontab", "0 6 * * * ./manage.py a\n0 7 * * * ./manage.py b\n"), source)
    assert (changed.jobs, len(changed.left)) == (("a_2",), 1)


def test_only_the_last_newline_is_asked_for_and_no_line_is_lost() -> None:
    with pytest.raises(Cannot, match="has no newline"):
        result(Target("crontab", "0 5 * * * ./manage.py a"))
    text = "# \udcff\n\n0 5 * * * ./manage.py a\n61 * * * * bad\n"
    assert unwrap(result(Target("crontab", text)).after) == text


def test_a_generator_is_named_and_edited_where_its_text_stands() -> None:
    script = '#!/bin/sh\necho "${WHEN:-0 5 * * *} ./manage.py a \\"x y\\"" | crontab -\n'
    found = inventory(script)
    assert generators(("a",), found) == ["0.sh"]
    after = instrument(Target("0.sh", script, script=True), found, RECORDER).after
    assert after == (
        f'#!/bin/sh\necho "${{WHEN:-0 5 * * *}} {BEFORE} a -- /bin/sh -c \'./manage.py a \\"x y\\"\'\n'
        '* * * * * sync # migrator sync" | crontab -\n'
    )


@pytest.mark.parametrize(
    "script",
    ["#!/bin/sh\nmake_it | crontab -\n", '#!/bin/sh\necho "$SCHEDULE ./manage.py a" | crontab -\n'],
)
def test_a_generator_that_depends_on_the_run_is_refused(script: str) -> None:
    with pytest.raises(Cannot, match="depends on the run"):
        result(Target("x.sh", script, script=True), "0 5 * * * ./manage.py a\n")


# ---- what the line that syncs becomes, and lines that stay in cron

STAYS = "0 5 * * * ./manage.py a\n0 6 * * * certbot renew -q\n"


def test_a_line_that_stays_in_cron_is_recorded_and_said_or_left_alone_on_request() -> None:
    found = inventory(STAYS)
    assert [(job.id, job.status) for job in found.jobs] == [("a", "exact"), ("certbot", "stays")]
    recorded = instrument(Target("crontab", STAYS), found, RECORDER)
    assert recorded.jobs == ("a", "certbot")
    assert "crontab:2 certbot stays in cron, and is recorded" in recorded.notes[0]
    alone = instrument(Target("crontab", STAYS), found, RECORDER, leave_what_stays=True)
    assert (alone.jobs, alone.notes) == (("a",), ())
    assert alone.left == ("crontab:2 certbot stays in cron: left alone",)
    assert "\n0 6 * * * certbot renew -q\n" in alone.after


def test_a_line_that_syncs_otherwise_follows_the_project_where_it_names_the_command() -> None:
    text = "0 5 * * * ./manage.py a\n"
    found = inventory(text)
    before = instrument(Target("crontab", text), found, RECORDER).after.replace(
        "* * * * * sync", "*/2 * * * * sync"
    )
    given = replace(RECORDER, sync="sync --broker", sync_is_given=True)
    after = instrument(Target("crontab", before), found, given).after
    assert after == before.replace("*/2 * * * * sync #", "*/2 * * * * sync --broker #")
    by_hand = before.replace("* sync #", "* nice sync #")
    left = instrument(Target("crontab", by_hand), found, RECORDER)
    assert (left.after, left.notes) == (by_hand, ())  # it ends in the command all the same
    other = before.replace("* sync #", "* other #")
    noted = instrument(Target("crontab", other), found, RECORDER)
    assert (noted.changes, noted.notes[0][:9]) == (False, "crontab:2")


def test_each_user_keeps_one_and_the_last_line_takes_it_along() -> None:
    text = "0 5 * * * www-data ./manage.py a\n0 6 * * * www-data ./manage.py b\n"
    found = take_inventory([SourceFile("cron.d/x", text)], Context("UTC", dt.date(2026, 1, 1)))
    after = instrument(Target("cron.d/x", text, "system"), found, RECORDER).after
    moved = after.replace("0 6 * * * www-data", "0 6 * * * root")
    both = instrument(Target("cron.d/x", moved, "system"), found, RECORDER).after
    assert both == moved + "* * * * * root sync # migrator sync\n"
    rest = "".join(line for line in both.splitlines(keepends=True) if "www-data " not in line[:20])
    assert instrument(Target("cron.d/x", rest, "system"), found, RECORDER).changes is False
    lonely = "* * * * * www-data sync # migrator sync\n5 5 * * * root other\n"
    gone = instrument(Target("cron.d/x", lonely, "system"), found, RECORDER)
    assert gone.after == "5 5 * * * root other\n"
    assert "owner --forget HOST" in gone.notes[0]


def test_lines_of_another_spool_keep_their_sync() -> None:
    text = "0 5 * * * ./manage.py a\n"
    found = inventory(text)
    before = instrument(Target("crontab", text), found, replace(RECORDER, spool="/var/its own")).after
    moved = replace(RECORDER, sync="other", sync_is_given=True)
    after = instrument(Target("crontab", before), found, moved)
    assert (after.changes, "/var/its own" in after.notes[0]) == (False, True)


@pytest.mark.parametrize("python", ["/srv/my app/bin/python", "/srv/it's/python", "/srv/9%/python"])
@pytest.mark.parametrize("shell", ["", "SHELL=/opt/my shells/bash\n"])
def test_a_path_with_a_blank_or_a_quote_is_known_again(python: str, shell: str) -> None:
    text = f"{shell}0 5 * * * ./manage.py a 'b c' % d\n"
    recorder = Recorder(python, "/opt/cron wrap's/cronwrap.py", "sync", "/var/the spool")
    after = instrument(Target("crontab", text), inventory(text), recorder).after
    assert instrument(Target("crontab", after), inventory(text), recorder).after == after
    first = next(line for line in read_crontab(after, "user").lines if isinstance(line, JobLine))
    assert (spool_of(first.raw), recorder_of(first.raw)) == ("/var/the spool", recorder.cronwrap)
    assert unwrap(after) == text
