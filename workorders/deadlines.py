"""Deadlines (期限): pure functions of the moments of an order, the rule book and the working calendar.

Days are working days counted from receipt, the starting day not counted, and end at the last day's midnight.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sandbox.calendar import calendar
from sandbox.rules import RuleBook
from workorders.lifecycle import OrderState
from workorders.vocabulary import Deadline

if TYPE_CHECKING:
    from workorders.models import Assignment, WorkOrder

SECOND = timedelta(seconds=1)


def after(rules: RuleBook, key: str, start: datetime) -> datetime:
    """When a period of the rule book ends that begins at an instant."""
    rule = rules.rule(key, start)
    if rule.unit == "working_day":
        return calendar().due(start, rule.value)
    if rule.unit == "hour":
        return start + timedelta(hours=rule.value)
    if rule.unit == "day":
        return start + timedelta(days=rule.value)
    raise ValueError(f"{key} is counted in {rule.unit}, which is no period")


def answer_by(rules: RuleBook, *, type: str, urgent: bool, received_at: datetime) -> datetime:
    """When a unit must have answered (办理并答复): by type, counted from receipt; urgent matters sooner."""
    by_type = after(rules, f"workorder.handle.{type}", received_at)
    return min(by_type, after(rules, "workorder.handle.urgent", received_at)) if urgent else by_type


def answer_due(order: "WorkOrder") -> datetime | None:
    """When the unit must have answered: once it is to be done again (重办), by the redo's own limit."""
    return order.redo_by or order.due_at


def pending(order: "WorkOrder", assignment: "Assignment | None") -> Iterator[tuple[datetime, Deadline]]:
    """The deadlines that run now, in the state an order is in."""
    state = order.state
    if state == OrderState.PENDING_DISPATCH and order.dispatch_by:
        yield order.dispatch_by, Deadline.DISPATCH
    elif assignment is not None:
        if state in (OrderState.PENDING_SIGN, OrderState.RETURN_REVIEW):
            yield assignment.sign_by, Deadline.SIGN
        elif (
            state in (OrderState.IN_PROGRESS, OrderState.REDO)
            and assignment.contacted_at is None
            and assignment.contact_by
        ):
            yield assignment.contact_by, Deadline.FIRST_CONTACT
    if state == OrderState.PENDING_FOLLOW_UP:
        if order.follow_up_by:
            yield order.follow_up_by, Deadline.FOLLOW_UP
    elif state in _ANSWER_RUNS and (due := answer_due(order)):
        yield due, Deadline.ANSWER


_ANSWER_RUNS = {
    OrderState.PENDING_DISPATCH,
    OrderState.PENDING_SIGN,
    OrderState.RETURN_REVIEW,
    OrderState.IN_PROGRESS,
    OrderState.REDO,
}
