"""A real `manage.py up` in a process and a folder of its own, spoken to over HTTP."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
READY, STOPPED, SETTLED = 40.0, 15.0, 60.0  # seconds after which a test gives up waiting


def environment(var: Path, **given: str) -> dict[str, str]:
    """Embedded, with its files in a folder of its own, whatever the tests themselves run on."""
    kept = {key: value for key, value in os.environ.items() if key not in {"DATABASE_URL", "REDIS_URL", "LOG_LEVEL"}}
    return {**kept, "YUEYAN_VAR": str(var), **given}


def command(*arguments: str) -> list[str]:
    return [sys.executable, "manage.py", "up", *arguments]


class Up:
    """One running province. `stop` returns how it ended; whoever starts one stops it."""

    def __init__(self, var: Path, *arguments: str, **given: str) -> None:
        self.var, self.said = var, list[str]()
        began = time.monotonic()
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen(
            command("--port", "0", *arguments),
            cwd=ROOT,
            env=environment(var, **given),
            start_new_session=True,
            **pipes,
        )
        late = threading.Timer(READY, self.process.kill)  # so that reading ends if nothing is ever said
        late.start()
        try:
            for line in self.process.stdout:
                self.said.append(line)
                if line.startswith("Ctrl-C"):
                    break
        finally:
            late.cancel()
        self.seconds = time.monotonic() - began
        words = "".join(self.said)
        found = re.search(r"export YUEYAN=(\S+) KEY=(sk_\S+)", words)
        if found is None:
            raise AssertionError(f"up did not start: {words} {self.stop()}")
        self.url, self.key = found.groups()
        self.board = re.findall(r"看板 +(\S+)", words)[0]
        self.keys = dict(re.findall(r"^ +(quickstart|demo) +(sk_\S+)", words, re.MULTILINE))

    def call(self, path: str, body: dict[str, Any] | None = None, *, of: str = "quickstart") -> Any:
        """What the interface answers, as the owner of a sandbox."""
        request = urllib.request.Request(
            f"{self.url}/api/v1/{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.keys[of]}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def page(self, path: str) -> int:
        try:
            with urllib.request.urlopen(self.url + path, timeout=30) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return int(error.code)

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, float, str]:
        """Exit code, seconds it took to end, and what stands on stderr."""
        began = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            _, err = self.process.communicate(timeout=STOPPED)
        except subprocess.TimeoutExpired:
            self.process.kill()
            _, err = self.process.communicate()
        return self.process.returncode, time.monotonic() - began, err


@contextmanager
def running(var: Path, *arguments: str, **given: str) -> Iterator[Up]:
    up = Up(var, *arguments, **given)
    try:
        yield up
    finally:
        up.stop()


def until(holds: Callable[[], Any], what: str) -> Any:
    """Ask again until it holds; fail after a while."""
    deadline = time.monotonic() + SETTLED
    while not (found := holds()):
        assert time.monotonic() < deadline, f"waited {SETTLED:.0f} s in vain: {what}"
        time.sleep(0.05)
    return found
