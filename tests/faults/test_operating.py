"""docs/operating.md: its commands, as they stand, start the services, back them up, restore and replace them."""

import http.client
import json
import pkgutil
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from datetime import datetime, timedelta

import psutil
import pytest
from django.test import Client

from bench import ceiling, measures
from bench.__main__ import chosen
from tests.console.looking import enter
from tests.faults.docker import ROOT
from tests.faults.services import PROGRAMS, own_database, until
from tests.run import free_port

TEXT = (ROOT / "docs/operating.md").read_text(encoding="utf-8")
ORDER = {
    "text": "广州市天河区石牌东路的路灯不亮三天了。",
    "type": "complaint",
    "caller": {"name": "演小明", "phone": "10000000001"},
}

MIDWAY, END = "2022-09-01T15:00:00+08:00", "2022-10-20T00:00:00+08:00"


def commands(section):
    """The `sh` block of a section."""
    (block,) = re.findall(rf"^## {section}\n.*?^```sh\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    return block


class Machine:
    """A folder in which the commands are typed, with a `docker` that starts processes."""

    def __init__(self, folder, database):
        self.folder = folder
        (folder / "bin").mkdir()
        docker = folder / "bin" / "docker"
        docker.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m tests.faults.docker {folder} "$@"\n')
        docker.chmod(0o755)
        ports = {name: free_port() for name in ("redis", "web", "worker", "beat", "migrate")}
        (folder / "state.json").write_text(json.dumps({"database": database, "ports": ports, "running": {}}))
        self.port = ports["web"]

    def typed(self, section):
        """What the commands of a section print."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", commands(section)],
            cwd=self.folder,
            env={"PATH": f"{self.folder / 'bin'}:{PROGRAMS}", "HOME": str(self.folder)},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        until(self.answers, "the web service answers")
        return done.stdout

    def answers(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    @property
    def running(self):
        return json.loads((self.folder / "state.json").read_text())["running"]

    def ask(self, key, path, body=None, headers=None):
        asked = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/v1/{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json", **(headers or {})},
        )
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return json.load(answer)

    def advanced(self, key, to):
        """The hash of the events once the clock stands at an instant."""
        self.ask(key, "sandbox/clock/advance", {"to": to, "wait": 1})
        until(lambda: self.ask(key, "sandbox/clock")["target"] is None, f"the clock stands at {to}")
        return self.ask(key, "sandbox")["event_hash"]


class Walk(threading.Thread):
    """Somebody who advances the clock hour by hour and waits for none of it, whatever is replaced meanwhile.

    Each leg has an Idempotency-Key under which it is asked for until there is an answer.
    """

    def __init__(self, machine, key):
        super().__init__(daemon=True)
        self.machine, self.key = machine, key
        self.legs = self.missed = 0
        self.all = (datetime.fromisoformat(END) - datetime.fromisoformat(MIDWAY)) // timedelta(hours=1)
        self._enough = threading.Event()

    def run(self):
        while self.legs < self.all and not self._enough.is_set():
            to = datetime.fromisoformat(MIDWAY) + (self.legs + 1) * timedelta(hours=1)
            body = {"to": to.isoformat(), "wait": 0}
            self._asked("sandbox/clock/advance", body, {"Idempotency-Key": f"leg-{self.legs}"})
            while self._asked("sandbox/clock")["target"] is not None:
                time.sleep(0.05)
            self.legs += 1

    def _asked(self, *question):
        while True:
            try:
                return self.machine.ask(self.key, *question)
            except (urllib.error.URLError, http.client.HTTPException, OSError):
                self.missed += 1
                time.sleep(0.05)

    def end(self):
        self._enough.set()
        self.join(60)
        assert not self.is_alive(), "the leg under way came to its end"


@pytest.fixture
def machine(database, tmp_path):
    with own_database() as url:
        found = Machine(tmp_path, url)
        try:
            yield found
        finally:
            for pid in found.running.values():
                if psutil.pid_exists(pid):
                    psutil.Process(pid).terminate()


def test_what_is_started_backed_up_lost_restored_and_upgraded_goes_on_to_the_same_events(machine):
    said = machine.typed("启动")
    key = json.loads(said[said.index("{") :])["key"]
    machine.ask(key, "workorders/batch", {"orders": [ORDER] * 100})
    midway = machine.advanced(key, MIDWAY)

    machine.typed("备份")
    end = machine.advanced(key, END)
    machine.typed("恢复")
    restored = machine.ask(key, "sandbox")["event_hash"]
    before_upgrade = machine.running
    walk = Walk(machine, key)
    walk.start()
    until(lambda: walk.legs, "the clock is on its way")
    machine.typed("升级与退回")
    walk.end()
    again = machine.advanced(key, END)

    assert walk.missed > 0, "some requests met no service and were made again"
    assert walk.legs < walk.all, "it was on its way until the end of the upgrade"
    assert restored == midway != end
    assert again == end
    assert json.loads((machine.folder / "before.json").read_text())[0]["event_hash"] == midway
    assert (machine.folder / "before.json").read_text() == (machine.folder / "after.json").read_text()
    assert (machine.folder / ".env").stat().st_mode & 0o077 == 0
    for service in ("web", "worker", "beat"):
        assert before_upgrade[service] != machine.running[service] and not psutil.pid_exists(before_upgrade[service])


def test_every_metric_the_page_names_is_there_and_every_setting_is_one(database, client):
    told = client.get("/metrics").content.decode()

    for name in set(re.findall(r"`(yueyan_[a-z_]+)", TEXT)):
        assert name in told, name
    settings = (ROOT / "config/settings.py").read_text() + (ROOT / "docker-compose.yml").read_text()
    for row in re.findall(r"^\| ([A-Z_]{3,}(?:, [A-Z_]+)*) \|", TEXT, re.MULTILINE):
        for name in row.split(", "):
            assert name in settings, name


def test_every_address_of_the_page_is_one_and_the_key_enters_the_board(world):
    addresses = re.findall(r"`http://127\.0\.0\.1:8000(/[^`]*)`", TEXT)

    assert set(addresses) == {"/board/", "/api/docs/"}
    for address in addresses:
        assert Client().get(address, follow=True).status_code == 200
    browser = Client()
    assert enter(browser, world.key()).headers["Location"] == "/board/"
    assert browser.get("/board/").status_code == 200


def test_the_row_from_which_the_page_has_its_speed_is_one_that_its_command_prints(database, monkeypatch):
    ((asked, named),) = re.findall(r"`make bench ARGS=(\w+)`，看 `([^`]+)`", TEXT)
    begun = measures._begun
    monkeypatch.setattr(measures, "_begun", lambda orders, seed: begun(5, seed=seed))
    monkeypatch.setattr(ceiling, "prepare", lambda *_: None)
    monkeypatch.setattr(ceiling, "copy_in", lambda *_: 1.0)

    rows = {one["name"]: one for one in pkgutil.resolve_name(chosen([asked])[asked])("no twin")}

    assert rows[named]["unit"] == "entries/s"
    assert rows[named]["value"] > 0
