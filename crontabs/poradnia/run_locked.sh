#!/bin/sh
# Runs a cron job unless its last run still goes on, and warns when it has not
# succeeded for too long.
#
#   run_locked.sh NAME FRESHNESS "COMMAND"
#
# FRESHNESS is the age at which the last success is too old: 90m, 25h, 32d.
# The exit status is the command's own; 1 when the job is busy, 2 when called
# wrongly.

set -u

fail() {
    echo "run_locked.sh: $1" >&2
    exit 2
}

[ $# -eq 3 ] || fail "usage: run_locked.sh NAME FRESHNESS \"COMMAND\""

name=$1
freshness=$2
command=$3
lock=${LOCK_DIR:-/var/lock}/$name.lock
last=${STATE_DIR:-/var/tmp}/$name.last

amount=${freshness%[mhd]}
case $amount in
    '' | *[!0-9]*) fail "freshness is $freshness, expected a number and m, h or d" ;;
esac
case $freshness in
    *m) minutes=$amount ;;
    *h) minutes=$((amount * 60)) ;;
    *d) minutes=$((amount * 60 * 24)) ;;
    *) fail "freshness is $freshness, expected a number and m, h or d" ;;
esac

# before the lock: a run that hangs keeps all later ones from it
if [ -n "$(find "$last" -mmin "+$minutes" 2>/dev/null)" ]; then
    echo "run_locked.sh: $name: the last success is older than $freshness" >&2
fi

# the job inherits the lock, so it holds as long as anything of the job lives
exec 9>"$lock" || exit 1
if ! flock -n 9; then
    echo "run_locked.sh: $name: still running, not started again" >&2
    exit 1
fi

sh -c "$command"
status=$?
if [ "$status" -eq 0 ]; then
    touch "$last"
fi
exit "$status"
