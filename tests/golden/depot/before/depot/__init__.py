from depot.celery import app as app
