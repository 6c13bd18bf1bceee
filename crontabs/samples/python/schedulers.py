"""Schedulers that live in a process of their own, and code that writes a crontab."""

import subprocess

import schedule
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from crontab import CronTab
from django.core.management import call_command
from django_q.tasks import schedule as every
from huey import crontab
from huey.contrib.djhuey import db_periodic_task
from uwsgidecorators import cron, timer

from shop.jobs import call_suppliers, check_stock, close_books, poll, weekly_count

scheduler = BackgroundScheduler(timezone="UTC")
# expect: CM140
scheduler.add_job(check_stock, "cron", hour="9-17", minute="*/15", day_of_week="mon-fri")
# expect: CM140 CM149
scheduler.add_job(weekly_count, CronTrigger.from_crontab("30 4 * * 0"), id="weekly")
# expect: CM140 CM206
scheduler.add_job(close_books, "cron", day="last")
# expect: CM140 CM149 CM205
scheduler.add_job(poll, "interval", minutes=5, jitter=20)
# expect:
scheduler.add_job(call_command, "cron", args=["clearsessions"], hour=4)
# expect: CM147
scheduler.add_job(check_stock, trigger_of("stock"))


# expect: CM140
@db_periodic_task(crontab(minute="0", hour="*/3"))
def sync_stock():
    pass


# expect: CM140 CM203
@cron(0, -2, -1, -1, -1)
def tidy(signal):
    pass


# expect: CM140 CM205
@timer(90)
def beat(signal):
    pass


# expect: CM140
schedule.every().monday.at("09:05").do(call_suppliers)
# expect: CM140
every("shop.jobs.rank", schedule_type="C", cron="5 4 * * *")

tab = CronTab(user=True)
# expect: CM148
tab.new(command="python manage.py send_invoices").setall("0 7 * * *")
# expect: CM148
subprocess.run("crontab /srv/shop/crontab", shell=True)
