"""Taking turns: one writer at a time in a sandbox, first come first served, also across processes."""

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import connection, connections

from sandbox import actions, turns
from sandbox.api import writes
from sandbox.models import Event, Sandbox
from sandbox.refusals import SandboxBusy
from sandbox.work import Work
from tests.backend import BACKEND
from tests.factories import WorkOrderFactory
from tests.sandbox.audit import assert_sound

PATIENCE = 20.0  # real seconds after which something that should have happened has not


def until(true, what):
    """Wait for something to become true."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, f"not within {PATIENCE} s: {what}"
        time.sleep(0.002)


def waiting(sandbox):
    """How many writers wait for their turn in a sandbox."""
    if BACKEND == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND objid = %s AND NOT granted"
                " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
                [turns._WRITE_LOCK, sandbox.pk],
            )
            return cursor.fetchone()[0]
    return len(turns._queue(str(turns.lock_file()))._waiting)


@contextmanager
def elsewhere():
    """Threads with connections of their own, closed at the end."""

    def run(function, *args, **options):
        try:
            return function(*args, **options)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(16) as pool:
        yield lambda function, *args, **options: pool.submit(run, function, *args, **options)


@contextmanager
def held(world, elsewhere):
    """Somebody else has the turn until the block ends."""
    has_it, may_go = threading.Event(), threading.Event()

    def hold():
        with world.work() as work:
            has_it.set()
            assert may_go.wait(PATIENCE)
            work.record("test.written", "sandbox", by="holder")

    holder = elsewhere(hold)
    assert has_it.wait(PATIENCE)
    try:
        yield
    finally:
        may_go.set()
        holder.result(PATIENCE)


def writers(world):
    return [event.data.split('"')[3] for event in world.events("test.written")]


def write(world, name, wait=PATIENCE):
    with Work.on(world.sandbox, wait=wait) as work:
        work.record("test.written", "sandbox", by=name)


def test_writers_are_served_in_the_order_in_which_they_came(world):
    names = [f"writer {n}" for n in range(8)]

    with elsewhere() as start:
        with held(world, start):
            pending = []
            for position, name in enumerate(names, 1):
                pending.append(start(write, world, name))
                until(lambda: waiting(world.sandbox) == position, f"{name} waits")  # noqa: B023
        for one in pending:
            one.result(PATIENCE)

    assert writers(world) == ["holder", *names]
    assert_sound(world.sandbox)


def test_a_writer_that_comes_again_stands_behind_those_who_wait(world):
    """A busy driver cannot barge past a waiting request."""
    with elsewhere() as start:
        with held(world, start):
            request = start(write, world, "request")
            until(lambda: waiting(world.sandbox) == 1, "the request waits")

            def drive():
                for _ in range(3):
                    write(world, "driver")

            driving = start(drive)
            until(lambda: waiting(world.sandbox) == 2, "the driver waits")
        request.result(PATIENCE)
        driving.result(PATIENCE)

    assert writers(world) == ["holder", "request", "driver", "driver", "driver"]


def test_a_writer_whose_turn_does_not_come_in_time_is_refused_and_has_written_nothing(world):
    with elsewhere() as start:
        with held(world, start), pytest.raises(SandboxBusy, match="sandbox_busy"):
            write(world, "impatient", wait=0.2)
        write(world, "patient")

    assert writers(world) == ["holder", "patient"]
    assert_sound(world.sandbox)


def test_one_who_gave_up_does_not_keep_the_turn_from_those_behind(world):
    with elsewhere() as start:
        with held(world, start):
            impatient = start(write, world, "impatient", wait=0.4)
            until(lambda: waiting(world.sandbox) == 1, "the impatient one waits")
            patient = start(write, world, "patient")
            until(lambda: waiting(world.sandbox) == 2, "the patient one waits")
            assert isinstance(impatient.exception(PATIENCE), SandboxBusy)
        patient.result(PATIENCE)

    assert writers(world) == ["holder", "patient"]


def test_a_request_that_waited_too_long_is_answered_409_and_can_be_sent_again(world, monkeypatch):
    class Hasty:
        on = staticmethod(lambda sandbox: Work.on(sandbox, wait=0.2))

    monkeypatch.setattr(writes, "Work", Hasty)
    client = world.client("citizen")
    body = {"text": "路灯不亮", "caller": {"name": "演安一"}}

    with elsewhere() as start, held(world, start):
        busy = client.post("/api/v1/workorders", body, format="json", HTTP_IDEMPOTENCY_KEY="once")
    again = client.post("/api/v1/workorders", body, format="json", HTTP_IDEMPOTENCY_KEY="once")

    assert (busy.status_code, busy.json()["code"]) == (409, "sandbox_busy")
    assert again.status_code == 201
    assert len(world.events("work_order.received")) == 1


def test_readers_do_not_wait_for_a_writer(world):
    order = WorkOrderFactory(world=world)
    client = world.client("citizen")

    with elsewhere() as start, held(world, start):
        answer = client.get(f"/api/v1/workorders/{order.number}")

    assert answer.status_code == 200


def test_an_exception_gives_the_turn_back(world):
    with pytest.raises(ZeroDivisionError), world.work():
        raise ZeroDivisionError

    write(world, "next", wait=0.2)

    assert writers(world) == ["next"]


def test_writers_at_the_same_time_lose_nothing(world):
    with elsewhere() as start:
        for one in [start(write, world, f"writer {n}") for n in range(40)]:
            one.result(PATIENCE)

    assert sorted(writers(world)) == sorted(f"writer {n}" for n in range(40))
    assert_sound(world.sandbox)


# other processes ----------------------------------------------------------------------------------------


def test_another_process_that_has_the_turn_is_waited_for(world):
    """On SQLite two processes on one file, on PostgreSQL two connections."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.faults.hold", world.sandbox.slug],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout.readline() == "holding\n"
            with pytest.raises(SandboxBusy):
                write(world, "impatient", wait=0.2)

            with elsewhere() as start:
                patient = start(write, world, "patient")
                until(lambda: waiting(world.sandbox) == 1 or BACKEND == "sqlite", "the patient one waits")
                process.stdin.write("\n")
                process.stdin.flush()
                assert process.stdout.readline() == "written\n"
                patient.result(PATIENCE)
        finally:
            if process.poll() is None:
                process.kill()

    assert writers(world) == ["another process", "patient"]
    assert_sound(world.sandbox)


