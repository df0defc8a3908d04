"""Test people keep their promises: whoever calls from a persona's phone gets the persona's outcome, over HTTP, in
either style of the phone, and even where everybody else in the province behaves in the contrary way."""

from __future__ import annotations

import itertools
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from identity.personas import PersonaKind, PersonaStatus, outcomes, personas
from sandbox.calendar import calendar
from sandbox.driver import Until
from sandbox.moments import instant
from sandbox.replay import replay
from simulation import casting
from simulation.models import Story
from simulation.profiles import ROLES, profile
from tests.conftest import World
from tests.factories import LAMP, TEXT
from tests.seeds import forget
from workorders.models import WorkOrder

NOW = [one for one in personas().values() if one.status == PersonaStatus.NOW]
LATER = [one for one in personas().values() if one.status == PersonaStatus.NOT_YET]
CALLING = [one for one in NOW if one.kind != PersonaKind.UNIT]
UNITS = [one for one in NOW if one.kind == PersonaKind.UNIT]
IDLE = Until(idle=True)
REDO_LIMIT = 3
_names = itertools.count(1)


@pytest.fixture(scope="module", autouse=True)
def contrary(tmp_path_factory: Any) -> Iterator[str]:
    """A second profile in which what seldom happens always does, and what mostly happens never."""
    root = tmp_path_factory.mktemp("contrary") / "seeds"
    shutil.copytree(django_settings.SEEDS_DIR, root)
    text = (root / "profiles" / "default.toml").read_text(encoding="utf-8").replace('"default"', '"contrary"')
    how = profile("default")
    for role, kind in ROLES.items():
        for name in (
            one.name for one in fields(kind) if one.type == "Chance" or getattr(one.type, "__name__", "") == "Chance"
        ):
            turned = 0 if getattr(getattr(how, role), name) >= 500 else 1000
            text, found = re.subn(rf"^{name} = \d+", f"{name} = {turned}", text, flags=re.MULTILINE)
            assert found == 1, name
    (root / "profiles" / "contrary.toml").write_text(text, encoding="utf-8")
    with override_settings(SEEDS_DIR=root):
        forget()
        yield "contrary"
    forget()


# what came of a call ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Lived:
    """An order as it stands in the end, and what happened to it."""

    world: World
    order: dict[str, Any]
    events: list[dict[str, Any]]

    def all(self, name: str) -> list[dict[str, Any]]:
        return [event["data"] for event in self.events if event["type"] == f"work_order.{name}"]

    def each(self, name: str, what: str) -> list[Any]:
        return [data[what] for data in self.all(name)]

    def at(self, name: str) -> datetime:
        return next(
            datetime.fromisoformat(event["at"]) for event in self.events if event["type"] == f"work_order.{name}"
        )

    @property
    def since_received(self) -> timedelta:
        return self.at(self.order["ending"]) - self.at("received")


def call(world: World, phone: str, **said: Any) -> str:
    """Register a demand over the API; the number it got."""
    body = {"text": LAMP, "type": "complaint", "caller": {"name": "演试一", "phone": phone}, **said}
    body = {name: value for name, value in body.items() if value is not None}
    answer = world.client("citizen").post("/api/v1/workorders", body, format="json")
    assert answer.status_code == 201, answer.content.decode()
    return answer.json()["number"]


def live(world: World, number: str) -> Lived:
    """Let the clock go on until the order is archived, or nothing happens any more."""
    client = world.client()
    until = {"until": {"type": "work_order.archived", "subject": number}}
    moved = client.post("/api/v1/sandbox/clock/advance", until, format="json")
    assert moved.status_code == 200, moved.content.decode()
    assert moved.json()["state"] == "frozen", moved.json()
    return Lived(
        world,
        client.get(f"/api/v1/workorders/{number}").json(),
        client.get(f"/api/v1/workorders/{number}/timeline").json(),
    )


# the promises -------------------------------------------------------------------------------------------


