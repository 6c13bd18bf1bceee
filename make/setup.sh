# Makes .venv and installs the project into it; does nothing while .venv fits pyproject.toml and requirements.lock.
set -eu

fail() {
    printf 'setup: %s\n' "$1" >&2
    exit 1
}

# What .venv was made from. The first line is the place: a virtual environment does not survive a move.
wanted() {
    pwd
    cat pyproject.toml requirements.lock | cksum
}

fits() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null
}

has_venv() {
    "$1" -c 'import ensurepip, venv' 2>/dev/null
}

# Sets $python: the caller's choice, else the first supported one that can make virtual environments.
find_python() {
    without_venv=
    for python in ${PYTHON:+"$PYTHON"} python3 python3.13 python3.12 python3.11; do
        fits "$python" || continue
        if has_venv "$python"; then
            return
        fi
        without_venv=${without_venv:-$python}
    done
    [ -z "$without_venv" ] || fail "$without_venv cannot make virtual environments: apt install python3-venv"
    found=$(python3 --version 2>/dev/null) || found="no python3"
    fail "Python 3.11, 3.12 or 3.13 is needed, and here is $found: install one, or name it: make PYTHON=/path/to/python3.11"
}

make_venv() {
    find_python
    rm -rf .venv
    printf 'setup: making .venv with %s (%s)\n' "$python" "$("$python" --version)"
    output=$("$python" -m venv .venv 2>&1) && return
    rm -rf .venv
    fail "$python -m venv failed: $(printf %s "$output" | tr '\n' ' ')"
}

install() {
    printf 'setup: installing into .venv, a minute or two\n'
    log=.venv/pip.log
    rm -f "$log"
    .venv/bin/python -m pip install --quiet --no-input --disable-pip-version-check --retries 2 --log "$log" \
        --constraint requirements.lock --editable '.[dev]' >/dev/null 2>&1 && return
    if grep -Eq 'NewConnectionError|Connection broken|ConnectTimeout|Read timed out|NameResolutionError|ProxyError' "$log"; then
        fail "no network: pip reached no package index (its log: $log)"
    fi
    fail "pip failed: $(sed -n 's/^[^ ]* *ERROR: //p' "$log" | tail -n 1) (its log: $log)"
}

works() {
    .venv/bin/python -m pip --version >/dev/null 2>&1 && [ "$(sed -n 1p "$stamp" 2>/dev/null || pwd)" = "$(pwd)" ]
}

stamp=.venv/setup.stamp
if [ "$(cat "$stamp" 2>/dev/null)" = "$(wanted)" ] && .venv/bin/python -c '' 2>/dev/null; then
    exit 0
fi
works || make_venv
rm -f "$stamp"
install
wanted > "$stamp"
