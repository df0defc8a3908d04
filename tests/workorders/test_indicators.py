"""Every indicator, worked out by hand from a small story."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox import counters
from sandbox.actors import SYSTEM, Actor, Role
from tests.factories import ANSWER, CONTENT, LAMP, RETURN, UNHAPPY, UNIT, WorkOrderFactory, act
from tests.sandbox.audit import assert_sound
from tests.workorders.test_knowledge import QUESTION
from workorders.indicators import INDICATORS, indicators
from workorders.knowledge import THRESHOLD

DISPATCHER, DEPARTMENT, FOLLOW_UP = Role.DISPATCHER, Role.DEPARTMENT, Role.FOLLOW_UP


def shown(world: Any) -> dict[str, tuple[int, int]]:
    return {one["code"]: (one["numerator"], one["denominator"]) for one in indicators(counters.totals(world.sandbox))}


def intelligent_dispatch(world: Any) -> tuple[int, int]:
    """Two are dispatched by the system, one by a person; one of the two is given back and dispatched again."""
    orders = [WorkOrderFactory(world=world, text=LAMP, accepted=True) for _ in range(2)]
    WorkOrderFactory(world=world, dispatched=True)
    order = act(world, orders[0], "return_to_centre", role=DEPARTMENT, unit=UNIT, **RETURN)
    order = act(world, order, "approve_return", role=DISPATCHER)
    act(world, order, "dispatch", role=DISPATCHER, unit=UNIT)
    return 2, 3


def _calls(world: Any) -> None:
    """To the provincial platform: one answered at once, one after a minute, one lost, one answered by the machine;
    to Guangzhou's hotline: two answered at once, one lost, one still waiting."""
    for hotline, ways in (
        ("440000", ["at once", "late", "lost", "machine"]),
        ("440100", ["at once"] * 2 + ["lost", ""]),
    ):
        for way in ways:
            call = world.do("phone_calls.offer", actor=Actor(Role.CITIZEN), caller={"name": "演安一"}, hotline=hotline)
            if way in ("late", "lost"):
                world.advance(minutes=1)
            role = {"lost": Role.CITIZEN, "machine": Role.SYSTEM}.get(way, Role.AGENT)
            if way:
                action = "give_up" if way == "lost" else "pick_up"
                world.do(f"phone_calls.{action}", actor=Actor(role), subject=call.number)


def connection(world: Any) -> tuple[int, int]:
    """Of the three calls the provincial platform put through to its seats, two were answered."""
    _calls(world)
    return 2, 3


def connection_all(world: Any) -> tuple[int, int]:
    """Of the six calls that were put through to seats and have an end, four were answered."""
    _calls(world)
    return 4, 6


def answered_within(world: Any) -> tuple[int, int]:
    """Of the four that seats answered, three were answered within fifteen seconds."""
    _calls(world)
    return 3, 4


def intelligent_agent(world: Any) -> tuple[int, int]:
    """Of three demands, the intelligent agent answers one question; another it does not know, and one is no question."""
    world.do("sandbox.override_rule", actor=SYSTEM, key=THRESHOLD, value=20)
    for text in (QUESTION, "请问今年的花市摆在哪里？", LAMP):
        WorkOrderFactory(world=world, text=text, type="")
    return 1, 3


def intelligent_follow_up(world: Any) -> tuple[int, int]:
    """Of three first attempts the system made two; second attempts do not count."""
    for role in (Role.SYSTEM, Role.SYSTEM, FOLLOW_UP):
        order = WorkOrderFactory(world=world, completed=True)
        order = act(world, order, "follow_up", role=role, reached=False)
        act(world, order, "follow_up", role=Role.SYSTEM, **CONTENT)
    return 2, 3


def on_time_sign(world: Any) -> tuple[int, int]:
    """One is signed at once, one two days late, one not yet."""
    WorkOrderFactory(world=world, signed=True)
    late, _ = (WorkOrderFactory(world=world, dispatched=True) for _ in range(2))
    world.advance(days=4)
    act(world, late, "sign", role=DEPARTMENT)
    return 1, 2


