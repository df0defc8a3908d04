"""What happens when a moment of the simulation comes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox import agenda
from sandbox.work import Work
from simulation import centre, runs, staff

if TYPE_CHECKING:
    from simulation.models import Call, Switchboard
    from workorders.models import PhoneCall, WorkOrder


@agenda.kind(staff.ACT, model="workorders.WorkOrder", together=("assignment",), alongside=("simulation.Story",))
def act(work: Work, order: WorkOrder, args: dict[str, Any]) -> None:
    staff.act(work, order)


@agenda.kind(staff.WITHDRAW, model="workorders.WorkOrder", together=("assignment",))
def withdraw(work: Work, order: WorkOrder, args: dict[str, Any]) -> None:
    staff.withdraw(work, order)


@agenda.kind(
    centre.CALL_DUE, model="workorders.PhoneCall", priority=15, together=("caller",), alongside=("simulation.Dialling",)
)
def call_is_due(work: Work, phone: PhoneCall, args: dict[str, Any]) -> None:
    centre.call_is_due(work, phone)


@agenda.kind(centre.SEAT_FREE, model="simulation.Switchboard", priority=16)
def seat_is_free(work: Work, board: Switchboard, args: dict[str, Any]) -> None:
    centre.seat_is_free(work, board)


@agenda.kind(
    centre.REDIAL, model="workorders.PhoneCall", priority=20, together=("caller",), alongside=("simulation.Dialling",)
)
def redial(work: Work, phone: PhoneCall, args: dict[str, Any]) -> None:
    centre.redial(work, phone)


@agenda.kind(runs.ARRIVAL, priority=20)
def arrival(work: Work, nothing: None, args: dict[str, Any]) -> None:
    runs.somebody_calls(work, args)


@agenda.kind(runs.CALL, model="simulation.Call", priority=20)
def call_from_a_file(work: Work, call: Call, args: dict[str, Any]) -> None:
    runs.row_calls(work, call)
