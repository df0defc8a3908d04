"""How simulated people notice things: reactions to what happens to orders and to roles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.actors import Role
from sandbox.events import Happened, on
from sandbox.work import Work
from simulation import casting, centre, staff
from workorders import queries
from workorders.indicators import ORDER_EVENTS
from workorders.lifecycle import WITHDRAWABLE

if TYPE_CHECKING:
    from workorders.models import PhoneCall, WorkOrder


@on("work_order.received")
def a_test_person_is_recognised(work: Work, happened: Happened, order: WorkOrder) -> None:
    casting.notice(work, order)


@on(*(name for name in ORDER_EVENTS if name != "work_order.overdue"))
def somebody_is_to_act(work: Work, happened: Happened, order: WorkOrder) -> None:
    """An order has come to somebody's desk."""
    if happened.data["state"] == order.state:  # else it has moved on already, and that event prompts
        staff.prompt(work, order)


@on("work_order.received")
def may_be_withdrawn(work: Work, happened: Happened, order: WorkOrder) -> None:
    staff.consider_withdrawing(work, order)


@on("call.offered")
def it_rings(work: Work, happened: Happened, phone: PhoneCall) -> None:
    centre.it_rings(work, phone)


@on("call.lost")
def nobody_answered(work: Work, happened: Happened, phone: PhoneCall) -> None:
    centre.nobody_answered(work, phone)


@on("call.answered")
def the_caller_speaks(work: Work, happened: Happened, phone: PhoneCall) -> None:
    centre.speak(work, phone)


@on("role.opened")
def people_take_over(work: Work, happened: Happened, role: str) -> None:
    """What the simulation had booked for a role is dropped."""
    for order in _on_their_desks(work, role):
        work.cancel(staff.ACT, order)
    if role == Role.AGENT:
        centre.people_take_the_seats(work)
    if role == Role.CITIZEN:
        work.cancel_all(staff.WITHDRAW)


@on("role.closed")
def the_simulation_takes_over(work: Work, happened: Happened, role: str) -> None:
    """The open work of a role is booked again."""
    orders = _on_their_desks(work, role)
    casting.look_up(work, orders)
    for order in orders:
        staff.prompt(work, order)
    if role == Role.AGENT:
        centre.seats_return(work)
    if role == Role.CITIZEN:
        orders = queries.open_in_states(work, [str(state) for state in WITHDRAWABLE])
        casting.look_up(work, orders)
        for order in orders:
            staff.consider_withdrawing(work, order)


def _on_their_desks(work: Work, role: str) -> list[WorkOrder]:
    name, _, unit = role.partition(":")
    return queries.open_in_states(work, staff.states_of(name), unit)
