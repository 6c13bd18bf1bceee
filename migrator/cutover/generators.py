"""What a person does to what starts a job, or writes its line, where no edit of ours reaches."""

from __future__ import annotations

from migrator.crontab.marks import retired_mark
from migrator.i18n import _, marked

# By the kind of source, as docs/reference/sources.md has them.
REMEDIES = {
    "ansible": marked("give its entry the state absent, and run the playbook once, before the entry goes"),
    "salt": marked("make it cron.absent, and apply the state once, before the entry goes"),
    "kubernetes": marked("set suspend: true, apply it, and delete the CronJob when the cutover has settled"),
    "helm values": marked(
        "set suspend: true in the values, upgrade the release, and take the entry out once all is settled"
    ),
    "dockerfile": marked("take the line out, build the image anew, and start it before the old one is back"),
    "compose": marked("take the line or the label out, and start the service anew with docker compose up -d"),
    "ofelia": marked("take the job out of its file, and start ofelia anew: it reads the file once"),
    "systemd timer": marked("systemctl disable --now the timer, and take the unit out"),
    "run-parts": marked("move it out of the folder, or chmod -x it: run-parts starts what may be executed"),
    "anacrontab": marked("put a # before its line: anacron reads the file with each start"),
    "ebextensions": marked(
        "take it out and deploy; what it wrote into cron.d stays on old instances: delete it"
    ),
    "beanstalk cron.yaml": marked("take the entry out, and deploy the worker environment"),
    "app engine cron.yaml": marked("take the entry out, and run gcloud app deploy cron.yaml"),
    "app.json": marked("take the entry out of cron, and deploy: the platform reads it with each deployment"),
    "github workflow": marked("take its cron out of the workflow's schedule, on the default branch"),
    "django-crontab": marked(
        "take it out of CRONJOBS, deploy, and run manage.py crontab add, which writes the crontab anew"
    ),
    "django-cron": marked("take its class out of CRON_CLASSES, and deploy: runcrons goes on with the others"),
    "kronos": marked(
        "take the decorator out, deploy, and run manage.py installtasks, which writes the crontab anew"
    ),
    "django-extensions": marked("take its module out of the folder jobs, and deploy"),
    "cronjobs": marked("take the decorator out, deploy, and take out the line that calls it"),
    "python-crontab": marked("take the call out that writes it, and run what is left once"),
    "apscheduler": marked("take the job out, and out of a job store that keeps it; start the scheduler anew"),
    "rq-scheduler": marked("take the call out, and cancel what the scheduler has stored of it"),
    "django-q": marked("take the call out, and delete its Schedule row"),
    "schedule": marked("take the call out, and start the process anew that runs it"),
    "huey": marked("take the decorator out, and start the consumer anew"),
    "dramatiq": marked("take the decorator out, and start the scheduler anew"),
    "uwsgi": marked("take the decorator or the option out, and start uwsgi anew"),
    "periodic task": marked("it is Celery's already: disable the row in the admin"),
    "beat schedule": marked("it is Celery's already: take the entry out, and start beat anew"),
}


def remedy(source: str, job: str, spool: str | None = None) -> str:
    """What to do there, in words."""
    if source in ("crontab", "crontab script"):
        return _("put {marker} before the line").format(marker=f'"{retired_mark(job, spool)}"')
    if source.lower() in REMEDIES:
        return _(REMEDIES[source.lower()])
    return _("take the entry out there, and deploy that before the cutover")
