INSTALLED_APPS = [
    # Django's
    "django.contrib.auth",
    "django.contrib.contenttypes",
    # ours
    "orders"  # no comma here
]
