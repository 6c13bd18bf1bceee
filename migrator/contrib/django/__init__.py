"""The Django app: ledger, claims, owners, and the decorator of generated tasks."""
