"""Environments: virtual ones, and variables that come from files or secret stores."""

from __future__ import annotations

from collections.abc import Callable

from migrator.crontab.options import Call, Options, plain
from migrator.crontab.reading import Reading
from migrator.crontab.wrappers.unwrapping import (
    Inner,
    Words,
    Wrapper,
    behind_dashes,
    change_folder,
    dispatches,
    say_unknown,
    script_text,
    word,
    wraps,
)
from migrator.i18n import _

Means = Callable[[Call, tuple[str, ...], Reading], None]


def _files(option: str, *, default: str | None = None) -> Means:
    """Variables come from files that an option names."""

    def means(call: Call, operands: tuple[str, ...], reading: Reading) -> None:
        named = [name for value in call.every(option) for name in value.split(",")]
        reading.environment_files += named or ([default] if default else [])

    return means


def _folder(option: str) -> Means:
    """The tool changes its folder first."""

    def means(call: Call, operands: tuple[str, ...], reading: Reading) -> None:
        if folder := call.last(option):
            change_folder(folder, reading)

    return means


def _first_operand(call: Call, operands: tuple[str, ...], reading: Reading) -> None:
    reading.environment_files.append(operands[0])


def _say_store(program: str, reading: Reading) -> None:
    """Variables come from a store of secrets, which a worker has to ask as well."""
    reading.remark(
        "CM327",
        _("{program} gives the command its variables").format(program=program),
        _("start the worker behind the same program, so that its tasks have them too"),
    )


def _store(program: str) -> Means:
    def means(call: Call, operands: tuple[str, ...], reading: Reading) -> None:
        reading.environment_files += call.every("--env-file")
        _say_store(program, reading)

    return means


def _clock(call: Call, operands: tuple[str, ...], reading: Reading) -> None:
    reading.remark(
        "CM320",
        _("faketime shows the command another time than the clock's"),
        _("keep it in cron: a worker's clock is everybody's"),
    )


def _python(table: str, means: Means | None = None) -> Wrapper:
    """A tool that gives what follows to python: ``uv run manage.py x``, ``coverage run -m django x``."""
    options = Options(table, getopt=False)

    def unwrap(words: Words, reading: Reading) -> Inner | None:
        call = options.read(words)
        command = behind_dashes(call.rest)
        if call.ends or not command:
            return None
        say_unknown(call, reading)
        if means:
            means(call, (), reading)
        if "-m" in call:
            return (word("python"), word("-m"), *command)
        return (word("python"), *command) if plain(command[0]).endswith(".py") else command

    return unwrap


def _uv(call: Call, operands: tuple[str, ...], reading: Reading) -> None:
    reading.environment_files += call.every("--env-file")
    if folder := call.last("--directory"):
        change_folder(folder, reading)


UV = """
    -n|--no-cache --cache-dir= --managed-python --no-managed-python --no-python-downloads -q|--quiet
    -v|--verbose --color= --native-tls --offline --allow-insecure-host= --no-progress --directory=
    --project= --config-file= --no-config !-h|--help !-V|--version
    """
UV_RUN = f"""
    {UV} --extra= --all-extras --no-extra= --no-dev --dev --only-dev --group= --no-group=
    --no-default-groups --only-group= --all-groups -m|--module --only-editable --no-editable --editable
    --exact --env-file= --no-env-file --with= --with-editable= --with-requirements= --isolated --active
    --no-active --no-sync --locked --frozen -s|--script --gui-script --all-packages --package=
    --no-project --index= --default-index= -i|--index-url= --extra-index-url= -f|--find-links=
    --no-index --index-strategy= --keyring-provider= -U|--upgrade -P|--upgrade-package= --resolution=
    --prerelease= --fork-strategy= --exclude-newer= --no-sources --reinstall --reinstall-package=
    --link-mode= --compile-bytecode -C|--config-setting= --no-build-isolation
    --no-build-isolation-package= --no-build --no-build-package= --no-binary --no-binary-package=
    --refresh --refresh-package= -p|--python= -w=
    """
COVERAGE = """
    -a|--append --branch --concurrency= --context= --data-file= --include= -L|--pylib -m|--module
    --omit= -p|--parallel-mode --source= --timid --debug= --rcfile= --save-signal= !-h|--help
    """
POETRY = """
    -C|--directory= -P|--project= -q|--quiet -n|--no-interaction --no-plugins --no-cache --ansi
    --no-ansi -v|--verbose !-h|--help !-V|--version
    """
PDM_RUN = """
    -s|--site-packages --no-site-packages -p|--project= --venv= --recreate -q|--quiet -v|--verbose
    -g|--global -k|--skip= -S= !-l|--list !-j|--json !-h|--help
    """
HATCH = """
    -e|--env= -p|--project= -v|--verbose -q|--quiet --color --no-color --data-dir= --cache-dir=
    --config= !--version
"""
CONDA_RUN = """
    -n|--name= -p|--prefix= --cwd= -v|--verbose --dev --debug-wrapper-scripts
    -s|--no-capture-output|--live-stream -e|--env= -r|--root-prefix= --clean-env --no-home -a|--attach=
    !-h|--help
    """
XVFB_RUN = """
    -a|--auto-servernum -d|--auto-display -e|--error-file= -f|--auth-file= -l|--listen-tcp
    -n|--server-num= -p|--xauth-protocol= -s|--server-args= -w|--wait= !-h|--help
    """
DOPPLER_RUN = """
    --command= -p|--project= -c|--config= -t|--token= --fallback= --fallback-readonly --fallback-only
    --no-fallback --passphrase= --preserve-env --forward-signals --name-transformer= --only-secrets=
    --mount= --mount-format= --mount-template= --mount-max-reads= --no-cache --no-exit-on-write-failure
    --no-liveness-ping --watch --api-host= --scope= --silent --debug --timeout= --attempts= --no-timeout
    --no-verify-tls !-h|--help
    """
