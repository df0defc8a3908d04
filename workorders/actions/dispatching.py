"""Handing an order to a unit (派单), and taking it back (退单)."""

from __future__ import annotations

from sandbox.actors import Actor
from sandbox.refusals import Refused
from sandbox.work import Work
from workorders import deadlines
from workorders.actions import steps
from workorders.dispatch import choose
from workorders.lifecycle import WORK_ORDER
from workorders.models import Assignment, WorkOrder


def dispatch(
    work: Work, order: WorkOrder, *, actor: Actor, unit: str = "", category: str = "", region: str = ""
) -> WorkOrder:
    """Hand an order to a unit (派单): the one named, or the one the rules choose for category and place.

    The rule that fired stands on the assignment. Raises Refused `unknown_unit`, `nothing_to_go_by`.
    """
    WORK_ORDER.check(work, order, "dispatch", actor)
    steps.known(category=category, region=region, unit=unit)
    what, where = category or order.category, region or order.region
    rule = ""
    if not unit:
        chosen = choose(category=what, region=where, type=order.type, urgent=order.urgent)
        if chosen is None:
            missing = "类目" if not what else "地点" if not where else "派单规则"
            raise Refused(
                f"无法按规则派单：{missing}未定",
                code="nothing_to_go_by",
                status=422,
                field="unit",
                remedy="请给出 category 与 region，或直接指定 unit",
            )
        unit, rule = chosen[0].code, chosen[1].id
    sign_by = deadlines.after(work.rules, "workorder.sign", work.now)
    order.category, order.region = what, where
    order.dispatches += 1
    assignment = work.new(
        Assignment,
        order=order,
        position=order.dispatches,
        unit=unit,
        rule=rule,
        dispatched_at=work.now,
        sign_by=sign_by,
    )
    order.assignment_id, order.unit = assignment.pk, unit
    return steps.moved(
        work,
        order,
        "dispatch",
        "work_order.dispatched",
        actor,
        unit=unit,
        rule=rule,
        position=order.dispatches,
        category=what,
        region=where,
    )


def sign(work: Work, order: WorkOrder, *, actor: Actor) -> WorkOrder:
    """A unit takes an order on (签收); the first contact with the caller is due within a day."""
    assignment = steps.both(work, order, "sign", actor)
    assignment.signed_at = work.now
    assignment.contact_by = deadlines.after(work.rules, "workorder.first_contact", work.now)
    return steps.moved(
        work,
        order,
        "sign",
        "work_order.signed",
        actor,
        assignment,
        unit=assignment.unit,
        position=assignment.position,
        on_time=work.now <= assignment.sign_by,
    )


def return_to_centre(
    work: Work, order: WorkOrder, *, actor: Actor, reason: str, legal_basis: str, suggested_unit: str
) -> WorkOrder:
    """A unit asks to give an order back (退单), with reason, legal basis and the unit it thinks is competent."""
    assignment = steps.both(work, order, "return_to_centre", actor)
    steps.known(unit=suggested_unit, field="suggested_unit")
    if suggested_unit == assignment.unit:
        raise Refused(
            "建议单位不能是本单位",
            code="suggests_itself",
            status=422,
            field="suggested_unit",
            remedy="请建议职责相符的单位",
        )
    assignment.return_reason, assignment.return_basis = reason, legal_basis
    assignment.suggested_unit = suggested_unit
    return steps.moved(
        work,
        order,
        "return_to_centre",
        "work_order.return_requested",
        actor,
        assignment,
        unit=assignment.unit,
        suggested_unit=suggested_unit,
    )


def approve_return(work: Work, order: WorkOrder, *, actor: Actor, remark: str = "") -> WorkOrder:
    """The hotline agrees (同意退单): the order waits for a person to dispatch it again; the deadline runs on."""
    assignment = steps.both(work, order, "approve_return", actor)
    assignment.review_remark = remark
    order.dispatch_by = deadlines.after(work.rules, "workorder.dispatch", work.now)
    order.unit = ""
    return steps.moved(work, order, "approve_return", "work_order.returned", actor, assignment, unit=assignment.unit)


def refuse_return(work: Work, order: WorkOrder, *, actor: Actor, reason: str) -> WorkOrder:
    """The hotline does not agree (不同意退单): the unit is appointed and must take the order on."""
    assignment = steps.both(work, order, "refuse_return", actor)
    assignment.review_remark = reason
    return steps.moved(
        work, order, "refuse_return", "work_order.return_refused", actor, assignment, unit=assignment.unit
    )
