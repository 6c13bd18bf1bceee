"""Comparison: who may execute which slot, what became of it, and whether a job is safe to cut over.

Pure: no clock, no files, no database. The ledger that feeds it is migrator.contrib.django.
"""
