"""Edits to the user's project: what Celery needs and is missing. Text in, text out.

Only whole lines are put in. Whatever stood there stays byte for byte, and what is ours can be recognised by
its hash, and taken out again.
"""
