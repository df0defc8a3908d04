"""Which faults can be staged on which backend."""

from tests.backend import BACKEND

_BOTH = "need PostgreSQL and Redis (`make test` has both)"
LEFT_OUT = (
    {
        "test_compose.py": f"the services of docker-compose.yml {_BOTH}",
        "test_alive.py": f"the services of docker-compose.yml {_BOTH}",
        "test_scaled.py": f"the services of docker-compose.yml {_BOTH}",
        "test_operating.py": f"backups {_BOTH}",
    }
    if BACKEND == "sqlite"
    else {}
)
collect_ignore = list(LEFT_OUT)


def pytest_terminal_summary(terminalreporter):
    for file, reason in LEFT_OUT.items():
        terminalreporter.write_line(f"not collected: tests/faults/{file}: {reason}")
