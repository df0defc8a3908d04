"""Roles: played by the simulation, or left open to people; deadlines run on regardless."""

import pytest

from sandbox import canonical
from sandbox.actors import PEOPLE, SYSTEM, Actor, Role
from sandbox.ids import local
from sandbox.models import AgendaEntry, Sandbox
from sandbox.refusals import Refused
from simulation.staff import ACT, TO_ACT, WITHDRAW
from tests.conftest import World
from tests.factories import UNIT, WorkOrderFactory, act
from tests.sandbox.audit import IDLE, agenda_of, assert_sound, calls_come, states
from workorders.models import WorkOrder

OTHER_UNIT = "440106-zj"
WATCH = "workorders.deadline"


def open_role(world, role):
    world.do("sandbox.open_role", actor=SYSTEM, role=str(role))


def close_role(world, role):
    world.do("sandbox.close_role", actor=SYSTEM, role=str(role))


def booked(world, kind=ACT):
    """The local numbers of the orders for which something is booked."""
    return sorted(subject for name, subject in agenda_of(world.sandbox) if name == kind)


def dispatched_to(world, unit):
    """An order nobody recognises, dispatched by hand."""
    order = WorkOrderFactory(world=world, accepted=True, text="有一件事要反映。")
    return world.do("work_orders.dispatch", actor=Actor(Role.DISPATCHER), subject=order.number, unit=unit)


def state_of(order):
    return WorkOrder.objects.get(pk=order.pk).state


def numbers(*orders):
    return [local(order.pk) for order in orders]


# opening and closing ------------------------------------------------------------------------------------


def test_nothing_is_booked_for_a_role_that_is_open(world):
    WorkOrderFactory(world=world)
    dispatched_to(world, UNIT)

    assert booked(world) == []
    assert len(booked(world, WATCH)) == 1


def test_opening_a_role_drops_what_was_booked_for_it_and_closing_books_it_again(world):
    first, second = dispatched_to(world, UNIT), dispatched_to(world, OTHER_UNIT)
    deadlines = booked(world, WATCH)

    close_role(world, Role.DEPARTMENT)
    with_simulation = booked(world)
    open_role(world, Role.DEPARTMENT)
    with_people = booked(world)
    close_role(world, Role.DEPARTMENT)
    with_simulation_again = booked(world)

    assert with_simulation == with_simulation_again == numbers(first, second)
    assert with_people == []
    assert booked(world, WATCH) == deadlines == numbers(first, second)


def test_one_unit_can_be_opened_while_the_simulation_plays_all_others(world):
    theirs, ours = dispatched_to(world, OTHER_UNIT), dispatched_to(world, UNIT)
    close_role(world, Role.DEPARTMENT)

    open_role(world, f"{Role.DEPARTMENT}:{UNIT}")
    world.advance(days=6)

    assert state_of(ours) == "pending_sign"
    assert state_of(theirs) != "pending_sign"
    close_role(world, f"{Role.DEPARTMENT}:{UNIT}")
    assert local(ours.pk) in booked(world)


def test_what_comes_to_an_open_unit_later_is_left_to_it_too(world):
    close_role(world, Role.DEPARTMENT)
    open_role(world, f"{Role.DEPARTMENT}:{UNIT}")

    ours, theirs = dispatched_to(world, UNIT), dispatched_to(world, OTHER_UNIT)

    assert booked(world) == numbers(theirs)
    assert state_of(ours) == "pending_sign"


def test_closing_a_unit_books_nothing_while_the_whole_role_is_open(world):
    dispatched_to(world, UNIT)
    open_role(world, f"{Role.DEPARTMENT}:{UNIT}")

    close_role(world, f"{Role.DEPARTMENT}:{UNIT}")

    assert booked(world) == []


def test_closing_the_whole_role_leaves_an_open_unit_to_its_people(world):
    dispatched_to(world, UNIT)
    theirs = dispatched_to(world, OTHER_UNIT)
    open_role(world, f"{Role.DEPARTMENT}:{UNIT}")

    close_role(world, Role.DEPARTMENT)

    assert booked(world) == numbers(theirs)


@pytest.mark.parametrize("role", [role for role in PEOPLE if role != Role.CITIZEN])
def test_each_role_stops_acting_when_it_is_opened_and_goes_on_when_it_is_closed(database, role):
    province = World(simulated=True, seed=21)
    open_role(province, role)
    calls_come(province, 60)
    theirs = {state for state, acting in TO_ACT.items() if acting == role}

    province.advance(until=IDLE)
    stopped = states(province.sandbox)
    close_role(province, role)
    province.advance(until=IDLE)

    assert set(stopped) <= theirs | {"archived"}
    assert set(stopped) & theirs
    assert states(province.sandbox) == {"archived": 60}
    assert_sound(province.sandbox)


