"""Real programs as judges."""
