"""Asking the caller (回访), and what follows from it: to be done again, or closed."""

from __future__ import annotations

from sandbox.actors import Actor, Role
from sandbox.refusals import Refused
from sandbox.work import Work
from workorders import deadlines
from workorders.actions import steps
from workorders.categories import categories
from workorders.lifecycle import WORK_ORDER, redo_limit_reached
from workorders.models import FollowUp, WorkOrder
from workorders.vocabulary import Ending, Satisfied, Solved


def follow_up(
    work: Work,
    order: WorkOrder,
    *,
    actor: Actor,
    reached: bool,
    contacted: bool | None = None,
    solved: str = "",
    satisfied: str = "",
    reasonable: bool = True,
    remark: str = "",
) -> WorkOrder:
    """Ask the caller (回访): contacted? solved? satisfied? What follows is decided at once.

    An attempt by the system is intelligent follow-up (智能回访); one by a person is marked human.
    Not reached: try again, and after the last attempt close. Dissatisfied or unsolved with a reasonable
    demand: redo, as often as the rule book allows. Otherwise: close.
    Raises Refused `answers_missing` when the caller was reached but did not answer the three questions.
    """
    WORK_ORDER.check(work, order, "follow_up", actor)
    if reached and (contacted is None or not solved or not satisfied):
        raise Refused(
            "接通的回访须有三项结果：是否联系、是否解决、是否满意",
            code="answers_missing",
            status=422,
            field="contacted" if contacted is None else "solved" if not solved else "satisfied",
            remedy="请补全 contacted、solved、satisfied；未接通请写 reached=false",
        )
    if not reached and (contacted is not None or solved or satisfied):
        raise Refused(
            "未接通的回访不能有三项结果",
            code="answers_without_call",
            status=422,
            field="reached",
            remedy="请去掉结果或写 reached=true",
        )
    solved, satisfied = str(solved), str(satisfied)  # plain text, as the database has it
    order.follow_ups += 1
    work.new(
        FollowUp,
        order=order,
        attempt=order.follow_ups,
        at=work.now,
        intelligent=actor.role == Role.SYSTEM,
        reached=reached,
        contacted=contacted,
        solved=solved,
        satisfied=satisfied,
        reasonable=reasonable,
        remark=remark,
    )
    if reached:
        order.solved, order.satisfied = solved, satisfied
    category = categories().get(order.category)
    steps.moved(
        work,
        order,
        "follow_up",
        "work_order.followed_up",
        actor,
        attempt=order.follow_ups,
        reached=reached,
        contacted=contacted,
        solved=solved,
        satisfied=satisfied,
        reasonable=reasonable,
        excluded=bool(category and category.excluded_from_satisfaction),
    )
    if not reached:
        if order.follow_ups >= work.rules.value("workorder.follow_up_attempts", work.now):
            return close(work, order, actor=actor, reason=f"{order.follow_ups} 次回访均未接通")
        return order
    unhappy = satisfied == Satisfied.DISSATISFIED or solved == Solved.UNSOLVED
    if unhappy and reasonable and redo_limit_reached(work, order, actor) is None:
        return order_redo(work, order, actor=actor)
    return close(work, order, actor=actor)


def order_redo(work: Work, order: WorkOrder, *, actor: Actor) -> WorkOrder:
    """Send an order back to its unit to be done again (发回重办), with a limit of its own."""
    assignment = steps.both(work, order, "order_redo", actor)
    order.redo_by = deadlines.after(work.rules, "workorder.redo", work.now)
    order.redo_count += 1
    assignment.contacted_at, assignment.contact_by = (
        None,
        deadlines.after(work.rules, "workorder.first_contact", work.now),
    )
    return steps.moved(
        work,
        order,
        "order_redo",
        "work_order.redo_ordered",
        actor,
        assignment,
        unit=assignment.unit,
        redo=order.redo_count,
    )


def close(work: Work, order: WorkOrder, *, actor: Actor, reason: str = "") -> WorkOrder:
    """Close an order (办结): followed up, or exempt from it for a stated reason."""
    WORK_ORDER.check(work, order, "close", actor)
    if not reason and order.follow_ups == 0:
        raise Refused(
            "未经回访的办结须说明理由",
            code="reason_missing",
            status=422,
            field="reason",
            remedy="例如：诉求人明确表示无需回访",
        )
    order.remark = reason
    return steps.ended(work, order, Ending.CLOSED, "close", "work_order.closed", actor, redo=order.redo_count)
