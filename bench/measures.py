"""What is measured. Each measure returns rows `{name, value, unit, target, met, spread}`."""

import itertools
import os
import statistics
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from django.db import connection
from rest_framework.test import APIClient

from bench import ceiling
from bench.rows import Row, row, spread
from sandbox import actions, counters, events, store
from sandbox.driver import Driver
from sandbox.models import Sandbox
from sandbox.moments import instant
from sandbox.work import Work
from simulation.bulk import begin_calls
from workorders import recognition

_names = itertools.count(1)
START = instant(2022, 9, 1)


def _begun(orders: int, days: int = 5, seed: int = 7) -> Sandbox:
    sandbox = actions.found(f"bench-{next(_names)}", seed=seed, start=START)
    begin_calls(sandbox, orders=orders, days=days)
    return sandbox


def driver_to_ceiling(twin: str) -> list[Row]:
    """The driver's time for a run against COPY of the run's final rows, five rounds, both in turn."""
    ratios, cpu, wall, pace = [], [], [], []
    for seed in range(5):
        sandbox = _begun(4000, seed=seed)
        drive = Driver(sandbox, budget=float("inf"))
        began, used = time.perf_counter(), time.process_time()
        drive.drive()
        took, used = time.perf_counter() - began, time.process_time() - used
        sandbox.refresh_from_db()
        rows = ceiling.rows_of(sandbox)
        ceiling.prepare(twin, sandbox)
        copied = statistics.median(ceiling.copy_in(twin, rows) for _ in range(3))
        ratios.append(copied / took)
        wall.append(took / sandbox.last_event * 1e6)
        cpu.append(used / sandbox.last_event * 1e6)
        pace.append(drive.ran / took)
    ratio = statistics.median(ratios)
    return [
        row("driver / COPY ceiling (PostgreSQL)", ratio, "ratio", "≥ 0.35", ratio >= 0.35, spread(ratios)),
        row("driver, wall time a step", statistics.median(wall), "µs", spread=spread(wall)),
        row("driver, CPU time a step", statistics.median(cpu), "µs", spread=spread(cpu)),
        row("driver, agenda entries a second", statistics.median(pace), "entries/s", spread=spread(pace)),
        *_breakdown(),
    ]


def _breakdown() -> list[Row]:
    """Where the CPU of a step goes: a run with stopwatches around the parts (each less the parts inside it)."""
    spent: dict[str, float] = defaultdict(float)
    stack: list[float] = []

    def timed(holder: Any, name: str, part: str) -> Callable[[], None]:
        original = getattr(holder, name)

        def measured(*args: Any, **kwargs: Any) -> Any:
            began = time.process_time_ns()
            stack.append(0)
            try:
                return original(*args, **kwargs)
            finally:
                took = time.process_time_ns() - began
                spent[part] += took - stack.pop()
                if stack:
                    stack[-1] += took

        setattr(holder, name, measured)
        return lambda: setattr(holder, name, original)

    undo = [
        timed(Driver, "_chunk", "driver: heap, clock, transaction"),
        timed(Driver, "_run", "actions and simulated people"),
        timed(Driver, "_load", "loading"),
        timed(Driver, "_preload", "loading"),
        timed(Work, "record", "events: canonical JSON"),
        timed(events, "chained", "events: hash chain"),
        timed(counters, "fold", "counters: fold"),
        timed(Work, "later", "agenda: booking"),
        timed(recognition, "recognise_place", "recognition"),
        timed(recognition, "recognise_category", "recognition"),
        timed(Work, "flush", "flush: preparing"),
        timed(store.Table, "insert", "flush: new rows (COPY)"),
        timed(store.Table, "update", "flush: changed rows"),
        timed(store.Table, "upsert", "flush: agenda and counters"),
        timed(store.Table, "delete", "flush: agenda and counters"),
    ]
    sandbox = _begun(4000, seed=99)
    try:
        Driver(sandbox, budget=float("inf")).drive()
    finally:
        for one in undo:
            one()
    sandbox.refresh_from_db()
    return [
        row(f"  CPU a step · {part}", nanoseconds / 1000 / sandbox.last_event, "µs")
        for part, nanoseconds in sorted(spent.items(), key=lambda item: -item[1])
    ]


