"""Lines out of a crontab, and back byte for byte."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.crontab.syntax import JobLine, decode, read_crontab
from migrator.cutover.removal import Cut, removed_lines, restore, retire, retired_crontabs, written_lines
from migrator.errors import Cannot
from migrator.sources.crontab_file import read
from migrator.sources.inventory import Context, take_inventory
from migrator.sources.source import SourceFile, Surroundings
from tests.cutover_story import CRONTAB, NOW, SECRET, ZONE, inventory

TEXT = "MAILTO=a\n\n# Reminders\n0 12 * * *  python manage.py remind \n5 0 * * * other\n"


def cuts(text: str) -> list[Cut]:
    """Every job of a crontab."""
    lines = read_crontab(text).numbered()
    return [Cut("job", number, line.raw) for number, line in lines if isinstance(line, JobLine)]


def test_a_line_goes_behind_a_marker_where_it_stood() -> None:
    after = retire(TEXT, [Cut("remind", 4, "python manage.py remind ")])
    assert after == TEXT.replace("0 12", "#migrator retired remind: 0 12")


def test_a_retired_line_is_no_job_and_no_disabled_job() -> None:
    kinds = [type(line).__name__ for line in read_crontab(retire(TEXT, cuts(TEXT))).lines]
    assert kinds == ["Setting", "Blank", "Comment", "Comment", "Comment"]


@pytest.mark.parametrize("number", [1, 5, 6, 99])
def test_a_line_that_is_another_one_now_is_not_touched(number: int) -> None:
    with pytest.raises(Cannot, match="is not the one of remind"):
        retire(TEXT, [Cut("remind", number, "python manage.py remind ")])


@given(st.lists(st.sampled_from(["0 1 * * * a", "@daily b", "X=1", "", "# c", "*/5 * * * * d \xff%"])))
def test_restoring_gives_the_file_back(lines: list[str]) -> None:
    for ending in ("", "\n"):
        text = "\n".join(lines) + ending
        assert restore(retire(text, cuts(text))) == text


def test_bytes_that_are_no_text_survive() -> None:
    text = decode(b"0 1 * * * caf\xe9\n")
    assert restore(retire(text, cuts(text))) == text


def test_a_file_without_a_final_newline_stays_without_one() -> None:
    assert retire("@daily a", [Cut("a", 1, "a")]) == "#migrator retired a: @daily a"


def test_the_lines_to_remove_are_shown_as_written_without_secrets() -> None:
    found = inventory()
    job = found.job("monthly_bill")
    assert job is not None
    [line] = removed_lines(job, written_lines(found))
    assert str(line.place) == "etc/crontab.office:5"
    assert line.text == "0 6 2 * * python /srv/app/manage.py monthly_bill --password=***"
    assert not line.generated


def test_a_generator_is_shown_with_all_lines_of_its_command() -> None:
    script = '#!/bin/sh\necho "MAILTO=a\n0 1 * * * python manage.py remind \\\n--all" | crontab -\n'
    rendered = "MAILTO=a\n0 1 * * * python manage.py remind --all\n"
    files = [SourceFile("crontab", rendered), SourceFile("install.sh", script)]
    found = take_inventory(files, Context(ZONE, NOW.date()))
    [job] = found.jobs
    plain, generated = removed_lines(job, written_lines(found))
    assert (plain.generated, generated.generated) == (False, True)
    assert generated.text == '0 1 * * * python manage.py remind \\\n--all" | crontab -'


def test_the_crontab_afterwards_holds_every_line_and_no_secret() -> None:
    found = inventory()
    leaving = [job for job in found.jobs if job.status == "exact"]
    [after] = retired_crontabs(found, leaving)
    assert len(after.text.splitlines()) == len(CRONTAB.splitlines())
    assert after.text.count("#migrator retired ") == len(leaving) == 3
    assert SECRET not in after.text


def test_a_retired_line_is_no_label_of_the_job_below_it() -> None:
    text = "# Mails\n#migrator retired remind: 0 12 * * * remind\n5 5 * * * python manage.py bill\n"
    remind, bill = read(SourceFile("crontab", text), Surroundings()).jobs
    assert (remind.label, bill.label) == ("Mails", None)


def test_a_template_has_no_crontab_that_would_result() -> None:
    text = "{{ minute }} 5 * * * {{ user }} python manage.py bill %(arguments)s\n"
    found = take_inventory([SourceFile("crontab.jinja2", text)], Context("UTC", NOW.date()))
    assert [step.name for step in found.jobs[0].reading.steps] == ["bill"]
    assert retired_crontabs(found, found.jobs) == ()
