"""Bulk runs: so many calls over so many days, calls that keep coming, or the calls of a file."""

from datetime import datetime, timedelta
from typing import Any

from identity import actions as identity_actions
from identity.queries import resident
from sandbox.actors import Actor, Role
from sandbox.calendar import calendar
from sandbox.inputs import accepts
from sandbox.moments import iso
from sandbox.work import Work
from simulation import callers, centre, staff
from simulation.models import Call
from simulation.profiles import profile
from workorders import actions
from workorders.vocabulary import Channel

ARRIVAL, CALL = "simulation.arrival", "simulation.call"
MAX_POPULATION = 5000
ROOM = 90  # days before the end of the calendar from which nobody calls any more: their deadlines would lie beyond it


@accepts("simulation.calls_come")
def calls_come(work: Work, actor: Actor, subject: str, args: dict[str, Any]) -> None:
    """Let fictitious people move in and call: `orders` calls over `days` days, once or day after day."""
    orders, days = args["orders"], args["days"]
    how = profile(work.sandbox.profile)
    size = min(MAX_POPULATION, 20 + orders * how.caller.population_per_hundred_orders // 100)
    identity_actions.settle_population(work, size)
    work.record("simulation.began", "sandbox", actor=actor, orders=orders, days=days, endless=args["endless"])
    if how.centre is not None:
        centre.set_up(work, how, how.centre, orders=orders, days=days)
    plan = {**args, "start": iso(work.now), "index": 0, "number": 1, "population": size}
    _book_next(work, plan)


def _book_next(work: Work, plan: dict[str, Any]) -> None:
    how = profile(work.sandbox.profile)
    start = datetime.fromisoformat(plan["start"])
    when = callers.arrival(how, work.seed, start, plan["index"], plan["orders"], plan["days"])
    if (calendar().end - when).days >= ROOM:
        work.later(when, ARRIVAL, **plan)


def somebody_calls(work: Work, plan: dict[str, Any]) -> None:
    """A simulated person calls, and the next call is booked."""
    if not staff.is_open(work, Role.CITIZEN):
        _call(work, plan)
    plan["number"] += 1
    plan["index"] += 1
    if plan["index"] == plan["orders"] and plan["endless"]:
        plan["index"] = 0
        plan["start"] = iso(datetime.fromisoformat(plan["start"]) + timedelta(days=plan["days"]))
    if plan["index"] < plan["orders"]:
        _book_next(work, plan)


def _call(work: Work, plan: dict[str, Any]) -> None:
    name, how = f"call-{plan['number']}", profile(work.sandbox.profile)
    call = callers.call(how, work.seed, name)
    who = resident(work, work.draw(name, "resident").between(1, plan["population"]))
    if call.channel != Channel.PHONE:
        centre.take_down(work, call, who, actor=staff.CITIZEN)
    elif how.centre is None:
        centre.take_down(work, call, who, actor=staff.AGENT)
    else:
        centre.dial(work, who, index=plan["number"])


@accepts("simulation.calls_of_a_file")
def calls_of_a_file(work: Work, actor: Actor, subject: str, args: dict[str, Any]) -> None:
    """Book the calls of a file at their times; its callers stay unknown (an unnamed caller each)."""
    work.record("simulation.began", "sandbox", actor=actor, rows=len(args["rows"]))
    for row in args["rows"]:
        call = work.new(
            Call,
            row=row["row"],
            at=datetime.fromisoformat(row["at"]),
            text=row["text"],
            place=row["place"],
            type=row["type"],
        )
        work.later(call.at, CALL, call)


def row_calls(work: Work, call: Call) -> None:
    """The caller of one row calls."""
    who = identity_actions.register_party(work, kind="natural", name=f"第{call.row}行来电人")
    order = actions.register(work, actor=staff.AGENT, text=call.text, caller=who, place=call.place, type=call.type)
    call.order_number = order.number
    work.save(call)
