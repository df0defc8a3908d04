"""Ten sandboxes on two workers: whatever is killed, lost or replaced on the way, each comes to the same events."""

import itertools
import json
import threading
import time
import urllib.error
import urllib.request
from datetime import datetime, timedelta

import pytest
from django.db import connection

from sandbox import clock
from sandbox.models import Sandbox
from tests.conftest import World
from tests.faults.services import Services, until
from tests.sandbox.audit import IDLE, agenda_of, assert_sound, calls_come

SANDBOXES, ORDERS, REQUESTS = 10, 150, 40
ROUNDED = 0.002  # seconds by which the times of a log are inexact


@pytest.fixture
def services(database, tmp_path):
    """The services of docker-compose.yml on the database of this run, and a broker of their own."""
    found = Services(tmp_path, _url(connection.settings_dict))
    try:
        found.redis()
        yield found
    finally:
        found.end()


def _url(said):
    password = f":{said['PASSWORD']}" if said["PASSWORD"] else ""
    return f"postgres://{said['USER']}{password}@{said['HOST']}:{said['PORT'] or 5432}/{said['NAME']}"


def provinces():
    """Sandboxes of different seeds, each with a long way before it."""
    worlds = [World(simulated=True, seed=170 + n) for n in range(SANDBOXES)]
    for world in worlds:
        calls_come(world, ORDERS)
    return worlds


@pytest.fixture(scope="module")
def undisturbed(database):
    """What comes of them in one process that nobody disturbs: hash, entries run, events."""
    worlds = provinces()
    for world in worlds:
        world.advance(until=IDLE)
    return [_outcome(world) for world in worlds]


def _outcome(world):
    world.sandbox.refresh_from_db()
    return world.sandbox.head, world.sandbox.entries_run, world.sandbox.last_event


def begin(worlds):
    for world in worlds:
        with world.work() as work:
            clock.advance(work, until=IDLE)


def done(worlds, at_least):
    """Whether so many entries have been run in all of them together."""
    return sum(Sandbox.objects.filter(pk__in=[w.sandbox.pk for w in worlds]).values_list("entries_run", flat=True)) >= (
        at_least
    )


def arrived(worlds):
    return not any(agenda_of(world.sandbox) for world in worlds)


def assert_as_undisturbed(worlds, undisturbed):
    assert [_outcome(world) for world in worlds] == undisturbed
    for world in worlds:
        assert_sound(world.sandbox)


