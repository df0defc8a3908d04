"""Celery carries hints, never truth: every task names ids and makes one call."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
app = Celery("yueyan")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
