"""What the log says, and of whom it never speaks."""

import io
import json
import logging

import pytest
from django.db import OperationalError
from django.test import Client

from sandbox.api import views
from sandbox.logs import JsonLine
from tests.conftest import World

NAME, PHONE, WORDS = "演小明", "10000000001", "石牌东路的路灯不亮三天了"


@pytest.fixture
def log(database):
    """Everything that is logged, down to DEBUG, as lines of JSON."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(JsonLine())
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield lambda: [json.loads(line) for line in out.getvalue().splitlines()]
    root.removeHandler(handler)
    root.setLevel(before)


def test_what_a_stranger_puts_into_an_address_is_not_repeated(world, log):
    stranger = Client(enforce_csrf_checks=True, raise_request_exception=False)

    assert stranger.post(f"/board/orders/{NAME}-{PHONE}", {"x": 1}).status_code == 403
    stranger.get(f"/static/../../{NAME}{PHONE}")

    said = json.dumps(log(), ensure_ascii=False)
    assert "POST board/orders/<str:number> 403" in said
    assert not any(word in said for word in (NAME, json.dumps(NAME)[1:-1], PHONE))


def order():
    return {"text": WORDS, "caller": {"name": NAME, "phone": PHONE}}


def test_every_request_leaves_one_line_with_what_was_asked_by_which_role_and_how_long_it_took(world, log):
    client = world.client("dispatcher")

    client.get("/api/v1/workorders?region=440106", HTTP_X_REQUEST_ID="one")
    client.get("/nowhere", HTTP_X_REQUEST_ID="two")

    one, two = [line for line in log() if line["logger"] == "sandbox.watch"]
    assert {name: one[name] for name in ("method", "route", "status", "sandbox", "role", "request_id", "level")} == {
        "method": "GET",
        "route": "api/v1/workorders",
        "status": 200,
        "sandbox": world.sandbox.slug,
        "role": "dispatcher",
        "request_id": "one",
        "level": "INFO",
    }
    assert one["milliseconds"] > 0 and one["time"].endswith("+00:00")
    assert (two["route"], two["status"], two["request_id"]) == ("unmatched", 404, "two")
    assert "sandbox" not in two and "role" not in two, "what was said of one request is not said of the next"


def test_no_name_number_word_or_key_of_anybody_is_in_the_log_whatever_goes_wrong(log, kind, monkeypatch):
    world = World(simulated=True)
    key = world.key()
    client = world.client()
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {key}"}

    def fail(*_, **__):
        raise KeyError(f"{NAME} {PHONE} {WORDS} {key}")

    assert client.post("/api/v1/workorders", order(), format="json", **bearer).status_code == 201
    client.post("/api/v1/workorders", {**order(), NAME: WORDS}, format="json", **bearer)
    client.post("/api/v1/workorders", f'{{"text": "{WORDS}', content_type="application/json", **bearer)
    client.get(f"/api/v1/workorders?text={WORDS}&key={key}", **bearer)
    client.get(f"/api/v1/workorders/{NAME}", **bearer)
    client.get(f"/{NAME}/{PHONE}?{WORDS}", HTTP_HOST=f"{PHONE}.example", **bearer)
    client.get("/api/v1/sandbox", HTTP_ACTING_AS=NAME, HTTP_X_REQUEST_ID=NAME, **bearer)
    client.get("/api/v1/sandbox", HTTP_AUTHORIZATION=f"Bearer {PHONE}")
    world.advance(days=30)
    kind("test.broken", fail)
    with world.work() as work:
        work.later(work.now, "test.broken", None)
    world.advance(hours=1)
    monkeypatch.setattr(views.SandboxView, "get", fail)
    broken = client.get("/api/v1/sandbox", **bearer)

    assert world.sandbox.clock == "halted" and NAME in world.sandbox.halted, "its owner is told"
    assert broken.status_code == 500
    lines = log()
    assert len([line for line in lines if line["logger"] == "sandbox.watch" and "route" in line]) == 9
    failed = [line for line in lines if "trace" in line]
    assert {line["error"] for line in failed} == {"KeyError"} and len(failed) >= 3
    assert all("test_logs.py" in line["trace"] for line in failed), "where it arose is said"
    said = json.dumps(lines, ensure_ascii=False)
    for secret in (NAME, PHONE, WORDS, key, client._credentials["HTTP_AUTHORIZATION"].split()[1]):
        assert secret not in said


def test_what_a_server_says_of_itself_is_kept(log):
    try:
        try:
            raise ConnectionRefusedError(111, "Connection refused")
        except OSError as error:
            raise OperationalError("connection to server failed") from error
    except OperationalError:
        logging.getLogger("sandbox.tasks").exception("no database")

    (line,) = log()
    assert line["error"] == "OperationalError"
    assert "OperationalError: connection to server failed" in line["trace"]
    assert "Connection refused" in line["trace"], "and what it goes back to"


def test_what_celery_says_of_a_failed_task_is_its_name(log):
    try:
        raise ValueError(NAME)
    except ValueError as error:
        said = {"name": "sandbox.tasks.drive", "id": "1", "exc": repr(error), "args": "(7,)"}
        logging.getLogger("celery.app.trace").error(
            "Task %(name)s[%(id)s] raised: %(exc)s", said, exc_info=True, extra={"data": said}
        )

    (line,) = log()
    assert line["message"] == "task sandbox.tasks.drive failed"
    assert NAME not in json.dumps(line, ensure_ascii=False)