def first_dispatch_accuracy(world: Any) -> tuple[int, int]:
    """One is signed by its first unit, one by its second, one not yet."""
    WorkOrderFactory(world=world, signed=True)
    returned = WorkOrderFactory(world=world, returned=True)
    returned = act(world, returned, "dispatch", role=DISPATCHER, unit="440106-zj")
    act(world, returned, "sign", role=DEPARTMENT)
    WorkOrderFactory(world=world, dispatched=True)
    return 1, 3


def on_time_contact(world: Any) -> tuple[int, int]:
    """One is called within a day, and again when it is to be redone; one two days later."""
    redone = WorkOrderFactory(world=world, redo=True)
    act(world, redone, "contact", role=DEPARTMENT)
    late = WorkOrderFactory(world=world, signed=True)
    world.advance(days=2)
    act(world, late, "contact", role=DEPARTMENT)
    return 2, 3


def on_time_answer(world: Any) -> tuple[int, int]:
    """One consultation is answered in time, one after its two working days."""
    WorkOrderFactory(world=world, type="consultation", answered=True)
    late = WorkOrderFactory(world=world, type="consultation", contacted=True)
    world.advance(days=7)
    act(world, late, "answer", role=DEPARTMENT, **ANSWER)
    return 1, 2


def _followed_up(world: Any, *answers: dict[str, Any], **given: Any) -> None:
    for said in answers:
        order = WorkOrderFactory(world=world, completed=True, **given)
        act(world, order, "follow_up", role=FOLLOW_UP, **said)


def response(world: Any) -> tuple[int, int]:
    """Two callers say the unit called, one that it did not, one cannot be reached."""
    _followed_up(world, CONTENT, CONTENT, {**CONTENT, "contacted": False}, {"reached": False})
    return 2, 3


def resolution(world: Any) -> tuple[int, int]:
    """Solved, mostly solved, unsolved; an unreasonable demand does not count."""
    _followed_up(world, CONTENT, {**CONTENT, "solved": "mostly"}, UNHAPPY, {**UNHAPPY, "reasonable": False})
    return 2, 3


def satisfaction(world: Any) -> tuple[int, int]:
    """Satisfied, mostly, dissatisfied; neither unreasonable demands nor mediation (行政调解类) count."""
    mostly = {**CONTENT, "satisfied": "mostly"}
    _followed_up(world, CONTENT, mostly, mostly, UNHAPPY, {**UNHAPPY, "reasonable": False}, {"reached": False})
    quarrel = WorkOrderFactory(world=world, text="邻居吵架请来调解", accepted=True)
    quarrel = act(world, quarrel, "dispatch", role=DISPATCHER, unit=UNIT)
    for role, action, args in [
        (DEPARTMENT, "sign", {}),
        (DEPARTMENT, "contact", {}),
        (DEPARTMENT, "answer", ANSWER),
        (Role.REVIEWER, "pass_review", {}),
        (FOLLOW_UP, "follow_up", UNHAPPY),
    ]:
        quarrel = act(world, quarrel, action, role=role, **args)
    assert quarrel.category == "0306"
    return 3, 4


def returned(world: Any) -> tuple[int, int]:
    """One of three is asked to be given back (and refused): returns count as asked for."""
    WorkOrderFactory(world=world, appointed=True)
    for _ in range(2):
        WorkOrderFactory(world=world, dispatched=True)
    return 1, 3


def redo(world: Any) -> tuple[int, int]:
    """One is closed at once, one after a redo; one is still being redone, one withdrawn."""
    WorkOrderFactory(world=world, closed=True)
    again = WorkOrderFactory(world=world, redo=True)
    act(world, again, "contact", role=DEPARTMENT)
    act(world, again, "answer", role=DEPARTMENT, **ANSWER)
    act(world, again, "pass_review", role=Role.REVIEWER)
    act(world, again, "follow_up", role=FOLLOW_UP, **CONTENT)
    WorkOrderFactory(world=world, redo=True)
    WorkOrderFactory(world=world, withdrawn=True)
    return 1, 2


