"""The dashboard: the board, a page for each job, the switch of its owner, and the audit log."""
