# Removes what can be made again; the development database stays.
set -eu

rm -rf build dist site ./*.egg-info .demo .parts .dev .benchmarks .hypothesis .import_linter_cache \
    .mypy_cache .pytest_cache .ruff_cache celerybeat-schedule*
find . -path ./.venv -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +
if [ "${1:-}" = all ]; then
    rm -rf .venv
fi
