"""What an order shows: rendered from memory inside a unit of work, from few queries outside."""

from collections.abc import Iterable
from typing import Any

from identity.organisations import unit as unit_of
from sandbox.actors import Actor, Role
from sandbox.api.shapes import shown_as
from sandbox.calendar import calendar
from sandbox.moments import day_of, iso
from sandbox.regions import full_name
from sandbox.rules import CERTAINTIES, UNITS
from sandbox.work import Work
from workorders import deadlines
from workorders.api import serializers as shape
from workorders.categories import categories
from workorders.dispatch import dispatch_rules
from workorders.lifecycle import ASSIGNMENT, WORK_ORDER, OrderState
from workorders.models import Assignment, FollowUp, WorkOrder


def masked_phone(phone: str) -> str:
    """100****0001 (脱敏)."""
    return phone if len(phone) < 8 else f"{phone[:3]}****{phone[-4:]}"


def masked_name(name: str) -> str:
    return name[:1] + "*" * (len(name) - 1)


def _caller(caller: Any, *, hidden: bool) -> dict[str, str]:
    """Who calls, masked; of a confidential order (保密) the unit learns nothing at all."""
    if hidden:
        return {"number": "", "kind": caller.kind, "name": "保密", "phone": ""}
    return {
        "number": caller.number,
        "kind": caller.kind,
        "name": masked_name(caller.name),
        "phone": masked_phone(caller.phone),
    }


def _unit_name(code: str) -> str:
    found = unit_of(code)
    return found.name if found else ""


def _basis(rule: str) -> str:
    return next((one.basis for one in dispatch_rules() if one.id == rule), "")


def allowed_actions(work: Work, order: WorkOrder, assignment: Assignment | None, actor: Actor) -> list[dict[str, Any]]:
    """What may be done from here, by whom, with what, and why not by this actor: both tables together."""
    inner = {one["action"]: one for one in ASSIGNMENT.allowed(work, assignment, actor)} if assignment else {}
    listed = []
    for one in WORK_ORDER.allowed(work, order, actor):
        other = inner.get(one["action"])
        if one["allowed"] and other is not None and not other["allowed"]:
            one = {**one, "allowed": False, "refused": other["refused"]}
        elif one["allowed"] and other is None and assignment and one["action"] == "return_to_centre":
            refused = ASSIGNMENT.refusal(work, assignment, "return_to_centre", actor)
            if refused:
                one = {**one, "allowed": False, "refused": {"code": refused.code, "detail": refused.detail}}
        listed.append(one)
    return listed


def full(
    work: Work,
    order: WorkOrder,
    *,
    caller: Any,
    assignments: Iterable[Assignment],
    follow_ups: Iterable[FollowUp],
    actor: Actor,
) -> dict[str, Any]:
    """An order in full, as one actor sees it."""
    assignments = list(assignments)
    current = next((one for one in assignments if one.pk == order.assignment_id), None)
    category = categories().get(order.category)
    return shown_as(
        shape.WorkOrderOut,
        {
            **{name: getattr(order, name) for name in _PLAIN},
            "state_label": OrderState(order.state).label,
            "category_name": category.name if category else "",
            "region_name": full_name(order.region) if order.region else "",
            "unit_name": _unit_name(order.unit),
            "caller": _caller(caller, hidden=order.confidential and actor.role == Role.DEPARTMENT),
            "recognition": {
                "category_confidence": order.category_confidence,
                "place_confidence": order.place_confidence,
            },
            "assignments": [
                {**vars(one), "unit_name": _unit_name(one.unit), "rule_basis": _basis(one.rule)} for one in assignments
            ],
            "follow_ups": follow_ups,
            "deadlines": _deadlines(work, order, current),
            "allowed_actions": allowed_actions(work, order, current, actor),
        },
    )


def _deadlines(work: Work, order: WorkOrder, assignment: Assignment | None) -> list[dict[str, Any]]:
    listed = []
    for due, what in deadlines.pending(order, assignment):
        rule = work.rules.rule(deadlines.rule_of(order, what), order.received_at)
        counted = f"{rule.name}：{rule.value} {UNITS[rule.unit]}，依据{rule.source}（{CERTAINTIES[rule.certainty]}）"
        assumed = f"；{due.year} 年放假安排尚未公布，工作日为推定" if calendar().assumes(day_of(due)) else ""
        listed.append(
            {
                "what": what,
                "due": due,
                "overdue": due < work.now,
                "rule": rule.key,
                "explanation": f"{counted}，至 {iso(due)}{assumed}",
            }
        )
    return listed


_PLAIN = [
    "number", "state", "ending", "type", "channel", "text", "place", "category", "region", "urgent", "confidential",
    "unit", "received_at", "due_at", "accepted_at", "completed_at", "closed_at", "archived_at", "reject_reason",
    "answer", "article", "article_confidence", "remark", "solved", "satisfied", "redo_count",
]  # fmt: skip
