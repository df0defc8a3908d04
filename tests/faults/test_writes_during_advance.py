"""Writes are welcome while the clock advances: each takes its turn between two chunks."""

import itertools
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connections

from sandbox import clock, driver
from sandbox.models import Sandbox
from sandbox.replay import replay
from sandbox.work import Work
from tests.backend import BACKEND
from tests.conftest import World
from tests.factories import TEXT
from tests.sandbox.audit import assert_sound, calls_come
from workorders.models import WorkOrder

WRITERS = 4
ORDERS, DAYS = 2000, 2
PATIENCE = 60.0  # seconds an advance may take that takes three when nobody writes
UNITS = ["440106-cg", "440106-zj", "440106-hb", "440106-jt"]


@pytest.fixture
def committed(monkeypatch):
    """What each thread of this process has committed: `committed[thread]` is a list of versions of the sandbox."""
    versions: dict[int, list[int]] = {}
    on = Work.on

    @contextmanager
    def noted(cls, sandbox, **options):
        with on(sandbox, **options) as work:
            yield work
        versions.setdefault(threading.get_ident(), []).append(work.sandbox.version)

    monkeypatch.setattr(Work, "on", classmethod(noted))
    return versions


class Driving:
    """A driver at work: a thread beside the web server as in the embedded province, or a process of its own."""

    def __init__(self, world):
        self.world = world
        if BACKEND == "postgresql":
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.drive", world.sandbox.slug], stdout=subprocess.PIPE, text=True
            )
            assert self.process.stdout.readline() == "driving\n"
        else:
            self.thread = threading.Thread(target=self._drive)
            self.thread.start()
        self.deadline = time.monotonic() + PATIENCE

    def _drive(self):
        try:
            driver.advance(self.world.sandbox, chunk=500)
        finally:
            connections.close_all()

    @property
    def at_work(self):
        return self.process.poll() is None if BACKEND == "postgresql" else self.thread.is_alive()

    @property
    def too_slow(self):
        return time.monotonic() > self.deadline

    def __enter__(self):
        return self

    def __exit__(self, *failed):
        if self.at_work:  # it took too long, or something failed: let it come to its end
            with self.world.work() as work:
                clock.freeze(work)
        if BACKEND == "postgresql":
            self.process.communicate(timeout=PATIENCE)
        else:
            self.thread.join(PATIENCE)


def version_of(sandbox):
    return Sandbox.objects.values_list("version", flat=True).get(pk=sandbox.pk)


def writes_of(world, writer):
    """An endless row of requests: `(method, path, body, status)`."""
    unit = {"role": f"department:{UNITS[writer]}"}
    for number in itertools.count(1):
        caller = {"name": f"演安{writer}", "phone": f"1000000{writer:02d}{number % 100:02d}"}
        yield "post", "workorders", {"text": f"{TEXT}（{writer}-{number}）", "caller": caller}, 201
        yield "post", "sandbox/roles/open", unit, 200
        yield "put", "rules/workorder.redo_limit", {"value": number % 3}, 200
        yield "post", "sandbox/roles/close", unit, 200


def write_on_and_on(world, client, writer, driving, committed):
    """Write for as long as the driver is at work: `(version on arrival, version committed, seconds)` of each."""
    done = []
    try:
        for method, path, body, status in writes_of(world, writer):
            if not driving.at_work or driving.too_slow:
                return done
            arrived, began = version_of(world.sandbox), time.monotonic()
            answer = getattr(client, method)(f"/api/v1/{path}", body, format="json")
            assert answer.status_code == status, (method, path, answer.status_code, answer.content.decode())
            done.append((arrived, committed[threading.get_ident()][-1], time.monotonic() - began))
    finally:
        connections.close_all()


def chunks_waited_for(writes):
    """For each write, how many chunks the driver committed between its arrival and its own commit.

    Every commit makes the sandbox one version newer, and all that are nobody's write are the driver's.
    """
    own = sorted(version for _, version, _ in writes)
    assert len(set(own)) == len(own)
    return [version - arrived - 1 - sum(arrived < one < version for one in own) for arrived, version, _ in writes]


def test_writes_during_a_long_advance_succeed_within_two_chunks_and_are_replayed(database, committed):
    province = World(simulated=True, seed=55)
    calls_come(province, ORDERS, days=DAYS)
    clients = [province.client() for _ in range(WRITERS)]
    for client in clients:  # the first request of a process loads the whole interface
        assert client.get("/api/v1/workorders").status_code == 200
    with province.work() as work:
        clock.advance(work, by=timedelta(days=60))
    begun = version_of(province.sandbox)

    with Driving(province) as driving, ThreadPoolExecutor(WRITERS) as pool:
        pending = [
            pool.submit(write_on_and_on, province, client, writer, driving, committed)
            for writer, client in enumerate(clients)
        ]
        by_writer = [one.result(2 * PATIENCE) for one in pending]
        in_time = not driving.too_slow
    writes = [write for done in by_writer for write in done]
    chunks = version_of(province.sandbox) - begun - len(writes)
    waited = chunks_waited_for(writes)

    assert in_time, f"the advance came no further than {province.now} in {PATIENCE} s and {chunks} chunks"
    assert all(len(done) >= 4 for done in by_writer)
    assert len({arrived for arrived, _, _ in writes}) > 10  # all through the advance, not only at its end
    assert chunks > 10
    assert max(waited) <= 2, sorted(waited)[-10:]
    assert any(waited)  # they did meet the driver
    assert WorkOrder.objects.filter(sandbox=province.sandbox, text__contains=TEXT).count() == sum(
        (len(done) + 3) // 4 for done in by_writer
    )
    province.sandbox.refresh_from_db()
    assert province.sandbox.now == province.sandbox.start + timedelta(days=60)
    assert_sound(province.sandbox)
    copy = replay(province.sandbox, f"{province.sandbox.slug}-again")
    assert (copy.head, copy.last_event) == (province.hash, province.sandbox.last_event)
