"""Settings, one module per topic."""

from .apps import *  # noqa: F403
from .database import *  # noqa: F403

SECRET_KEY = "golden"
TIME_ZONE = "Europe/Paris"
USE_TZ = True
