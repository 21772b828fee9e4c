"""The Celery application. Tasks live in each app's `tasks.py`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studiozens.settings")
app = Celery("studiozens")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# Web servers answer in threads of their own, and "current" is per thread: this is the app for all.
app.set_default()
