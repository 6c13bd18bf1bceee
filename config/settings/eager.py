"""Celery without any service: tasks run where they are called. In force when TESTING is on."""

from __future__ import annotations

import os

# Celery lets these variables win over the settings; a test must not reach somebody's broker.
for _name in (
    "CELERY_BROKER_URL",
    "CELERY_BROKER_READ_URL",
    "CELERY_BROKER_WRITE_URL",
    "CELERY_RESULT_BACKEND",
):
    os.environ.pop(_name, None)

TESTING = True

CELERY_TASK_ALWAYS_EAGER = True
# a failing task raises in the test that called it
CELERY_TASK_EAGER_PROPAGATES = True
CELERY_TASK_STORE_EAGER_RESULT = True

CELERY_BROKER_URL = "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {}
CELERY_RESULT_BACKEND = "cache+memory://"
