"""Cutover: may each job leave cron, what is still missing, which lines go, and how to come back.

Pure: values in, values out; the clock, the ledger and the files belong to the caller.
"""
