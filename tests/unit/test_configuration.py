"""migrator.toml: every decision is read, and a misspelt one is an error."""

import pytest

from migrator.configuration import Configuration, Generate, JobDecision, read_configuration
from migrator.errors import Cannot, MigratorError, UsageProblem


def test_nothing_is_all_defaults() -> None:
    assert read_configuration("") == Configuration()


def test_everything_is_read() -> None:
    read = read_configuration(
        'sources = ["a"]\n[generate]\ntasks = "t.py"\n[jobs.send]\nignore = "old"\naccept = ["CM304"]\n'
    )
    assert read.sources == ("a",)
    assert read.generate == Generate(tasks="t.py")
    assert read.jobs == {"send": JobDecision("old", ("CM304",))}


@pytest.mark.parametrize(
    ("text", "kind", "fact"),
    [
        ("sources = [", Cannot, "is not TOML"),
        pytest.param(f"sources = {'9' * 5000}", Cannot, "is not TOML", id="digits"),
        pytest.param(f"sources = {'[' * 5000}", Cannot, "is not TOML", id="brackets"),
        ("source = []", UsageProblem, "the file has no key source"),
        ("sources = [1]", UsageProblem, "sources is no list of paths"),
        ("project = 1", UsageProblem, "project is no table"),
        ("jobs = []", UsageProblem, "jobs is no table"),
        ("[jobs]\nsend = 1", UsageProblem, "jobs.send is no table"),
        ("[jobs.send]\naccept = 'CM304'", UsageProblem, r"accept in \[jobs.send\] is no text"),
        (
            "[jobs.send]\nidempotent = 'yes'",
            UsageProblem,
            r"idempotent in \[jobs.send\] is neither true nor false",
        ),
        ("accept = 'CM429'", UsageProblem, "accept is no table"),
        ("[accept]\nCM203 = 'fine'", UsageProblem, r"\[accept\] CM203 is no finding about the project"),
        ("[accept]\nCM439 = 'fine'", UsageProblem, r"\[accept\] CM439 is no finding about the project"),
        ("[accept]\nCM429 = ''", UsageProblem, r"\[accept\] CM429 has no reason"),
        ("[accept]\nCM429 = true", UsageProblem, r"\[accept\] CM429 has no reason"),
        ("[generate]\nscheduler = 'databse'", UsageProblem, "scheduler = 'databse' is no choice"),
        ("[generate]\nclock_changes = 'none'", UsageProblem, "clock_changes = 'none' is no choice"),
        ("[generate]\nmigration = 'shop'", UsageProblem, "migration = 'shop' is no folder of migrations"),
        (
            "[generate]\nmigration = 'shop/migrations'\nscheduler = 'file'",
            UsageProblem,
            "scheduler = 'file' has none",
        ),
        (
            "[jobs.send]\nignore_output = ['(']",
            UsageProblem,
            r"\[jobs.send\] ignore_output = '\(' is no regular expression",
        ),
        ("[ledger]\nkeep = 0", UsageProblem, r"keep in \[ledger\] is no number from 1 on"),
        ('[ledger]\nkeep = "90d"', UsageProblem, r"keep in \[ledger\] is no number from 1 on"),
        ("[evidence]\ndaily = 0", UsageProblem, r"daily in \[evidence\] is no number from 1 on"),
        ("[evidence]\nyearly = 1", UsageProblem, r"\[evidence\] has no key yearly"),
        ("[project]\ntimezone = 1", UsageProblem, r"timezone in \[project\] is no text"),
        ('[project]\ntimezone = "Mars/Base"', UsageProblem, r"\[project\] timezone = 'Mars/Base' is no time"),
        (
            '[generate]\nschedule = "exact"',
            UsageProblem,
            r"\[generate\] schedule = 'exact' is no path of a module",
        ),
        ('[jobs.a]\ntimezone = "Mars/Base"', UsageProblem, r"\[jobs.a\] timezone = 'Mars/Base' is no time"),
    ],
)
def test_a_mistake_is_named_with_its_remedy(text: str, kind: type[MigratorError], fact: str) -> None:
    with pytest.raises(kind, match=fact) as caught:
        read_configuration(text)
    assert caught.value.hint