def memory(twin: str) -> list[Row]:
    """Peak memory of `simulate` at 100,000 orders against 10,000, in two rounds on SQLite."""
    few, many = zip(*((_peak(10_000, seed), _peak(100_000, seed)) for seed in (5, 6)), strict=True)
    ratios = [more / less for less, more in zip(few, many, strict=True)]
    ratio = statistics.median(ratios)
    return [
        row("peak memory, 100,000 orders / 10,000 orders", ratio, "ratio", "≤ 1.5", ratio <= 1.5, spread(ratios)),
        row("  peak memory at 10,000 orders", statistics.median(few), "MiB", spread=spread(list(few))),
        row("  peak memory at 100,000 orders", statistics.median(many), "MiB", spread=spread(list(many))),
    ]


def _peak(orders: int, seed: int) -> float:
    """MiB a process needs at most that lives through so many orders in thirty days."""
    code = (
        "import resource, sys\n"
        "from django.core.management import call_command\n"
        "import django; django.setup()\n"
        f"call_command('simulate', orders={orders}, days=30, seed={seed}, json=True, stdout=open('/dev/null', 'w'))\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
    )
    file = f"{os.environ['YUEYAN_VAR']}/memory-{orders}-{seed}.sqlite3"
    env = {**os.environ, "DATABASE_URL": f"sqlite:///{file}"}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    os.unlink(file)
    return int(done.stdout.split()[-1]) / 1024


def lists(twin: str) -> list[Row]:
    """Queries behind one page of the list, with few and with many orders."""
    counts = {}
    for orders in (10, 5000):
        sandbox = _begun(orders)
        Driver(sandbox, budget=float("inf")).drive()
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {actions.give_key(sandbox)}")
        queries: list[str] = []

        def note(execute: Any, sql: str, *rest: Any, queries: list[str] = queries) -> Any:
            queries.append(sql)
            return execute(sql, *rest)

        with connection.execute_wrapper(note):
            answer = client.get("/api/v1/workorders", {"limit": 100}, headers={"host": "localhost"})
        assert answer.status_code == 200
        counts[orders] = len(queries)
    same = len(set(counts.values())) == 1
    return [
        row(f"list of 100: queries at {orders:,} orders", count, "queries", "constant", same)
        for orders, count in counts.items()
    ]


def writes_during_advance(twin: str) -> list[Row]:
    """How long an API write waits while a long advance is driven, and how many chunks pass meanwhile."""
    from django.db import connections

    sandbox = _begun(3000)
    key = actions.give_key(sandbox)
    waits: list[float] = []
    chunks: list[float] = []
    done = threading.Event()

    def drive() -> None:
        Driver(sandbox).drive()
        done.set()
        connections.close_all()

    thread = threading.Thread(target=drive)
    thread.start()
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    body = {
        "text": "请问天河区怎么办理居住证？",
        "type": "consultation",
        "caller": {"name": "演一一", "phone": "10000000001"},
    }
    while not done.is_set() and len(waits) < 200:
        before = _version(sandbox)
        began = time.perf_counter()
        answer = client.post("/api/v1/workorders", body, format="json", headers={"host": "localhost"})
        waits.append(time.perf_counter() - began)
        assert answer.status_code == 201, answer.content
        chunks.append(_version(sandbox) - before - 1)
    thread.join()
    waits.sort()
    return [
        row("API create during an advance, median wait", statistics.median(waits), "s", spread=spread(waits)),
        row("API create during an advance, 99th percentile", waits[int(len(waits) * 0.99) - 1], "s"),
        row("API create during an advance, chunks it waited for", max(chunks), "chunks", "≤ 2", max(chunks) <= 2),
    ]


def _version(sandbox: Sandbox) -> int:
    return Sandbox.objects.values_list("version", flat=True).get(pk=sandbox.pk)
