"""What each verb of the hotline does, and refuses, in the words of the trade."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox import canonical
from sandbox.actors import SYSTEM, Actor, Role
from sandbox.moments import instant, iso
from sandbox.refusals import Refused
from tests.factories import ANOTHER_UNIT, ANSWER, CONTENT, LAMP, RETURN, UNHAPPY, UNIT, WorkOrderFactory, act, again
from workorders import actions, queries
from workorders.models import Assignment, FollowUp

AGENT, DISPATCHER, UNIT_STAFF = Role.AGENT, Role.DISPATCHER, Role.DEPARTMENT
REVIEWER, FOLLOW_UP, CITIZEN = Role.REVIEWER, Role.FOLLOW_UP, Role.CITIZEN


def data(event: Any) -> dict[str, Any]:
    return canonical.loads(event.data)


def overdue(world: Any) -> list[tuple[str, str]]:
    """What was recorded as overdue, and when."""
    return [(data(event)["what"], iso(event.at)) for event in world.events("work_order.overdue")]


def override(world: Any, key: str, value: int) -> None:
    world.do("sandbox.override_rule", actor=SYSTEM, key=key, value=value)


# receiving ----------------------------------------------------------------------------------------------


def test_a_caller_known_by_phone_and_name_is_the_same_person_again(world):
    who = {"name": "演安一", "phone": "10000000001"}

    orders = [WorkOrderFactory(world=world, caller=who) for _ in range(2)]
    stranger = WorkOrderFactory(world=world, caller={"name": "虚宁二", "phone": "10000000001"})
    nameless = [WorkOrderFactory(world=world, caller={"name": "演安一", "phone": ""}) for _ in range(2)]

    assert orders[0].caller_id == orders[1].caller_id != stranger.caller_id
    assert len({order.caller_id for order in [*orders, *nameless]}) == 3
    assert len(world.events("party.registered")) == 4


@pytest.mark.parametrize("role", [DISPATCHER, REVIEWER, FOLLOW_UP, Role.SYSTEM])
def test_only_a_caller_or_an_agent_brings_a_demand(role, world):
    with pytest.raises(Refused, match="wrong_role"):
        world.do("work_orders.register", actor=Actor(role), text=LAMP, caller={"name": "演安一"})

    assert world.events("work_order.received") == []


def test_words_that_speak_of_danger_make_an_order_urgent(world):
    calm = WorkOrderFactory(world=world, text="广州市天河区石牌街道自来水水压低")
    urgent = WorkOrderFactory(world=world, text="广州市天河区石牌街道停水了")

    assert (calm.urgent, urgent.urgent) == (False, True)


@pytest.mark.parametrize("flag", [True, False])
def test_whether_an_order_is_confidential_stands_from_the_beginning(flag, world):
    order = WorkOrderFactory(world=world, confidential=flag)

    assert again(order).confidential is flag


# accepting ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "due"),
    [
        ("consultation", "2022-09-05"),
        ("help", "2022-09-16"),  # 中秋 on the 12th
        ("suggestion", "2022-09-16"),
        ("praise", "2022-09-16"),
        ("complaint", "2022-09-23"),
        ("report", "2022-09-23"),
    ],
)
def test_the_deadline_is_counted_in_working_days_from_receipt_not_from_acceptance(kind, due, world):
    order = WorkOrderFactory(world=world, type=kind)  # Thursday, 1 September 2022, 9:00
    world.advance(days=1)

    order = act(world, order, "accept", role=AGENT)

    assert iso(order.due_at) == f"{due}T23:59:59+08:00"
    assert iso(order.accepted_at) == "2022-09-02T09:00:00+08:00"


def test_an_urgent_matter_is_due_the_next_working_day(world):
    order = WorkOrderFactory(world=world)

    order = act(world, order, "accept", role=AGENT, urgent=True)

    assert iso(order.due_at) == "2022-09-02T23:59:59+08:00"


def test_what_the_agent_states_replaces_what_was_recognised(world):
    order = WorkOrderFactory(world=world, text=LAMP, type="")

    order = act(world, order, "accept", role=AGENT, type="help", category="0306", region="440305")

    assert (order.type, order.category, order.region) == ("help", "0306", "440305")
    assert (order.category_confidence, order.place_confidence) == (100, 100)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({}, "type_missing"),
        ({"type": "help", "category": "9999"}, "unknown_category"),
        ({"type": "help", "region": "110000"}, "unknown_region"),
        ({"type": "report", "category": "1301"}, "not_accepted_category"),
    ],
)
def test_an_order_is_not_accepted_without_a_type_or_outside_the_scope(given, code, world):
    order = WorkOrderFactory(world=world, type="")
    before = world.hash

    with pytest.raises(Refused, match=code):
        act(world, order, "accept", role=AGENT, **given)

    assert world.hash == before
    assert again(order).state == "pending_accept"


def test_a_recognised_matter_outside_the_scope_is_refused_with_the_reason_to_give(world):
    order = WorkOrderFactory(world=world, text="广州市天河区有干部贪污受贿")

    with pytest.raises(Refused) as refused:
        act(world, order, "accept", role=AGENT)

    assert refused.value.code == "not_accepted_category"
    assert "事由 5" in str(refused.value.remedy)


def test_a_refusal_keeps_its_reason_and_what_the_caller_was_told(world):
    order = WorkOrderFactory(world=world)

    order = act(world, order, "reject", role=AGENT, reason=4, remark="请拨打119")

    assert (order.state, order.ending, order.reject_reason, order.remark) == ("rejected", "rejected", 4, "请拨打119")
    assert data(world.events()[-1])["reason"] == 4


def test_a_consultation_is_answered_at_the_desk_and_goes_nowhere_else(world):
    order = WorkOrderFactory(world=world, answered_directly=True, type="consultation")

    assert (order.state, order.ending, order.answer) == ("answered", "answered", "办事指南见广东政务服务网。")
    assert world.events("work_order.dispatched") == []


@pytest.mark.parametrize("kind", ["help", "suggestion", "complaint", "report", "praise"])
def test_only_a_consultation_is_answered_at_the_desk(kind, world):
    order = WorkOrderFactory(world=world, type=kind)

    with pytest.raises(Refused, match="not_a_consultation"):
        act(world, order, "answer_directly", role=AGENT, text="…")


def test_who_answers_at_once_has_understood_a_consultation(world):
    order = WorkOrderFactory(world=world, answered_directly=True, type="")

    assert order.type == "consultation"


# dispatching --------------------------------------------------------------------------------------------


def test_dispatch_by_rule_names_the_rule_that_fired(world):
    order = WorkOrderFactory(world=world, accepted=True)

    order = act(world, order, "dispatch", role=DISPATCHER, category="0101")

    assignment = Assignment.objects.get(order=order)
    assert (order.unit, assignment.unit, assignment.rule) == (UNIT, UNIT, "D-0101")
    assert data(world.events()[-1])["rule"] == "D-0101"
    assert iso(assignment.sign_by) == "2022-09-02T23:59:59+08:00"


def test_a_unit_that_is_named_goes_before_the_rules(world):
    order = WorkOrderFactory(world=world, accepted=True)

    order = act(world, order, "dispatch", role=DISPATCHER, category="0101", unit=ANOTHER_UNIT)

    assert (order.unit, Assignment.objects.get(order=order).rule) == (ANOTHER_UNIT, "")


@pytest.mark.parametrize(
    ("text", "given", "missing"),
    [
        ("有件事情请处理一下哦", {}, "类目"),
        ("路灯不亮", {}, "地点"),
        ("有件事情请处理一下哦", {"region": "440106"}, "类目"),
    ],
)
def test_without_category_and_place_there_is_nothing_to_go_by(text, given, missing, world):
    order = WorkOrderFactory(world=world, text=text, accepted=True)

    with pytest.raises(Refused) as refused:
        act(world, order, "dispatch", role=DISPATCHER, **given)

    assert refused.value.code == "nothing_to_go_by" and missing in refused.value.detail
    assert again(order).state == "pending_dispatch"


def test_a_unit_there_is_not_gets_nothing(world):
    order = WorkOrderFactory(world=world, accepted=True)

    with pytest.raises(Refused, match="unknown_unit"):
        act(world, order, "dispatch", role=DISPATCHER, unit="440106-xx")

    assert again(order).dispatches == 0


def test_what_is_recognised_well_enough_is_dispatched_by_the_system(world):
    order = WorkOrderFactory(world=world, text=LAMP, accepted=True)

    accepted, dispatched = world.events()[-2:]
    assert (again(order).state, again(order).unit) == ("pending_sign", UNIT)
    assert (dispatched.type, dispatched.actor) == ("work_order.dispatched", "system")
    assert dispatched.caused_by == accepted.number


@pytest.mark.parametrize("text", ["路灯不亮已经三天了", "广州市天河区石牌东路这边的情况一直没有人管"])
def test_what_is_recognised_by_half_waits_for_a_person(text, world):
    order = WorkOrderFactory(world=world, text=text, accepted=True)

    assert again(order).state == "pending_dispatch"


@pytest.mark.parametrize(("threshold", "state"), [(97, "pending_sign"), (98, "pending_dispatch"), (0, "pending_sign")])
def test_a_sandbox_may_ask_for_more_confidence_before_the_system_dispatches(threshold, state, world):
    override(world, "workorder.auto_dispatch_confidence", threshold)

    order = WorkOrderFactory(world=world, text=LAMP)
    assert (order.category_confidence, order.place_confidence) == (99, 97)
    act(world, order, "accept", role=AGENT)

    assert again(order).state == state


# returning ----------------------------------------------------------------------------------------------


def test_a_unit_gives_an_order_back_with_reason_basis_and_a_better_unit(world):
    order = WorkOrderFactory(world=world, return_review=True)

    assignment = Assignment.objects.get(order=order)
    assert (order.state, assignment.state) == ("return_review", "return_review")
    assert (assignment.return_reason, assignment.return_basis, assignment.suggested_unit) == tuple(RETURN.values())


@pytest.mark.parametrize(("suggested", "code"), [(UNIT, "suggests_itself"), ("440106-xx", "unknown_unit")])
def test_the_better_unit_is_another_one_that_exists(suggested, code, world):
    order = WorkOrderFactory(world=world, dispatched=True)

    with pytest.raises(Refused, match=code):
        act(world, order, "return_to_centre", role=UNIT_STAFF, **{**RETURN, "suggested_unit": suggested})

    assert again(order).state == "pending_sign"


@pytest.mark.parametrize(
    ("by", "state"), [({"hours": 38, "minutes": 59, "seconds": 59}, "return_review"), ({"hours": 39}, "pending_sign")]
)
def test_the_window_for_returning_closes_with_the_next_working_day(by, state, world):
    order = WorkOrderFactory(world=world, dispatched=True)
    world.advance(**by)

    if state == "pending_sign":
        with pytest.raises(Refused, match="return_window_over"):
            act(world, order, "return_to_centre", role=UNIT_STAFF, **RETURN)
    else:
        act(world, order, "return_to_centre", role=UNIT_STAFF, **RETURN)

    assert again(order).state == state


def test_a_return_that_is_agreed_to_sends_the_order_back_to_the_dispatcher_and_the_deadline_runs_on(world):
    order = WorkOrderFactory(world=world, return_review=True)
    due = order.due_at
    world.advance(hours=2)

    order = act(world, order, "approve_return", role=DISPATCHER, remark="同意")

    assert (order.state, order.unit, order.due_at) == ("pending_dispatch", "", due)
    assert iso(order.dispatch_by) == "2022-09-01T15:00:00+08:00"
    assert Assignment.objects.get(order=order).review_remark == "同意"


def test_a_return_that_is_refused_appoints_the_unit_which_must_then_take_it_on(world):
    order = WorkOrderFactory(world=world, appointed=True)

    with pytest.raises(Refused, match="not_in_this_state"):
        act(world, order, "return_to_centre", role=UNIT_STAFF, **RETURN)
    order = act(world, order, "sign", role=UNIT_STAFF)

    assert order.state == "in_progress"


def test_an_order_is_returned_twice_at_most(world):
    order = WorkOrderFactory(world=world, dispatched=True)
    for _ in range(2):
        order = act(world, order, "return_to_centre", role=UNIT_STAFF, **RETURN)
        order = act(world, order, "approve_return", role=DISPATCHER)
        order = act(world, order, "dispatch", role=DISPATCHER, unit=UNIT)

    with pytest.raises(Refused, match="too_many_returns"):
        act(world, order, "return_to_centre", role=UNIT_STAFF, **RETURN)

    assert [one.position for one in Assignment.objects.filter(order=order).order_by("id")] == [1, 2, 3]


# handling -----------------------------------------------------------------------------------------------


def test_signing_sets_the_time_for_the_first_contact(world):
    order = WorkOrderFactory(world=world, signed=True)

    assert iso(Assignment.objects.get(order=order).contact_by) == "2022-09-02T09:00:00+08:00"


def test_nobody_answers_before_speaking_to_the_caller(world):
    order = WorkOrderFactory(world=world, signed=True)

    with pytest.raises(Refused, match="not_yet_contacted"):
        act(world, order, "answer", role=UNIT_STAFF, **ANSWER)
    act(world, order, "contact", role=UNIT_STAFF)
    order = act(world, order, "answer", role=UNIT_STAFF, **ANSWER)

    assert order.state == "pending_review"


def test_only_the_unit_that_has_the_order_handles_it(world):
    order = WorkOrderFactory(world=world, contacted=True)

    with pytest.raises(Refused, match="another_unit"):
        act(world, order, "answer", role=UNIT_STAFF, unit=ANOTHER_UNIT, **ANSWER)


def test_an_answer_that_is_lacking_goes_back_and_the_deadline_stays(world):
    order = WorkOrderFactory(world=world, answered=True)
    due = order.due_at
    world.advance(days=1)

    order = act(world, order, "send_back", role=REVIEWER, reason="请写明修复时间")
    assert (order.state, order.due_at) == ("in_progress", due)
    order = act(world, order, "answer", role=UNIT_STAFF, text="9月2日修复。", solved="solved")
    order = act(world, order, "pass_review", role=REVIEWER)

    assert (order.state, order.answer) == ("pending_follow_up", "9月2日修复。")
    assert iso(order.follow_up_by) == "2022-09-05T23:59:59+08:00"


def test_an_answer_sent_back_in_a_redo_keeps_the_deadline_of_the_redo(world):
    order = WorkOrderFactory(world=world, redo=True)  # five working days: 8 September
    act(world, order, "contact", role=UNIT_STAFF)
    act(world, order, "answer", role=UNIT_STAFF, **ANSWER)
    act(world, order, "send_back", role=REVIEWER, reason="请补充")
    world.advance(to=instant(2022, 9, 9, 9))

    act(world, order, "answer", role=UNIT_STAFF, **ANSWER)

    assert data(world.events()[-1])["on_time"] is False
    assert overdue(world) == [("answer", "2022-09-09T00:00:00+08:00")]


# following up -------------------------------------------------------------------------------------------


def test_a_content_caller_closes_the_order(world):
    order = WorkOrderFactory(world=world, closed=True)

    assert (order.state, order.ending, order.solved, order.satisfied) == ("closed", "closed", "solved", "satisfied")
    assert order.redo_count == 0


def test_a_caller_who_cannot_be_reached_twice_closes_the_order(world):
    order = WorkOrderFactory(world=world, completed=True)

    order = act(world, order, "follow_up", role=FOLLOW_UP, reached=False)
    assert order.state == "pending_follow_up"
    order = act(world, order, "follow_up", role=FOLLOW_UP, reached=False)

    assert (order.state, order.satisfied, order.remark) == ("closed", "", "2 次回访均未接通")
    assert [one.attempt for one in FollowUp.objects.filter(order=order).order_by("id")] == [1, 2]


def test_a_sandbox_may_try_more_often(world):
    override(world, "workorder.follow_up_attempts", 3)
    order = WorkOrderFactory(world=world, completed=True)

    for _ in range(2):
        order = act(world, order, "follow_up", role=FOLLOW_UP, reached=False)

    assert order.state == "pending_follow_up"


@pytest.mark.parametrize(
    "said",
    [
        UNHAPPY,
        {**CONTENT, "satisfied": "dissatisfied"},
        {**CONTENT, "solved": "unsolved"},
    ],
)
def test_a_reasonable_caller_who_is_not_content_has_it_done_again_with_a_limit_of_its_own(said, world):
    order = WorkOrderFactory(world=world, completed=True)
    due = order.due_at

    order = act(world, order, "follow_up", role=FOLLOW_UP, **said)

    assignment = Assignment.objects.get(order=order)
    assert (order.state, order.redo_count, order.due_at, assignment.state) == ("redo", 1, due, "signed")
    assert iso(order.redo_by) == "2022-09-08T23:59:59+08:00"
    assert assignment.contacted_at is None and iso(assignment.contact_by) == "2022-09-02T09:00:00+08:00"


@pytest.mark.parametrize("said", [{**CONTENT, "solved": "mostly"}, {**CONTENT, "satisfied": "mostly"}])
def test_mostly_is_good_enough(said, world):
    order = WorkOrderFactory(world=world, completed=True)

    assert act(world, order, "follow_up", role=FOLLOW_UP, **said).state == "closed"


def test_an_unreasonable_demand_is_closed_however_dissatisfied(world):
    order = WorkOrderFactory(world=world, completed=True)

    order = act(world, order, "follow_up", role=FOLLOW_UP, **UNHAPPY, reasonable=False)

    assert (order.state, order.satisfied, order.redo_count) == ("closed", "dissatisfied", 0)


def test_an_order_is_done_again_three_times_and_then_closed(world):
    order = WorkOrderFactory(world=world, completed=True)
    for _ in range(3):
        order = act(world, order, "follow_up", role=FOLLOW_UP, **UNHAPPY)
        assert order.state == "redo"
        act(world, order, "contact", role=UNIT_STAFF)
        act(world, order, "answer", role=UNIT_STAFF, **ANSWER)
        order = act(world, order, "pass_review", role=REVIEWER)

    order = act(world, order, "follow_up", role=FOLLOW_UP, **UNHAPPY)

    assert (order.state, order.redo_count, order.satisfied) == ("closed", 3, "dissatisfied")


def test_nothing_is_done_again_unless_the_caller_has_said_so(world):
    order = WorkOrderFactory(world=world, completed=True)

    for _ in range(2):
        with world.work() as work, pytest.raises(Refused, match="not_followed_up"):
            actions.order_redo(work, queries.order(work, order.number), actor=Actor(FOLLOW_UP))
        order = act(world, order, "follow_up", role=FOLLOW_UP, reached=False)

    assert again(order).redo_count == 0


@pytest.mark.parametrize(
    ("said", "code", "field"),
    [
        ({"reached": True}, "answers_missing", "contacted"),
        ({"reached": True, "contacted": True, "satisfied": "mostly"}, "answers_missing", "solved"),
        ({"reached": True, "contacted": True, "solved": "mostly"}, "answers_missing", "satisfied"),
        ({"reached": False, "satisfied": "mostly"}, "answers_without_call", "reached"),
        ({"reached": False, "contacted": False}, "answers_without_call", "reached"),
    ],
)
def test_a_follow_up_has_three_answers_or_none(said, code, field, world):
    order = WorkOrderFactory(world=world, completed=True)

    with pytest.raises(Refused) as refused:
        act(world, order, "follow_up", role=FOLLOW_UP, **said)

    assert (refused.value.code, refused.value.field) == (code, field)
    assert again(order).follow_ups == 0


def test_an_order_is_closed_without_a_follow_up_only_for_a_stated_reason(world):
    order = WorkOrderFactory(world=world, completed=True)

    with pytest.raises(Refused, match="reason_missing"):
        act(world, order, "close", role=FOLLOW_UP)
    order = act(world, order, "close", role=FOLLOW_UP, reason="诉求人表示无需回访")

    assert (order.state, order.remark) == ("closed", "诉求人表示无需回访")


# ending -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "moment", ["accepted", "dispatched", "return_review", "returned", "appointed", "contacted", "redo"]
)
@pytest.mark.parametrize("role", [CITIZEN, AGENT])
def test_a_demand_is_taken_back_until_an_answer_is_under_review(moment, role, world):
    order = WorkOrderFactory(world=world, **{moment: True})

    order = act(world, order, "withdraw", role=role, reason="已自行解决")

    assert (order.state, order.ending, order.remark) == ("withdrawn", "withdrawn", "已自行解决")
    assert {one.state for one in Assignment.objects.filter(order=order)} <= {"recalled", "returned"}


@pytest.mark.parametrize("moment", ["answered", "completed", "closed", "archived"])
def test_once_answered_a_demand_is_not_taken_back(moment, world):
    order = WorkOrderFactory(world=world, **{moment: True})

    with pytest.raises(Refused, match="not_in_this_state"):
        act(world, order, "withdraw", role=CITIZEN)


@pytest.mark.parametrize(
    ("moment", "kind"),
    [("rejected", "help"), ("answered_directly", "consultation"), ("withdrawn", "help"), ("closed", "help")],
)
def test_every_ending_is_archived_three_days_later_and_then_nothing_more_happens(moment, kind, world):
    order = WorkOrderFactory(world=world, type=kind, **{moment: True})
    world.advance(days=2, hours=23, minutes=59, seconds=59)
    assert again(order).state != "archived"

    world.advance(seconds=1)
    last = world.events()[-1]
    world.advance(days=300)

    assert (again(order).state, iso(again(order).archived_at)) == ("archived", "2022-09-04T09:00:00+08:00")
    assert (last.type, last.actor, world.events()[-1].number) == ("work_order.archived", "system", last.number)


# overdue ------------------------------------------------------------------------------------------------

PASSED = [
    ("accepted", {}, [("dispatch", "2022-09-01T13:00:01+08:00"), ("answer", "2022-09-24T00:00:00+08:00")]),
    ("dispatched", {}, [("sign", "2022-09-03T00:00:00+08:00"), ("answer", "2022-09-24T00:00:00+08:00")]),
    ("return_review", {}, [("sign", "2022-09-03T00:00:00+08:00"), ("answer", "2022-09-24T00:00:00+08:00")]),
    ("signed", {}, [("first_contact", "2022-09-02T09:00:01+08:00"), ("answer", "2022-09-24T00:00:00+08:00")]),
    ("contacted", {}, [("answer", "2022-09-24T00:00:00+08:00")]),
    ("answered", {}, []),
    ("completed", {}, [("follow_up", "2022-09-03T00:00:00+08:00")]),
    ("redo", {}, [("first_contact", "2022-09-02T09:00:01+08:00"), ("answer", "2022-09-09T00:00:00+08:00")]),
    ("closed", {}, []),
    ("dispatched", {"type": "consultation"}, [("sign", "2022-09-03T00:00:00+08:00"), ("answer", "2022-09-06T00:00:00+08:00")]),
]  # fmt: skip


@pytest.mark.parametrize(("moment", "given", "passed"), PASSED)
def test_each_deadline_that_passes_is_recorded_once_a_second_later(moment, given, passed, world):
    WorkOrderFactory(world=world, **{moment: True}, **given)

    for _ in range(30):
        world.advance(days=1)

    assert overdue(world) == passed


def test_two_deadlines_that_pass_together_are_both_recorded(world):
    order = WorkOrderFactory(world=world, accepted=True, urgent=True)  # due on the 2nd, at midnight
    act(world, order, "dispatch", role=DISPATCHER, unit=UNIT)  # to be signed by then too

    world.advance(days=5)

    assert overdue(world) == [("sign", "2022-09-03T00:00:00+08:00"), ("answer", "2022-09-03T00:00:00+08:00")]


def test_a_deadline_kept_in_the_last_second_is_kept(world):
    order = WorkOrderFactory(world=world, dispatched=True)
    world.advance(to=instant(2022, 9, 2, 23, 59, 59))

    act(world, order, "sign", role=UNIT_STAFF)
    world.advance(hours=1)

    assert data(world.events("work_order.signed")[0])["on_time"] is True
    assert overdue(world) == []


def test_a_second_later_it_is_not(world):
    order = WorkOrderFactory(world=world, dispatched=True)
    world.advance(to=instant(2022, 9, 3))

    act(world, order, "sign", role=UNIT_STAFF)

    assert data(world.events("work_order.signed")[0])["on_time"] is False
    assert overdue(world) == [("sign", "2022-09-03T00:00:00+08:00")]


def test_a_demand_accepted_after_its_deadline_is_overdue_at_once(world):
    order = WorkOrderFactory(world=world, type="consultation")  # due on the 5th
    world.advance(days=10)

    act(world, order, "accept", role=AGENT)
    world.advance(days=10)

    assert [one for one in overdue(world) if one[0] == "answer"] == [("answer", "2022-09-11T09:00:00+08:00")]


def test_an_answer_sent_back_after_the_deadline_is_overdue_at_once_and_only_once(world):
    in_time, late = (WorkOrderFactory(world=world, contacted=True, type="consultation") for _ in range(2))
    act(world, in_time, "answer", role=UNIT_STAFF, **ANSWER)
    world.advance(days=10)
    act(world, late, "answer", role=UNIT_STAFF, **ANSWER)

    for order in (in_time, late):
        act(world, order, "send_back", role=REVIEWER, reason="请补充")
    world.advance(days=10)

    assert [(event.subject, iso(event.at)) for event in world.events("work_order.overdue")] == [
        (late.number, "2022-09-06T00:00:00+08:00"),
        (in_time.number, "2022-09-11T09:00:00+08:00"),
    ]


def test_an_order_that_has_ended_is_never_overdue(world):
    order = WorkOrderFactory(world=world, signed=True)
    act(world, order, "withdraw", role=CITIZEN)

    world.advance(days=60)

    assert overdue(world) == []
