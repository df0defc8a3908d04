"""A driver that is killed anywhere, again and again, loses nothing and repeats nothing."""

import fcntl
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest
from django.db import connection

from sandbox import clock, turns
from sandbox.models import Sandbox
from tests.backend import BACKEND
from tests.conftest import World
from tests.sandbox.audit import IDLE, agenda_of, assert_sound, calls_come, counted, states

KILLS = 25
ORDERS, CHUNK = 150, 4
PATIENCE = 30.0


class DrivingProcess:
    """A process that drives a sandbox, which can be stopped, looked into and killed."""

    def __init__(self, pid: int) -> None:
        self.process = psutil.Process(pid)

    def stop(self) -> None:
        """Stop it where it is, and return once the system says that it stands still."""
        self.process.send_signal(signal.SIGSTOP)
        deadline = time.monotonic() + PATIENCE
        while self.process.status() != psutil.STATUS_STOPPED:  # NoSuchProcess if it has come to its end
            assert time.monotonic() < deadline, "it does not stop"

    def go_on(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(PATIENCE)


class Stable:
    """Where driving processes come from, quickly."""

    def __init__(self) -> None:
        self.groom = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.drive"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.groom.stdout.readline() == "ready\n"

    @contextmanager
    def driving(self, sandbox: Sandbox) -> Iterator[DrivingProcess]:
        self.groom.stdin.write(f"{sandbox.slug} {CHUNK}\n")
        self.groom.stdin.flush()
        driving = DrivingProcess(int(self.groom.stdout.readline()))
        try:
            yield driving
        finally:
            if driving.process.is_running():
                driving.kill()


@pytest.fixture
def stable(database: str) -> Iterator[Stable]:
    stable = Stable()
    yield stable
    stable.groom.communicate(timeout=PATIENCE)  # no more lines: it ends


def drive_to_the_end(sandbox: Sandbox) -> None:
    subprocess.run(
        [sys.executable, "-m", "tests.faults.drive", sandbox.slug], check=True, timeout=PATIENCE, stdout=subprocess.PIPE
    )


def inside_an_open_chunk(sandbox: Sandbox) -> bool:
    """Whether the one driver, standing still now, holds the sandbox's turn in a transaction that is open."""
    return _on_postgresql(sandbox) if BACKEND == "postgresql" else _on_sqlite()


def _on_postgresql(sandbox: Sandbox) -> bool:
    """Its connection has the advisory lock of the sandbox, and the server waits for what the client will send."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT a.xact_start IS NOT NULL, a.wait_event FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
                " WHERE l.locktype = 'advisory' AND l.classid = %s AND l.objid = %s AND l.granted"
                " AND a.datname = current_database()",
                [turns._WRITE_LOCK, sandbox.pk],
            )
            found = cursor.fetchone()
        if found is None:
            return False
        if found == (True, "ClientRead"):  # not in the midst of a statement, nor of its commit
            return True
        time.sleep(0.002)
    raise AssertionError("the server did not come to rest")


def _on_sqlite() -> bool:
    """The lock file cannot be taken, and neither can the right to write to the database itself."""
    with turns.lock_file().open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pass
        else:
            return False
    probe = sqlite3.connect(connection.settings_dict["NAME"], timeout=0, isolation_level=None)
    try:
        probe.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        assert "locked" in str(error)
        return True
    else:
        probe.execute("ROLLBACK")
        return False
    finally:
        probe.close()


def version_of(sandbox: Sandbox) -> int:
    return Sandbox.objects.values_list("version", flat=True).get(pk=sandbox.pk)


def kill_inside_a_chunk(stable: Stable, sandbox: Sandbox, *, after: int) -> int:
    """Let a process drive so many chunks and kill it inside the next one it can be caught in."""
    begun = version_of(sandbox)
    with stable.driving(sandbox) as driving:
        deadline = time.monotonic() + PATIENCE
        while version_of(sandbox) < begun + after:
            assert time.monotonic() < deadline, "it does not drive"
        for attempt in range(1000):
            driving.stop()
            if inside_an_open_chunk(sandbox):
                break
            driving.go_on()
            time.sleep(0.0005 * (1 + attempt % 7))  # not to meet it between two chunks each time
        else:
            raise AssertionError("never caught inside a chunk")
        stood = version_of(sandbox)
        driving.kill()
    assert version_of(sandbox) == stood  # the open chunk left nothing
    return stood


def test_a_driver_killed_twenty_times_inside_open_chunks_lives_through_the_same_run(stable):
    undisturbed, killed = World(simulated=True, seed=99), World(simulated=True, seed=99)
    for province in (undisturbed, killed):
        calls_come(province, ORDERS)
        with province.work() as work:
            clock.advance(work, until=IDLE)
    drive_to_the_end(undisturbed.sandbox)

    stood = [kill_inside_a_chunk(stable, killed.sandbox, after=position % 4) for position in range(KILLS)]
    left = agenda_of(killed.sandbox)
    assert_sound(killed.sandbox)
    drive_to_the_end(killed.sandbox)

    assert len(stood) == KILLS >= 20
    assert left  # it was killed each time before it was done
    assert stood[-1] > stood[0] + KILLS  # and went on between
    assert killed.hash == undisturbed.hash
    assert agenda_of(killed.sandbox) == []
    assert (killed.sandbox.entries_run, killed.now) == (undisturbed.sandbox.entries_run, undisturbed.now)
    assert states(killed.sandbox) == states(undisturbed.sandbox)
    assert counted(killed.sandbox) == counted(undisturbed.sandbox)
    assert_sound(killed.sandbox)
