"""Being watched: whether the service lives, has what it needs, and what it counts."""

import json
import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from sandbox import clock, readiness, wall
from sandbox.api import writes
from sandbox.models import Sandbox
from sandbox.vocabulary import Clock
from sandbox.work import Work
from tests.backend import BACKEND
from tests.sandbox.test_turns import elsewhere, held

TOKEN = "a-token-of-the-tests"
ORDER = {"text": "石牌东路的路灯不亮三天了", "type": "complaint", "caller": {"name": "演小明", "phone": "10000000001"}}


@pytest.fixture
def watcher(database):
    """Somebody on this machine, at a host name the service was never told."""
    return Client(raise_request_exception=False, HTTP_HOST="10.0.0.7:8000")


def figure(watcher, name, **labels):
    """One figure of /metrics."""
    text = watcher.get("/metrics").content.decode()
    for found, value in re.findall(rf"^{name}(?:{{([^}}]*)}})? (\S+)$", text, re.MULTILINE):
        if labels.items() <= dict(re.findall(r'(\w+)="([^"]*)"', found)).items():
            return float(value)
    return 0.0


def test_it_says_that_it_lives_to_whoever_asks_by_whatever_name(watcher):
    answer = watcher.get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"alive": True})
    assert watcher.get("/api/v1/sandbox").status_code == 400, "a host name nobody told it"


def test_it_is_ready_where_database_schema_and_broker_are(watcher):
    answer = watcher.get("/readyz")

    assert answer.status_code == 200
    assert answer.json() == {"ready": True, "checks": {"database": "ok", "schema": "ok", "broker": "ok"}}


@pytest.fixture
def recorder(database):
    """The record of migrations, put right at the end."""
    found = MigrationRecorder(connection)
    before = set(found.applied_migrations())
    yield found
    after = set(found.applied_migrations())
    for one in after - before:
        found.record_unapplied(*one)
    for one in before - after:
        found.record_applied(*one)


def test_a_database_that_is_ahead_or_behind_is_not_ready_and_says_which(watcher, recorder):
    recorder.record_applied("sandbox", "0999_later")
    ahead = watcher.get("/readyz")
    recorder.record_unapplied("sandbox", "0999_later")
    recorder.record_unapplied("sandbox", "0001_initial")
    behind = watcher.get("/readyz")

    assert (ahead.status_code, behind.status_code) == (503, 503)
    assert ahead["Content-Type"] == "application/problem+json" and ahead.json()["code"] == "not_ready"
    assert ahead.json()["checks"]["schema"] == "数据库比程序新：它有本程序没有的迁移（sandbox.0999_later，共 1 个）"
    assert behind.json()["checks"]["schema"] == "数据库还没有迁移到本程序的版本（差 1 个迁移）"
    assert ahead.json()["checks"]["database"] == ahead.json()["checks"]["broker"] == "ok"


@pytest.mark.skipif(BACKEND != "postgresql", reason="SQLite has no standby")
def test_a_database_that_takes_no_writes_is_not_ready_and_answers_a_write_with_503(watcher, world):
    client = world.client("agent")
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")
    try:
        ready = watcher.get("/readyz")
        written = client.post("/api/v1/workorders", ORDER, format="json")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET default_transaction_read_only")

    assert ready.status_code == 503 and "只读" in ready.json()["checks"]["database"]
    assert written.status_code == 503 and written.json()["code"] == "database_away", written.content


def test_a_worker_whose_loop_stands_still_is_not_ready(watcher, monkeypatch):
    monkeypatch.setattr(readiness, "_pulse", [])
    readiness.stirred()
    moving = watcher.get("/readyz")
    later = wall.stopwatch() + readiness.STILL + 1
    monkeypatch.setattr(readiness.wall, "stopwatch", lambda: later)

    stuck = watcher.get("/readyz")

    assert moving.json()["checks"]["loop"] == "ok"
    assert stuck.status_code == 503 and "没有动静" in stuck.json()["checks"]["loop"]


# who may read the figures -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("token", "sent", "status"),
    [
        (None, {}, 200),
        (None, {"REMOTE_ADDR": "::1"}, 200),
        (None, {"REMOTE_ADDR": "172.18.0.1"}, 403),
        (None, {"REMOTE_ADDR": ""}, 403),
        (None, {"HTTP_X_FORWARDED_FOR": "127.0.0.1"}, 403),
        (TOKEN, {}, 403),
        (TOKEN, {"HTTP_AUTHORIZATION": f"Bearer {TOKEN}x"}, 403),
        (TOKEN, {"HTTP_AUTHORIZATION": "Bearer 令牌"}, 403),
        (TOKEN, {"HTTP_AUTHORIZATION": f"Bearer {TOKEN}", "REMOTE_ADDR": "203.0.113.9"}, 200),
    ],
)
def test_the_figures_are_for_whoever_has_the_token_or_else_sits_at_this_machine(
    watcher, monkeypatch, token, sent, status
):
    monkeypatch.setattr(settings, "METRICS_TOKEN", token)

    answer = watcher.get("/metrics", **sent)

    assert answer.status_code == status
    assert ("yueyan_" in answer.content.decode()) is (status == 200)