def _closed(lived: Lived, *, satisfied: str = "satisfied", redone: int = 0) -> None:
    order = lived.order
    assert (order["state"], order["ending"]) == ("archived", "closed")
    assert (order["satisfied"], order["redo_count"]) == (satisfied, redone)


def satisfied(lived: Lived) -> None:
    _closed(lived)
    assert lived.each("followed_up", "reached") == [True]
    assert lived.order["solved"] == "solved"


def mostly_satisfied(lived: Lived) -> None:
    _closed(lived, satisfied="mostly")
    assert lived.each("followed_up", "satisfied") == ["mostly"]


def dissatisfied(lived: Lived) -> None:
    _closed(lived, satisfied="dissatisfied", redone=REDO_LIMIT)
    assert lived.each("followed_up", "satisfied") == ["dissatisfied"] * (REDO_LIMIT + 1)
    assert lived.each("followed_up", "reasonable") == [True] * (REDO_LIMIT + 1)


def dissatisfied_once(lived: Lived) -> None:
    _closed(lived, redone=1)
    assert lived.each("followed_up", "satisfied") == ["dissatisfied", "satisfied"]


def dissatisfied_twice(lived: Lived) -> None:
    _closed(lived, redone=2)
    assert lived.each("followed_up", "satisfied") == ["dissatisfied", "dissatisfied", "satisfied"]


def unreachable(lived: Lived) -> None:
    _closed(lived, satisfied="")
    assert lived.each("followed_up", "reached") == [False, False]


def unreachable_at_first(lived: Lived) -> None:
    _closed(lived)
    assert lived.each("followed_up", "reached") == [False, True]


def unreasonable(lived: Lived) -> None:
    _closed(lived, satisfied="dissatisfied")
    assert lived.each("followed_up", "reasonable") == [False]


def not_contacted(lived: Lived) -> None:
    _closed(lived)
    assert lived.each("followed_up", "contacted") == [False]


def withdraws_at_once(lived: Lived) -> None:
    assert lived.order["ending"] == "withdrawn"
    assert lived.since_received == timedelta(seconds=30)
    assert not lived.all("accepted")


def withdraws_after_dispatch(lived: Lived) -> None:
    assert lived.order["ending"] == "withdrawn"
    assert lived.since_received == timedelta(hours=1)
    assert lived.all("dispatched") and not lived.all("signed")


def reports(lived: Lived) -> None:
    _closed(lived)
    assert lived.order["type"] == "report"
    unit = f"department:{lived.order['unit']}"
    seen = lived.world.client(unit).get(f"/api/v1/workorders/{lived.order['number']}").json()["caller"]
    assert (seen["name"], seen["phone"]) == ("保密", "")


def refused(lived: Lived) -> None:
    assert (lived.order["ending"], lived.order["reject_reason"]) == ("rejected", 6)


def urgent(lived: Lived) -> None:
    _closed(lived)
    assert lived.order["urgent"]
    due = datetime.fromisoformat(lived.order["due_at"])
    assert due.date() == calendar().working_days_after(lived.at("received").date(), 1)


def unclear(lived: Lived) -> None:
    assert lived.order["state"] == "pending_accept"
    assert {event["type"] for event in lived.events} <= {"work_order.received", "work_order.overdue"}


def answered_at_desk(lived: Lived) -> None:
    assert (lived.order["ending"], lived.order["type"]) == ("answered", "consultation")


def _kept(lived: Lived) -> dict[str, bool]:
    """Which of its deadlines the first unit kept."""
    return {name: lived.each(name, "on_time")[0] for name in ("signed", "contacted", "answered")}


def returns(lived: Lived) -> None:
    _closed(lived)
    assert lived.all("return_requested") and lived.all("returned")
    first, *_, last = lived.order["assignments"]
    assert first["unit"] == "440000-t1" and first["state"] == "returned"
    assert last["unit"].startswith("440000-") and last["unit"] != "440000-t1"


