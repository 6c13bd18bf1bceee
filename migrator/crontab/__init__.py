"""Crontab files: lossless syntax, the environment in force, and what a command line means."""
