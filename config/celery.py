"""Celery carries hints, never truth: every task names ids and makes one call."""

import os
import sys
import threading
from typing import Any

from celery import Celery, signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
app = Celery("yueyan")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.setup_logging.connect
def _django_has_set_up_logging(**_: Any) -> None:
    """With this receiver Celery leaves the log as the settings say."""


@signals.celeryd_init.connect
def _begin_as_worker(**_: Any) -> None:
    """A worker without its database, at another schema or without its broker ends in one line."""
    _begin()
    _stir_at(signals.heartbeat_sent)  # already now: a worker asks once, before it is ready, who listens


@signals.worker_ready.connect
def _worker_is_ready(**_: Any) -> None:
    _show()


@signals.beat_init.connect
def _begin_as_beat(**_: Any) -> None:
    _begin()
    _stir_at(signals.after_task_publish)
    _show()


def _is_thread_of_up() -> bool:
    """The embedded worker and beat are threads of `manage.py up`, which has seen to all this."""
    return threading.current_thread() is not threading.main_thread()


def _begin() -> None:
    if _is_thread_of_up():
        return
    from django.conf import settings
    from django.core.management.base import CommandError

    from sandbox.management import database, servers

    try:
        servers.demand_broker()
        database.demand()
        if settings.PORT:
            servers.demand_port(settings.HOST, int(settings.PORT))
    except CommandError as error:
        sys.exit(str(error))


def _stir_at(pulse: Any) -> None:
    """Let this process count as alive whenever a signal comes."""
    if not _is_thread_of_up():
        from sandbox import readiness

        pulse.connect(readiness.stirred)


def _show() -> None:
    """Answer on /healthz, /readyz and /metrics where YUEYAN_PORT says so."""
    if _is_thread_of_up():
        return
    from django.conf import settings

    from sandbox import readiness, watch

    readiness.stirred()
    if settings.PORT:
        watch.beside(settings.HOST, int(settings.PORT))
