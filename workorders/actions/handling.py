"""What a unit does with an order (办理), and the hotline's review of its answer (审核)."""

from __future__ import annotations

from sandbox.actors import Actor
from sandbox.work import Work
from workorders import deadlines
from workorders.actions import steps
from workorders.models import WorkOrder


def contact(work: Work, order: WorkOrder, *, actor: Actor) -> WorkOrder:
    """A unit has contacted the caller (联系诉求人)."""
    assignment = steps.both(work, order, "contact", actor)
    on_time = assignment.contact_by is None or work.now <= assignment.contact_by
    assignment.contacted_at = work.now
    return steps.moved(
        work, order, "contact", "work_order.contacted", actor, assignment, unit=assignment.unit, on_time=on_time
    )


def answer(work: Work, order: WorkOrder, *, actor: Actor, text: str, solved: str) -> WorkOrder:
    """Record a unit's answer (答复) and whether the matter is solved; the hotline reviews it."""
    assignment = steps.both(work, order, "answer", actor)
    due = deadlines.answer_due(order)
    assignment.answer, assignment.answered_at, assignment.solved = text, work.now, str(solved)
    return steps.moved(
        work,
        order,
        "answer",
        "work_order.answered",
        actor,
        assignment,
        unit=assignment.unit,
        solved=assignment.solved,
        on_time=due is None or work.now <= due,
        redo=order.redo_count,
    )


def pass_review(work: Work, order: WorkOrder, *, actor: Actor) -> WorkOrder:
    """The hotline finds the answer good (审核通过): 部门办结; the caller is to be followed up."""
    assignment = steps.both(work, order, "pass_review", actor)
    order.follow_up_by = deadlines.after(work.rules, "workorder.follow_up", work.now)
    order.answer, order.completed_at = assignment.answer, work.now
    order.follow_ups, order.solved, order.satisfied = 0, "", ""  # of this round
    return steps.moved(work, order, "pass_review", "work_order.completed", actor, assignment, unit=assignment.unit)


def send_back(work: Work, order: WorkOrder, *, actor: Actor, reason: str) -> WorkOrder:
    """The hotline finds the answer lacking (退回补办); the deadline stays as it was."""
    assignment = steps.both(work, order, "send_back", actor)
    assignment.review_remark = reason
    steps.moved(work, order, "send_back", "work_order.sent_back", actor, assignment, unit=assignment.unit)
    return steps.overdue_at_once(work, order, since=assignment.answered_at)
