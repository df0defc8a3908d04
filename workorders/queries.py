"""What others may ask about work orders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import QuerySet

from sandbox.ids import within
from sandbox.refusals import NotFound
from sandbox.work import Work
from workorders.lifecycle import CallState
from workorders.models import Assignment, FollowUp, PhoneCall, WorkOrder

if TYPE_CHECKING:
    from sandbox.models import Sandbox


def order(work: Work, number: str) -> WorkOrder:
    """The work order of a number. Raises NotFound."""
    found = work.query(WorkOrder.objects.filter(number=number))
    if not found:
        raise NotFound("工单", number, field="number")
    return found[0]


def assignment_of(work: Work, order: WorkOrder) -> Assignment | None:
    """The assignment an order is in now (its lead unit's)."""
    number = order.assignment_id
    return None if number is None else work.get(Assignment, number)


def orders(sandbox: Sandbox) -> QuerySet[WorkOrder]:
    """All work orders of a sandbox, for reading."""
    return WorkOrder.objects.filter(**within(sandbox.pk))


def order_to_read(sandbox: Sandbox, number: str) -> WorkOrder | None:
    """The work order of a number with its caller, for reading."""
    return WorkOrder.objects.filter(sandbox=sandbox, number=number).select_related("caller").first()


def assignments(order: WorkOrder) -> QuerySet[Assignment]:
    return Assignment.objects.filter(order=order).order_by("id")


def follow_ups(order: WorkOrder) -> QuerySet[FollowUp]:
    return FollowUp.objects.filter(order=order).order_by("id")


def calls(sandbox: Sandbox) -> QuerySet[PhoneCall]:
    """All phone calls of a sandbox, for reading."""
    return PhoneCall.objects.filter(**within(sandbox.pk))


def call(work: Work, number: str) -> PhoneCall:
    """The phone call of a number. Raises NotFound."""
    found = work.query(PhoneCall.objects.filter(number=number))
    if not found:
        raise NotFound("来电", number, field="call")
    return found[0]


def call_here(work: Work, number: int) -> PhoneCall:
    """The phone call of a number within its sandbox (of its id, not of its public number)."""
    return work.get(PhoneCall, number)


def calls_waiting(work: Work) -> list[PhoneCall]:
    """The calls nobody has answered yet, in the order in which they came in."""
    return work.query(PhoneCall.objects.filter(state=CallState.WAITING, **within(work.sandbox_id)).order_by("id"))


def open_in_states(work: Work, states: list[str], unit: str = "") -> list[WorkOrder]:
    """The orders in some states, of one unit or of all, in the order of their receipt."""
    wanted = WorkOrder.objects.filter(state__in=states, **within(work.sandbox_id)).order_by("id")
    return work.query(wanted.filter(unit=unit) if unit else wanted)