def test_the_turn_of_a_process_that_died_is_free(world):
    with subprocess.Popen(
        [sys.executable, "-m", "tests.faults.hold", world.sandbox.slug],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline() == "holding\n"
        process.kill()
        process.wait(PATIENCE)

    write(world, "survivor")

    assert writers(world) == ["survivor"]
    assert_sound(world.sandbox)


# whose turn ---------------------------------------------------------------------------------------------


def test_writers_of_two_sandboxes_wait_for_each_other_only_where_a_file_has_one_writer(world, other):
    """PostgreSQL: they do not. SQLite has one writer per file: they do."""
    with elsewhere() as start, held(world, start):
        if BACKEND == "postgresql":
            write(other, "neighbour", wait=0.3)
        else:
            with pytest.raises(SandboxBusy):
                write(other, "neighbour", wait=0.3)

    assert writers(other) == (["neighbour"] if BACKEND == "postgresql" else [])
    assert writers(world) == ["holder"]


def test_deleting_a_sandbox_waits_for_whoever_writes_in_it(world):
    """Else what is written meanwhile would be left without its sandbox, or the deletion would fail."""
    wrote, may_go = threading.Event(), threading.Event()

    def write_slowly():
        with world.work() as work:
            work.record("test.written", "sandbox", by="writer")
            work.finish()  # all is written, nothing is committed yet
            work.changed = False
            wrote.set()
            assert may_go.wait(PATIENCE)

    with elsewhere() as start:
        writing = start(write_slowly)
        assert wrote.wait(PATIENCE)
        deleting = start(actions.delete, world.sandbox)
        until(somebody_waits, "the deletion waits")
        may_go.set()
        writing.result(PATIENCE)
        deleting.result(PATIENCE)

    assert not Sandbox.objects.filter(pk=world.sandbox.pk).exists()
    assert not Event.objects.filter(sandbox=world.sandbox.pk).exists()


def somebody_waits():
    if BACKEND == "sqlite":
        return len(turns._queue(str(turns.lock_file()))._waiting) > 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return cursor.fetchone()[0] > 0


# the driver's seat --------------------------------------------------------------------------------------


def test_one_drives_a_sandbox_and_the_next_one_may_when_the_seat_is_free(world, other):
    taken = []

    def try_to_sit(sandbox):
        with turns.seat(sandbox.pk) as mine:
            taken.append(mine)

    with elsewhere() as start:
        with turns.seat(world.sandbox.pk) as mine:
            assert mine
            start(try_to_sit, world.sandbox).result(PATIENCE)
            start(try_to_sit, other.sandbox).result(PATIENCE)
        start(try_to_sit, world.sandbox).result(PATIENCE)

    assert taken == [False, True, True]


def test_the_drivers_seat_does_not_keep_writers_out(world):
    with elsewhere() as start, turns.seat(world.sandbox.pk):
        start(write, world, "request", wait=1.0).result(PATIENCE)

    assert writers(world) == ["request"]
