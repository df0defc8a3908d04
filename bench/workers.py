"""Twelve sandboxes on two Celery workers against one sandbox on one, with a broker of their own. (`make bench-large`)"""

import contextlib
import itertools
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta

from bench.rows import Row, row, spread
from sandbox import actions, clock
from sandbox.models import Sandbox
from sandbox.moments import instant
from sandbox.work import Work
from simulation.bulk import CALLS_COME
from tests.run import redis_server

ORDERS, MANY, SECONDS = 40_000, 12, 60.0
_names = itertools.count(1)


def _busy(seed: int) -> Sandbox:
    """A sandbox with more before it than can be done while it is watched."""
    from sandbox.actors import SYSTEM
    from sandbox.inputs import perform

    sandbox = actions.found(f"workers-{next(_names)}", seed=seed, start=instant(2022, 9, 1))
    with Work.on(sandbox) as work:
        perform(work, CALLS_COME, actor=SYSTEM, args={"orders": ORDERS, "days": 5, "endless": True})
    return sandbox


@contextlib.contextmanager
def _celery(workers: int) -> Iterator[None]:
    with contextlib.ExitStack() as stack, tempfile.TemporaryDirectory() as folder:
        url = stack.enter_context(redis_server())
        if url is None:
            raise SystemExit("bench-large needs redis-server: install it, or set TEST_REDIS_URL")
        env = {**os.environ, "REDIS_URL": url}
        celery = [sys.executable, "-m", "celery", "-A", "config"]
        commands = [
            [*celery, "beat", "--schedule", f"{folder}/schedule", "--pidfile", "", "--loglevel", "ERROR"],
            *(
                [*celery, "worker", "--concurrency", "1", "--hostname", f"w{n}@%h", "--loglevel", "ERROR"]
                for n in range(workers)
            ),
        ]
        processes = [subprocess.Popen(command, env=env) for command in commands]
        try:
            yield
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait(30)


def _steps_a_second(sandboxes: list[Sandbox], workers: int) -> list[float]:
    """How many steps a second each sandbox makes, once all are under way."""
    for sandbox in sandboxes:
        with Work.on(sandbox) as work:
            clock.advance(work, by=timedelta(days=300))
    with _celery(workers):
        while any(_steps(sandbox) < 1000 for sandbox in sandboxes):
            time.sleep(0.2)
        before = [_steps(sandbox) for sandbox in sandboxes]
        began = time.perf_counter()
        time.sleep(SECONDS)
        after = [_steps(sandbox) for sandbox in sandboxes]
        took = time.perf_counter() - began
    for sandbox in sandboxes:
        with Work.on(sandbox, wait=60) as work:
            clock.freeze(work)
    return [(late - early) / took for early, late in zip(before, after, strict=True)]


def _steps(sandbox: Sandbox) -> int:
    return Sandbox.objects.values_list("last_event", flat=True).get(pk=sandbox.pk)


def many_on_two(twin: str) -> list[Row]:
    """Throughput in total, and how evenly it is shared."""
    (alone,) = _steps_a_second([_busy(1)], workers=1)
    each = _steps_a_second([_busy(seed) for seed in range(2, MANY + 2)], workers=2)
    total, fairness = sum(each) / alone, min(each) / statistics.mean(each)
    return [
        row("12 sandboxes on two workers / one on one, in total", total, "ratio", "≥ 1", total >= 1),
        row("  the slowest of the twelve / their mean", fairness, "ratio", "≥ 0.7", fairness >= 0.7, spread(each)),
        row("  one sandbox on one worker", alone, "steps/s"),
    ]
