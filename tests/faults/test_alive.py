"""A worker that is alive says so for as long as it lives, not only when it starts."""

import sys
import time

import pytest
from django.db import connection

from tests.faults.services import Process, Services, command, until
from tests.faults.test_scaled import _url
from tests.run import free_port

STILL = 5.0  # seconds, in the place of readiness.STILL, after which it would count as stuck
SOONER = (
    f"import sys; from sandbox import readiness; readiness.STILL = {STILL}; from celery.__main__ import main; main()"
)


@pytest.fixture
def services(database, tmp_path):
    found = Services(tmp_path, _url(connection.settings_dict))
    try:
        found.redis()
        yield found
    finally:
        found.end()


def test_a_worker_with_nothing_to_do_stays_ready(services, tmp_path):
    words = [sys.executable, "-c", SOONER, *command("worker")[1:]]
    worker = Process("worker", words, services.here("worker", free_port()), tmp_path)
    services.running.append(worker)
    until(worker.healthy, "the worker is there", services)

    time.sleep(STILL + 1)  # no broker comes back and nothing is sent meanwhile

    status, said = worker.asked("/readyz")
    assert status == 200, said
    assert '"loop":"ok"' in said.replace(" ", "")
