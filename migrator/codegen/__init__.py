"""Celery code from jobs: (files before, jobs) -> files after. Pure text, written by the caller."""
