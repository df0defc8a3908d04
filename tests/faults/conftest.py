"""Which faults can be staged on which backend."""

from tests.backend import BACKEND

LEFT_OUT = (
    {"test_workers.py": "Celery workers in processes of their own need PostgreSQL and Redis (`make test` has both)"}
    if BACKEND == "sqlite"
    else {}
)
collect_ignore = list(LEFT_OUT)


def pytest_terminal_summary(terminalreporter):
    for file, reason in LEFT_OUT.items():
        terminalreporter.write_line(f"not collected: tests/faults/{file}: {reason}")
