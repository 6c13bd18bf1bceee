"""Cron schedules as mathematics: expression, meaning, occurrences.

Pure: no clock, no files. The authority is the real daemon (Debian's cron 3.0pl1);
a difference from it is a bug.
"""
