"""The outside inputs of the hotline: registering a demand, a phone call, and every action on them."""

from collections.abc import Sequence
from typing import Any

from identity.queries import look_up_callers
from sandbox.actors import Actor
from sandbox.inputs import accepts, perform
from sandbox.refusals import Refused
from sandbox.work import Work
from workorders import actions, queries
from workorders.lifecycle import PHONE_CALL, WORK_ORDER
from workorders.models import PhoneCall, WorkOrder

ACTIONS, CALL_ACTIONS = WORK_ORDER.asked, PHONE_CALL.asked


@accepts("work_orders.register")
def register(work: Work, actor: Actor, subject: str, args: dict[str, Any]) -> WorkOrder:
    """A demand comes in, from a caller who is known or named."""
    who = actions.caller(work, **args["caller"])
    return actions.register(
        work, actor=actor, caller=who, **{key: value for key, value in args.items() if key != "caller"}
    )


@accepts("phone_calls.offer")
def offer(work: Work, actor: Actor, subject: str, args: dict[str, Any]) -> PhoneCall:
    """Somebody dials 12345."""
    return actions.offer(work, actor=actor, caller=actions.caller(work, **args["caller"]), hotline=args["hotline"])


def register_all(work: Work, actor: Actor, bodies: Sequence[dict[str, Any]]) -> list[WorkOrder]:
    """Many demands at once, all or none; a refusal names the one at fault (`orders[3].region`)."""
    look_up_callers(work, (body["caller"].get("phone", "") for body in bodies))
    orders = []
    for position, body in enumerate(bodies):
        try:
            orders.append(perform(work, "work_orders.register", actor=actor, args=body))
        except Refused as refused:
            refused.field = f"orders[{position}].{refused.field or ''}".rstrip(".")
            raise
    return orders


def _accept(action: str) -> None:
    def do(work: Work, actor: Actor, subject: str, args: dict[str, Any]) -> WorkOrder:
        order = queries.order(work, subject)
        done: WorkOrder = getattr(actions, action)(work, order, actor=actor, **args)
        return done

    accepts(f"work_orders.{action}")(do)


def _accept_of_call(action: str) -> None:
    def do(work: Work, actor: Actor, subject: str, args: dict[str, Any]) -> PhoneCall:
        done: PhoneCall = getattr(actions, action)(work, queries.call(work, subject), actor=actor)
        return done

    accepts(f"phone_calls.{action}")(do)


for _action in ACTIONS:
    _accept(_action)
for _action in CALL_ACTIONS:
    _accept_of_call(_action)
