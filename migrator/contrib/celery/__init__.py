"""Celery's side: the slot travels from beat to the worker in the message's headers."""
