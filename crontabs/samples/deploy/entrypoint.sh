#!/bin/sh
# Puts crontabs into place in the ways that containers do.
: "${DIGEST_SCHEDULE:=30 6 * * *}"
MANAGE="python manage.py"

# expect: CM110 CM130 CM150
(crontab -l 2>/dev/null; printf '%s %s\n' "$DIGEST_SCHEDULE" "$MANAGE send_digest") | sort -u | crontab -

cat > /etc/cron.d/shop <<EOF
PATH=$PATH
# expect:
0 5 * * * www-data $MANAGE send_invoices
# expect: CM206
$CLEAN_SCHEDULE www-data $MANAGE clearsessions
EOF

add() {
    echo "$1 root $MANAGE $2" >> /etc/crontab
}
# expect:
add "15 4 * * 1" weekly_report
# expect: CM105
cp /srv/shop/crontab /etc/cron.d/more
# expect: CM105
make_schedule "$SHOP" | crontab -
