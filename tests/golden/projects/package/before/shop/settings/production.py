from .base import *

DEBUG = False
INSTALLED_APPS += ("django.contrib.sessions",)
