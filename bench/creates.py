"""Creating orders over the API against a bare psycopg loop that sends the very same statements. CPU time of the
client in both, so that neither the server nor its disk plays a part."""

import itertools
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from rest_framework.test import APIClient

from bench import ceiling
from bench.rows import Row, row, spread
from sandbox import actions
from sandbox.models import Sandbox
from sandbox.moments import instant

ROUNDS, CREATES, BATCHES, BATCH = 5, 200, 5, 100
_names = itertools.count(1)

Statement = tuple[str, Any, list[Any] | None]  # a query with its parameters, or a COPY with its rows


def body(number: int) -> dict[str, Any]:
    """A demand of somebody who has not called before; a person is to decide on it."""
    return {
        "text": f"广州市天河区石牌东路 {number} 号门前的情况一直没有人管，请派人来看看。",
        "type": "complaint",
        "caller": {"name": "演安一", "phone": f"100{number:08d}"},
    }


def quiet() -> tuple[Sandbox, APIClient]:
    """A frozen sandbox and a client of it."""
    sandbox = actions.found(f"creates-{next(_names)}", seed=1, start=instant(2022, 9, 1, 9))
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {actions.give_key(sandbox)}", HTTP_HOST="localhost")
    return sandbox, client


def one_by_one(client: APIClient, numbers: Iterator[int], creates: int = CREATES) -> float:
    """Seconds of CPU a create takes."""
    bodies = [body(next(numbers)) for _ in range(creates)]
    began = time.process_time()
    for one in bodies:
        answer = client.post("/api/v1/workorders", one, format="json")
        assert answer.status_code == 201, answer.content
    return (time.process_time() - began) / creates


def in_batches(client: APIClient, numbers: Iterator[int]) -> float:
    """Seconds of CPU an order takes in batches of a hundred."""
    bodies = [{"orders": [body(next(numbers)) for _ in range(BATCH)]} for _ in range(BATCHES)]
    began = time.process_time()
    for one in bodies:
        answer = client.post("/api/v1/workorders/batch", one, format="json")
        assert answer.status_code == 201, answer.content
    return (time.process_time() - began) / (BATCHES * BATCH)


@contextmanager
def recorded() -> Iterator[list[Statement]]:
    """Every statement that goes to PostgreSQL meanwhile, as it is sent."""
    sent: list[Statement] = []
    execute, copy, write_row = psycopg.Cursor.execute, psycopg.Cursor.copy, psycopg.Copy.write_row

    def note_execute(self: Any, query: Any, params: Any = None, **rest: Any) -> Any:
        sent.append((query, params, None))
        return execute(self, query, params, **rest)

    def note_copy(self: Any, statement: Any, *rest: Any, **more: Any) -> Any:
        sent.append((statement, None, []))
        return copy(self, statement, *rest, **more)

    def note_row(self: Any, row: Any) -> None:
        sent[-1][2].append(row)  # type: ignore[union-attr]
        write_row(self, row)

    psycopg.Cursor.execute, psycopg.Cursor.copy, psycopg.Copy.write_row = note_execute, note_copy, note_row  # type: ignore[assignment, method-assign]
    try:
        yield sent
    finally:
        psycopg.Cursor.execute, psycopg.Cursor.copy, psycopg.Copy.write_row = execute, copy, write_row  # type: ignore[method-assign]


def bare(twin: psycopg.Connection[Any], creates: list[list[Statement]]) -> float:
    """Seconds of CPU a bare loop takes for a create's statements, each create one transaction."""
    began = time.process_time()
    for statements in creates:
        with twin.transaction(), twin.cursor() as cursor:
            for query, params, rows in statements:
                if rows is None:
                    cursor.execute(query, params)
                    if cursor.description is not None:
                        cursor.fetchall()
                else:
                    with cursor.copy(query) as copy:
                        for one in rows:
                            copy.write_row(one)
    return (time.process_time() - began) / len(creates)


def to_a_bare_loop(twin: str) -> list[Row]:
    """Single creates and batches against the same statements by hand, in turn, five rounds."""
    single, batch, cpu = [], [], []
    for _ in range(ROUNDS):
        sandbox, client = quiet()
        numbers = itertools.count(1)
        one_by_one(client, numbers, 20)  # warm
        ceiling.prepare(twin, sandbox)
        with recorded() as sent:
            creates = []
            for _ in range(CREATES):
                sent.clear()
                one_by_one(client, numbers, 1)
                creates.append(list(sent))
        with psycopg.connect(twin, autocommit=True, cursor_factory=psycopg.ClientCursor) as connection:
            for table in ceiling.world_tables():  # what a connection of Yueyan keeps for staging rows
                connection.execute(
                    f'CREATE TEMP TABLE "staged_{table}" ON COMMIT DELETE ROWS AS SELECT * FROM "{table}" LIMIT 0'
                )
            loop = bare(connection, creates)
        created = one_by_one(client, numbers)
        batched = in_batches(client, numbers)
        single.append(loop / created)
        batch.append(loop / batched)
        cpu.append(created * 1000)
    one, many = statistics.median(single), statistics.median(batch)
    return [
        row("API create / bare psycopg loop (PostgreSQL, CPU)", one, "ratio", "≥ 0.25", one >= 0.25, spread(single)),
        row("batch of 100 / that loop, an order (CPU)", many, "ratio", "≥ 2", many >= 2, spread(batch)),
        row("  API create on PostgreSQL", statistics.median(cpu), "ms CPU", spread=spread(cpu)),
        *_on_sqlite(),
    ]


def _on_sqlite() -> list[Row]:
    """CPU time of a create on SQLite, median of five."""
    code = (
        "import django; django.setup()\n"
        "from django.core.management import call_command; call_command('migrate', verbosity=0)\n"
        "import itertools; from bench import creates\n"
        "_, client = creates.quiet(); numbers = itertools.count(1); creates.one_by_one(client, numbers, 20)\n"
        "print(*[creates.one_by_one(client, numbers) for _ in range(creates.ROUNDS)])\n"
    )
    env = {**os.environ, "DATABASE_URL": f"sqlite:///{os.environ['YUEYAN_VAR']}/creates.sqlite3"}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    cpu = [float(one) * 1000 for one in done.stdout.split()]
    median = statistics.median(cpu)
    return [row("API create on SQLite", median, "ms CPU", "≤ 10", median <= 10, spread(cpu))]
