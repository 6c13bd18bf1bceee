"""Findings for code hosts: every finding at its line, results that outlive a moved line, no secrets."""

import datetime as dt
import json
from typing import Any

import pytest

from migrator.findings import Severity
from migrator.report.sarif import LEVELS, sarif_log
from migrator.sources.inventory import Context, take_inventory
from migrator.sources.job import Inventory
from migrator.sources.source import SourceFile

CRONTAB = """\
0 0 1,32 * * ./manage.py bill
5 6 * * * ./manage.py export --password=h5nter2 | logger -t x
5 7 * * * /usr/local/bin/backup
5 8 * * * /usr/local/bin/backup
"""


def scan(text: str, path: str = "cron tabs/ü%") -> Inventory:
    return take_inventory([SourceFile(path, text)], Context("UTC", dt.date(2026, 1, 1)))


def results(text: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = sarif_log(scan(text))["runs"][0]["results"]
    return found


def test_every_finding_is_a_result_at_its_line() -> None:
    findings = scan(CRONTAB).findings
    shown = results(CRONTAB)
    regions = [one["locations"][0]["physicalLocation"]["region"]["startLine"] for one in shown]
    assert [one["ruleId"] for one in shown] == [finding.code for finding in findings]
    assert regions == [finding.place.line for finding in findings if finding.place]
    assert [one["level"] for one in shown] == [LEVELS[finding.severity] for finding in findings]


def test_the_levels_are_those_of_the_standard() -> None:
    assert {LEVELS[severity] for severity in Severity} == {"error", "warning", "note"}


def test_rules_are_named_once_and_found_by_their_index() -> None:
    run = sarif_log(scan(CRONTAB))["runs"][0]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(rules) == len(set(rules))
    assert all(rules[one["ruleIndex"]] == one["ruleId"] for one in run["results"])


def test_a_path_is_a_uri() -> None:
    [location] = {
        one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in results(CRONTAB)
    }
    assert location == "cron%20tabs/%C3%BC%25"


def test_a_result_is_known_again_when_its_line_moves() -> None:
    prints = [one["partialFingerprints"] for one in results(CRONTAB)]
    moved = [one["partialFingerprints"] for one in results("# a comment\n\n" + CRONTAB)]
    assert prints == moved
    assert len({json.dumps(one) for one in prints}) == len(prints)


@pytest.mark.parametrize("secret", ["h5nter2"])
def test_no_secret_is_in_it(secret: str) -> None:
    assert secret not in json.dumps(sarif_log(scan(CRONTAB)))


def test_nothing_to_say_is_a_valid_log() -> None:
    log = sarif_log(scan("5 6 * * * ./manage.py export\n"))
    assert log["version"] == "2.1.0"
    assert log["runs"][0]["results"] == []
