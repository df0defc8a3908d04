"""What every verb shares: the checks before a step, and what taking one brings with it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from identity import organisations
from sandbox.actors import Actor
from sandbox.refusals import Refused
from sandbox.regions import region as region_of
from sandbox.work import Work
from workorders import deadlines, queries
from workorders.categories import categories
from workorders.lifecycle import ASSIGNMENT, WORK_ORDER
from workorders.models import Assignment, WorkOrder
from workorders.vocabulary import Deadline, Ending

WATCH = "workorders.deadline"
ARCHIVE = "workorders.archive"


def known(*, category: str = "", region: str = "", unit: str = "", field: str = "unit") -> None:
    """Raises Refused `unknown_category`, `unknown_region` or `unknown_unit`; what is left empty is not asked."""
    if category and category not in categories():
        raise Refused(
            f"没有类目 {category}",
            code="unknown_category",
            status=422,
            field="category",
            remedy="GET /api/v1/categories 列出全部类目",
        )
    if region and region_of(region) is None:
        raise Refused(
            f"广东省没有地区 {region}",
            code="unknown_region",
            status=422,
            field="region",
            remedy="GET /api/v1/regions 列出全部地区",
        )
    if unit and organisations.unit(unit) is None:
        raise Refused(
            f"没有单位 {unit}", code="unknown_unit", status=422, field=field, remedy="GET /api/v1/units 列出全部单位"
        )


def both(work: Work, order: WorkOrder, action: str, actor: Actor) -> Assignment:
    """The order's assignment, once both tables have allowed the step."""
    WORK_ORDER.check(work, order, action, actor)
    assignment = queries.assignment_of(work, order)
    if assignment is None:
        raise AssertionError(f"{order} is {order.state} without an assignment")
    ASSIGNMENT.check(work, assignment, action, actor)
    return assignment


def moved(
    work: Work,
    order: WorkOrder,
    action: str,
    event: str,
    actor: Actor,
    assignment: Assignment | None = None,
    **data: Any,
) -> WorkOrder:
    """Take the checked step in the order's table and its assignment's, record it, watch the next deadline."""
    was = order.state
    WORK_ORDER.move(order, action)
    if assignment is not None:
        ASSIGNMENT.move(assignment, action)
        work.save(assignment)
    work.save(order)
    work.record(event, order, actor=actor, was=was, state=order.state, **data)
    watch(work, order, assignment)
    return order


def ended(
    work: Work,
    order: WorkOrder,
    ending: Ending,
    action: str,
    event: str,
    actor: Actor,
    assignment: Assignment | None = None,
    **data: Any,
) -> WorkOrder:
    """Take the step that ends an order, one way or another, and book its archiving."""
    order.ending, order.closed_at = ending.value, work.now
    moved(work, order, action, event, actor, assignment, ending=ending.value, **data)
    work.later(deadlines.after(work.rules, "workorder.archive", work.now), ARCHIVE, order)
    return order


def watch(work: Work, order: WorkOrder, assignment: Assignment | None) -> None:
    """See to it that the order is looked at a second after its next deadline, or sooner.

    A look that was booked for an earlier deadline stays booked: it finds nothing overdue and books the
    next one, which costs less than booking anew at every step.
    """
    upcoming = None
    if order.state in deadlines.RUNNING:
        upcoming = deadlines.upcoming(order, assignment or queries.assignment_of(work, order), work.now)
    if upcoming is None:
        if order.ending and order.watch_at is not None:
            order.watch_at = None
            work.cancel(WATCH, order)
    elif order.watch_at is None or upcoming < order.watch_at:
        order.watch_at = upcoming
        work.later(upcoming + deadlines.SECOND, WATCH, order)


def overdue_at_once(work: Work, order: WorkOrder, *, since: datetime | None) -> WorkOrder:
    """Record that the unit's deadline passed while nobody watched it: before acceptance, or under review."""
    due = deadlines.answer_due(order)
    if since is not None and due is not None and since <= due < work.now:
        overdue(work, order, Deadline.ANSWER)
    return order


def overdue(work: Work, order: WorkOrder, what: Deadline) -> None:
    """Record that a deadline passed (超期)."""
    work.record("work_order.overdue", order, what=what.value, unit=order.unit, was=order.state, state=order.state)
