from shop.settings import *  # noqa: F403

DEBUG = False
