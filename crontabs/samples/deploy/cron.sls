digest:
# expect:
  cron.present:
    - name: cd /srv/shop && python manage.py send_digest
    - user: www-data
    - minute: 30
    - hour: 6
invoices:
# expect: CM206
  cron.present:
    - name: python manage.py send_invoices
    - minute: random
    - hour: 5
gone:
  cron.absent:
    - name: python manage.py gone
