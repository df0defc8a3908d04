"""A driver that is killed anywhere, again and again, loses nothing and repeats nothing."""

import fcntl
import os
import sqlite3
import subprocess
import sys
import time

from django.db import connection

from sandbox import clock, turns
from sandbox.models import Sandbox
from tests.backend import BACKEND
from tests.conftest import World
from tests.sandbox.audit import IDLE, agenda_of, assert_sound, calls_come, counted, states

KILLS = 22
ORDERS, CHUNK = 150, 4
PATIENCE = 30.0


class DrivingProcess:
    """A process that drives a sandbox, which can be stopped and looked into."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.drive", sandbox.slug, str(CHUNK)], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout.readline() == "driving\n"

    def __enter__(self) -> "DrivingProcess":
        return self

    def __exit__(self, *failed: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE)
        self.process.stdout.close()

    def stop(self) -> None:
        """Stop it where it is (SIGSTOP), and return once the system says that it stands still."""
        self.process.send_signal(19)
        stood = os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        assert stood.si_code == os.CLD_STOPPED, "the driver ended before it could be killed often enough"

    def go_on(self) -> None:
        self.process.send_signal(18)

    def kill(self) -> None:
        self.process.send_signal(9)
        assert self.process.wait(PATIENCE) == -9


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


def kill_inside_a_chunk(sandbox: Sandbox, *, after: int) -> int:
    """Let a process drive so many chunks and kill it inside the next one it can be caught in."""
    begun = version_of(sandbox)
    with DrivingProcess(sandbox) as driving:
        deadline = time.monotonic() + PATIENCE
        while version_of(sandbox) < begun + after:
            assert time.monotonic() < deadline
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


def test_a_driver_killed_twenty_times_inside_open_chunks_lives_through_the_same_run(database):
    undisturbed, killed = World(simulated=True, seed=99), World(simulated=True, seed=99)
    for province in (undisturbed, killed):
        calls_come(province, ORDERS)
        with province.work() as work:
            clock.advance(work, until=IDLE)
    with DrivingProcess(undisturbed.sandbox) as driving:
        assert driving.process.wait(PATIENCE) == 0

    stood = [kill_inside_a_chunk(killed.sandbox, after=position % 4) for position in range(KILLS)]
    left = agenda_of(killed.sandbox)
    assert_sound(killed.sandbox)
    with DrivingProcess(killed.sandbox) as driving:
        assert driving.process.wait(PATIENCE) == 0

    assert len(stood) == KILLS
    assert left  # it was killed each time before it was done
    assert stood[-1] > stood[0] + KILLS  # and went on between
    assert killed.hash == undisturbed.hash
    assert agenda_of(killed.sandbox) == []
    assert (killed.sandbox.entries_run, killed.now) == (undisturbed.sandbox.entries_run, undisturbed.now)
    assert states(killed.sandbox) == states(undisturbed.sandbox)
    assert counted(killed.sandbox) == counted(undisturbed.sandbox)
    assert_sound(killed.sandbox)
