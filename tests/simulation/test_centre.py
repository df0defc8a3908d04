"""The hotlines' seats: who answers a simulated call, who waits, who gives up and who tries again."""

from collections import defaultdict
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.actors import SYSTEM, Actor, Role
from sandbox.canonical import loads
from sandbox.moments import instant
from simulation.models import Dialling, Switchboard
from simulation.profiles import profile
from tests.conftest import World
from tests.rows import everything
from tests.sandbox.audit import assert_sound, calls_come
from workorders.models import PhoneCall, WorkOrder

CENTRE = profile("guangdong-2022").centre
MORE_SEATS_FROM_EIGHT = 300  # calls a day for which one seat is on duty before eight, and three after
CALLER = {"name": "演安一", "phone": "10000000001"}


@pytest.fixture
def busy(database):
    """The province of 2022, in which many people call within two days."""
    world = World(simulated=True, profile="guangdong-2022", seed=5)
    calls_come(world, 1500, days=1)
    world.advance(days=2)
    return world


def waited(call):
    return call.ended_waiting_at - call.offered_at


def calls_of(world, **wanted):
    return list(PhoneCall.objects.filter(sandbox=world.sandbox, **wanted).order_by("id"))


def test_every_call_is_answered_or_lost_and_who_was_answered_has_an_order(busy):
    states = {call.state for call in calls_of(busy)}

    assert states == {"answered", "lost"}
    assert all(bool(call.order_number) == (call.state == "answered") for call in calls_of(busy))
    phoned = WorkOrder.objects.filter(sandbox=busy.sandbox, channel="phone").count()
    assert phoned == len(calls_of(busy, state="answered"))
    assert_sound(busy.sandbox)


def test_nobody_waits_longer_than_their_patience_and_who_is_lost_waited_just_that_long(busy):
    least, most = (timedelta(seconds=seconds) for seconds in CENTRE.patience)

    for call in calls_of(busy):
        assert waited(call) < most if call.state == "answered" else least <= waited(call) <= most


def test_calls_of_one_hotline_are_put_through_in_the_order_in_which_they_came(busy):
    for hotline in {call.hotline for call in calls_of(busy)}:
        answered = calls_of(busy, hotline=hotline, state="answered", intelligent=False)
        moments = [call.ended_waiting_at for call in answered]
        assert moments == sorted(moments)


def assert_first_come_first_served(world):
    """Whoever is put through is, of those who still wait at their hotline, the one who came first."""
    queues = defaultdict(list)
    for event in world.events():
        if event.type == "call.offered":
            queues[loads(event.data)["hotline"]].append(event.subject)
        elif event.type in {"call.answered", "call.lost"}:
            queue = queues[loads(event.data)["hotline"]]
            if event.actor == "agent":
                assert event.subject == queue[0]
            queue.remove(event.subject)


def test_first_come_first_served(busy):
    assert_first_come_first_served(busy)


def seats(world, *, expected):
    """Let a hotline expect so many calls a day."""
    with world.work() as work:
        work.new(Switchboard, hotline="440100", expected=expected * 1000)


def ring(world):
    return world.do("phone_calls.offer", actor=Actor(Role.CITIZEN), caller=CALLER, hotline="440100")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(gaps=st.lists(st.integers(0, 40), min_size=3, max_size=12), seed=st.integers(0, 99))
def test_when_more_seats_come_on_duty_whoever_waits_is_put_through_before_those_who_call_later(database, gaps, seed):
    world = World(simulated=True, profile="guangdong-2022", seed=seed, start=instant(2022, 9, 1, 7, 58, 30))
    seats(world, expected=MORE_SEATS_FROM_EIGHT)

    for gap in gaps:
        ring(world)
        if gap:
            world.advance(seconds=gap)
    world.advance(minutes=30)

    assert_first_come_first_served(world)
    assert not calls_of(world, state="waiting")


def test_seats_that_come_on_duty_answer_at_once_whoever_waits(database):
    world = World(simulated=True, profile="guangdong-2022", start=instant(2022, 9, 1, 7, 59, 50))
    seats(world, expected=MORE_SEATS_FROM_EIGHT)
    calls = [ring(world) for _ in range(4)]

    world.advance(seconds=10)

    answered = {call.number: waited(call) for call in calls_of(world, state="answered")}
    assert answered[calls[0].number] == timedelta(0)
    assert {answered[call.number] for call in calls[1:3]} == {timedelta(seconds=10)}


def test_a_seat_talks_to_one_caller_at_a_time(busy):
    shortest = timedelta(seconds=CENTRE.talk[0])
    seats_at_most = 2  # at this volume one seat, and one more where a hotline has fallen behind

    for hotline in {call.hotline for call in calls_of(busy)}:
        begun = [one.ended_waiting_at for one in calls_of(busy, hotline=hotline, state="answered", intelligent=False)]
        for third, first in zip(begun[seats_at_most:], begun, strict=False):
            assert third - first >= shortest


