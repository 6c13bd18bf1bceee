#!/bin/sh
# Installs the office's crontab for the user who runs this; the container of
# the old set-up does so at its start. A schedule can be changed by its variable.

set -eu

echo "# Poradnia: periodic jobs. Written by install.sh at container start, do not edit here.
SHELL=/bin/sh
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
MAILTO=it@poradnia.example

# Event reminders
${EVENT_REMINDERS_SCHEDULE:-0 12 * * *} cd /code && \
/code/crontabs/poradnia/run_locked.sh send_event_reminders 25h \
\"python3 /code/manage.py send_event_reminders\" >> /var/log/cron.log 2>&1

# Reminder of old cases
${OLD_CASES_REMINDER_SCHEDULE:-0 6 2 * *} cd /code && \
/code/crontabs/poradnia/run_locked.sh send_old_cases_reminder 32d \
\"python3 /code/manage.py send_old_cases_reminder\" >> /var/log/cron.log 2>&1

# Court session parser
${COURT_SESSION_PARSER_SCHEDULE:-10 23 * * *} cd /code && \
/code/crontabs/poradnia/run_locked.sh run_court_session_parser 25h \
\"python3 /code/manage.py run_court_session_parser\" >> /var/log/cron.log 2>&1

# Expired sessions
${CLEARSESSIONS_SCHEDULE:-@daily} cd /code && \
/code/crontabs/poradnia/run_locked.sh clearsessions 25h \
\"python3 /code/manage.py clearsessions\" >> /var/log/cron.log 2>&1" | crontab -
