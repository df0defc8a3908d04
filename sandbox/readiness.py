"""Whether a process has what it needs: the database, at exactly this program's schema, the broker, its own beat.

Each check answers None, or with a sentence that says what is missing and holds neither address nor password.
"""

from functools import cache

from celery import current_app
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from kombu.exceptions import OperationalError as BrokerError

from sandbox import store, wall

STILL = 30.0  # seconds after which a worker or beat that has not stirred counts as stuck
_pulse: list[float] = []  # when this process last stirred; empty where it is no worker and no beat


def stirred(**_: object) -> None:
    """The worker's loop has sent its heartbeat, or the beat its sweep."""
    _pulse[:] = [wall.stopwatch()]


def problems() -> dict[str, str | None]:
    """Every check by its name."""
    away = database()
    found = {"database": away, "schema": away or schema(), "broker": broker()}
    if _pulse:
        still = wall.stopwatch() - _pulse[0] > STILL
        found["loop"] = f"已有 {STILL:.0f} 秒以上没有动静" if still else None
    return found


def database() -> str | None:
    try:
        connection.ensure_connection()
        if not connection.is_usable():  # it went away since it was opened
            connection.close()
            connection.ensure_connection()
        if store.on_postgresql():
            with connection.cursor() as cursor:
                cursor.execute("SHOW transaction_read_only")
                if cursor.fetchone() == ("on",):
                    return "数据库只读：连到的是备机，或被设成了只读"
    except (DatabaseError, InterfaceError):
        return "连接不上数据库"
    return None


@cache
def _known() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None).disk_migrations)  # type: ignore[arg-type]


def schema() -> str | None:
    """Whether the database stands exactly where this program's migrations end."""
    try:
        recorded = set(MigrationRecorder(connection).applied_migrations())
    except (DatabaseError, InterfaceError):
        return "读不出数据库的迁移记录"
    return ahead(recorded) or behind(recorded)


def ahead(recorded: set[tuple[str, str]]) -> str | None:
    unknown = sorted(recorded - _known())
    if not unknown:
        return None
    return f"数据库比程序新：它有本程序没有的迁移（{'.'.join(unknown[-1])}，共 {len(unknown)} 个）"


def behind(recorded: set[tuple[str, str]]) -> str | None:
    missing = len(_known() - recorded)
    return f"数据库还没有迁移到本程序的版本（差 {missing} 个迁移）" if missing else None


def broker() -> str | None:
    if settings.CELERY_BROKER_URL == settings.IN_MEMORY:
        return None
    try:
        with current_app.connection_for_write() as link:
            link.ensure_connection(max_retries=1, interval_start=0, timeout=3)
            link.default_channel  # noqa: B018 — opening one asks Redis for an answer
    except (BrokerError, OSError):
        return "连接不上 Redis"
    return None
