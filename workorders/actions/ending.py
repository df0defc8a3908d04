"""Withdrawal (撤单), archiving (归档), and what is overdue (超期)."""

from __future__ import annotations

from sandbox.actors import SYSTEM, Actor
from sandbox.work import Work
from workorders import deadlines, queries
from workorders.actions import steps
from workorders.lifecycle import ASSIGNMENT, WORK_ORDER, AssignmentState
from workorders.models import WorkOrder
from workorders.vocabulary import Ending


def withdraw(work: Work, order: WorkOrder, *, actor: Actor, reason: str = "") -> WorkOrder:
    """The caller takes the demand back (撤单), as long as no answer is under review."""
    WORK_ORDER.check(work, order, "withdraw", actor)
    assignment = queries.assignment_of(work, order)
    if assignment is not None and assignment.state != AssignmentState.RETURNED:
        ASSIGNMENT.check(work, assignment, "withdraw", actor)
    else:
        assignment = None
    order.remark = reason
    return steps.ended(work, order, Ending.WITHDRAWN, "withdraw", "work_order.withdrawn", actor, assignment)


def archive(work: Work, order: WorkOrder, *, actor: Actor = SYSTEM) -> WorkOrder:
    """Put an ended order into the archive (归档), where nothing changes any more."""
    WORK_ORDER.check(work, order, "archive", actor)
    order.archived_at = work.now
    return steps.moved(work, order, "archive", "work_order.archived", actor, ending=order.ending)


def note_overdue(work: Work, order: WorkOrder) -> None:
    """Record every deadline that has just passed (超期), once each, and watch the next one."""
    assignment = queries.assignment_of(work, order)
    for moment, what in deadlines.pending(order, assignment):
        if moment < work.now and (work.now - moment).total_seconds() <= 1:
            steps.overdue(work, order, what)
    order.watch_at = None
    steps.watch(work, order, assignment)
    work.save(order)