AWS_VAULT = """
    --debug --backend= --prompt= --keychain= -d|--duration= -n|--no-session --region= -t|--mfa-token=
    -j|--json -s|--server --ec2-server --ecs-server --lazy --stdout --pass-dir= --file-dir=
    --pass-prefix= !--help
    """
HONCHO = "-e|--env= -d|--app-root= -f|--procfile= -v|--verbose !-h|--help"


def _honcho(command: Wrapper) -> Wrapper:
    """``honcho [-e FILE] run COMMAND``: the options stand on either side, and .env is the default."""
    options = Options(HONCHO)

    def unwrap(words: Words, reading: Reading) -> Inner | None:
        call = options.read(words)
        if call.ends or not call.rest or plain(call.rest[0]) != "run":
            return None
        named = [name for value in call.every("-e") for name in value.split(",")]
        before = len(reading.environment_files)
        inner = command(call.rest, reading)
        if len(reading.environment_files) == before:
            reading.environment_files += named or [".env"]
        return inner

    return unwrap


def _scl(words: Words, reading: Reading) -> Inner | None:
    """``scl enable COLLECTION... [--] COMMAND``; without dashes the last word is the text."""
    texts = [plain(one) for one in words]
    if "--" in texts:
        return words[texts.index("--") + 1 :] or None
    return script_text(words[-1]) if len(words) > 2 else None


def _store_behind_dashes(words: Words, reading: Reading) -> Inner | None:
    """``chamber exec SERVICE... -- COMMAND``."""
    texts = [plain(one) for one in words]
    command = words[texts.index("--") + 1 :] if "--" in texts else ()
    if command:
        _say_store("chamber", reading)
    return command or None


PLAIN = wraps(getopt=False)

ENVIRONMENTS: dict[str, Wrapper] = {
    "poetry": dispatches(POETRY, {"run": wraps(POETRY, means=_folder("-C"))}, means=_folder("-C")),
    "pipenv": dispatches("--python= -q|--quiet -v|--verbose --site-packages --clear", {"run": PLAIN}),
    "uv": dispatches(UV, {"run": _python(UV_RUN, _uv)}, means=_uv),
    "pdm": dispatches("-q|--quiet -v|--verbose -c|--config= -I|--ignore-python", {"run": wraps(PDM_RUN)}),
    "hatch": dispatches(HATCH, {"run": PLAIN}),
    "rye": dispatches("", {"run": PLAIN}),
    **dict.fromkeys(
        ("conda", "mamba", "micromamba"), dispatches("", {"run": wraps(CONDA_RUN, means=_folder("--cwd"))})
    ),
    **dict.fromkeys(("pyenv", "rbenv", "asdf", "bundle"), dispatches("", {"exec": PLAIN})),
    "direnv": dispatches("", {"exec": wraps(operands=1, means=_first_operand)}),
    "dotenv": dispatches(
        "-f|--file= -q|--quote= -e|--export=",
        {"run": wraps("--override --no-override")},
        means=_files("-f", default=".env"),
    ),
    "envdir": wraps(operands=1, means=_first_operand),
    "honcho": _honcho(wraps(HONCHO, means=_files("-e"))),
    "foreman": dispatches("", {"run": wraps(HONCHO, means=_files("-e", default=".env"))}),
    "forego": dispatches("", {"run": wraps(HONCHO, means=_files("-e", default=".env"))}),
    "coverage": dispatches("", {"run": _python(COVERAGE)}),
    "newrelic-admin": dispatches("", {"run-program": PLAIN, "run-python": _python("-m")}),
    "ddtrace-run": wraps("-d|--debug -p|--profiling -i|--info !-v|--version !-h|--help"),
    "opentelemetry-instrument": wraps(
        """
        --traces_exporter|--traces-exporter= --metrics_exporter|--metrics-exporter= --logs_exporter=
        --service_name|--service-name= --exporter_otlp_endpoint= --id_generator= --propagators=
        !-h|--help
        """
    ),
    "xvfb-run": wraps(XVFB_RUN),
    "scl": dispatches("", {"enable": _scl}),
    "eatmydata": PLAIN,
    "catchsegv": PLAIN,
    "tini": wraps("-s -v -w -g -p= -e= !-h !-l !--version"),
    "dumb-init": wraps("-c|--single-child -r|--rewrite= -v|--verbose !-h|--help !-V|--version"),
    "nix-shell": wraps("--run= --command= -p|--packages -A|--attr= --pure -I=", text="--run", permutes=True),
    "faketime": wraps("-m -f -p= --exclude-monotonic", operands=1, means=_clock),
    "chamber": dispatches("-b|--backend= --retries= -v|--verbose", {"exec": _store_behind_dashes}),
    "aws-vault": dispatches(
        "--debug --backend= --prompt=", {"exec": wraps(AWS_VAULT, operands=1, means=_store("aws-vault"))}
    ),
    "doppler": dispatches(
        "", {"run": wraps(DOPPLER_RUN, text="--command", means=_store("doppler"), getopt=False)}
    ),
    "op": dispatches(
        "--account= --cache --config=",
        {
            "run": wraps(
                "--env-file= --no-masking --account= --environment=", means=_store("op"), getopt=False
            )
        },
    ),
    "infisical": dispatches(
        "",
        {
            "run": wraps(
                "--env= --path= --projectId= --token= --command=", text="--command", means=_store("infisical")
            )
        },
    ),
    "sops": dispatches(
        "",
        {"exec-env": wraps("--background --pristine --user=", operands=1, means=_store("sops"), quoted=True)},
    ),
}
