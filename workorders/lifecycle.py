"""The tables of the hotline: a work order's lifecycle, that of each assignment of it to a unit, and a phone call's.

States and their identifiers follow the centres' practice (待受理 … 归档). An action that stands in both
tables of orders and assignments moves both records, or neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import TextChoices

from sandbox.actors import Actor, Role
from sandbox.calendar import calendar
from sandbox.lifecycle import Lifecycle, No, Step
from workorders.vocabulary import RequestType, Satisfied, Solved

if TYPE_CHECKING:
    from sandbox.work import Work


class OrderState(TextChoices):
    PENDING_ACCEPT = "pending_accept", "待受理"
    REJECTED = "rejected", "不予受理"
    ANSWERED = "answered", "直接办结"
    PENDING_DISPATCH = "pending_dispatch", "待派单"
    PENDING_SIGN = "pending_sign", "待签收"
    RETURN_REVIEW = "return_review", "退单审核"
    IN_PROGRESS = "in_progress", "办理中"
    PENDING_REVIEW = "pending_review", "待审核"
    PENDING_FOLLOW_UP = "pending_follow_up", "待回访"
    REDO = "redo", "重办"
    CLOSED = "closed", "办结"
    WITHDRAWN = "withdrawn", "撤单"
    ARCHIVED = "archived", "归档"


class AssignmentState(TextChoices):
    TO_SIGN = "to_sign", "待签收"
    RETURN_REVIEW = "return_review", "退单审核"
    RETURNED = "returned", "已退单"
    APPOINTED = "appointed", "指定承办"
    SIGNED = "signed", "已签收"
    ANSWERED = "answered", "已答复"
    ACCEPTED = "accepted", "答复通过"
    RECALLED = "recalled", "已收回"


class CallState(TextChoices):
    WAITING = "waiting", "排队"
    ANSWERED = "answered", "已接通"
    LOST = "lost", "未接通"


# guards: a sentence, or None


def not_a_consultation(work: Work, order: Any, actor: Actor) -> No | None:
    if order.type and order.type != RequestType.CONSULTATION:
        return No("只有咨询可以直接答复办结", "not_a_consultation", "其他诉求请先受理（accept）再派单")
    return None


def not_followed_up(work: Work, order: Any, actor: Actor) -> No | None:
    unhappy = order.satisfied == Satisfied.DISSATISFIED or order.solved == Solved.UNSOLVED
    if order.follow_ups == 0 or not unhappy:
        return No(
            "发回重办须经回访，且诉求人不满意或诉求未解决", "not_followed_up", "请先回访（follow_up），应重办的随即发回"
        )
    return None


def redo_limit_reached(work: Work, order: Any, actor: Actor) -> No | None:
    limit = work.rules.value("workorder.redo_limit", work.now)
    if order.redo_count >= limit:
        return No(f"重办以 {limit} 次为限，不能再发回", "redo_limit_reached", "请办结（close），或转督办")
    return None


def another_unit(work: Work, assignment: Any, actor: Actor) -> No | None:
    if actor.role == Role.DEPARTMENT and actor.unit != assignment.unit:
        return No("这件工单派给了别的单位", "another_unit", f"只有 {assignment.unit} 可以办理")
    return None


def return_window_over(work: Work, assignment: Any, actor: Actor) -> No | None:
    days = work.rules.value("workorder.return_window", assignment.dispatched_at)
    if work.now > calendar().due(assignment.dispatched_at, days):
        return No(f"退单须在派单后 {days} 个工作日内提出", "return_window_over", "请签收办理，或与热线机构协商")
    return None


def too_many_returns(work: Work, assignment: Any, actor: Actor) -> No | None:
    limit = work.rules.value("workorder.returns_per_order", assignment.dispatched_at)
    if assignment.position > limit:
        return No(f"这件工单已退单 {limit} 次，不得再退", "too_many_returns", "请签收办理（首接负责制）")
    return None


def not_yet_contacted(work: Work, assignment: Any, actor: Actor) -> No | None:
    if assignment.contacted_at is None:
        return No("答复前须先联系诉求人", "not_yet_contacted", "请先 contact，再 answer")
    return None


S, A = OrderState, AssignmentState
_UNIT = (Role.DEPARTMENT,)
_FOLLOWS_UP = (Role.FOLLOW_UP, Role.SYSTEM)
WITHDRAWABLE = (S.PENDING_ACCEPT, S.PENDING_DISPATCH, S.PENDING_SIGN, S.RETURN_REVIEW, S.IN_PROGRESS, S.REDO)

WORK_ORDER = Lifecycle(
    "work_order",
    "工单",
    states=OrderState,
    start=S.PENDING_ACCEPT,
    roles=Role,
    steps=[
        Step("accept", "受理", S.PENDING_ACCEPT, S.PENDING_DISPATCH, (Role.AGENT,)),
        Step("reject", "不予受理", S.PENDING_ACCEPT, S.REJECTED, (Role.AGENT,), needs=("reason",)),
        Step(
            "answer_directly",
            "直接答复",
            S.PENDING_ACCEPT,
            S.ANSWERED,
            (Role.AGENT, Role.SYSTEM),
            unless=(not_a_consultation,),
            needs=("text",),
        ),
        Step("dispatch", "派单", S.PENDING_DISPATCH, S.PENDING_SIGN, (Role.DISPATCHER, Role.SYSTEM)),
        Step("sign", "签收", S.PENDING_SIGN, S.IN_PROGRESS, _UNIT),
        Step(
            "return_to_centre",
            "退单",
            S.PENDING_SIGN,
            S.RETURN_REVIEW,
            _UNIT,
            needs=("reason", "legal_basis", "suggested_unit"),
        ),
        Step("approve_return", "同意退单", S.RETURN_REVIEW, S.PENDING_DISPATCH, (Role.DISPATCHER,)),
        Step("refuse_return", "不同意退单", S.RETURN_REVIEW, S.PENDING_SIGN, (Role.DISPATCHER,), needs=("reason",)),
        Step("contact", "联系诉求人", (S.IN_PROGRESS, S.REDO), None, _UNIT),
        Step("answer", "答复", (S.IN_PROGRESS, S.REDO), S.PENDING_REVIEW, _UNIT, needs=("text", "solved")),
        Step("pass_review", "审核通过（部门办结）", S.PENDING_REVIEW, S.PENDING_FOLLOW_UP, (Role.REVIEWER,)),
        Step("send_back", "退回补办", S.PENDING_REVIEW, S.IN_PROGRESS, (Role.REVIEWER,), needs=("reason",)),
        Step("follow_up", "回访", S.PENDING_FOLLOW_UP, None, _FOLLOWS_UP, needs=("reached",)),
        Step(
            "order_redo",
            "发回重办",
            S.PENDING_FOLLOW_UP,
            S.REDO,
            _FOLLOWS_UP,
            unless=(not_followed_up, redo_limit_reached),
            of_itself=True,
        ),
        Step("close", "办结", S.PENDING_FOLLOW_UP, S.CLOSED, _FOLLOWS_UP, needs=("reason",)),
        Step("withdraw", "撤单", WITHDRAWABLE, S.WITHDRAWN, (Role.CITIZEN, Role.AGENT)),
        Step(
            "archive",
            "归档",
            (S.REJECTED, S.ANSWERED, S.CLOSED, S.WITHDRAWN),
            S.ARCHIVED,
            (Role.SYSTEM,),
            of_itself=True,
        ),
    ],
)

ASSIGNMENT = Lifecycle(
    "assignment",
    "承办任务",
    states=AssignmentState,
    start=A.TO_SIGN,
    roles=Role,
    steps=[
        Step("sign", "签收", (A.TO_SIGN, A.APPOINTED), A.SIGNED, _UNIT, unless=(another_unit,)),
        Step(
            "return_to_centre",
            "退单",
            A.TO_SIGN,
            A.RETURN_REVIEW,
            _UNIT,
            unless=(another_unit, return_window_over, too_many_returns),
            needs=("reason", "legal_basis", "suggested_unit"),
        ),
        Step("approve_return", "同意退单", A.RETURN_REVIEW, A.RETURNED, (Role.DISPATCHER,)),
        Step("refuse_return", "不同意退单", A.RETURN_REVIEW, A.APPOINTED, (Role.DISPATCHER,), needs=("reason",)),
        Step("contact", "联系诉求人", A.SIGNED, None, _UNIT, unless=(another_unit,)),
        Step(
            "answer",
            "答复",
            A.SIGNED,
            A.ANSWERED,
            _UNIT,
            unless=(another_unit, not_yet_contacted),
            needs=("text", "solved"),
        ),
        Step("pass_review", "审核通过（部门办结）", A.ANSWERED, A.ACCEPTED, (Role.REVIEWER,)),
        Step("send_back", "退回补办", A.ANSWERED, A.SIGNED, (Role.REVIEWER,), needs=("reason",)),
        Step("order_redo", "发回重办", A.ACCEPTED, A.SIGNED, _FOLLOWS_UP, of_itself=True),
        Step(
            "withdraw",
            "撤单收回",
            (A.TO_SIGN, A.RETURN_REVIEW, A.APPOINTED, A.SIGNED),
            A.RECALLED,
            (Role.CITIZEN, Role.AGENT),
        ),
    ],
)

PHONE_CALL = Lifecycle(
    "phone_call",
    "来电",
    states=CallState,
    start=CallState.WAITING,
    roles=Role,
    steps=[
        Step("pick_up", "接听", CallState.WAITING, CallState.ANSWERED, (Role.AGENT, Role.SYSTEM)),
        Step("give_up", "放弃等待", CallState.WAITING, CallState.LOST, (Role.CITIZEN,)),
    ],
)

LIFECYCLES = [WORK_ORDER, ASSIGNMENT, PHONE_CALL]