def signs_late(lived: Lived) -> None:
    _closed(lived)
    assert _kept(lived) == {"signed": False, "contacted": True, "answered": True}
    assert "sign" in lived.each("overdue", "what")


def contacts_late(lived: Lived) -> None:
    _closed(lived)
    assert _kept(lived) == {"signed": True, "contacted": False, "answered": True}


def answers_late(lived: Lived) -> None:
    _closed(lived)
    assert _kept(lived) == {"signed": True, "contacted": True, "answered": False}
    assert lived.at("answered").date() > datetime.fromisoformat(lived.order["due_at"]).date()


def leaves_unsolved(lived: Lived) -> None:
    _closed(lived, satisfied="dissatisfied", redone=REDO_LIMIT)
    assert lived.each("answered", "solved") == ["unsolved"] * (REDO_LIMIT + 1)
    assert lived.order["solved"] == "unsolved"


def sent_back(lived: Lived) -> None:
    _closed(lived)
    assert len(lived.all("sent_back")) == 1
    assert len(lived.all("answered")) == 2


def prompt(lived: Lived) -> None:
    _closed(lived)
    dispatched, answered = lived.at("dispatched"), lived.at("answered")
    assert answered.date() <= calendar().working_days_after(dispatched.date(), 1)
    assert _kept(lived) == {"signed": True, "contacted": True, "answered": True}


PROMISES: dict[str, Callable[[Lived], None]] = {
    one.__name__: one
    for one in (
        satisfied, mostly_satisfied, dissatisfied, dissatisfied_once, dissatisfied_twice, unreachable,
        unreachable_at_first, unreasonable, not_contacted, withdraws_at_once, withdraws_after_dispatch, reports,
        refused, urgent, unclear, answered_at_desk, returns, signs_late, contacts_late, answers_late,
        leaves_unsolved, sent_back, prompt,
    )
}  # fmt: skip
# what a caller says who is not just somebody with a complaint
SAID: dict[str, dict[str, Any]] = {"reports": {"confidential": True}, "answered_at_desk": {"type": None}}


def test_every_outcome_that_is_real_is_promised_and_no_other():
    assert set(PROMISES) == {one.id for one in outcomes().values() if one.status == PersonaStatus.NOW}


# one of each style, one in each province: what is forced owes nothing to the draws
@pytest.mark.parametrize("style", ["safe", "form_valid"])
@pytest.mark.parametrize("persona", NOW, ids=lambda one: f"{one.id}-{one.outcome.id}")
def test_whoever_calls_from_a_personas_phone_gets_the_outcome(database, persona, style):
    world = World(simulated=True, seed=11, profile="default" if style == "safe" else "contrary")

    number = call(world, getattr(persona, f"phone_{style}"), **SAID.get(persona.outcome.id, {}))

    PROMISES[persona.outcome.id](live(world, number))


@pytest.mark.parametrize("persona", CALLING, ids=lambda one: f"{one.id}-{one.outcome.id}")
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_it_does_so_whatever_the_seed_and_at_the_end_of_the_week_too(database, persona, seed):
    friday = instant(2022, 9, 2, 17, 30)
    world = World(simulated=True, seed=seed, profile="contrary", start=friday)

    number = call(world, persona.phone_form_valid, **SAID.get(persona.outcome.id, {}))

    PROMISES[persona.outcome.id](live(world, number))


@pytest.mark.parametrize("persona", UNITS, ids=lambda one: f"{one.id}-{one.outcome.id}")
def test_an_order_that_a_person_hands_to_a_test_unit_gets_the_units_outcome(database, persona):
    world = World(simulated=True, seed=5, profile="contrary")
    content = personas()["p01"]
    number = call(world, content.phone_safe, text=TEXT)

    for role, action, body in (("agent", "accept", {}), ("dispatcher", "dispatch", {"unit": persona.unit})):
        path = f"/api/v1/workorders/{number}/{action}"
        assert world.client(role).post(path, body, format="json").status_code == 200

    lived = live(world, number)
    if persona.outcome.id == "leaves_unsolved":  # a content caller whose matter is not solved
        assert lived.order["redo_count"] == REDO_LIMIT and lived.order["solved"] == "unsolved"
    else:
        PROMISES[persona.outcome.id](lived)


