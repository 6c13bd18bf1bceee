"""Everything fails at random, and an independent judge counts what happened to each slot."""
