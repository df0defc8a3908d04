"""Taking turns: one writer at a time, first come first served, any number of readers.

On PostgreSQL a sandbox's writers queue for an advisory lock of the transaction (row locks let a busy driver
barge past waiting requests). SQLite has one writer per file: threads queue for tickets in this process, and
the one whose turn it is holds a lock file against other processes.
"""

import fcntl
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from django.db import OperationalError, connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from sandbox import wall
from sandbox.refusals import SandboxBusy

WAIT = 5.0  # seconds a request waits for its turn
_WRITE_LOCK, _DRIVE_LOCK, _HOUSE_LOCK = 0x7975, 0x7965, 0x7966  # families of advisory locks


class _Queue:
    """A lock whose waiters are served in the order in which they came."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._held = False
        self._waiting: deque[threading.Event] = deque()

    def acquire(self, wait: float) -> bool:
        with self._guard:
            if not self._held:
                self._held = True
                return True
            mine = threading.Event()
            self._waiting.append(mine)
        if mine.wait(wait):
            return True
        with self._guard:
            if mine.is_set():  # handed over in this very moment
                return True
            self._waiting.remove(mine)
            return False

    def release(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._held = False


_queues: dict[str, _Queue] = {}
_queues_guard = threading.Lock()


def _queue(name: str) -> _Queue:
    with _queues_guard:
        return _queues.setdefault(name, _Queue())


def beside(name: str) -> Path:
    """A file that belongs to this SQLite database and lies beside it."""
    return Path(f"{connection.settings_dict['NAME']}.{name}")


def lock_file() -> Path:
    """The file that stands for the right to write to this SQLite database."""
    return beside("turn")


@contextmanager
def _file_turn(deadline: float) -> Iterator[None]:
    """Wait for the queue in this process, then for other processes, up to an instant of the stopwatch."""
    path = lock_file()
    queue = _queue(str(path))
    if not queue.acquire(max(0.0, deadline - wall.stopwatch())):
        raise SandboxBusy
    try:
        with path.open("w") as handle:
            _flock(handle, deadline)
            yield
    finally:
        queue.release()


def _flock(handle: IO[str], deadline: float) -> None:
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if wall.stopwatch() >= deadline:
                raise SandboxBusy from None
            wall.pause(0.001)


@contextmanager
def turn(sandbox_id: int, wait: float = WAIT) -> Iterator[None]:
    """One transaction, alone in the sandbox. Raises SandboxBusy if the turn does not come in time."""
    if connection.vendor == "postgresql":
        with transaction.atomic():
            try:
                with connection.cursor() as cursor:
                    cursor.execute(f"SET LOCAL lock_timeout = {max(1, int(wait * 1000))}")
                    cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_WRITE_LOCK, sandbox_id])
                    cursor.execute("SET LOCAL lock_timeout = 0")
            except OperationalError as error:
                if getattr(error.__cause__, "sqlstate", "") == "55P03":  # lock_not_available
                    raise SandboxBusy from None
                raise
            yield
    else:
        with _file_turn(wall.stopwatch() + wait), transaction.atomic():
            yield


@contextmanager
def service_turn(wait: float = WAIT) -> Iterator[None]:
    """One transaction for service tables (keys, sandboxes themselves), which belong to no sandbox's queue."""
    if connection.vendor == "postgresql":
        with transaction.atomic():
            yield
    else:
        with _file_turn(wall.stopwatch() + wait), transaction.atomic():
            yield


@contextmanager
def seat(sandbox_id: int) -> Iterator[bool]:
    """The driver's seat: True for the one who drives this sandbox, False if somebody else does."""
    if connection.vendor == "postgresql":
        taken = _taken(connection, _DRIVE_LOCK, sandbox_id)
        try:
            yield taken
        finally:
            if taken:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_DRIVE_LOCK, sandbox_id])
    else:
        with _locked(beside(f"seat-{sandbox_id}")) as taken:
            yield taken


@contextmanager
def house() -> Iterator[bool]:
    """The whole database, for a process that is web, worker and beat in one: True for the one that has it.

    On PostgreSQL it is held by a session of its own, since Celery closes the others when a worker begins.
    """
    if connection.vendor == "postgresql":
        own = connection.copy()
        try:
            yield _taken(own, _HOUSE_LOCK, 0)
        finally:
            own.close()
    else:
        with _locked(beside("up")) as taken:
            yield taken


def _taken(link: BaseDatabaseWrapper, family: int, number: int) -> bool:
    """Whether a session could take an advisory lock, which it then holds until it ends or lets go."""
    with link.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [family, number])
        return bool(cursor.fetchone()[0])


@contextmanager
def _locked(path: Path) -> Iterator[bool]:
    with path.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)  # each opening of the file has its own lock
        except BlockingIOError:
            yield False
        else:
            yield True
