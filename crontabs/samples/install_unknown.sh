#!/bin/sh
# Installs a crontab that nobody can know before it runs.
# expect: CM105
make_schedule | crontab -