def test_the_machine_answers_without_waiting_and_takes_no_seat(busy):
    by_machine = calls_of(busy, intelligent=True)

    assert by_machine
    assert {waited(call) for call in by_machine} == {timedelta(0)}
    orders = WorkOrder.objects.filter(sandbox=busy.sandbox, number__in=[call.order_number for call in by_machine])
    assert {order.article != "" for order in orders} == {True}


def test_some_of_the_lost_try_again_but_not_for_ever(busy):
    tries = Dialling.objects.filter(sandbox=busy.sandbox)
    lost = len(calls_of(busy, state="lost"))

    again = tries.filter(attempt__gt=1).count()
    assert 0 < again < lost
    assert max(tries.values_list("attempt", flat=True)) <= CENTRE.dials_at_most
    assert len({(one.index, one.attempt) for one in tries}) == len(tries)


def test_the_switchboard_counts_what_the_events_say(busy):
    for board in Switchboard.objects.filter(sandbox=busy.sandbox):
        answered = [e for e in busy.events("call.answered") if e.actor == "agent"]
        lost = busy.events("call.lost")
        here = [len([e for e in some if loads(e.data)["hotline"] == board.hotline]) for some in (answered, lost)]
        assert (board.answered, board.offered) == (here[0], sum(here))


@pytest.mark.parametrize("chunk", [1, 37])
def test_chunks_change_nothing(chunk, busy):
    again = World(simulated=True, profile="guangdong-2022", seed=5)
    calls_come(again, 1500, days=1)
    again.advance(days=2, chunk=chunk)

    assert again.hash == busy.hash


def test_where_people_are_the_agents_calls_wait_for_them_until_patience_ends(database):
    world = World(simulated=True, profile="guangdong-2022")
    world.do("sandbox.open_role", actor=SYSTEM, role="agent")
    one = world.do("phone_calls.offer", actor=Actor(Role.CITIZEN), caller=CALLER, hotline="440100")
    two = world.do("phone_calls.offer", actor=Actor(Role.CITIZEN), caller=CALLER, hotline="440100")

    world.do("phone_calls.pick_up", actor=Actor(Role.AGENT), subject=one.number)
    world.advance(minutes=10)

    states = {call.number: call.state for call in calls_of(world)}
    assert states == {one.number: "answered", two.number: "lost"}


def test_when_the_simulation_takes_the_seats_again_whoever_still_waits_is_answered(database):
    world = World(simulated=True, profile="guangdong-2022")
    world.do("sandbox.open_role", actor=SYSTEM, role="agent")
    call = world.do("phone_calls.offer", actor=Actor(Role.CITIZEN), caller=CALLER, hotline="440100")
    world.advance(seconds=10)

    world.do("sandbox.close_role", actor=SYSTEM, role="agent")

    (answered,) = calls_of(world)
    assert (answered.number, answered.state, waited(answered)) == (call.number, "answered", timedelta(seconds=10))


def test_when_the_simulation_takes_the_seats_again_it_goes_by_the_queue_without_those_a_person_answered(database):
    world = World(simulated=True, profile="guangdong-2022")
    talking, first, second, third = (ring(world) for _ in range(4))
    world.do("sandbox.open_role", actor=SYSTEM, role="agent")
    world.do("phone_calls.pick_up", actor=Actor(Role.AGENT), subject=second.number)
    with world.work() as work:
        work.query(Switchboard.objects.all())[0].busy = "[]"  # the talk has ended meanwhile
        work.save(work.query(Switchboard.objects.all())[0])
    world.do("sandbox.close_role", actor=SYSTEM, role="agent")

    world.advance(minutes=10)

    answered = [event.subject for event in world.events("call.answered")]
    assert answered[:3] == [talking.number, second.number, first.number]
    assert {call.number: call.state for call in calls_of(world)}[third.number] == "lost"
    (board,) = Switchboard.objects.filter(sandbox=world.sandbox)
    assert (board.offered, board.answered, board.waiting) == (3, 2, "[]")


def test_a_caller_who_gets_through_to_a_person_says_what_the_simulation_gave_them_to_say(database):
    world = World(simulated=True, profile="guangdong-2022", start=instant(2022, 9, 1, 9))
    world.do("sandbox.open_role", actor=SYSTEM, role="agent")
    calls_come(world, 200, days=1)
    while not calls_of(world, state="waiting"):
        world.advance(minutes=1)
    (call, *_) = calls_of(world, state="waiting")

    taken = world.do("phone_calls.pick_up", actor=Actor(Role.AGENT), subject=call.number)

    order = WorkOrder.objects.get(sandbox=world.sandbox, number=taken.order_number)
    assert (order.state, order.channel, order.caller_id) == ("pending_accept", "phone", call.caller_id)
    assert order.text


def test_without_seats_in_the_profile_nothing_is_known_of_calls(province):
    calls_come(province, 30, days=1)
    province.advance(days=2)

    assert calls_of(province) == []
    assert everything(province.sandbox)
