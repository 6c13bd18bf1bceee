#!/bin/sh
# Installs one crontab after the other: the last one is what cron has.
# expect: CM150
echo "0 5 * * * ./manage.py send_invoices" | crontab -
# expect:
echo "0 6 * * * ./manage.py send_digest" | crontab -
# expect:
echo "0 7 * * * ./manage.py thumbnails" | crontab -u www-data -
