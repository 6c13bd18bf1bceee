"""``python -m migrator`` is the console script."""

from migrator.cli import main

main()
