"""Embedded mode: Waitress, a Celery worker and a beat as threads of one process, with one shutdown."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from celery import current_app
from celery.beat import Service
from celery.worker import WorkController
from celery.worker import state as worker_state
from django.core.wsgi import get_wsgi_application
from django.db import connections
from waitress import create_server, wasyncore

from sandbox import tasks

log = logging.getLogger(__name__)
WEB_THREADS = 8


class _Worker(WorkController):  # type: ignore[misc]
    """A worker that lives in a thread: no signal handlers, no files."""

    def on_before_init(self, quiet: bool = False, **kwargs: Any) -> None:
        pass


@contextmanager
def running(listener: socket.socket) -> Iterator[None]:
    """Serve on a listening socket, with a worker and a beat beside it, until the block ends."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    app.finalize()
    app.loader.import_default_modules()
    server = create_server(
        get_wsgi_application(),
        sockets=[listener],
        threads=WEB_THREADS,
        ident="Yueyan",
        connection_limit=1000,
        channel_timeout=30,  # seconds a connection may stand half open
        max_request_body_size=16 * 1024 * 1024,
    )
    listener.listen(128)
    worker = _Worker(app=app, pool="solo", concurrency=1, loglevel="WARNING", without_gossip=True, without_mingle=True)
    beat = Service(app=app, scheduler_cls="celery.beat:Scheduler", max_interval=1)
    threads = [
        threading.Thread(target=_guarded, args=(name, run), name=name, daemon=True)
        for name, run in (
            ("web", server.run),
            ("worker", worker.start),
            ("beat", lambda: beat.start(embedded_process=False)),
        )
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        beat.stop()
        worker_state.should_stop = 0
        tasks.sweep.delay()  # something to receive, or the worker would wait for it up to two seconds
        logging.getLogger("waitress").setLevel(logging.CRITICAL)  # whoever still asks gets no answer any more
        server.task_dispatcher.shutdown(timeout=1)
        server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map, ignore_all=True))  # in the web thread
        for thread in threads:
            thread.join(timeout=3)
        connections.close_all()


def _guarded(name: str, run: Any) -> None:
    try:
        run()
    except (SystemExit, OSError) as ended:
        log.debug("%s ended: %r", name, ended)
    finally:
        connections.close_all()
