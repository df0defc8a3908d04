"""Counters: a fold over events, the same however the events came."""

from datetime import date

import pytest

from sandbox import counters
from sandbox.actors import Actor, Role
from sandbox.models import Counter, Event
from tests.conftest import World
from tests.factories import TEXT, WorkOrderFactory, act
from tests.sandbox.audit import IDLE, calls_come, counted, recomputed, states
from workorders.indicators import by_state, happenings
from workorders.models import WorkOrder
from workorders.numbers import hotline_of


def received(sandbox, **span):
    return happenings(counters.totals(sandbox, **span)).get("work_order.received", 0)


def assert_counters_tell_the_truth(sandbox):
    assert counted(sandbox) == recomputed(sandbox)
    assert by_state(counters.totals(sandbox)) == states(sandbox)


@pytest.mark.parametrize("chunk", [1, 7, 5000])
def test_counters_are_what_the_events_add_up_to_at_any_time(database, chunk):
    province = World(simulated=True, seed=17)
    calls_come(province, 40)

    for hours in (3, 20, 70, 300):
        province.advance(hours=hours, chunk=chunk)
        assert_counters_tell_the_truth(province.sandbox)
    assert len(states(province.sandbox)) > 1
    province.advance(until=IDLE, chunk=chunk)

    assert_counters_tell_the_truth(province.sandbox)
    assert received(province.sandbox) == 40


def test_counters_tell_the_truth_when_people_and_simulation_write_in_turn(province):
    calls_come(province, 15)
    for day in range(1, 4):
        province.advance(days=1, chunk=5)
        order = province.do(
            "work_orders.register",
            actor=Actor(Role.CITIZEN),
            text=TEXT,
            caller={"name": "演安一", "phone": f"1000000000{day}"},
        )
        if day % 2:
            act(province, order, "withdraw", role=Role.CITIZEN)

    assert_counters_tell_the_truth(province.sandbox)
    province.advance(until=IDLE)
    assert_counters_tell_the_truth(province.sandbox)


def test_state_counters_of_each_city_are_what_its_orders_say(province):
    calls_come(province, 60)
    province.advance(days=3)

    asked = {}
    for number, state in WorkOrder.objects.filter(sandbox=province.sandbox).values_list("number", "state"):
        city = asked.setdefault(hotline_of(number), {})
        city[state] = city.get(state, 0) + 1

    assert len(asked) > 5
    assert {city: by_state(counters.totals(province.sandbox, region=city)) for city in asked} == asked


def test_endings_are_what_the_orders_ended_in(province):
    calls_come(province, 80)
    province.advance(until=IDLE)

    ended = {}
    for ending in WorkOrder.objects.filter(sandbox=province.sandbox).values_list("ending", flat=True):
        ended[f"ending.{ending}"] = ended.get(f"ending.{ending}", 0) + 1

    totals = counters.totals(province.sandbox)
    assert len(ended) > 2
    assert {name: value for name, value in totals.items() if name.startswith("ending.")} == ended


def test_an_event_counts_on_the_day_it_happens_in_guangdong(world):
    world.advance(hours=15, seconds=-1)  # 23:59:59, the afternoon of the same day in UTC
    WorkOrderFactory(world=world)
    world.advance(seconds=1)
    WorkOrderFactory(world=world)

    rows = Counter.objects.filter(sandbox=world.sandbox, name__startswith="work_order.received").order_by("day")
    assert [(row.day, row.value) for row in rows] == [(date(2022, 9, 1), 1), (date(2022, 9, 2), 1)]


def test_totals_can_be_asked_for_a_span_of_days_and_a_city(world):
    WorkOrderFactory(world=world, region="440106")
    world.advance(days=1)
    WorkOrderFactory(world=world, region="440106")
    WorkOrderFactory(world=world, region="440305")

    assert received(world.sandbox) == 3
    assert received(world.sandbox, first=date(2022, 9, 2)) == 2
    assert received(world.sandbox, last=date(2022, 9, 1)) == 1
    assert received(world.sandbox, first=date(2022, 9, 2), last=date(2022, 9, 2), region="440300") == 1
    assert received(world.sandbox, region="440500") == 0


def test_what_was_rolled_back_is_not_counted(world):
    with pytest.raises(ZeroDivisionError), world.work() as work:
        work.record("work_order.received", "12345-440100-20220901-000001-3", was="", state="pending_accept")
        work.flush()
        raise ZeroDivisionError

    assert counted(world.sandbox) == {}


def test_each_sandbox_counts_for_itself(world, other):
    WorkOrderFactory(world=world)

    assert counters.totals(other.sandbox) == {}
    assert received(world.sandbox) == 1


def test_a_recomputation_notices_a_wrong_counter(world):
    """So that the tests above can fail."""
    WorkOrderFactory(world=world)

    Counter.objects.filter(sandbox=world.sandbox, name__startswith="work_order.received").update(value=2)

    assert counted(world.sandbox) != recomputed(world.sandbox)
    assert Event.objects.filter(sandbox=world.sandbox, type="work_order.received").count() == 1
