"""Celery carries hints, never truth: real workers bring every clock to its target, whatever the broker loses."""

import os
import subprocess
import sys
import time
from datetime import timedelta

import pytest
import redis
from django.conf import settings

from sandbox import clock
from sandbox.models import Sandbox
from tests.conftest import World
from tests.sandbox.audit import IDLE, agenda_of, assert_sound, calls_come

SANDBOXES, ORDERS = 4, 400
PATIENCE = 90.0  # seconds in which all must have arrived
TARGET = timedelta(days=45)


@pytest.fixture
def broker():
    """The broker of this run, empty before and after."""
    client = redis.Redis.from_url(settings.CELERY_BROKER_URL)
    client.flushdb()
    yield client
    client.flushdb()


@pytest.fixture
def celery(broker, tmp_path):
    """Start `celery -A config …` in a process of its own; all are ended with the test."""
    started = []

    def start(*arguments):
        log = (tmp_path / f"{len(started)}.log").open("w")
        command = [sys.executable, "-m", "celery", "-A", "config", *arguments]
        started.append((subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=os.environ), log))
        return started[-1][0]

    yield start
    for process, _ in started:
        process.terminate()
    for process, log in started:
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(20)
        log.close()


def worker(celery, name, *options):
    return celery("worker", "--concurrency", "1", "--hostname", f"{name}@%h", "--loglevel", "WARNING", *options)


def beat(celery, tmp_path):
    return celery("beat", "--schedule", str(tmp_path / "schedule"), "--pidfile", "", "--loglevel", "WARNING")


def provinces():
    """Several sandboxes of different seeds, all with a long way before them."""
    worlds = [World(simulated=True, seed=70 + n) for n in range(SANDBOXES)]
    for world in worlds:
        calls_come(world, ORDERS)
    return worlds


def entries_run(worlds):
    return [Sandbox.objects.get(pk=world.sandbox.pk).entries_run for world in worlds]


def wait_until(true, what, processes, tmp_path):
    deadline = time.monotonic() + PATIENCE
    while not true():
        logs = "\n".join(path.read_text()[-2000:] for path in sorted(tmp_path.glob("*.log")))
        assert all(process.poll() is None for process in processes), f"a process ended\n{logs}"
        assert time.monotonic() < deadline, f"not within {PATIENCE} s: {what}\n{logs}"
        time.sleep(0.02)


def test_two_workers_and_a_beat_bring_all_sandboxes_to_their_targets_though_the_broker_forgets(
    database, broker, celery, tmp_path
):
    undriven = provinces()
    for world in undriven:
        world.advance(days=TARGET.days)
    driven = provinces()
    total = sum(entries_run(undriven))

    processes = [worker(celery, "one"), worker(celery, "two"), beat(celery, tmp_path)]
    for world in driven:
        with world.work() as work:
            clock.advance(work, by=TARGET)
    wait_until(lambda: sum(entries_run(driven)) > total // 3, "a third is done", processes, tmp_path)
    midway = sum(entries_run(driven))
    broker.flushdb()  # every hint is lost
    wait_until(
        lambda: all(world.now == world.sandbox.start + TARGET for world in driven),
        "all have arrived",
        processes,
        tmp_path,
    )

    assert midway < total
    for world, copy in zip(driven, undriven, strict=True):
        assert world.hash == copy.hash
        assert world.sandbox.entries_run == copy.sandbox.entries_run
        assert agenda_of(world.sandbox) == agenda_of(copy.sandbox)
        assert_sound(world.sandbox)


def test_what_a_killed_worker_left_undone_is_done_by_another(database, broker, celery, tmp_path):
    undriven, driven = (World(simulated=True, seed=75) for _ in range(2))
    for world in (undriven, driven):
        calls_come(world, ORDERS)
    undriven.advance(until=IDLE)

    first, clockwork = worker(celery, "one", "--pool", "solo"), beat(celery, tmp_path)
    with driven.work() as work:
        clock.advance(work, until=IDLE)
    wait_until(lambda: entries_run([driven]) > [200], "the worker drives", [first, clockwork], tmp_path)
    first.kill()
    first.wait(20)
    left = agenda_of(driven.sandbox)
    second = worker(celery, "two", "--pool", "solo")
    wait_until(lambda: not agenda_of(driven.sandbox), "nothing is left to do", [second, clockwork], tmp_path)

    assert left  # it was killed before it was done
    assert driven.hash == undriven.hash
    assert_sound(driven.sandbox)
