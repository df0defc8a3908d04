"""Work orders over HTTP: what answers show, who may see and do what, and that a request counts once."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver
from rest_framework.test import APIClient

from identity.vocabulary import PartyKind
from sandbox import wall
from sandbox.models import Event, IdempotentAnswer
from tests.factories import ANOTHER_UNIT, LAMP, TEXT, UNHAPPY, UNIT, WorkOrderFactory, act
from tests.rows import everything, standing
from tests.workorders.test_bad_input import GOOD
from workorders.inputs import ACTIONS
from workorders.lifecycle import OrderState
from workorders.models import WorkOrder
from workorders.numbers import is_number
from workorders.vocabulary import Channel

ORDERS = "/api/v1/workorders"
CALLER = {"name": "演安一", "phone": "10000000001", "document": "44990019800101001X"}
ORDER = {"text": LAMP, "caller": CALLER}


def post(client: APIClient, path: str, body: Any = None, **headers: Any) -> Any:
    return client.post(path, body or {}, format="json", **headers)


def listed(client: APIClient, **query: Any) -> list[str]:
    answer = client.get(ORDERS, query)
    assert answer.status_code == 200, answer.content.decode()
    return [row["number"] for row in answer.json()["results"]]


# taking down --------------------------------------------------------------------------------------------


def test_a_demand_is_taken_down_and_what_it_is_about_recognised(world):
    answer = post(world.client(), ORDERS, ORDER)

    order = answer.json()
    assert answer.status_code == 201
    assert is_number(order["number"]) and order["number"][6:12] == "440100"
    assert (order["state"], order["state_label"]) == ("pending_accept", "待受理")
    assert (order["category"], order["category_name"]) == ("0101", "路灯照明")
    assert (order["region"], order["region_name"]) == ("440106", "广州市天河区")
    assert order["recognition"]["category_confidence"] > 50 and order["recognition"]["place_confidence"] > 50
    assert order["received_at"] == "2022-09-01T09:00:00+08:00"
    assert order["due_at"] is None


@pytest.mark.capability("yueshengxin-01")
@pytest.mark.parametrize("channel", Channel.values)
def test_every_entry_yields_a_work_order_that_says_how_it_came(channel, world):
    client = world.client("agent" if channel == Channel.PHONE else "citizen")
    callers = [
        {"name": "演安一", "phone": f"1000000000{n}", "kind": kind} for n, kind in enumerate(PartyKind.values, 1)
    ]

    orders = [post(client, ORDERS, {**ORDER, "channel": channel, "caller": caller}).json() for caller in callers]

    assert [order["caller"]["kind"] for order in orders] == PartyKind.values
    assert all(is_number(order["number"]) and order["channel"] == channel for order in orders)
    assert listed(world.client(), channel=channel) == [order["number"] for order in reversed(orders)]


def test_what_the_caller_states_stands(world):
    stated = {"category": "0306", "region": "440305", "type": "help", "urgent": True, "channel": "website"}

    order = post(world.client(), ORDERS, {**ORDER, **stated}).json()

    assert {name: order[name] for name in stated} == stated
    assert order["recognition"] == {"category_confidence": 100, "place_confidence": 100}


def test_an_order_is_the_same_wherever_it_is_shown(world):
    client = world.client("agent")
    created = post(client, ORDERS, ORDER).json()

    detail = client.get(f"{ORDERS}/{created['number']}").json()
    row = client.get(ORDERS).json()["results"][0]

    assert detail == created
    assert row == {name: created[name] for name in row}


def test_a_batch_is_taken_down_in_its_order_and_all_of_it(world):
    client = world.client()

    answer = post(client, f"{ORDERS}/batch", {"orders": [{**ORDER, "place": f"第{n}号"} for n in range(30)]})

    numbers = [row["number"] for row in answer.json()["results"]]
    assert answer.status_code == 201
    assert numbers == list(reversed(listed(client)))
    assert len({event.number for event in world.events("work_order.received")}) == 30


def test_a_caller_named_twice_in_a_batch_is_one_person(world):
    client = world.client()
    others = [{"name": "虚宁二", "phone": CALLER["phone"]}, {"name": "演安一", "phone": "10000000002"}]
    post(client, ORDERS, ORDER)

    post(
        client, f"{ORDERS}/batch", {"orders": [{**ORDER, "caller": who} for who in [CALLER, *others, CALLER, *others]]}
    )

    callers = WorkOrder.objects.filter(sandbox=world.sandbox).order_by("id").values_list("caller__number", flat=True)
    assert list(callers) == [f"P000000{n}" for n in (1, 1, 2, 3, 1, 2, 3)]


def test_a_batch_asks_the_database_as_often_for_two_as_for_a_hundred(world):
    client = world.client()

    def queries(size: int, first: int) -> int:
        callers = ({"name": "演安一", "phone": f"100{first + n:08d}"} for n in range(size))
        body = {"orders": [{**ORDER, "caller": who} for who in callers]}
        with CaptureQueriesContext(connection) as captured:
            assert post(client, f"{ORDERS}/batch", body).status_code == 201
        return len(captured)

    assert queries(2, 1) == queries(100, 1000)


@pytest.mark.capability("yueshengxin-02")
def test_the_timeline_tells_every_step_in_order(world):
    order = WorkOrderFactory(world=world, answered=True)

    answer = world.client().get(f"{ORDERS}/{order.number}/timeline")

    assert [event["type"] for event in answer.json()] == [
        f"work_order.{step}" for step in ("received", "accepted", "dispatched", "signed", "contacted", "answered")
    ]
    assert [event["actor"] for event in answer.json()] == [
        "citizen", "agent", "dispatcher", *[f"department:{UNIT}"] * 3
    ]  # fmt: skip


# personal data ------------------------------------------------------------------------------------------


@pytest.mark.capability("pii_protection-01")
def test_nobody_is_shown_more_of_a_caller_than_a_mask(world):
    client = world.client("agent")
    order = post(client, ORDERS, ORDER).json()
    paths = [ORDERS, f"{ORDERS}/{order['number']}", f"{ORDERS}/{order['number']}/timeline", "/api/v1/events?limit=1000"]

    answers = [client.get(path).content.decode() for path in paths] + [json.dumps(order, ensure_ascii=False)]

    assert (order["caller"]["name"], order["caller"]["phone"]) == ("演**", "100****0001")
    for answer in answers:
        assert not any(value in answer for value in CALLER.values())


def test_events_hold_neither_names_nor_numbers_nor_words(world):
    WorkOrderFactory(world=world, redo=True, caller=CALLER)

    said = "\n".join(event.data for event in world.events())

    assert not any(value in said for value in (*CALLER.values(), TEXT, "路灯已修复。"))


def test_of_a_confidential_order_the_unit_learns_nothing_about_the_caller(world):
    order = WorkOrderFactory(world=world, dispatched=True, confidential=True)
    path = f"{ORDERS}/{order.number}"

    seen_by_unit = world.client(f"department:{UNIT}").get(path).json()["caller"]
    seen_by_agent = world.client("agent").get(path).json()["caller"]

    assert seen_by_unit == {"number": "", "kind": "natural", "name": "保密", "phone": ""}
    assert seen_by_agent["phone"].startswith("100****")


# the list -----------------------------------------------------------------------------------------------


@pytest.fixture
def mixed(world: Any) -> Any:
    """A world with orders of every kind in most states."""
    for moment in ("accepted", "rejected", "dispatched", "signed", "answered", "closed", "withdrawn"):
        WorkOrderFactory(world=world, **{moment: True})
    world.advance(days=1)
    for kind, channel in (("consultation", "website"), ("report", "phone"), ("praise", "mayors_box")):
        WorkOrderFactory(world=world, type=kind, channel=channel, urgent=kind == "report", region="440305")
    WorkOrderFactory(world=world, text=LAMP, category="0101", region="440106006")
    WorkOrderFactory(world=world, text=LAMP, category="0306", region="440100")
    return world


FILTERS: list[tuple[dict[str, Any], Any]] = [
    ({"state": "pending_accept"}, lambda row: row["state"] == "pending_accept"),
    ({"ending": "closed"}, lambda row: row["ending"] == "closed"),
    ({"type": "report"}, lambda row: row["type"] == "report"),
    ({"channel": "website"}, lambda row: row["channel"] == "website"),
    ({"category": "0101"}, lambda row: row["category"] == "0101"),
    ({"category": "03"}, lambda row: row["category"].startswith("03")),
    ({"region": "440305"}, lambda row: row["region"] == "440305"),
    ({"region": "440100"}, lambda row: row["region"].startswith("4401")),
    ({"region": "440106"}, lambda row: row["region"].startswith("440106")),
    ({"region": "440000"}, lambda row: True),
    ({"unit": UNIT}, lambda row: row["unit"] == UNIT),
    ({"urgent": "true"}, lambda row: row["urgent"]),
    ({"urgent": "false"}, lambda row: not row["urgent"]),
    ({"received_from": "2022-09-02T00:00:00+08:00"}, lambda row: row["received_at"] >= "2022-09-02"),
    ({"received_before": "2022-09-02T00:00:00+08:00"}, lambda row: row["received_at"] < "2022-09-02"),
    ({"received_from": "2022-09-01T09:00:00+08:00"}, lambda row: True),
    ({"type": "complaint", "unit": UNIT, "state": "in_progress"}, lambda row: row["state"] == "in_progress"),
]


def test_every_filter_of_the_list_narrows_it_to_what_fits(mixed):
    client = mixed.client()
    rows = client.get(ORDERS).json()["results"]

    for query, fits in FILTERS:
        wanted = [row["number"] for row in rows if fits(row)]
        assert wanted, query
        assert listed(client, **query) == wanted, query
    assert {name for query, _ in FILTERS for name in query} == set(_filters()) - {"cursor", "limit"}


def _filters() -> Any:
    from workorders.api.serializers import OrderQuery

    return OrderQuery().fields


def test_pages_lose_and_repeat_nothing_while_orders_arrive_and_move(world):
    client = world.client()
    orders = [WorkOrderFactory(world=world) for _ in range(23)]
    seen, cursor = [], None

    while True:
        answer = client.get(ORDERS, {"limit": 5, **({"cursor": cursor} if cursor else {})}).json()
        seen += [row["number"] for row in answer["results"]]
        cursor = answer["next"]
        if cursor is None:
            break
        WorkOrderFactory(world=world)
        act(world, orders.pop(), "accept", role="agent")

    assert len(seen) == 23
    assert seen == listed(client, limit=500)[-23:]


def test_a_page_that_is_just_full_is_the_last_one(world):
    for _ in range(4):
        WorkOrderFactory(world=world)

    answer = world.client().get(ORDERS, {"limit": 4}).json()

    assert len(answer["results"]) == 4 and answer["next"] is None


def test_a_cursor_of_another_sandbox_shows_nothing_of_it(world, other):
    mine, theirs = [[WorkOrderFactory(world=one).number for _ in range(5)] for one in (world, other)]
    cursor = other.client().get(ORDERS, {"limit": 2}).json()["next"]

    answer = world.client().get(ORDERS, {"cursor": cursor}).json()

    assert {row["number"] for row in answer["results"]} <= set(mine)
    assert mine != theirs or other.sandbox.pk != world.sandbox.pk


# few queries --------------------------------------------------------------------------------------------


def _queries(client: APIClient, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def test_the_list_asks_the_database_as_often_for_ten_as_for_five_hundred(world):
    client = world.client()
    batch = {"orders": [ORDER] * 10}
    post(client, f"{ORDERS}/batch", batch)
    for_ten = _queries(client, f"{ORDERS}?limit=500")

    post(client, f"{ORDERS}/batch", {"orders": [ORDER] * 490})

    assert len(listed(client, limit=500)) == 500
    assert _queries(client, f"{ORDERS}?limit=500") == for_ten <= 3


def test_an_order_with_a_long_story_costs_as_many_queries_as_a_fresh_one(world):
    client = world.client("agent")
    fresh = WorkOrderFactory(world=world, dispatched=True)
    long = WorkOrderFactory(world=world, returned=True)
    long = act(world, long, "dispatch", role="dispatcher", unit=UNIT)
    for role, action, args in [
        ("department", "sign", {}),
        ("department", "contact", {}),
        ("department", "answer", GOOD["answer"]),
        ("reviewer", "pass_review", {}),
        ("follow_up", "follow_up", {"reached": False}),
        ("follow_up", "follow_up", UNHAPPY),
    ]:
        long = act(world, long, action, role=role, **args)

    counts = [_queries(client, f"{ORDERS}/{order.number}") for order in (fresh, long)]

    assert counts[0] == counts[1] <= 4


# Idempotency-Key ----------------------------------------------------------------------------------------


def test_the_same_key_and_body_give_the_same_answer_and_one_order(world):
    client = world.client()

    first, second = (post(client, ORDERS, ORDER, HTTP_IDEMPOTENCY_KEY="k-1") for _ in range(2))

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert len(listed(client)) == 1


def test_the_answer_stays_what_it_was_although_the_order_has_moved_on(world):
    client = world.client("agent")
    first = post(client, ORDERS, {**ORDER, "type": "help"}, HTTP_IDEMPOTENCY_KEY="k-1").json()
    post(client, f"{ORDERS}/{first['number']}/accept")

    again = post(client, ORDERS, {**ORDER, "type": "help"}, HTTP_IDEMPOTENCY_KEY="k-1").json()

    assert again == first
    assert again["state"] == "pending_accept"


@pytest.mark.parametrize(
    ("path", "body", "acting_as"),
    [
        (ORDERS, {**ORDER, "urgent": True}, "citizen"),
        (ORDERS, ORDER, "agent"),
        (f"{ORDERS}/batch", {"orders": [ORDER]}, "citizen"),
    ],
    ids=["another body", "another actor", "another address"],
)
def test_a_key_used_for_another_request_is_refused(path, body, acting_as, world):
    post(world.client("citizen"), ORDERS, ORDER, HTTP_IDEMPOTENCY_KEY="k-1")
    before = everything(world.sandbox)

    answer = post(world.client(acting_as), path, body, HTTP_IDEMPOTENCY_KEY="k-1")

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert everything(world.sandbox) == before


def test_the_same_key_in_two_sandboxes_is_two_requests(world, other):
    answers = [post(one.client(), ORDERS, ORDER, HTTP_IDEMPOTENCY_KEY="k-1") for one in (world, other)]

    assert all("Idempotent-Replayed" not in answer.headers for answer in answers)
    assert [len(listed(one.client())) for one in (world, other)] == [1, 1]


def test_a_refused_request_leaves_its_key_free(world):
    client = world.client("agent")
    order = WorkOrderFactory(world=world, type="")
    path = f"{ORDERS}/{order.number}/accept"

    refused = post(client, path, HTTP_IDEMPOTENCY_KEY="k-1")
    accepted = post(client, path, {"type": "help"}, HTTP_IDEMPOTENCY_KEY="k-1")

    assert (refused.status_code, accepted.status_code) == (422, 200)


def test_a_key_is_forgotten_after_a_day(world):
    client = world.client()
    post(client, ORDERS, ORDER, HTTP_IDEMPOTENCY_KEY="k-1")
    IdempotentAnswer.objects.filter(sandbox=world.sandbox).update(
        created_at=wall.now() - timedelta(hours=24, minutes=1)
    )

    answer = post(client, ORDERS, ORDER, HTTP_IDEMPOTENCY_KEY="k-1")

    assert "Idempotent-Replayed" not in answer.headers
    assert len(listed(client)) == 2


def test_an_advance_that_is_asked_for_twice_happens_once(world):
    client = world.client()

    first, second = (
        post(client, "/api/v1/sandbox/clock/advance", {"by": {"days": 1}}, HTTP_IDEMPOTENCY_KEY="k-1") for _ in range(2)
    )

    assert first.json() == second.json()
    assert first.json()["now"] == "2022-09-02T09:00:00+08:00"
    assert world.now.isoformat() == "2022-09-02T01:00:00+00:00"


@pytest.mark.parametrize("attempts", [8])
def test_one_key_sent_many_times_at_once_makes_one_order(attempts, world):
    clients = [world.client() for _ in range(attempts)]
    together = threading.Barrier(attempts)
    answers = []

    def send(client: APIClient) -> None:
        try:
            together.wait(10)
            answers.append(post(client, ORDERS, ORDER, HTTP_IDEMPOTENCY_KEY="k-1"))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=send, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert [answer.status_code for answer in answers] == [201] * attempts
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotent-Replayed" not in answer.headers for answer in answers) == 1
    assert len(listed(clients[0])) == 1


def test_an_answer_that_cannot_be_kept_undoes_the_order(world, monkeypatch):
    before = everything(world.sandbox)

    def full(*args: Any, **kwargs: Any) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patched:
        patched.setattr(IdempotentAnswer.objects, "create", full)
        failed = post(world.client(), ORDERS, ORDER, HTTP_IDEMPOTENCY_KEY="k-1")
    assert everything(world.sandbox) == before
    again = post(world.client(), ORDERS, ORDER, HTTP_IDEMPOTENCY_KEY="k-1")

    assert (failed.status_code, failed.json()["code"]) == (500, "internal_error")
    assert again.status_code == 201 and "Idempotent-Replayed" not in again.headers


# who may ------------------------------------------------------------------------------------------------


def test_the_owner_acts_as_anybody_and_as_a_citizen_where_nobody_is_named(world):
    for acting_as in ("citizen", "agent", "dispatcher", f"department:{UNIT}", "reviewer", "follow_up"):
        assert world.client(acting_as).get("/api/v1/sandbox").json()["acting_as"] == acting_as
    assert world.client().get("/api/v1/sandbox").json()["acting_as"] == "citizen"


def test_a_units_key_is_that_unit_and_nobody_else(world):
    mine = WorkOrderFactory(world=world, dispatched=True)
    key = world.key(f"department:{UNIT}")
    before = standing(world.sandbox)

    for name in ("agent", "citizen", "department", f"department:{ANOTHER_UNIT}", "owner", "system"):
        client = APIClient(raise_request_exception=False)
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}", HTTP_ACTING_AS=name)
        for answer in (client.get(ORDERS), post(client, f"{ORDERS}/{mine.number}/sign")):
            assert (answer.status_code, answer.json()["code"]) == (403, "acting_as_not_allowed"), name
    assert standing(world.sandbox) == before

    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}", HTTP_ACTING_AS=f"department:{UNIT}")
    assert post(client, f"{ORDERS}/{mine.number}/sign").json()["state"] == "in_progress"
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    assert post(client, f"{ORDERS}/{mine.number}/contact").status_code == 200
    assert world.events()[-1].actor == f"department:{UNIT}"


def test_a_units_key_does_nothing_to_another_units_order_and_nothing_another_role_does(world):
    order = WorkOrderFactory(world=world, dispatched=True)
    client = world.client(actor=f"department:{ANOTHER_UNIT}")
    before = everything(world.sandbox)

    sign = post(client, f"{ORDERS}/{order.number}/sign")
    create = post(client, ORDERS, ORDER)
    withdraw = post(client, f"{ORDERS}/{order.number}/withdraw")

    assert (sign.status_code, sign.json()["code"]) == (409, "another_unit")
    assert (create.status_code, create.json()["code"]) == (403, "wrong_role")
    assert (withdraw.status_code, withdraw.json()["code"]) == (403, "wrong_role")
    assert everything(world.sandbox) == before


OWNERS = [
    ("post", "sandbox/clock/advance", {"by": {"days": 1}}),
    ("post", "sandbox/clock/run", {"rate": 60}),
    ("post", "sandbox/clock/freeze", {}),
    ("post", "sandbox/clock/retry", {}),
    ("post", "sandbox/clock/barrier", {"on": True}),
    ("post", "sandbox/clock/settle", {"event": 1}),
    ("post", "sandbox/roles/open", {"role": "agent"}),
    ("post", "sandbox/roles/close", {"role": "agent"}),
    ("put", "rules/workorder.sign", {"value": 3}),
]


@pytest.mark.parametrize(("method", "path", "body"), OWNERS)
def test_the_sandbox_itself_is_in_its_owners_hands(method, path, body, world):
    before = everything(world.sandbox)

    answer = getattr(world.client(actor="agent"), method)(f"/api/v1/{path}", body, format="json")

    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    assert everything(world.sandbox) == before


def _numbered() -> list[str]:
    """Every route of the API that takes the number of an order."""
    found = []
    for included in get_resolver().url_patterns:
        for one in getattr(included, "url_patterns", []):
            path = f"/{included.pattern}{one.pattern}"
            if "<str:number>" in path and path.startswith("/api/"):
                found.append(path.replace("<str:number>", "{}"))
    return found


def test_every_action_is_a_route_that_takes_a_number():
    assert {path.rpartition("/")[2] for path in _numbered()} == {"{}", "timeline", *ACTIONS}


@pytest.mark.parametrize("path", _numbered())
def test_another_sandboxes_order_does_not_exist_here(path, world, other):
    WorkOrderFactory(world=world, dispatched=True)
    WorkOrderFactory(world=other)
    theirs = WorkOrderFactory(world=other, dispatched=True).number  # the second there; here is only a first
    action = path.rpartition("/")[2]
    before = everything(world.sandbox), everything(other.sandbox)

    for acting_as in ("agent", "dispatcher", f"department:{UNIT}", "reviewer", "follow_up"):
        client = world.client(acting_as)
        answer = (
            client.get(path.format(theirs))
            if action in ("{}", "timeline")
            else post(client, path.format(theirs), GOOD.get(action, {}))
        )
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert TEXT not in answer.content.decode()

    assert (everything(world.sandbox), everything(other.sandbox)) == before


def test_the_same_number_in_two_sandboxes_is_two_orders(world, other):
    mine, theirs = (WorkOrderFactory(world=one, dispatched=True) for one in (world, other))
    before = everything(other.sandbox)

    signed = post(world.client(f"department:{UNIT}"), f"{ORDERS}/{mine.number}/sign")

    assert mine.number == theirs.number and signed.status_code == 200
    assert everything(other.sandbox) == before


def test_lists_events_and_indicators_show_only_ones_own_sandbox(world, other):
    theirs = WorkOrderFactory(world=other, closed=True)
    client = world.client()

    assert listed(client) == []
    events = client.get("/api/v1/events", {"limit": 1000}).json()["results"]
    assert all(event["subject"] != theirs.number for event in events)
    assert client.get("/api/v1/events", {"subject": theirs.number}).json()["results"] == []
    assert client.get("/api/v1/indicators").json()["states"] == {}


def test_events_come_in_their_order_and_page_by_number(world):
    order = WorkOrderFactory(world=world, answered=True)
    client = world.client()
    seen, after = [], 0

    while after is not None:
        answer = client.get("/api/v1/events", {"limit": 3, "after": after}).json()
        seen += answer["results"]
        after = answer["next"]

    assert [event["number"] for event in seen] == list(range(1, len(seen) + 1))
    assert seen[-1]["hash"] == world.hash
    assert len(seen) == Event.objects.filter(sandbox=world.sandbox).count()
    of_order = client.get("/api/v1/events", {"subject": order.number, "type": "work_order.signed"}).json()["results"]
    assert len(of_order) == 1


def test_states_of_the_vocabulary_are_what_answers_use(mixed):
    states = {row["state"] for row in mixed.client().get(ORDERS).json()["results"]}

    assert states <= set(OrderState.values)
    assert WorkOrder.objects.filter(sandbox=mixed.sandbox).count() == len(listed(mixed.client()))
