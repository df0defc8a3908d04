"""`make test`: the whole suite. Pure tests once; tests that touch the database or the broker on SQLite with
the memory broker, and on PostgreSQL with Redis and real Celery workers.

Servers: `TEST_DATABASE_URL` and `TEST_REDIS_URL` where given, else private ones on free ports where
`pg_ctl` and `redis-server` are found. With neither, the last lines say what was left out, and under `CI`
the run fails.

What the marked tests showed is joined in `var/capabilities.json` for `manage.py capabilities`
(see tests/capabilities.py).
"""

import contextlib
import glob
import os
import pwd
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import dj_database_url
import psycopg
import redis

from tests import capabilities
from tests.console.browsing import CHROMIUM

ROOT = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("YUEYAN_VAR", ROOT / "var"))

shown: dict[str, capabilities.Notes | None] = {}  # by each run; None of one that broke off


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _program(name: str) -> str | None:
    versions = sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"), key=lambda path: float(path.split("/")[4]))
    return versions[-1] if versions else shutil.which(name)


def _server_user() -> str | None:
    """PostgreSQL refuses to run as root: whose name it runs under then."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in names)


@contextlib.contextmanager
def postgresql() -> Iterator[str | None]:
    """The URL of a database of our own, or None where no server can be had."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield from _own_database(given)
        return
    pg_ctl, initdb = _program("pg_ctl"), _program("initdb")
    if not pg_ctl or not initdb:
        yield None
        return
    user, port = _server_user(), free_port()
    with tempfile.TemporaryDirectory(prefix="yueyan-pg-") as folder:
        if user:
            os.chmod(folder, 0o755)
            shutil.chown(folder, user)
        data = f"{folder}/data"
        run = {"check": True, "user": user, "stdout": subprocess.DEVNULL, "cwd": folder}
        subprocess.run([initdb, "-D", data, "-U", "yueyan", "-A", "trust", "-E", "UTF8", "--locale=C"], **run)
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c max_connections=100 -c fsync=on"
        subprocess.run([pg_ctl, "-D", data, "-w", "-l", f"{folder}/log", "-o", options, "start"], **run)
        try:
            yield from _own_database(f"postgres://yueyan@127.0.0.1:{port}/postgres")
        finally:
            subprocess.run([pg_ctl, "-D", data, "-m", "immediate", "stop"], **{**run, "check": False})


def _own_database(url: str) -> Iterator[str]:
    """A fresh database on a server, dropped at the end."""
    name = f"yueyan_test_{os.getpid()}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')
    try:
        yield (
            re.sub(r"/[^/?]*(\?|$)", rf"/{name}\1", url, count=1) if "/" in url.split("://", 1)[1] else f"{url}/{name}"
        )
    finally:
        with psycopg.connect(url, autocommit=True) as server:
            server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextlib.contextmanager
def redis_server() -> Iterator[str | None]:
    """The URL of a broker of our own, or None where no server can be had."""
    if given := os.environ.get("TEST_REDIS_URL"):
        yield given
        return
    program = shutil.which("redis-server")
    if not program:
        yield None
        return
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="yueyan-redis-") as folder:
        arguments = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder]
        server = subprocess.Popen([program, *arguments], stdout=subprocess.DEVNULL)
        try:
            url = f"redis://127.0.0.1:{port}/0"
            for _ in range(100):
                with contextlib.suppress(redis.ConnectionError):
                    redis.Redis.from_url(url).ping()
                    break
                time.sleep(0.05)
            yield url
        finally:
            server.terminate()
            server.wait(10)


@contextlib.contextmanager
def compiled_once() -> Iterator[None]:
    """One folder of compiled modules for all programs the tests start, which else might compile each anew."""
    with tempfile.TemporaryDirectory(prefix="yueyan-compiled-") as folder:
        os.environ["PYTHONPYCACHEPREFIX"] = folder
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        yield


def _pytest(title: str, backend: str, arguments: list[str], environment: dict[str, str]) -> tuple[str, bool]:
    print(f"\n== {title}", flush=True)
    with tempfile.TemporaryDirectory(prefix="yueyan-test-") as var:
        env = {key: value for key, value in os.environ.items() if key not in {"DATABASE_URL", "REDIS_URL"}}
        env |= {"YUEYAN_TEST_BACKEND": backend, "YUEYAN_VAR": var, **environment}
        done = subprocess.run([sys.executable, "-m", "pytest", *arguments], cwd=ROOT, env=env, check=False)
        shown[title] = capabilities.read(var)
    return title, done.returncode in (0, 5) and not (done.returncode == 5 and len(sys.argv) < 2)


def main() -> int:
    with compiled_once():
        return _all()


def _all() -> int:
    extra = sys.argv[1:]
    left_out = []
    done = [
        _pytest("without a database", "sqlite", ["-m", "not database", *extra], {}),
        _pytest("SQLite and the memory broker", "sqlite", ["-m", "database", *extra], {}),
    ]
    with postgresql() as database, redis_server() as broker:
        if database and broker:
            version = dj_database_url.parse(database)["ENGINE"]
            assert version.endswith("postgresql"), "TEST_DATABASE_URL must name a PostgreSQL server"
            done.append(
                _pytest(
                    "PostgreSQL and Redis, with real Celery workers",
                    "postgresql",
                    ["-m", "database", *extra],
                    {"DATABASE_URL": database, "REDIS_URL": broker},
                )
            )
        else:
            missing = [name for name, url in (("PostgreSQL", database), ("Redis", broker)) if not url]
            left_out.append(
                f"PostgreSQL and Redis (no {' and no '.join(missing)} found; set TEST_DATABASE_URL, TEST_REDIS_URL)"
            )
    if not CHROMIUM.exists():
        left_out.append(f"the board in a browser (no {CHROMIUM} found; apt-get install chromium)")
    print("\n== what ran")
    for title, passed in done:
        print(f"{'passed' if passed else 'FAILED'}: {title}")
    for title in left_out:
        print(f"LEFT OUT: {title}")
    kept = capabilities.keep(VAR, shown, partial=bool(extra or os.environ.get("PYTEST_ADDOPTS")))
    print(f"capabilities: {kept} (manage.py capabilities{'' if kept.name == capabilities.WHOLE else ' --partial'})")
    failed = not all(passed for _, passed in done) or (bool(left_out) and bool(os.environ.get("CI")))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
