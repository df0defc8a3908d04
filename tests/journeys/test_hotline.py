"""Capabilities of the 12345 hotline (粤省心), each shown over the API from the first call to the last."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import World
from tests.factories import ANOTHER_UNIT, ANSWER, CONTENT, RETURN, TEXT, UNHAPPY, UNIT

ORDERS = "/api/v1/workorders"
ORDER = {"text": TEXT, "type": "complaint", "caller": {"name": "演安一", "phone": "10000000001"}}
DEPARTMENT = f"department:{UNIT}"


class Hotline:
    """The people of one order, each with a key, doing what they do over HTTP."""

    def __init__(self, world: Any, **given: Any) -> None:
        self.world = world
        self.number = self.send("agent", "POST", ORDERS, {**ORDER, **given}, status=201)["number"]

    def send(self, who: str, method: str, path: str, body: Any = None, *, status: int = 200) -> Any:
        client = self.world.client(who if who != "owner" else "")
        answer = client.generic(method, path) if body is None else client.post(path, body, format="json")
        assert answer.status_code == status, answer.content.decode()
        return answer.json()

    def act(self, who: str, action: str, *, status: int = 200, **body: Any) -> Any:
        return self.send(who, "POST", f"{ORDERS}/{self.number}/{action}", body, status=status)

    def order(self) -> Any:
        return self.send("agent", "GET", f"{ORDERS}/{self.number}")

    def timeline(self) -> Any:
        return self.send("agent", "GET", f"{ORDERS}/{self.number}/timeline")

    def advance(self, **by: int) -> None:
        self.send("owner", "POST", "/api/v1/sandbox/clock/advance", {"by": by})


def dispatched(world: Any, **given: Any) -> Hotline:
    """An order that waits for its unit to sign: once its category is known, the system dispatches it."""
    hotline = Hotline(world, **given)
    assert hotline.act("agent", "accept", category="0101")["unit"] == UNIT
    return hotline


@pytest.mark.capability("yueshengxin-02")
def test_every_step_says_who_when_and_what_for(world):
    hotline = dispatched(world)
    before = len(hotline.timeline())
    hotline.advance(hours=1)
    said = [
        hotline.act(DEPARTMENT, "return_to_centre", **RETURN)["assignments"][0]["return_reason"],
        hotline.act("dispatcher", "refuse_return", reason="已于六月移交你局")["assignments"][0]["review_remark"],
    ]
    hotline.act(DEPARTMENT, "sign")
    hotline.act(DEPARTMENT, "contact")
    said += [
        hotline.act(DEPARTMENT, "answer", **ANSWER)["assignments"][0]["answer"],
        hotline.act("reviewer", "send_back", reason="请写明修复时间")["assignments"][0]["review_remark"],
    ]
    hotline.act(DEPARTMENT, "answer", **ANSWER)
    hotline.act("reviewer", "pass_review")
    unreached = hotline.act("follow_up", "follow_up", reached=False, remark="无人接听")
    said += [
        unreached["follow_ups"][0]["remark"],
        hotline.act("follow_up", "close", reason="诉求人表示无需回访")["remark"],
    ]

    steps = hotline.timeline()[before:]

    assert said == [
        RETURN["reason"],
        "已于六月移交你局",
        ANSWER["text"],
        "请写明修复时间",
        "无人接听",
        "诉求人表示无需回访",
    ]
    assert [(step["type"].removeprefix("work_order."), step["actor"]) for step in steps] == [
        ("return_requested", DEPARTMENT), ("return_refused", "dispatcher"), ("signed", DEPARTMENT),
        ("contacted", DEPARTMENT), ("answered", DEPARTMENT), ("sent_back", "reviewer"), ("answered", DEPARTMENT),
        ("completed", "reviewer"), ("followed_up", "follow_up"), ("closed", "follow_up"),
    ]  # fmt: skip
    assert {step["at"] for step in steps} == {"2022-09-01T10:00:00+08:00"}
    assert hotline.order()["state"] == "closed"


@pytest.mark.capability("yueshengxin-06")
@pytest.mark.parametrize(
    ("type", "last_second", "days"),
    [("consultation", "2022-09-05T23:59:59+08:00", 5), ("complaint", "2022-09-23T23:59:59+08:00", 23)],
)
def test_an_order_not_answered_in_its_time_is_flagged_overdue(type, last_second, days, world):
    hotline = dispatched(world, type=type)
    hotline.act(DEPARTMENT, "sign")
    hotline.act(DEPARTMENT, "contact")

    def flagged() -> list[bool]:
        return [one["overdue"] for one in hotline.order()["deadlines"] if one["what"] == "answer"]

    hotline.advance(days=days - 1, hours=14, minutes=59, seconds=59)
    in_time = flagged(), [step["at"] for step in hotline.timeline() if step["type"] == "work_order.overdue"]
    hotline.advance(seconds=1)
    late = flagged(), [step["at"] for step in hotline.timeline() if step["type"] == "work_order.overdue"]

    assert hotline.order()["due_at"] == last_second
    assert in_time == ([False], [])
    assert late[0] == [True] and len(late[1]) == 1


@pytest.mark.capability("yueshengxin-04")
def test_the_intelligent_agent_answers_a_question_at_once_and_its_share_can_be_seen(database):
    world = World(profile="guangdong-2022")
    asked = Hotline(world, text="请问路灯坏了该找哪个部门报修，多久能修好？", type="consultation")
    told = Hotline(world)

    answered = asked.order()
    assert (answered["state"], answered["ending"], told.order()["ending"]) == ("answered", "answered", "")
    assert answered["article"] and answered["answer"]
    event = asked.timeline()[-1]
    assert (event["type"], event["actor"]) == ("work_order.answered_directly", "system")
    assert event["data"]["confidence"] == answered["article_confidence"] >= 50
    listed = asked.send("owner", "GET", "/api/v1/indicators")["indicators"]
    share = next(one for one in listed if one["code"] == "intelligent_agent")
    assert (share["numerator"], share["denominator"]) == (1, 2)


@pytest.mark.capability("yueshengxin-07")
def test_the_unit_that_signs_first_answers_for_the_order_until_it_is_closed(world):
    hotline = dispatched(world)
    hotline.act(DEPARTMENT, "sign")

    given_back = hotline.act(DEPARTMENT, "return_to_centre", status=409, **RETURN)
    given_away = hotline.act("dispatcher", "dispatch", status=409, unit=ANOTHER_UNIT)
    taken = hotline.act(f"department:{ANOTHER_UNIT}", "contact", status=409)
    responsible = []
    for said in (UNHAPPY, CONTENT):  # it has to be done again once
        hotline.act(DEPARTMENT, "contact")
        hotline.act(DEPARTMENT, "answer", **ANSWER)
        hotline.act("reviewer", "pass_review")
        responsible.append(hotline.order()["unit"])
        hotline.act("follow_up", "follow_up", **said)
        responsible.append(hotline.order()["unit"])

    assert given_back["code"] == given_away["code"] == "not_in_this_state"
    assert taken["code"] == "another_unit"
    assert set(responsible) == {UNIT} and len(responsible) == 4
    assert [one["unit"] for one in hotline.order()["assignments"]] == [UNIT]
    assert hotline.order()["state"] == "closed"


@pytest.mark.capability("yueshengxin-05")
def test_every_order_a_department_has_finished_is_followed_up_by_the_system_by_itself(province):
    orders = [Hotline(province, text=f"广州市天河区石牌东路 {n} 号门前的路灯不亮。") for n in range(8)]
    province.advance(days=40)

    for order in orders:
        shown = order.order()
        assert shown["state"] == "archived"
        if shown["completed_at"]:
            first = shown["follow_ups"][0]
            assert (first["attempt"], first["intelligent"]) == (1, True)
    assert any(order.order()["completed_at"] for order in orders)
