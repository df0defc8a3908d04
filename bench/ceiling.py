"""The COPY ceiling: how fast PostgreSQL takes a run's final rows, with all indexes and constraints."""

import io
import time
from typing import Any

import psycopg
from django.apps import apps
from django.db import connection

from sandbox.models import Sandbox

ROWS_A_TRANSACTION = 5000


def world_tables() -> list[str]:
    """Every table whose rows belong to a sandbox's world, in the order of their foreign keys."""
    names = ["identity.Party", "workorders.WorkOrder", "workorders.Assignment", "workorders.FollowUp"]
    first = [apps.get_model(name) for name in names]
    rest = [
        model
        for model in apps.get_models()
        if model not in first
        and model._meta.label not in {"sandbox.ApiKey", "sandbox.IdempotentAnswer", "identity.Account"}
        and any(field.name == "sandbox" for field in model._meta.fields)
    ]
    return [model._meta.db_table for model in [*first, *rest]]


def rows_of(sandbox: Sandbox) -> dict[str, list[bytes]]:
    """The final rows of a sandbox as lines of COPY, by table."""
    found = {}
    with connection.cursor() as cursor:
        for table in world_tables():
            lines = io.BytesIO()
            with cursor.copy(
                f'COPY (SELECT * FROM "{table}" WHERE sandbox_id = {sandbox.pk} ORDER BY id) TO STDOUT'
            ) as copy:
                for block in copy:
                    lines.write(block)
            found[table] = lines.getvalue().splitlines(keepends=True)
    return found


def prepare(url: str, sandbox: Sandbox) -> None:
    """An empty twin of the database, with the same schema and the sandbox's own row."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM sandbox_sandbox WHERE id = {sandbox.pk}")
        row = cursor.fetchone()
    with psycopg.connect(url, autocommit=True) as twin:
        twin.execute(f"INSERT INTO sandbox_sandbox VALUES ({', '.join(['%s'] * len(row))}) ON CONFLICT DO NOTHING", row)


def copy_in(url: str, rows: dict[str, list[bytes]]) -> float:
    """Seconds it takes to write all rows by COPY, 5,000 a transaction; the tables are empty before."""
    names = ", ".join(f'"{table}"' for table in rows)
    with psycopg.connect(url, autocommit=True) as twin:
        twin.execute(f"TRUNCATE {names} CASCADE")
        twin.execute("CHECKPOINT")
        began = time.perf_counter()
        work: list[tuple[str, list[bytes]]] = []
        room = ROWS_A_TRANSACTION
        for table, lines in rows.items():
            at = 0
            while at < len(lines):
                some = lines[at : at + room]
                work.append((table, some))
                at += len(some)
                room -= len(some)
                if room == 0:
                    _transaction(twin, work)
                    work, room = [], ROWS_A_TRANSACTION
        _transaction(twin, work)
        return time.perf_counter() - began


def _transaction(twin: "psycopg.Connection[Any]", work: list[tuple[str, list[bytes]]]) -> None:
    with twin.transaction(), twin.cursor() as cursor:
        for table, lines in work:
            with cursor.copy(f'COPY "{table}" FROM STDIN') as copy:
                copy.write(b"".join(lines))
