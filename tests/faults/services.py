"""The services of docker-compose.yml as real processes here: the commands and the environment of that file, with
the database, the broker and the addresses of this machine in the places of the containers' own."""

from __future__ import annotations

import itertools
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import psycopg
import redis
import yaml
from kombu import Connection

from config.celery import app
from tests.run import free_port

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
SECRETS = {
    "POSTGRES_PASSWORD": "a-password-of-the-tests",
    "REDIS_PASSWORD": "another-password-of-the-tests",
    "SECRET_KEY": "a-secret-of-the-tests-that-is-long-enough",
    "METRICS_TOKEN": "a-token-of-the-tests",
}
PROGRAMS = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
PATIENCE = 60.0
_VARIABLE = re.compile(r"\$\{(\w+)(?:(:[?-])([^}]*))?\}")


def filled_in(value: str, given: dict[str, str]) -> str:
    """A value with its `${NAME}`, `${NAME:-default}` and `${NAME:?reason}` replaced, as Compose does."""

    def one(found: re.Match[str]) -> str:
        name, mark, rest = found.groups()
        if given.get(name):
            return given[name]
        if mark == ":-":
            return rest
        raise KeyError(f"{name}: {rest}")

    return _VARIABLE.sub(one, value).replace("$$", "$")


def command(service: str, given: dict[str, str] = SECRETS) -> list[str]:
    return [filled_in(str(word), given) for word in COMPOSE[service]["command"]]


def environment(service: str, given: dict[str, str] = SECRETS) -> dict[str, str]:
    return {name: filled_in(str(value), given) for name, value in COMPOSE[service].get("environment", {}).items()}


_numbers = itertools.count(1)


@contextmanager
def own_database() -> Iterator[str]:
    """The URL of an empty database beside the one of this run, dropped at the end."""
    server = os.environ["DATABASE_URL"]
    name = f"yueyan_own_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(server, autocommit=True) as link:
        link.execute(f'CREATE DATABASE "{name}"')
    try:
        yield re.sub(r"/[^/?]*(\?|$)", rf"/{name}\1", server.replace("://", ":::"), count=1).replace(":::", "://")
    finally:
        with psycopg.connect(server, autocommit=True) as link:
            link.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


class Process:
    """One process of a service, with its log."""

    def __init__(self, service: str, words: list[str], env: dict[str, str], folder: Path) -> None:
        self.service, self.env = service, {"PATH": PROGRAMS, "HOME": str(folder), **env}
        self.log = folder / f"{service}-{len(list(folder.glob('*.log')))}.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                words, cwd=ROOT, env=self.env, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )

    def healthy(self) -> bool:
        """What the file's health check says of it."""
        check = COMPOSE[self.service]["healthcheck"]["test"]
        assert check[0] == "CMD"
        return subprocess.run(check[1:], cwd=ROOT, env=self.env, capture_output=True).returncode == 0

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def asked(self, path: str, headers: dict[str, str] | None = None) -> tuple[int, str]:
        """What it answers at one of its three addresses."""
        asking = urllib.request.Request(f"http://127.0.0.1:{self.env['YUEYAN_PORT']}{path}", headers=headers or {})
        try:
            with urllib.request.urlopen(asking, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()

    def kill(self) -> None:
        """Kill -9 of the process and all its children, as when the container's machine is gone."""
        every = [*psutil.Process(self.process.pid).children(recursive=True), psutil.Process(self.process.pid)]
        for one in every:
            one.kill()
        self.process.wait(PATIENCE)

    def stop(self) -> int:
        """Stop it as Compose does: its signal, and the grace it is given."""
        if self.process.poll() is None:
            self.process.send_signal(getattr(signal, COMPOSE[self.service]["stop_signal"]))
        grace = int(COMPOSE[self.service]["stop_grace_period"].removesuffix("s"))
        try:
            return self.process.wait(grace)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.service} did not stop within {grace} s\n{self.said()[-2000:]}") from None


class Services:
    """Processes of services that share one database and one broker; all are ended by `end`."""

    def __init__(
        self, folder: Path, database: str, *, given: dict[str, str] = SECRETS, broker_port: int | None = None
    ) -> None:
        self.folder, self.database, self.given = folder, database, given
        self.broker_port = broker_port or free_port()
        self.broker = f"redis://:{given['REDIS_PASSWORD']}@127.0.0.1:{self.broker_port}/0"
        self.running: list[Process] = []

    def redis(self) -> Process:
        """The broker; started again, it is at the same address and knows nothing."""
        here = ["--port", str(self.broker_port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
        started = Process(
            "redis", [*command("redis", self.given), *here], environment("redis", self.given), self.folder
        )
        self.running.append(started)
        until(lambda: _listens(self.broker_port), "the broker", self)
        return started

    def here(self, service: str, port: int) -> dict[str, str]:
        """The service's environment with this machine's addresses and a folder of its own."""
        own = self.folder / f"{service}-{port}"
        return {
            **environment(service, self.given),
            "DATABASE_URL": self.database,
            "REDIS_URL": self.broker,
            "YUEYAN_VAR": str(own),
            "PROMETHEUS_MULTIPROC_DIR": str(own / "metrics"),
            "YUEYAN_HOST": "127.0.0.1",
            "YUEYAN_PORT": str(port),
        }

    def start(self, service: str, port: int | None = None) -> Process:
        started = Process(service, command(service, self.given), self.here(service, port or free_port()), self.folder)
        self.running.append(started)
        return started

    def run(self, service: str, *words: str) -> subprocess.CompletedProcess[str]:
        """A command that comes to its end, in a service's environment: `docker compose run` or `exec`."""
        env = {"PATH": PROGRAMS, "HOME": str(self.folder), **self.here(service, free_port())}
        return subprocess.run(words or command(service, self.given), cwd=ROOT, env=env, capture_output=True, text=True)

    def hint(self, sandbox_id: int) -> None:
        """A hint that nobody asked for."""
        with Connection(self.broker) as link:
            app.send_task("sandbox.tasks.drive", (sandbox_id,), connection=link)

    def hints_left(self) -> int:
        """How many hints nobody has taken yet."""
        with redis.Redis.from_url(self.broker) as client:
            return int(client.llen("celery"))

    def lose_hints(self) -> int:
        """The broker forgets all it holds, and stays; how many hints nobody had taken."""
        with redis.Redis.from_url(self.broker) as client:
            left, _ = client.pipeline().llen("celery").flushdb().execute()
            return int(left)

    def end(self) -> None:
        for one in self.running:
            if one.process.poll() is None:
                one.process.terminate()
        for one in reversed(self.running):
            try:
                one.process.wait(15)
            except subprocess.TimeoutExpired:
                one.kill()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def until(holds: Callable[[], Any], what: str, services: Services | None = None) -> Any:
    """Ask again until it holds; fail after a while, with what the services said."""
    deadline = time.monotonic() + PATIENCE
    while not (found := holds()):
        said = "\n".join(f"{one.service}: {one.said()[-1500:]}" for one in (services.running if services else []))
        assert time.monotonic() < deadline, f"waited {PATIENCE:.0f} s in vain: {what}\n{said}"
        time.sleep(0.05)
    return found