def test_a_worker_the_hints_and_the_broker_are_lost_and_every_sandbox_comes_to_the_same_events(undisturbed, services):
    total = sum(entries for _, entries, _ in undisturbed)
    (broker,) = services.running
    first, second, _ = services.start("worker"), services.start("worker"), services.start("beat")
    for one in (first, second):
        until(one.healthy, "the worker is there", services)

    worlds = provinces()
    begin(worlds[:5])
    until(lambda: done(worlds, total // 10), "the first ones are on their way", services)
    first.kill()
    begin(worlds[5:])
    lost = services.lose_hints()
    idle = [world for world in worlds if not done([world], 1)]
    until(lambda: done(idle, 1), "the beat has hinted at them anew", services)
    broker.kill()
    midway = done(worlds, total)
    services.redis()
    until(lambda: arrived(worlds), "all have arrived", services)

    assert lost and idle, "nobody had taken up some of the hints"
    assert not midway, "they were lost before all was done"
    assert second.process.poll() is None
    assert_as_undisturbed(worlds, undisturbed)


def test_a_sandbox_is_driven_by_one_worker_at_a_time(undisturbed, services):
    """Each goes its way in legs, and is hinted at twice for each, so that both workers reach for it at once."""
    workers = [services.start("worker"), services.start("worker")]
    for one in workers:
        until(one.healthy, "the worker is there", services)

    worlds = provinces()
    while not arrived(worlds):
        for world in worlds:
            with world.work() as work:
                if work.sandbox.target is None:
                    clock.advance(work, by=timedelta(days=2))
        for world in worlds * 2:
            services.hint(world.sandbox.pk)
        until(lambda: not services.hints_left(), "the hints are taken up", services)
    for one in workers:
        assert one.stop() == 0

    assert_as_undisturbed(worlds, undisturbed)
    driven = shifts(workers)
    assert sum(shift["steps"] for shift in driven) == sum(entries for _, entries, _ in undisturbed), "each step once"
    shared = 0
    for world in worlds:
        mine = sorted((s for s in driven if s["sandbox"] == world.sandbox.slug), key=lambda s: s["began"])
        shared += len({shift["worker"] for shift in mine}) > 1
        for before, after in itertools.pairwise(mine):
            assert before["ended"] <= after["began"] + ROUNDED
    assert shared, "both had their turn in one sandbox"


def shifts(workers):
    """When each worker drove which sandbox, and how far, as their logs tell."""
    found = []
    for position, one in enumerate(workers):
        for line in map(json.loads, filter(lambda line: '"steps"' in line, one.said().splitlines())):
            ended = datetime.fromisoformat(line["time"]).timestamp()
            began = ended - line["milliseconds"] / 1000
            found.append({"worker": position, "sandbox": line["sandbox"], "steps": line["steps"]})
            found[-1] |= {"began": began, "ended": ended}
    return found


def test_workers_and_web_are_replaced_one_after_another_and_nothing_is_lost_or_doubled(undisturbed, services):
    old = [services.start("worker"), services.start("worker")]
    web = services.start("web")
    services.start("beat")
    for one in (*old, web):
        until(one.healthy, f"{one.service} is there", services)
    expected = asked_undisturbed()
    asked = World(seed=77)

    clerk = Clerk(web.env["YUEYAN_PORT"], asked.key())
    clerk.start()
    until(lambda: len(clerk.numbers) >= REQUESTS // 4, "some requests are answered", services)
    assert web.stop() == 0
    services.start("web", int(web.env["YUEYAN_PORT"]))
    worlds = provinces()
    driving = []
    for one, wave in zip(old, (worlds[:4], worlds[4:8]), strict=True):
        begin(wave)
        until(lambda wave=wave: done(wave, 1), "the workers drive", services)
        driving.append(not arrived(wave))
        assert one.stop() == 0
        services.start("worker")
    begin(worlds[8:])
    until(lambda: arrived(worlds), "all have arrived", services)
    clerk.join(60)

    assert_as_undisturbed(worlds, undisturbed)
    assert all(driving), "there was something to do for each worker when it was told to stop"
    assert clerk.again > 0, "some requests had to be made again"
    assert len(set(clerk.numbers)) == REQUESTS
    assert asked.hash == expected.hash
    assert_sound(asked.sandbox)


def order(position):
    return {
        "text": f"广州市天河区石牌东路的路灯不亮，第{position}盏。",
        "caller": {"name": "演小明", "phone": "10000000001"},
    }


def asked_undisturbed():
    """A sandbox in which the same requests were made, one after another, and nothing came between."""
    world = World(seed=77)
    client = world.client()
    for position in range(REQUESTS):
        assert client.post("/api/v1/workorders", order(position), format="json").status_code == 201
    return world


class Clerk(threading.Thread):
    """Files one order after another, each until it has an answer, under an Idempotency-Key of its own."""

    def __init__(self, port, key):
        super().__init__(daemon=True)
        self.port, self.key, self.numbers, self.again = port, key, [], 0

    def run(self):
        for position in range(REQUESTS):
            while not self._filed(position):
                self.again += 1
                time.sleep(0.05)
            time.sleep(0.1)

    def _filed(self, position):
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        asked = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/v1/workorders",
            data=json.dumps(order(position)).encode(),
            headers={**headers, "Idempotency-Key": f"order-{position}"},
        )
        try:
            with urllib.request.urlopen(asked, timeout=10) as answer:
                self.numbers.append(json.load(answer)["number"])
                return True
        except (urllib.error.URLError, OSError):
            return False
