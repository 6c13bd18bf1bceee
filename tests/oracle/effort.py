"""How hard the oracles are asked: MIGRATOR_ORACLE_EXAMPLES=500 for a long run."""

import os

EXAMPLES = int(os.environ.get("MIGRATOR_ORACLE_EXAMPLES", "3"))
