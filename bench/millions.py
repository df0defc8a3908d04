"""Five million orders: does a list stay quick, and what do counters save? (`make bench-large`)"""

import statistics
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from rest_framework.test import APIClient

from bench.rows import Row, row, spread
from sandbox import actions, counters
from sandbox.driver import Driver
from sandbox.models import Sandbox
from sandbox.moments import CHINA, instant
from simulation.bulk import begin_calls
from workorders.indicators import happenings

FEW, MANY = 50_000, 5_000_000
DAYS = 34  # the events of a day are about a thirty-fourth of them
REPEATS = 200
PAGES = ["", "state=archived", "state=in_progress", "region=440100", "type=complaint&region=440300"]


def lived(orders: int) -> Sandbox:
    """A sandbox in which so many people called within thirty days."""
    sandbox = actions.found(f"lived-{orders}", seed=7, start=instant(2022, 9, 1))
    begin_calls(sandbox, orders=orders, days=30)
    Driver(sandbox, budget=float("inf")).drive()
    sandbox.refresh_from_db()
    return sandbox


def multiplied(sandbox: Sandbox, table: str, fold: int, numbered: str) -> None:
    """Copy a sandbox's rows so many times within it, under new ids and numbers (`numbered`: the SQL that makes
    the number of a copy out of the row `t` and the copy's `n`)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT column_name FROM information_schema.columns WHERE table_name = %s", [table])
        columns = [name for (name,) in cursor.fetchall()]
        cursor.execute(f'SELECT max(id) - {sandbox.pk << 40} FROM "{table}" WHERE sandbox_id = {sandbox.pk}')
        last = cursor.fetchone()[0]
        changed = {"id": f"t.id + n * {last}", "number": numbered}
        values = ", ".join(changed.get(name) or f't."{name}"' for name in columns)
        names = ", ".join(f'"{name}"' for name in columns)
        cursor.execute(
            f'INSERT INTO "{table}" ({names}) SELECT {values} '
            f'FROM "{table}" t CROSS JOIN generate_series(1, {fold - 1}) n WHERE t.sandbox_id = {sandbox.pk}'
        )
        cursor.execute(f'VACUUM ANALYZE "{table}"')


def timed(do: Callable[[], Any], times: int) -> list[float]:
    """Milliseconds each of several goes takes."""
    found = []
    for _ in range(times):
        began = time.perf_counter()
        do()
        found.append((time.perf_counter() - began) * 1000)
    return sorted(found)


def lists(twin: str) -> list[Row]:
    """A page of a hundred among fifty thousand and among five million orders."""
    few, many = lived(FEW), lived(FEW + 1)
    multiplied(many, "workorders_workorder", MANY // FEW, "t.number || '-' || n")
    clients = {}
    for name, sandbox in (("few", few), ("many", many)):
        clients[name] = APIClient()
        clients[name].credentials(HTTP_AUTHORIZATION=f"Bearer {actions.give_key(sandbox)}", HTTP_HOST="localhost")

    def ask(name: str, query: str) -> Callable[[], None]:
        def go() -> None:
            answer = clients[name].get(f"/api/v1/workorders?limit=100&{query}")
            assert answer.status_code == 200, answer.content

        return go

    found = []
    for query in PAGES:
        took = {}
        for name in clients:
            timed(ask(name, query), 10)
            took[name] = timed(ask(name, query), REPEATS)
        p50 = statistics.median(took["many"]) / statistics.median(took["few"])
        p99 = took["many"][int(REPEATS * 0.99) - 1] / took["few"][int(REPEATS * 0.99) - 1]
        title = f"list of 100 at 5 million / at 50 thousand [{query or 'all'}]"
        found += [
            row(f"{title}: p50", p50, "ratio", "≤ 1.5", p50 <= 1.5, spread(took["many"])),
            row(f"{title}: p99", p99, "ratio", "≤ 2", p99 <= 2),
        ]
    return found


def reports(twin: str) -> list[Row]:
    """A day's report from counters against the same GROUP BY over five million events."""
    sandbox = lived(MANY // 100 + 2)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM sandbox_event WHERE sandbox_id = %s", [sandbox.pk])
        events = cursor.fetchone()[0]
    multiplied(sandbox, "sandbox_event", -(-MANY // events), f"t.number + n * {events}")
    day = date(2022, 9, 15)
    begins = datetime(day.year, day.month, day.day, tzinfo=CHINA)

    def grouped() -> dict[str, int]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT type, count(*) FROM sandbox_event WHERE sandbox_id = %s AND at >= %s AND at < %s GROUP BY type",
                [sandbox.pk, begins, begins + timedelta(days=1)],
            )
            return dict(cursor.fetchall())

    def counted() -> dict[str, int]:
        return happenings(counters.totals(sandbox, first=day, last=day))

    fold = -(-MANY // events)
    by_counters, by_rows = counted(), grouped()
    orders = {name: count for name, count in by_rows.items() if name.startswith("work_order.")}
    assert orders == {name: by_counters[name] * fold for name in orders}, "both say the same"
    slow, quick = timed(grouped, 5), timed(counted, REPEATS)
    ratio = statistics.median(slow) / statistics.median(quick)
    return [
        row("a day's report: GROUP BY 5 million events / counters", ratio, "ratio", "≥ 200", ratio >= 200),
        row("  by counters", statistics.median(quick), "ms", spread=spread(quick)),
        row("  by GROUP BY", statistics.median(slow), "ms", spread=spread(slow)),
    ]
