"""Factories make a fresh record through the actions; traits name later moments.

`WorkOrderFactory(world=world)` is an order just received, `WorkOrderFactory(world=world, dispatched=True)`
one that waits for its unit to sign, `WorkOrderFactory(world=world, redo=True)` one to be done again.
"""

from __future__ import annotations

from typing import Any

import factory

from identity.fictitious import citizen
from sandbox.actors import Actor, Role
from workorders.models import WorkOrder

UNIT, ANOTHER_UNIT = "440106-cg", "440106-zj"
# a place is recognised in it, a category is not: so nothing is dispatched before the test says so
TEXT = "广州市天河区石牌东路这边的情况一直没有人管，请尽快派人来看一看。"
LAMP = "广州市天河区石牌东路的路灯不亮已经三天了，晚上走路看不见，请尽快派人来修。"  # dispatched by itself

RETURN = {"reason": "不属于我局职责", "legal_basis": "《广州市城市照明管理办法》", "suggested_unit": ANOTHER_UNIT}
CONTENT = {"reached": True, "contacted": True, "solved": "solved", "satisfied": "satisfied"}
UNHAPPY = {"reached": True, "contacted": True, "solved": "unsolved", "satisfied": "dissatisfied"}
ANSWER = {"text": "路灯已修复。", "solved": "solved"}

# moment → (the moment before it, who does what, with what)
MOMENTS: dict[str, tuple[str, str, str, dict[str, Any]]] = {
    "accepted": ("", Role.AGENT, "accept", {}),
    "rejected": ("", Role.AGENT, "reject", {"reason": 1}),
    "answered_directly": ("", Role.AGENT, "answer_directly", {"text": "办事指南见广东政务服务网。"}),
    "dispatched": ("accepted", Role.DISPATCHER, "dispatch", {"unit": UNIT, "category": "0101"}),
    "return_review": ("dispatched", Role.DEPARTMENT, "return_to_centre", RETURN),
    "returned": ("return_review", Role.DISPATCHER, "approve_return", {}),
    "appointed": ("return_review", Role.DISPATCHER, "refuse_return", {"reason": "属你局职责"}),
    "signed": ("dispatched", Role.DEPARTMENT, "sign", {}),
    "contacted": ("signed", Role.DEPARTMENT, "contact", {}),
    "answered": ("contacted", Role.DEPARTMENT, "answer", ANSWER),
    "sent_back": ("answered", Role.REVIEWER, "send_back", {"reason": "请写明修复时间"}),
    "completed": ("answered", Role.REVIEWER, "pass_review", {}),
    "redo": ("completed", Role.FOLLOW_UP, "follow_up", UNHAPPY),
    "closed": ("completed", Role.FOLLOW_UP, "follow_up", CONTENT),
    "withdrawn": ("accepted", Role.CITIZEN, "withdraw", {}),
    "archived": ("closed", Role.SYSTEM, "", {}),  # follows by itself
}


class WorkOrderFactory(factory.Factory):
    """A complaint from 天河区, as far along as the trait says."""

    class Meta:
        model = WorkOrder

    world = None
    text = TEXT
    type = "complaint"
    caller = factory.Sequence(lambda number: _caller(number))

    @classmethod
    def _create(cls, model: Any, *args: Any, world: Any, **given: Any) -> WorkOrder:
        wanted = [moment for moment in MOMENTS if given.pop(moment, False)]
        order = world.do("work_orders.register", actor=Actor(Role.CITIZEN), **given)
        for moment in wanted:
            order = reach(world, order, moment)
        return order


def _caller(number: int) -> dict[str, str]:
    who = citizen(0, number)
    return {"name": who.name, "phone": who.phone, "document": who.document}


def reach(world: Any, order: WorkOrder, moment: str) -> WorkOrder:
    """Bring a fresh order to a moment, through every moment before it."""
    before, role, action, args = MOMENTS[moment]
    if before:
        order = reach(world, order, before)
    if action:
        return act(world, order, action, role=role, **args)
    world.advance(days=4)
    return again(order)


def act(world: Any, order: WorkOrder, action: str, *, role: str, unit: str = "", **args: Any) -> WorkOrder:
    """One action on an order, as a role (a department: the order's own unit unless another is named)."""
    if action == "dispatch" and order.state != "pending_dispatch":
        return order
    actor = Actor(role, unit or order.unit) if role == Role.DEPARTMENT else Actor(role)
    if unit and role != Role.DEPARTMENT:
        args["unit"] = unit
    return world.do(f"work_orders.{action}", actor=actor, subject=order.number, **args)


def again(order: WorkOrder) -> WorkOrder:
    """An order as it stands in the database now."""
    return WorkOrder.objects.select_related("assignment").get(pk=order.pk)
