"""Every situation an order may be in: its own state, its assignment's, and which guards then say no.

`verdict` says from the two tables alone what must come of an action: None where it is allowed, else the code
of the refusal. Tests hold the actions and the interface against it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sandbox.actors import PEOPLE, SYSTEM, Actor, Role
from tests.factories import ANOTHER_UNIT, ANSWER, CONTENT, RETURN, UNHAPPY, UNIT, WorkOrderFactory, act, again
from workorders.lifecycle import ASSIGNMENT, WORK_ORDER, AssignmentState, OrderState, another_unit
from workorders.models import WorkOrder

S, A = OrderState, AssignmentState
State = tuple[str, str | None]

# what each action is given; those not named need nothing
ARGS: dict[str, dict[str, Any]] = {
    "accept": {"type": "help"},
    "reject": {"reason": 6},
    "answer_directly": {"text": "请携带身份证办理。"},
    "dispatch": {"unit": UNIT},
    "return_to_centre": RETURN,
    "refuse_return": {"reason": "属你局职责"},
    "answer": ANSWER,
    "send_back": {"reason": "请补充"},
    "follow_up": CONTENT,
    "close": {"reason": "诉求人表示无需回访"},
}

RIGHT_UNIT, WRONG_UNIT = Actor(Role.DEPARTMENT, UNIT), Actor(Role.DEPARTMENT, ANOTHER_UNIT)
ACTORS = [
    *(Actor(role) for role in PEOPLE if role != Role.DEPARTMENT),
    RIGHT_UNIT,
    WRONG_UNIT,
    SYSTEM,
]


@dataclass(frozen=True)
class Situation:
    name: str
    order: str
    assignment: str | None
    build: Callable[[Any], WorkOrder]
    says_no: dict[str, str] = field(default_factory=dict)  # action → code of the guard that refuses it here

    def __str__(self) -> str:
        return self.name


def _at(*moments: str, **given: Any) -> Callable[[Any], WorkOrder]:
    return lambda world: WorkOrderFactory(world=world, **dict.fromkeys(moments, True), **given)


def _then(build: Callable[[Any], WorkOrder], *steps: tuple[str, str, dict[str, Any]]) -> Callable[[Any], WorkOrder]:
    """A moment, and actions taken after it: (role, action, args)."""

    def go(world: Any) -> WorkOrder:
        order = build(world)
        for role, action, args in steps:
            order = act(world, order, action, role=role, **args)
        return order

    return go


def _later(build: Callable[[Any], WorkOrder], **by: int) -> Callable[[Any], WorkOrder]:
    def wait(world: Any) -> WorkOrder:
        order = build(world)
        world.advance(**by)
        return again(order)

    return wait


_RETURNED = [(Role.DEPARTMENT, "return_to_centre", RETURN), (Role.DISPATCHER, "approve_return", {})]
_DISPATCH = (Role.DISPATCHER, "dispatch", {"unit": UNIT})
_REDONE = [
    (Role.FOLLOW_UP, "follow_up", UNHAPPY),
    (Role.DEPARTMENT, "contact", {}),
    (Role.DEPARTMENT, "answer", ANSWER),
    (Role.REVIEWER, "pass_review", {}),
]
_UNREACHED = (Role.FOLLOW_UP, "follow_up", {"reached": False})
_WITHDRAW = (Role.CITIZEN, "withdraw", {})
_ARCHIVED = {"days": 4}

SITUATIONS = [
    Situation("received", S.PENDING_ACCEPT, None, _at(), {"answer_directly": "not_a_consultation"}),
    Situation("consultation received", S.PENDING_ACCEPT, None, _at(type="consultation")),
    Situation("type unknown", S.PENDING_ACCEPT, None, _at(type="")),
    Situation("rejected", S.REJECTED, None, _at("rejected")),
    Situation("answered directly", S.ANSWERED, None, _at("answered_directly", type="consultation")),
    Situation("accepted", S.PENDING_DISPATCH, None, _at("accepted")),
    Situation("returned", S.PENDING_DISPATCH, A.RETURNED, _at("returned")),
    Situation("dispatched", S.PENDING_SIGN, A.TO_SIGN, _at("dispatched")),
    Situation(
        "window over",
        S.PENDING_SIGN,
        A.TO_SIGN,
        _later(_at("dispatched"), days=2),
        {"return_to_centre": "return_window_over"},
    ),
    Situation(
        "third dispatch",
        S.PENDING_SIGN,
        A.TO_SIGN,
        _then(_at("dispatched"), *_RETURNED, _DISPATCH, *_RETURNED, _DISPATCH),
        {"return_to_centre": "too_many_returns"},
    ),
    Situation("return under review", S.RETURN_REVIEW, A.RETURN_REVIEW, _at("return_review")),
    Situation("appointed", S.PENDING_SIGN, A.APPOINTED, _at("appointed")),
    Situation("signed", S.IN_PROGRESS, A.SIGNED, _at("signed"), {"answer": "not_yet_contacted"}),
    Situation("contacted", S.IN_PROGRESS, A.SIGNED, _at("contacted")),
    Situation("answered", S.PENDING_REVIEW, A.ANSWERED, _at("answered")),
    Situation("sent back", S.IN_PROGRESS, A.SIGNED, _at("sent_back")),
    Situation("completed", S.PENDING_FOLLOW_UP, A.ACCEPTED, _at("completed"), {"order_redo": "not_followed_up"}),
    Situation(
        "unreached once",
        S.PENDING_FOLLOW_UP,
        A.ACCEPTED,
        _then(_at("completed"), _UNREACHED),
        {"order_redo": "not_followed_up"},  # nobody has said that it is not solved
    ),
    Situation("to be redone", S.REDO, A.SIGNED, _at("redo"), {"answer": "not_yet_contacted"}),
    Situation(
        "redone three times",
        S.PENDING_FOLLOW_UP,
        A.ACCEPTED,
        _then(_at("completed"), *_REDONE, *_REDONE, *_REDONE, _UNREACHED),
        {"order_redo": "not_followed_up"},
    ),
    Situation("closed", S.CLOSED, A.ACCEPTED, _at("closed")),
    Situation("withdrawn before dispatch", S.WITHDRAWN, None, _at("withdrawn")),
    Situation("withdrawn from a unit", S.WITHDRAWN, A.RECALLED, _then(_at("dispatched"), _WITHDRAW)),
    Situation("withdrawn after a return", S.WITHDRAWN, A.RETURNED, _then(_at("returned"), _WITHDRAW)),
    Situation("archived", S.ARCHIVED, A.ACCEPTED, _at("archived")),
    Situation("archived undispatched", S.ARCHIVED, None, _later(_at("rejected"), **_ARCHIVED)),
    Situation("archived recalled", S.ARCHIVED, A.RECALLED, _later(_then(_at("signed"), _WITHDRAW), **_ARCHIVED)),
    Situation("archived returned", S.ARCHIVED, A.RETURNED, _later(_then(_at("returned"), _WITHDRAW), **_ARCHIVED)),
]


def _inner(action: str, assignment: str | None) -> bool:
    """Whether an action moves the assignment too; a withdrawal leaves one alone that was given back."""
    return action in ASSIGNMENT.actions and assignment is not None and (action, assignment) != ("withdraw", A.RETURNED)


def leads_to(action: str, order: str, assignment: str | None) -> State | None:
    """Where an action takes both records by the tables; None where it does not exist from here."""
    outer = WORK_ORDER.find(order, action)
    if outer is None:
        return None
    after = outer.to or order
    if action == "dispatch":
        return after, ASSIGNMENT.start
    if not _inner(action, assignment):
        return after, assignment
    inner = ASSIGNMENT.find(str(assignment), action)
    return None if inner is None else (after, inner.to or assignment)


def reachable() -> set[State]:
    """Every pair of states the two tables can be in together, from receipt on."""
    found: set[State] = set()
    open_: set[State] = {(WORK_ORDER.start, None)}
    while open_:
        here = open_.pop()
        found.add(here)
        ways = (leads_to(action, *here) for action in WORK_ORDER.actions)
        open_ |= {there for there in ways if there is not None} - found
    return found


def verdict(situation: Situation, action: str, actor: Actor) -> str | None:
    """None where the tables allow an action, else the code with which it is to be refused."""
    steps = [WORK_ORDER.find(situation.order, action)]
    if _inner(action, situation.assignment):
        steps.append(ASSIGNMENT.find(str(situation.assignment), action))
    for step in steps:
        if step is None:
            return "not_in_this_state"
        if actor.role not in step.by:
            return "wrong_role"
        if another_unit in step.unless and actor == WRONG_UNIT:
            return "another_unit"
    return situation.says_no.get(action)


def allowed() -> Iterator[tuple[Situation, str]]:
    """Every situation with every action somebody may take in it."""
    for situation in SITUATIONS:
        for action in WORK_ORDER.actions:
            if any(verdict(situation, action, actor) is None for actor in ACTORS):
                yield situation, action