STORIES: dict[str, Callable[[Any], tuple[int, int]]] = {
    "connection": connection,
    "connection_all": connection_all,
    "answered_within": answered_within,
    "intelligent_agent": intelligent_agent,
    "intelligent_dispatch": intelligent_dispatch,
    "on_time_sign": on_time_sign,
    "first_dispatch_accuracy": first_dispatch_accuracy,
    "on_time_contact": on_time_contact,
    "on_time_answer": on_time_answer,
    "intelligent_follow_up": intelligent_follow_up,
    "response": response,
    "resolution": resolution,
    "satisfaction": satisfaction,
    "return": returned,
    "redo": redo,
}


def test_every_indicator_has_a_story():
    assert list(STORIES) == [one.code for one in INDICATORS]


SHOWS = {
    "intelligent_dispatch": pytest.mark.capability("yueshengxin-03"),
    "intelligent_agent": pytest.mark.capability("yueshengxin-04"),
}


@pytest.mark.parametrize("code", [pytest.param(code, marks=SHOWS.get(code, ())) for code in STORIES])
def test_an_indicator_shows_what_its_story_adds_up_to(code, world):
    numerator, denominator = STORIES[code](world)

    answer = world.client().get("/api/v1/indicators").json()

    one = next(one for one in answer["indicators"] if one["code"] == code)
    assert (one["numerator"], one["denominator"]) == (numerator, denominator)
    assert one["rate"] == round(numerator / denominator, 4)
    assert one["name"] and "/" in one["formula"]
    assert_sound(world.sandbox)


def test_of_nothing_there_is_no_rate(world):
    answer = world.client().get("/api/v1/indicators").json()

    assert all((one["numerator"], one["denominator"], one["rate"]) == (0, 0, None) for one in answer["indicators"])
    assert answer["states"] == {}
    assert answer["endings"] == {"rejected": 0, "answered": 0, "withdrawn": 0, "closed": 0}


def test_states_and_endings_are_counted(world):
    for moment in ("rejected", "withdrawn", "closed", "closed", "signed"):
        WorkOrderFactory(world=world, **{moment: True})
    WorkOrderFactory(world=world, answered_directly=True, type="consultation")

    answer = world.client().get("/api/v1/indicators").json()

    assert answer["states"] == {"rejected": 1, "withdrawn": 1, "closed": 2, "in_progress": 1, "answered": 1}
    assert answer["endings"] == {"rejected": 1, "answered": 1, "withdrawn": 1, "closed": 2}


def test_a_span_of_days_counts_what_happened_in_it_and_shows_where_orders_stood_at_its_end(world):
    order = WorkOrderFactory(world=world, dispatched=True)  # on the 1st
    world.advance(days=1)
    act(world, order, "sign", role=DEPARTMENT)  # on the 2nd
    world.advance(days=1)
    WorkOrderFactory(world=world)  # on the 3rd
    client = world.client()

    def shown(**span: str) -> tuple[dict[str, int], int]:
        answer = client.get("/api/v1/indicators", span).json()
        signed = next(one for one in answer["indicators"] if one["code"] == "on_time_sign")
        return answer["states"], signed["denominator"]

    assert shown(last="2022-09-01") == ({"pending_sign": 1}, 0)
    assert shown(first="2022-09-02", last="2022-09-02") == ({"in_progress": 1}, 1)
    assert shown(first="2022-09-03") == ({"in_progress": 1, "pending_accept": 1}, 0)
    assert shown() == ({"in_progress": 1, "pending_accept": 1}, 1)


def test_a_city_counts_the_orders_its_own_hotline_took(world):
    WorkOrderFactory(world=world, signed=True)  # 广州
    WorkOrderFactory(world=world, text="这边的情况没有人管")  # nobody knows where: the province's
    client = world.client()

    states = {
        city: client.get("/api/v1/indicators", {"city": city}).json()["states"]
        for city in ("440100", "440300", "440000")
    }

    assert states == {"440100": {"in_progress": 1}, "440300": {}, "440000": {"pending_accept": 1}}