def test_an_ordinary_callers_order_at_a_test_unit_gets_the_units_outcome(database):
    world = World(simulated=True, seed=5)
    number = call(world, "10000000009", text=TEXT)

    for role, action, body in (("agent", "accept", {}), ("dispatcher", "dispatch", {"unit": "440000-t2"})):
        path = f"/api/v1/workorders/{number}/{action}"
        assert world.client(role).post(path, body, format="json").status_code == 200

    signs_late(live(world, number))


def test_a_unit_of_test_people_is_listed_among_the_units(province):
    found = province.client().get("/api/v1/units/440000-t1").json()

    assert found["name"] == "粤演演示单位（逢单必退）"
    assert found["responsibilities"] == []


# who is not touched -------------------------------------------------------------------------------------


def _log_of(phone: str, database: str) -> str:
    world = World(simulated=True, seed=13)
    live(world, call(world, phone))
    return world.hash


@pytest.fixture(scope="module")
def ordinary(database: str) -> str:
    """The hash of what comes of an ordinary call."""
    return _log_of("10000000009", database)


@pytest.mark.parametrize("style", [0, 1], ids=["safe", "form_valid"])
@pytest.mark.parametrize("persona", LATER, ids=lambda one: f"{one.id}-{one.outcome.id}")
def test_an_outcome_that_is_not_yet_real_has_no_effect_at_all(persona, style, ordinary, database):
    assert _log_of(persona.phones[style], database) == ordinary


def test_a_persona_that_is_real_does_have_one(ordinary, database):
    assert _log_of(personas()["p03"].phone_safe, database) != ordinary


def test_an_ordinary_caller_leaves_no_row_and_costs_no_query(province):
    client = province.client("citizen")
    body = {"text": LAMP, "type": "complaint", "caller": {"name": "演试一", "phone": "10000000009"}}

    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert client.post("/api/v1/workorders", body, format="json").status_code == 201

    assert not [query["sql"] for query in asked if "simulation_story" in query["sql"]]
    assert not Story.objects.filter(sandbox=province.sandbox).exists()


def test_who_calls_is_noted_without_a_word_of_the_matter(province):
    call(province, personas()["p03"].phone_form_valid)

    story = Story.objects.get(sandbox=province.sandbox)
    assert (story.persona, story.known) == ("p03", False)
    assert (story.type, story.category, story.region, story.reject) == ("", "", "", None)


def test_a_name_makes_nobody_a_persona(province):
    call(province, "10000000009", caller={"name": personas()["p03"].name, "phone": "10000000009"})

    assert not Story.objects.filter(sandbox=province.sandbox).exists()


# roles that people play ---------------------------------------------------------------------------------


def test_where_people_play_the_citizens_nobody_withdraws_for_them_until_they_leave(province):
    owner = province.client()
    owner.post("/api/v1/sandbox/roles/open", {"role": "citizen"}, format="json")
    persona = next(one for one in NOW if one.outcome.id == "withdraws_after_dispatch")
    number = call(province, persona.phone_safe)
    province.advance(minutes=30)
    assert WorkOrder.objects.get(number=number, sandbox=province.sandbox).state == "pending_sign"

    owner.post("/api/v1/sandbox/roles/close", {"role": "citizen"}, format="json")

    withdraws_after_dispatch(live(province, number))


def test_where_people_dispatch_an_agent_hands_nothing_on(province):
    province.client().post("/api/v1/sandbox/roles/open", {"role": "dispatcher"}, format="json")

    number = call(province, personas()["u01"].phone_safe, text=TEXT)
    province.advance(hours=1)

    order = WorkOrder.objects.get(number=number, sandbox=province.sandbox)
    assert (order.state, order.unit) == ("pending_dispatch", "")


