"""Monitors: services that raise an alarm when a job is late or fails."""

from __future__ import annotations

from migrator.crontab.monitoring import say_monitor
from migrator.crontab.options import Call, Options
from migrator.crontab.reading import Reading
from migrator.crontab.wrappers.unwrapping import (
    Inner,
    Words,
    Wrapper,
    behind_dashes,
    dispatches,
    say_unknown,
    wraps,
)


def _watched(service: str, table: str, *, operands: int = 0) -> Wrapper:
    def means(call: Call, _operands: tuple[str, ...], reading: Reading) -> None:
        say_monitor(service, reading)

    return wraps(table, operands=operands, means=means, getopt=False)


SENTRY_RUN = Options(
    """
    -e|--environment= -s|--schedule= --check-in-margin= --max-runtime= --timezone=
    --failure-issue-threshold= --recovery-threshold= --allow-failure -o|--org= -p|--project= --header=
    --auth-token= --log-level= --quiet|--silent !-h|--help
    """,
    getopt=False,
)


def _sentry_run(words: Words, reading: Reading) -> Inner | None:
    """``sentry-cli monitors run [options] SLUG [options] -- COMMAND``."""
    call = SENTRY_RUN.read(words)
    if call.ends or len(call.rest) < 2:
        return None
    behind = SENTRY_RUN.read(call.rest)  # the slug stands where a program would
    say_unknown(call, reading)
    say_unknown(behind, reading)
    say_monitor("Sentry", reading)
    return behind_dashes(behind.rest) or None


CRONITOR = (
    "-c|--config= -k|--api-key= -p|--ping-api-key= -n|--hostname= -l|--log= --env= -v|--verbose --use-dev"
)
RUNITOR = """
    -api-retries|--api-retries= -api-timeout|--api-timeout= -api-url|--api-url= -create|--create
    -every|--every= -no-output-in-ping|--no-output-in-ping -no-run-id|--no-run-id
    -no-start-ping|--no-start-ping -on-exec-fail|--on-exec-fail= -on-nonzero-exit|--on-nonzero-exit=
    -on-signal|--on-signal= -ping-body-limit|--ping-body-limit= -ping-key|--ping-key= -quiet|--quiet
    -req-header|--req-header= -silent|--silent -slug|--slug= -uuid|--uuid= !-version|--version
    """
HC_RUNNER = (
    "-c|--config= -q|--quiet -s|--slug= --success-only -t|--timeout= -u|--url= -v|--verbose !-h|--help"
)

MONITORS: dict[str, Wrapper] = {
    "cronitor": dispatches(CRONITOR, {"exec": _watched("Cronitor", f"{CRONITOR} --no-stdout", operands=1)}),
    "sentry-cli": dispatches(
        "--url= --auth-token= --header= --log-level= --quiet|--silent",
        {"monitors": dispatches("", {"run": _sentry_run}), "crons": dispatches("", {"run": _sentry_run})},
    ),
    "runitor": _watched("healthchecks.io", RUNITOR),
    "hc-runner": _watched("healthchecks.io", HC_RUNNER),
    "hc-run": _watched("healthchecks.io", HC_RUNNER),
    "dms": _watched("Dead Man's Snitch", "", operands=1),
}
