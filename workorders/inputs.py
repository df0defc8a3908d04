"""The outside inputs of the hotline: registering a demand, and every action on an order."""

from typing import Any

from sandbox.actors import Actor
from sandbox.inputs import accepts
from sandbox.work import Work
from workorders import actions, queries
from workorders.lifecycle import WORK_ORDER
from workorders.models import WorkOrder

ACTIONS = WORK_ORDER.asked


@accepts("work_orders.register")
def register(work: Work, actor: Actor, subject: str, args: dict[str, Any]) -> WorkOrder:
    """A demand comes in, from a caller who is known or named."""
    who = actions.caller(work, **args["caller"])
    return actions.register(
        work, actor=actor, caller=who, **{key: value for key, value in args.items() if key != "caller"}
    )


def _accept(action: str) -> None:
    def perform(work: Work, actor: Actor, subject: str, args: dict[str, Any]) -> WorkOrder:
        order = queries.order(work, subject)
        done: WorkOrder = getattr(actions, action)(work, order, actor=actor, **args)
        return done

    accepts(f"work_orders.{action}")(perform)


for _action in ACTIONS:
    _accept(_action)
