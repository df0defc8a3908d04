"""Deadlines (期限): pure functions of the moments of an order, the rule book and the working calendar.

Days are working days counted from receipt, the starting day not counted, and end at the last day's midnight.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sandbox.calendar import calendar
from sandbox.catalogue import SeedError
from sandbox.refusals import Refused
from sandbox.rules import RuleBook, required
from workorders.lifecycle import OrderState
from workorders.vocabulary import Deadline, RequestType

if TYPE_CHECKING:
    from workorders.models import Assignment, WorkOrder

SECOND = timedelta(seconds=1)


def after(rules: RuleBook, key: str, start: datetime) -> datetime:
    """When a period of the rule book ends that begins at an instant; at the latest when the calendar ends,
    which no clock passes."""
    rule = rules.rule(key, start)
    if rule.unit == "working_day":
        try:
            return calendar().due(start, rule.value)
        except Refused as refused:
            if refused.code != "beyond_calendar":
                raise
            return calendar().end
    if rule.unit == "hour":
        return start + timedelta(hours=rule.value)
    if rule.unit == "day":
        return start + timedelta(days=rule.value)
    raise ValueError(f"{key} is counted in {rule.unit}, which is no period")


def must_fit(rules: RuleBook, *, type: str, received_at: datetime) -> None:
    """Raises Refused `beyond_calendar` where a demand could not be answered before the calendar ends."""
    calendar().due(received_at, rules.value(f"workorder.handle.{type}", received_at))


def answer_by(rules: RuleBook, *, type: str, urgent: bool, received_at: datetime) -> datetime:
    """When a unit must have answered (办理并答复): by type, counted from receipt; urgent matters sooner."""
    by_type = after(rules, f"workorder.handle.{type}", received_at)
    return min(by_type, after(rules, "workorder.handle.urgent", received_at)) if urgent else by_type


def answer_due(order: "WorkOrder") -> datetime | None:
    """When the unit must have answered: once it is to be done again (重办), by the redo's own limit."""
    return order.redo_by or order.due_at


def pending(order: "WorkOrder", assignment: "Assignment | None") -> list[tuple[datetime, Deadline]]:
    """The deadlines that run now, in the state an order is in."""
    return [(due, what) for what, find in RUNNING.get(order.state, ()) if (due := find(order, assignment)) is not None]


def upcoming(order: "WorkOrder", assignment: "Assignment | None", now: datetime) -> datetime | None:
    """The next of the deadlines that run, as far as one has not passed."""
    first = None
    for _, find in RUNNING[order.state]:
        due = find(order, assignment)
        if due is not None and due >= now and (first is None or due < first):
            first = due
    return first


def rule_of(order: "WorkOrder", what: Deadline) -> str:
    """The rule of the rule book that a running deadline follows."""
    if what != Deadline.ANSWER:
        return f"workorder.{what}"
    if order.state == OrderState.REDO:
        return "workorder.redo"
    return f"workorder.handle.{'urgent' if order.urgent else order.type}"


_PERIOD = ("working_day", "day", "hour")  # what `after` counts in
ASKED = {
    **{f"handle.{type}": ("working_day",) for type in RequestType.values},
    **{what.value: _PERIOD for what in Deadline if what != Deadline.ANSWER},
    **dict.fromkeys(["handle.urgent", "redo", "archive"], _PERIOD),
    "return_window": ("working_day",),
    **dict.fromkeys(["returns_per_order", "follow_up_attempts", "redo_limit"], ("times",)),
    **dict.fromkeys(["auto_dispatch_confidence", "intelligent_answer_confidence"], ("percent",)),
    "intelligent_follow_ups": ("times",),
    "call_answer": ("second",),
}  # what the hotline asks the rule book for, each below `workorder.`, and the units it can count in


def missing_rules() -> Iterator[SeedError]:
    """Every number the hotline asks the rule book for is there."""
    for name, units in ASKED.items():
        yield from required(f"workorder.{name}", units)


Found = Callable[["WorkOrder", "Assignment | None"], datetime | None]


def _sign_by(order: "WorkOrder", assignment: "Assignment | None") -> datetime | None:
    return assignment.sign_by if assignment is not None else None


def _contact_by(order: "WorkOrder", assignment: "Assignment | None") -> datetime | None:
    return assignment.contact_by if assignment is not None and assignment.contacted_at is None else None


_DISPATCH = (Deadline.DISPATCH, lambda order, assignment: order.dispatch_by)
_SIGN = (Deadline.SIGN, _sign_by)
_CONTACT = (Deadline.FIRST_CONTACT, _contact_by)
_ANSWER = (Deadline.ANSWER, lambda order, assignment: answer_due(order))
_FOLLOW_UP = (Deadline.FOLLOW_UP, lambda order, assignment: order.follow_up_by)

# which deadlines run in which state
RUNNING: dict[str, tuple[tuple[Deadline, Found], ...]] = {
    OrderState.PENDING_DISPATCH: (_DISPATCH, _ANSWER),
    OrderState.PENDING_SIGN: (_SIGN, _ANSWER),
    OrderState.RETURN_REVIEW: (_SIGN, _ANSWER),
    OrderState.IN_PROGRESS: (_CONTACT, _ANSWER),
    OrderState.REDO: (_CONTACT, _ANSWER),
    OrderState.PENDING_FOLLOW_UP: (_FOLLOW_UP,),
}