# what is counted ----------------------------------------------------------------------------------------------


def test_requests_are_counted_by_their_addresss_pattern_and_never_by_what_was_typed(world, watcher):
    client = world.client()
    before = figure(watcher, "yueyan_requests_total", route="api/v1/workorders/<str:number>", status="404")
    unmatched = figure(watcher, "yueyan_requests_total", route="unmatched", status="404")

    client.get("/api/v1/workorders/演小明")
    client.get("/演小明")

    assert figure(watcher, "yueyan_requests_total", route="api/v1/workorders/<str:number>", status="404") == before + 1
    assert figure(watcher, "yueyan_requests_total", route="unmatched", status="404") == unmatched + 1
    assert "演小明" not in watcher.get("/metrics").content.decode()


def test_a_request_turned_away_from_a_busy_sandbox_is_counted(world, watcher, monkeypatch):
    class Hasty:
        on = staticmethod(lambda sandbox: Work.on(sandbox, wait=0.1))

    monkeypatch.setattr(writes, "Work", Hasty)
    client, before = world.client(), figure(watcher, "yueyan_sandbox_busy_total")

    with elsewhere() as start, held(world, start):
        refused = client.post("/api/v1/sandbox/clock/freeze", {}, format="json")

    assert refused.json()["code"] == "sandbox_busy"
    assert figure(watcher, "yueyan_sandbox_busy_total") == before + 1


def test_steps_and_chunks_are_counted_once_they_are_committed(province, watcher, kind):
    steps, chunks = (
        figure(watcher, name) for name in ("yueyan_driver_steps_total", "yueyan_driver_chunk_seconds_count")
    )
    kind("test.note", lambda work, subject, args: None)
    with province.work() as work:
        for hours in range(1, 4):
            work.later(work.now + timedelta(hours=hours), "test.note", None)

    province.advance(days=1)

    ran = province.sandbox.entries_run
    assert ran == 1, "of one kind and subject one entry is live"
    assert figure(watcher, "yueyan_driver_steps_total") == steps + ran
    assert figure(watcher, "yueyan_driver_chunk_seconds_count") == chunks + 1


def test_a_halted_clock_and_one_that_lags_are_seen(world, other, watcher, kind):
    halted = figure(watcher, "yueyan_sandboxes", clock="halted")

    def fail(work, subject, args):
        raise RuntimeError("broken")

    kind("test.broken", fail)
    with world.work() as work:
        work.later(work.now, "test.broken", None)
    world.advance(hours=1)
    with other.work() as work:
        clock.run(work, rate=60)
    long_ago = wall.now() - timedelta(seconds=1000)
    Sandbox.objects.filter(pk=other.sandbox.pk).update(running_since=long_ago, hinted_at=long_ago)
    seen = {name: figure(watcher, name) for name in ("yueyan_clock_lag_seconds", "yueyan_hints_pending")}
    Sandbox.objects.filter(pk=other.sandbox.pk).update(clock=Clock.FROZEN, hinted_at=None)

    assert figure(watcher, "yueyan_sandboxes", clock="halted") == halted + 1
    assert figure(watcher, "yueyan_driver_halts_total") >= 1
    assert seen["yueyan_clock_lag_seconds"] >= 1000, "real seconds, not those of the sandbox"
    assert seen["yueyan_hints_pending"] >= 1
    assert figure(watcher, "yueyan_database_up") == 1


# which request --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", ["", "a b", "演小明", "x" * 65, "a\tb", "a;b"])
def test_a_request_is_given_an_id_where_its_own_could_be_anything(world, given):
    answers = [world.client().get("/api/v1/nothing", HTTP_X_REQUEST_ID=given) for _ in range(2)]

    ids = {answer["X-Request-ID"] for answer in answers}
    assert len(ids) == 2 and all(re.fullmatch(r"[0-9a-f]{16}", one) for one in ids)


def test_a_requests_own_id_is_taken_and_stands_in_the_answer_and_in_a_refusal(world):
    fine = world.client().get("/api/v1/sandbox", HTTP_X_REQUEST_ID="Mine_1-2")
    refused = world.client().post("/api/v1/sandbox/clock/retry", {}, format="json", HTTP_X_REQUEST_ID="Mine_1-3")

    assert fine["X-Request-ID"] == "Mine_1-2"
    assert refused["X-Request-ID"] == json.loads(refused.content)["request_id"] == "Mine_1-3"
