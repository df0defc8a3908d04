"""What each process counts, for Prometheus; the processes of one service add up in PROMETHEUS_MULTIPROC_DIR."""

import os

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

disable_created_metrics()  # type: ignore[no-untyped-call]
_OURS = CollectorRegistry()

REQUESTS = Counter(
    "yueyan_requests",
    "Requests answered, by address, method and status.",
    ["method", "route", "status"],
    registry=_OURS,
)
REQUEST_SECONDS = Histogram(
    "yueyan_request_seconds",
    "Seconds until a request was answered.",
    ["method", "route"],
    buckets=[0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registry=_OURS,
)
BUSY = Counter("yueyan_sandbox_busy", "Requests refused because the sandbox was busy (sandbox_busy).", registry=_OURS)
STEPS = Counter("yueyan_driver_steps", "Entries of agendas that were run and committed.", registry=_OURS)
CHUNK_SECONDS = Histogram(
    "yueyan_driver_chunk_seconds",
    "Seconds a chunk held its sandbox, with its commit; their count is the number of chunks.",
    buckets=[0.01, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 5, 15],
    registry=_OURS,
)
HALTS = Counter("yueyan_driver_halts", "Clocks that were halted because an entry failed.", registry=_OURS)
HINTS_UNSENT = Counter(
    "yueyan_hints_unsent", "Hints the broker did not take; the sweep sends them anew.", registry=_OURS
)
DATABASE_ERRORS = Counter(
    "yueyan_database_errors", "Requests and chunks that failed because of the database.", registry=_OURS
)


def collected() -> bytes:
    """What has been counted so far, by this process or by all of this service, as Prometheus reads it."""
    together = "PROMETHEUS_MULTIPROC_DIR" in os.environ
    return generate_latest(MultiProcessCollector(None) if together else _OURS)  # type: ignore[no-untyped-call]
