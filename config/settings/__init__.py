"""Settings by place of use: local, production, testing, and what they have in common."""
