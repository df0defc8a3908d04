"""What `docker compose` does with docker-compose.yml, done with processes of this machine: build, up, stop, exec, run.

`python -m tests.faults.docker <folder> compose …`, in the folder where .env lies. `<folder>/state.json` names the
database, the ports and the processes that are running.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import psycopg

from tests.faults.services import PROGRAMS, Services
from tests.run import _program

LASTING = ["redis", "web", "worker", "beat"]


class Engine:
    def __init__(self, folder: Path) -> None:
        self.file = folder / "state.json"
        self.state: dict[str, Any] = json.loads(self.file.read_text())
        given = dict(line.split("=", 1) for line in Path(".env").read_text().splitlines())
        self.services = Services(folder, self.state["database"], given=given, broker_port=self.state["ports"]["redis"])

    def build(self, *_: str) -> int:
        return 0

    def up(self, *words: str) -> int:
        """Start what is not running; what was named is replaced."""
        named = [word for word in words if not word.startswith("-")]
        if not named:
            assert self.run("migrate") == 0
        for service in named or [one for one in LASTING if one not in self.state["running"]]:
            self.stop(service)
            port = self.state["ports"][service]
            started = self.services.redis() if service == "redis" else self.services.start(service, port)
            self.state["running"][service] = started.process.pid
            self.file.write_text(json.dumps(self.state))
        return 0

    def stop(self, *services: str) -> int:
        for service in services:
            pid = self.state["running"].pop(service, None)
            if pid is not None and psutil.pid_exists(pid):
                one = psutil.Process(pid)
                one.terminate()
                one.wait(40)
        self.file.write_text(json.dumps(self.state))
        return 0

    def exec(self, *words: str) -> int:
        service, *command = (word for position, word in enumerate(words) if position or word != "-T")
        return self._in(service, command)

    def run(self, *words: str) -> int:
        service, *command = [word for word in words if word not in {"--rm", "-T"}]
        if not command:
            return self.services.run(service).returncode
        return self._in(service, command)

    def _in(self, service: str, command: list[str]) -> int:
        return subprocess.run(command, cwd=None if service == "db" else ROOT, env=self._environment(service)).returncode

    def _environment(self, service: str) -> dict[str, str]:
        if service != "db":
            return {"PATH": PROGRAMS, **self.services.here(service, self.state["ports"][service])}
        at = psycopg.conninfo.conninfo_to_dict(self.state["database"])
        programs = f"{Path(_program('pg_dump') or '').parent}{os.pathsep}{PROGRAMS}"
        here = {"PGHOST": at["host"], "PGPORT": at.get("port", "5432"), "PGPASSWORD": at.get("password", "")}
        return {"PATH": programs, "POSTGRES_USER": at["user"], "POSTGRES_DB": at["dbname"], **here}


ROOT = Path(__file__).resolve().parents[2]

if __name__ == "__main__":
    folder, compose, verb, *rest = sys.argv[1:]
    assert compose == "compose"
    sys.exit(getattr(Engine(Path(folder)), verb)(*rest))
