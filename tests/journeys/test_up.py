"""`manage.py up`: a province in one process, that starts, lives, stops and starts again."""

import contextlib
import fcntl
import http.client
import re
import signal
import socket
import sqlite3
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from sandbox import clock, tasks, turns, wall
from sandbox.models import Sandbox
from sandbox.vocabulary import Clock
from tests.backend import BACKEND
from tests.journeys.up import READY, ROOT, command, environment, running, until

embedded = pytest.mark.skipif(BACKEND != "sqlite", reason="`up` is the embedded mode: SQLite and the memory broker")


@pytest.fixture(scope="module")
def up(tmp_path_factory):
    with running(tmp_path_factory.mktemp("province")) as province:
        yield province


def _received(up):
    return sum(up.call("indicators", of="demo")["states"].values())


@embedded
def test_it_answers_soon_and_says_where_and_with_which_keys(up):
    assert up.seconds < READY / 2
    assert set(up.keys) == {"quickstart", "demo"}
    assert up.key == up.keys["quickstart"]
    assert re.fullmatch(r"http://127\.0\.0\.1:[1-9]\d*", up.url), "the port it really listens on"
    assert f"{up.url}/api/docs/" in "".join(up.said)
    assert up.board == f"{up.url}/board/enter#{up.keys['demo']}", "the board is one click away"
    assert up.page("/api/docs/") == 200
    assert up.page("/api/v1/sandbox") == 401, "nobody without a key"


@embedded
def test_quickstart_is_frozen_and_quiet(up):
    sandbox = up.call("sandbox")

    assert sandbox["slug"] == "quickstart"
    assert sandbox["clock"]["state"] == "frozen"
    assert sandbox["clock"]["now"] == sandbox["start"] == "2022-09-01T09:00:00+08:00"
    assert up.call("indicators")["states"] == {}


@embedded
def test_the_demo_runs_and_orders_keep_coming_and_are_handled(up):
    first = until(lambda: _received(up), "the first order of the demo")
    second = until(lambda: (count := _received(up)) > first + 20 and count, "more orders of the demo")
    until(lambda: _received(up) > second + 20, "still more orders of the demo")
    done = until(lambda: sum(up.call("indicators", of="demo")["endings"].values()), "the demo's first ended order")

    assert up.call("sandbox", of="demo")["clock"]["state"] == "running"
    assert done > 0


@embedded
def test_what_an_advance_does_not_reach_in_time_is_finished_in_the_background(up):
    order = {
        "text": "广州市天河区石牌东路的路灯不亮三天了，请尽快派人来修。",
        "type": "complaint",
        "caller": {"name": "演小明", "phone": "10000000001"},
    }
    number = up.call("workorders", order)["number"]
    before = up.call("sandbox/clock")["now"]

    answered = up.call("sandbox/clock/advance", {"by": {"days": 60}, "wait": 0})
    there = datetime.fromisoformat(before) + timedelta(days=60)
    until(lambda: datetime.fromisoformat(up.call("sandbox/clock")["now"]) == there, "the clock to stand 60 days later")

    assert answered["target"] in (None, there.isoformat())
    assert up.call("sandbox/clock")["lag_seconds"] == 0
    assert up.call(f"workorders/{number}")["state"] == "archived"


@embedded
@pytest.mark.parametrize(
    "elsewhere", [False, True], ids=["its files in the same folder", "its files in another folder"]
)
def test_a_second_one_on_the_same_database_is_turned_away_in_one_line(up, tmp_path, elsewhere):
    (tmp_path / "linked").symlink_to(up.var)
    by_another_name = {"DATABASE_URL": f"sqlite:///{tmp_path}/linked/yueyan.sqlite3"}
    env = environment(tmp_path / "own", **by_another_name) if elsewhere else environment(up.var)

    second = subprocess.run(command("--port", "0"), cwd=ROOT, env=env, capture_output=True, text=True, timeout=READY)

    assert second.returncode == 1
    assert "这个数据库上已有一个 up 在运行" in second.stderr
    assert len(second.stderr.strip().splitlines()) == 1
    assert second.stdout == ""
    assert up.call("sandbox")["slug"] == "quickstart", "the first one goes on"


def test_one_is_turned_away_while_another_process_has_the_whole_database(database):
    has_it, may_go = threading.Event(), threading.Event()

    def another():
        try:
            with turns.house() as mine:
                assert mine
                connections.close_all()  # as Celery does when a worker begins
                has_it.set()
                assert may_go.wait(READY)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        holder = pool.submit(another)
        assert has_it.wait(READY)
        try:
            with pytest.raises(CommandError, match="这个数据库上已有一个 up 在运行"):
                call_command("up", "--port", "0")
        finally:
            may_go.set()
            holder.result(READY)
    with turns.house() as mine:
        assert mine, "it is free again"