def test_opening_the_citizens_stops_new_calls_and_withdrawals(database):
    province = World(simulated=True, seed=21)
    calls_come(province, 150)
    while not booked(province, WITHDRAW):
        province.advance(hours=1)
    before = len(province.events("work_order.received"))
    gone = len(province.events("work_order.withdrawn"))

    open_role(province, Role.CITIZEN)
    assert booked(province, WITHDRAW) == []
    province.advance(until=IDLE)

    assert len(province.events("work_order.received")) == before
    assert len(province.events("work_order.withdrawn")) == gone
    assert states(province.sandbox) == {"archived": before}


def test_citizens_who_are_taken_back_may_still_think_better_of_it(database):
    province = World(simulated=True, seed=21)
    calls_come(province, 150)
    while not booked(province, WITHDRAW):
        province.advance(hours=1)
    before = AgendaEntry.objects.filter(sandbox=province.sandbox, kind=WITHDRAW).order_by("subject")
    before = list(before.values_list("subject", "due"))

    for _ in range(2):  # however often, they will do so when they would have
        open_role(province, Role.CITIZEN)
        province.advance(minutes=1)
        close_role(province, Role.CITIZEN)

    after = AgendaEntry.objects.filter(sandbox=province.sandbox, kind=WITHDRAW).order_by("subject")
    assert list(after.values_list("subject", "due")) == before != []


def test_an_action_booked_before_a_role_was_opened_is_not_taken_after(world):
    order = dispatched_to(world, UNIT)
    close_role(world, Role.DEPARTMENT)
    entry = AgendaEntry.objects.get(sandbox=world.sandbox, kind=ACT)
    Sandbox.objects.filter(pk=world.sandbox.pk).update(open_roles='["department"]')  # as if dropping it had failed

    world.advance(to=entry.due)

    assert state_of(order) == "pending_sign"


# people and the simulation side by side -----------------------------------------------------------------


def test_a_person_acts_in_an_open_role_and_the_simulation_does_the_rest(world):
    for role in PEOPLE:
        if role != Role.DEPARTMENT:
            close_role(world, role)
    order = dispatched_to(world, UNIT)

    act(world, order, "sign", role=Role.DEPARTMENT)
    act(world, order, "contact", role=Role.DEPARTMENT)
    act(world, order, "answer", role=Role.DEPARTMENT, text="已处理。", solved="solved")
    world.advance(days=1)

    assert state_of(order) in {"pending_follow_up", "closed", "in_progress", "redo", "archived"}
    assert {"work_order.completed", "work_order.sent_back"} & {event.type for event in world.events()}


def test_deadlines_run_on_while_a_role_is_open(world):
    order = dispatched_to(world, UNIT)
    close_role(world, Role.REVIEWER)

    world.advance(days=40)

    overdue = [canonical.loads(event.data) for event in world.events("work_order.overdue")]
    assert [(data["what"], data["unit"]) for data in overdue] == [("sign", UNIT), ("answer", UNIT)]
    assert state_of(order) == "pending_sign"


def test_the_deadlines_of_an_order_are_the_same_whoever_plays_the_role(world, other):
    """Whether the role is closed and opened again between, or open all the time."""
    for one in (world, other):
        dispatched_to(one, UNIT)

    for _ in range(3):
        close_role(other, Role.DEPARTMENT)
        open_role(other, Role.DEPARTMENT)
    for one in (world, other):
        one.advance(days=40)

    assert [event.at for event in world.events("work_order.overdue")] == [
        event.at for event in other.events("work_order.overdue")
    ]


# refusals -----------------------------------------------------------------------------------------------


def test_a_role_that_is_not_open_cannot_be_closed(province):
    with pytest.raises(Refused, match="role_not_open"):
        close_role(province, Role.DEPARTMENT)


@pytest.mark.parametrize(
    ("role", "code"),
    [
        ("mayor", "unknown_role"),
        ("system", "unknown_role"),
        ("citizen:440106-cg", "unknown_role"),
        ("department:nowhere", "unknown_unit"),
    ],
)
def test_only_roles_and_units_there_are_can_be_opened(province, role, code):
    before = province.hash

    with pytest.raises(Refused, match=code):
        open_role(province, role)

    assert province.hash == before


def test_opening_and_closing_are_events(province):
    open_role(province, f"{Role.DEPARTMENT}:{UNIT}")
    close_role(province, f"{Role.DEPARTMENT}:{UNIT}")

    assert [(event.type, event.subject) for event in province.events()[-2:]] == [
        ("role.opened", f"department:{UNIT}"),
        ("role.closed", f"department:{UNIT}"),
    ]
