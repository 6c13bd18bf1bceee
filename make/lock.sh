# Writes the versions that .venv holds into requirements.lock: names and versions, no addresses.
set -eu

{
    sed -n '/^#/p' requirements.lock
    .venv/bin/python -m pip freeze --disable-pip-version-check --exclude-editable | grep -E '^[A-Za-z0-9._-]+==' | sort -f
} > requirements.lock.new
mv requirements.lock.new requirements.lock