def test_one_is_turned_away_while_another_has_its_folder(database, settings):
    with (settings.VAR_DIR / "up.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)

        with pytest.raises(CommandError, match=f"{settings.VAR_DIR} 上已有一个 up 在运行"):
            call_command("up", "--port", "0")


@embedded
def test_a_port_in_use_is_said_in_one_line(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            command("--port", port), cwd=ROOT, env=environment(tmp_path), capture_output=True, text=True, timeout=READY
        )

    assert done.returncode == 1
    assert f"不能在 127.0.0.1:{port} 监听：端口已被占用。请用 --port 换一个端口" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@embedded
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_at_once_and_without_a_word_of_complaint(tmp_path, number):
    with running(tmp_path) as up:
        until(lambda: _received(up), "the demo to be at work")
        idle = http.client.HTTPConnection(up.url.removeprefix("http://"))
        idle.request("GET", "/api/docs/")
        idle.getresponse().read()
        askers = [threading.Thread(target=_ask_until_nobody_answers, args=(up,)) for _ in range(3)]
        for asker in askers:
            asker.start()

        code, seconds, err = up.stop(number)

    for asker in askers:
        asker.join()
    assert code == 0
    assert seconds < 5
    assert err == ""


def _ask_until_nobody_answers(up):
    with contextlib.suppress(OSError, http.client.HTTPException):
        while True:
            up.call("indicators", of="demo")


@embedded
def test_after_a_restart_all_is_as_it_was_and_the_demo_goes_on_from_where_it_stood(tmp_path):
    with running(tmp_path) as up:
        until(lambda: _received(up), "the demo to be at work")
        order = {"text": "路灯不亮。", "caller": {"name": "演小明", "phone": "10000000001"}}
        number = up.call("workorders", order)["number"]
        keys, before = up.keys, up.call("sandbox", of="demo")
        up.stop()
    stood = _while_it_is_down_a_week_passes(tmp_path)

    with running(tmp_path / "elsewhere", DATABASE_URL=f"sqlite:///{tmp_path}/yueyan.sqlite3") as again:
        after = again.call("sandbox", of="demo")

        assert again.keys == keys
        assert again.call(f"workorders/{number}")["state"] == "pending_accept"
        assert after["clock"]["state"] == "running"
        assert datetime.fromisoformat(after["clock"]["now"]) >= stood
        assert datetime.fromisoformat(after["clock"]["target"]) - stood < timedelta(days=1), "a week is not made up for"
        assert after["last_event"] >= before["last_event"]
        until(lambda: again.call("sandbox", of="demo")["last_event"] > after["last_event"] + 20, "the demo to go on")


def _while_it_is_down_a_week_passes(var):
    """Let the clock have been started a week earlier, and say where it stood."""
    with sqlite3.connect(var / "yueyan.sqlite3") as database:
        week = "running_since = datetime(running_since, '-7 days'), seen_at = datetime(seen_at, '-7 days')"
        assert database.execute(f"UPDATE sandbox_sandbox SET {week} WHERE slug = 'demo'").rowcount == 1
        now = database.execute("SELECT now FROM sandbox_sandbox WHERE slug = 'demo'").fetchone()[0]
    return datetime.fromisoformat(f"{now}+00:00")


@embedded
def test_a_demo_that_fell_asleep_wakes_with_the_next_start(tmp_path):
    with running(tmp_path) as up:
        up.call("sandbox/clock/freeze", {}, of="demo")
        up.stop()

    with running(tmp_path) as again:
        assert again.call("sandbox/clock", of="demo")["state"] == "running"


@embedded
def test_fresh_begins_again_with_new_keys(tmp_path):
    with running(tmp_path) as up:
        order = {"text": "路灯不亮。", "caller": {"name": "演小明", "phone": "10000000001"}}
        up.call("workorders", order)
        old = up.keys
        up.stop()

    with running(tmp_path, "--fresh") as again:
        assert set(again.keys.values()).isdisjoint(old.values())
        assert again.call("indicators")["states"] == {}
        assert (tmp_path / "yueyan.sqlite3.quickstart.key").read_text() == again.keys["quickstart"]


# falling asleep -----------------------------------------------------------------------------------------


@pytest.fixture
def awake(province):
    """A running province that falls asleep after a hundred seconds without a reader."""
    with province.work() as work:
        clock.run(work, rate=60)
    Sandbox.objects.filter(pk=province.sandbox.pk).update(idle_after=100)
    return province


def _last_looked_at(world, seconds):
    then = wall.now() - timedelta(seconds=seconds)
    Sandbox.objects.filter(pk=world.sandbox.pk).update(seen_at=then, running_since=then)


def test_a_province_nobody_looks_at_falls_asleep_where_it_stands(awake):
    _last_looked_at(awake, 101)
    stood = awake.now

    tasks.sweep()

    awake.sandbox.refresh_from_db()
    assert awake.sandbox.clock == Clock.FROZEN
    assert awake.now == stood


def test_a_province_somebody_looks_at_stays_awake(awake):
    _last_looked_at(awake, 101)
    assert awake.client().get("/api/v1/sandbox").status_code == 200

    tasks.sweep()

    awake.sandbox.refresh_from_db()
    assert awake.sandbox.clock == Clock.RUNNING


def test_a_province_without_such_a_setting_never_falls_asleep(awake):
    _last_looked_at(awake, 100_000)
    Sandbox.objects.filter(pk=awake.sandbox.pk).update(idle_after=0)

    tasks.sweep()

    awake.sandbox.refresh_from_db()
    assert awake.sandbox.clock == Clock.RUNNING
    with awake.work() as work:
        clock.freeze(work)
