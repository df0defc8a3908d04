"""What must hold of any sandbox, worked out again from its events and records."""

from datetime import date

from django.db.models import Count

from sandbox import counters, events
from sandbox.actors import SYSTEM
from sandbox.canonical import loads
from sandbox.driver import Until
from sandbox.events import Happened
from sandbox.models import AgendaEntry, Counter, Event, Sandbox
from sandbox.moments import day_of
from workorders.indicators import by_state
from workorders.models import WorkOrder

IDLE = Until(idle=True)


def calls_come(world, orders: int, *, days: int = 2) -> None:
    """Let so many simulated people call, over so many days from now."""
    world.do("simulation.calls_come", actor=SYSTEM, orders=orders, days=days, endless=False)


def verified(sandbox: Sandbox) -> str:
    """The last hash of the chain, walked from the first event to the last one."""
    return events.verify(Event.objects.filter(sandbox=sandbox).order_by("number").iterator())


def recomputed(sandbox: Sandbox) -> dict[tuple[date, str, str], int]:
    """The counters as the fold over all events gives them."""
    tally: counters.Tally = {}
    for one in Event.objects.filter(sandbox=sandbox).order_by("number").iterator():
        happened = Happened(one.number, one.type, one.subject, one.at, one.actor, one.caused_by, loads(one.data))
        counters.fold(tally, day_of(one.at), happened)
    return {(day, region, name): value for (day, region), here in tally.items() for name, value in here.items()}


def counted(sandbox: Sandbox) -> dict[tuple[date, str, str], int]:
    """The counters as they are kept."""
    rows = Counter.objects.filter(sandbox=sandbox).values_list("day", "region", "name", "value")
    return {(day, region, name): value for day, region, name, value in rows if value}


def states(sandbox: Sandbox) -> dict[str, int]:
    """How many orders stand in each state, asked of the orders themselves."""
    return dict(WorkOrder.objects.filter(sandbox=sandbox).values_list("state").annotate(n=Count("id")).order_by())


def agenda_of(sandbox: Sandbox) -> list[tuple[str, int]]:
    """What is booked, in the order in which it will come."""
    rows = AgendaEntry.objects.filter(sandbox=sandbox).order_by("due", "priority", "id")
    return list(rows.values_list("kind", "subject"))


def assert_sound(sandbox: Sandbox) -> None:
    """The chain verifies up to the head, and the counters say what events and orders say."""
    sandbox.refresh_from_db()
    assert verified(sandbox) == sandbox.head
    assert Event.objects.filter(sandbox=sandbox).count() == sandbox.last_event
    assert counted(sandbox) == recomputed(sandbox)
    assert by_state(counters.totals(sandbox)) == states(sandbox)