def test_whoever_follows_up_by_hand_writes_what_they_heard(province):
    province.client().post("/api/v1/sandbox/roles/open", {"role": "follow_up"}, format="json")
    number = call(province, personas()["p03"].phone_safe)
    province.advance(until=Until(type="work_order.completed"))
    said = {"reached": True, "contacted": True, "solved": "solved", "satisfied": "satisfied"}

    path = f"/api/v1/workorders/{number}/follow_up"
    assert province.client("follow_up").post(path, said, format="json").status_code == 200

    satisfied(live(province, number))


# the same every time ------------------------------------------------------------------------------------


def _everybody_calls(seed: int = 17) -> World:
    world = World(simulated=True, seed=seed)
    calls = [
        {"text": LAMP, "type": "complaint", "caller": {"name": one.name, "phone": one.phone_safe}}
        for one in NOW + LATER
    ]
    answer = world.client("citizen").post("/api/v1/workorders/batch", {"orders": calls}, format="json")
    assert answer.status_code == 201, answer.content.decode()
    return world


def test_the_log_is_the_same_whatever_the_chunks(database):
    hashes = set()

    for chunk in (1, 7, 5000):
        world = _everybody_calls()
        world.advance(until=IDLE, chunk=chunk)
        hashes.add(world.hash)

    assert len(hashes) == 1
    story = Story.objects.filter(sandbox=world.sandbox).order_by("id").values_list("persona", flat=True)
    assert list(story) == [one.id for one in NOW]


def test_a_run_with_test_people_is_replayed_to_the_same_hash(database):
    world = _everybody_calls()
    world.advance(until=IDLE)

    copy = replay(world.sandbox, f"personas-again-{next(_names)}")

    assert copy.head == world.hash


def test_a_persona_that_has_left_the_seeds_is_an_ordinary_caller_from_then_on(database, monkeypatch):
    world = World(simulated=True)
    number = call(world, personas()["p03"].phone_safe)
    known = {name: one for name, one in personas().items() if name != "p03"}

    monkeypatch.setattr(casting, "personas", lambda: known)

    assert live(world, number).order["state"] == "archived"


# the interface ------------------------------------------------------------------------------------------


def test_test_people_are_listed_by_kind_outcome_and_status(province):
    client = province.client()

    def ids(query: str) -> list[str]:
        return [one["id"] for one in client.get(f"/api/v1/personas?{query}").json()["results"]]

    assert ids("") == sorted(personas())
    assert ids("kind=unit&status=now") == [one.id for one in UNITS]
    assert ids("outcome=dissatisfied") == ["c02", "p03"]
    assert set(ids("status=not yet")) == {one.id for one in LATER}


def test_a_list_of_them_goes_on_where_the_page_before_ended(province):
    client = province.client()
    seen: list[str] = []
    cursor = ""

    while cursor is not None:
        page = client.get(f"/api/v1/personas?limit=7{cursor and '&cursor=' + cursor}").json()
        seen += [one["id"] for one in page["results"]]
        cursor = page["next"]

    assert seen == sorted(personas())


def test_one_of_them_is_shown_with_both_phones_and_what_happens(province):
    persona = personas()["p03"]

    found = province.client().get("/api/v1/personas/p03").json()

    assert found["phones"] == {"safe": persona.phone_safe, "form_valid": persona.phone_form_valid}
    assert found["outcome"] == {"id": "dissatisfied", "name": "总是不满意"}
    assert (found["status"], found["trust_level"], found["what"]) == ("now", 4, persona.what)


def test_without_a_key_nobody_is_shown(province):
    client = province.client()
    client.credentials()

    assert client.get("/api/v1/personas").status_code == 401
    assert client.get("/api/v1/personas/p01").status_code == 401
