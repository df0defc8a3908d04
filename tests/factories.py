"""Factories make a fresh record through the actions; traits name later moments.

`WorkOrderFactory(world=world)` is an order just received, `WorkOrderFactory(world=world, dispatched=True)`
one that waits for its unit to sign.
"""

from __future__ import annotations

from typing import Any

import factory

from identity.fictitious import citizen
from sandbox.actors import Actor, Role
from workorders.models import WorkOrder

UNIT = "440106-cg"
TEXT = "广州市天河区石牌东路的路灯不亮已经三天了，晚上走路看不见，请尽快派人来修。"

# what takes an order one moment further: (trait, role, input, args)
MOMENTS: list[tuple[str, str, str, dict[str, Any]]] = [
    ("accepted", Role.AGENT, "accept", {}),
    ("dispatched", Role.DISPATCHER, "dispatch", {"unit": UNIT}),
    ("signed", Role.DEPARTMENT, "sign", {}),
    ("contacted", Role.DEPARTMENT, "contact", {}),
    ("answered", Role.DEPARTMENT, "answer", {"text": "路灯已修复。", "solved": "solved"}),
    ("completed", Role.REVIEWER, "pass_review", {}),
]


class WorkOrderFactory(factory.Factory):
    """A complaint about a street lamp in 天河区, as far along as the trait says.

    The category stands so that nothing is dispatched by the system: the test decides when.
    """

    class Meta:
        model = WorkOrder

    world = None
    accepted = dispatched = signed = contacted = answered = completed = False
    text = TEXT
    type = "complaint"
    caller = factory.Sequence(lambda number: _caller(number))

    @classmethod
    def _create(cls, model: Any, *args: Any, world: Any, **given: Any) -> WorkOrder:
        wanted = [name for name, *_ in MOMENTS if given.pop(name, False)]
        order = world.do("work_orders.register", actor=Actor(Role.CITIZEN), **given)
        if wanted:
            last = [name for name, *_ in MOMENTS].index(wanted[-1])
            for _, role, action, arguments in MOMENTS[: last + 1]:
                order = act(world, order, action, role=role, **arguments)
        return order


def _caller(number: int) -> dict[str, str]:
    who = citizen(0, number)
    return {"name": who.name, "phone": who.phone, "document": who.document}


def act(world: Any, order: WorkOrder, action: str, *, role: str, unit: str = "", **args: Any) -> WorkOrder:
    """One action on an order, as a role (a department: the order's own unit unless another is named)."""
    if action == "dispatch" and order.state != "pending_dispatch":
        return order
    actor = Actor(role, unit or order.unit) if role == Role.DEPARTMENT else Actor(role)
    return world.do(f"work_orders.{action}", actor=actor, subject=order.number, **args)
