"""The clock: forward only, within the calendar, frozen or running; what it is told decides when, never what."""

from datetime import UTC, datetime, timedelta

import pytest

from sandbox import actions, clock, driver, tasks, wall
from sandbox.calendar import calendar
from sandbox.driver import Until
from sandbox.models import Sandbox
from sandbox.moments import instant, iso
from sandbox.refusals import Refused
from sandbox.vocabulary import Clock
from tests.conftest import START, World
from tests.factories import WorkOrderFactory, act
from tests.sandbox.audit import IDLE, agenda_of, calls_come

HOUR = timedelta(hours=1)


class Wall:
    """A wall clock that moves only when the test says so."""

    def __init__(self, monkeypatch):
        self.moment = datetime(2030, 1, 1, tzinfo=UTC)
        monkeypatch.setattr(wall, "now", lambda: self.moment)

    def passes(self, **by):
        self.moment += timedelta(**by)


@pytest.fixture
def real(monkeypatch):
    return Wall(monkeypatch)


def drive(world, **options):
    assert driver.Driver(world.sandbox, **options).drive() is True
    world.sandbox.refresh_from_db()


def tell(world, move, **args):
    with world.work() as work:
        move(work, **args)
    world.sandbox.refresh_from_db()


def refused(world, code, move, **args):
    before = Sandbox.objects.filter(pk=world.sandbox.pk).values().get()
    with pytest.raises(Refused, match=code):
        tell(world, move, **args)
    assert Sandbox.objects.filter(pk=world.sandbox.pk).values().get() == before


# advancing ----------------------------------------------------------------------------------------------


def test_the_clock_of_a_new_sandbox_is_frozen_at_its_start(world):
    drive(world)

    assert (world.sandbox.clock, iso(world.now)) == (Clock.FROZEN, iso(START))


def test_the_clock_advances_to_an_instant(world):
    world.advance(to=instant(2022, 9, 5, 8, 30))

    assert iso(world.now) == "2022-09-05T08:30:00+08:00"


def test_the_clock_advances_by_a_duration(world):
    world.advance(days=1, hours=2, seconds=3)

    assert iso(world.now) == "2022-09-02T11:00:03+08:00"


def test_an_advance_to_where_the_clock_stands_is_there_at_once(world):
    world.advance(to=START)

    assert world.now == START
    assert clock.face(world.sandbox)["target"] is None


def test_an_advance_keeps_to_whole_seconds(world):
    world.advance(to=START + timedelta(milliseconds=2500))

    assert world.now == START + timedelta(seconds=2)


def test_an_advance_stops_at_the_first_event_of_a_type(world):
    order = WorkOrderFactory(world=world, dispatched=True)

    world.advance(until=Until(type="work_order.overdue"))

    (event,) = world.events("work_order.overdue")
    assert event.subject == order.number
    assert world.now == event.at
    assert agenda_of(world.sandbox)  # more would have come


def test_an_advance_stops_at_the_first_event_about_a_subject(world):
    WorkOrderFactory(world=world, accepted=True, text="路灯坏了")
    world.advance(days=1)
    later = WorkOrderFactory(world=world, dispatched=True)

    world.advance(until=Until(subject=later.number))

    assert [event.subject for event in world.events() if event.at == world.now][-1] == later.number


def test_an_advance_until_an_event_goes_no_further_than_it_may(world):
    WorkOrderFactory(world=world, dispatched=True)

    world.advance(hours=3, until=Until(type="work_order.overdue"))

    assert world.now == START + 3 * HOUR
    assert world.events("work_order.overdue") == []


def test_an_event_of_the_past_stops_no_advance(world):
    WorkOrderFactory(world=world)  # work_order.received happened already

    world.advance(hours=3, until=Until(type="work_order.received"))

    assert world.now == START + 3 * HOUR


def test_a_condition_that_was_met_does_not_stop_the_next_advance(world):
    WorkOrderFactory(world=world, dispatched=True)
    world.advance(until=Until(type="work_order.overdue"))

    world.advance(days=60)

    assert len(world.events("work_order.overdue")) > 1


@pytest.mark.parametrize("chunk", [1, 7, 5000])
def test_an_advance_until_idle_ends_with_the_last_thing_booked(province, chunk):
    calls_come(province, 5)

    province.advance(until=IDLE, chunk=chunk)

    assert agenda_of(province.sandbox) == []
    assert province.now == province.events()[-1].at


@pytest.mark.parametrize("chunk", [1, 5000])
def test_an_advance_until_an_event_stops_there_whatever_the_chunk(database, chunk):
    province = World(simulated=True, seed=4)
    calls_come(province, 20)

    province.advance(until=Until(type="work_order.signed"), chunk=chunk)

    assert [event.type for event in province.events()].count("work_order.signed") == 1
    assert province.events()[-1].at == province.now


def test_a_new_target_replaces_the_old_one(world):
    tell(world, clock.advance, by=timedelta(days=9))
    tell(world, clock.advance, by=HOUR)

    drive(world)

    assert world.now == START + HOUR


def test_the_clock_shows_where_it_goes_and_how_far_it_lags(world):
    tell(world, clock.advance, by=HOUR, until=Until(type="work_order.overdue"))

    face = clock.face(world.sandbox)

    assert (face["state"], face["target"], face["lag_seconds"]) == (Clock.FROZEN, START + HOUR, 3600)
    assert face["until"]["type"] == "work_order.overdue"
    drive(world)
    face = clock.face(world.sandbox)
    assert (face["now"], face["target"], face["lag_seconds"], face["until"]) == (START + HOUR, None, 0, None)


def test_deadlines_that_pass_during_an_advance_happen_at_their_instants(world):
    order = WorkOrderFactory(world=world, dispatched=True)

    world.advance(days=30)

    overdue = world.events("work_order.overdue")
    assert iso(overdue[0].at) == "2022-09-03T00:00:00+08:00"  # to be signed within one working day
    assert {event.subject for event in overdue} == {order.number}
    assert [event.at for event in overdue] == sorted(event.at for event in overdue)


# refusals -----------------------------------------------------------------------------------------------


def test_the_clock_does_not_go_back(world):
    world.advance(days=1)

    refused(world, "into_the_past", clock.advance, to=START)


def test_the_clock_does_not_go_back_by_a_duration_either(world):
    refused(world, "into_the_past", clock.advance, by=timedelta(hours=-1))


@pytest.mark.parametrize(
    "beyond",
    [{"to": calendar().end + timedelta(seconds=1)}, {"by": timedelta(days=4000)}, {"by": timedelta(days=3_000_000)}],
    ids=["to", "by", "by more than there are years"],
)
def test_the_clock_does_not_go_beyond_the_calendar(world, beyond):
    refused(world, "beyond_calendar", clock.advance, **beyond)


def test_the_clock_reaches_the_last_second_of_the_calendar(world):
    world.advance(to=calendar().end)

    assert world.now == calendar().end


@pytest.mark.parametrize("start", [instant(2019, 12, 31), calendar().end + timedelta(seconds=1)])
def test_a_sandbox_begins_within_the_calendar(database, start):
    with pytest.raises(Refused, match="beyond_calendar"):
        actions.found("too-early-or-late", seed=1, start=start)


def test_a_running_clock_cannot_be_advanced(world, real):
    tell(world, clock.run, rate=60)

    refused(world, "clock_running", clock.advance, by=HOUR)


def test_a_clock_that_is_not_halted_cannot_be_retried(world):
    refused(world, "clock_not_halted", clock.retry)


# running ------------------------------------------------------------------------------------------------


def test_a_running_clock_goes_with_the_wall_clock_at_its_rate(world, real):
    tell(world, clock.run, rate=600)
    seen = []

    for _ in range(3):
        real.passes(seconds=10)
        drive(world)
        seen.append(world.now - START)

    assert seen == [timedelta(seconds=6000), timedelta(seconds=12_000), timedelta(seconds=18_000)]


def test_a_running_clock_shows_its_rate_and_its_lag(world, real):
    tell(world, clock.run, rate=600)
    real.passes(seconds=1.5)

    face = clock.face(world.sandbox)

    assert (face["state"], face["rate"], face["lag_seconds"]) == (Clock.RUNNING, 600, 900)


def test_a_frozen_clock_does_not_go_with_the_wall_clock(world, real):
    tell(world, clock.run, rate=600)
    real.passes(seconds=10)
    drive(world)
    tell(world, clock.freeze)

    real.passes(days=1)
    drive(world)

    assert (world.sandbox.clock, world.now) == (Clock.FROZEN, START + timedelta(seconds=6000))


def test_a_clock_run_again_goes_on_from_where_it_stood(world, real):
    tell(world, clock.run, rate=600)
    real.passes(seconds=10)
    drive(world)
    tell(world, clock.freeze)
    real.passes(days=1)

    tell(world, clock.run, rate=60)
    real.passes(seconds=10)
    drive(world)

    assert world.now == START + timedelta(seconds=6600)


def test_a_running_clock_stops_at_the_end_of_the_calendar(world, real):
    tell(world, clock.run, rate=clock.MAX_RATE)
    real.passes(days=30)

    drive(world)

    assert world.now == calendar().end


def test_a_province_that_runs_lives_through_the_same_as_one_that_is_advanced(database, real):
    advanced, running = World(simulated=True, seed=9), World(simulated=True, seed=9)
    for province in (advanced, running):
        calls_come(province, 15)
    advanced.advance(days=40)

    tell(running, clock.run, rate=86_400)
    for step in (0.5, 3, 0.01, 20, 16.49):
        real.passes(seconds=step)
        drive(running, chunk=11)

    assert running.now == advanced.now
    assert running.hash == advanced.hash


def test_a_running_clock_that_was_halted_runs_on_after_a_retry(world, real, kind):
    broken = [True]

    def come(work, nothing, args):
        if broken:
            raise ZeroDivisionError
        work.record("test.came", "sandbox")

    kind("test.moment", come)
    with world.work() as work:
        work.later(work.now + HOUR, "test.moment")
    tell(world, clock.run, rate=3600)
    real.passes(seconds=5)
    drive(world)
    assert world.sandbox.clock == Clock.HALTED

    broken.clear()
    real.passes(hours=1)  # the time it was halted is not made up for
    tell(world, clock.retry)
    real.passes(seconds=5)
    drive(world)

    assert (world.sandbox.clock, world.now) == (Clock.RUNNING, START + 5 * HOUR)
    assert len(world.events("test.came")) == 1


def test_a_running_clock_that_waited_at_the_barrier_runs_on_once_all_is_confirmed(world, real):
    WorkOrderFactory(world=world, dispatched=True)
    tell(world, clock.set_barrier, on=True)
    tell(world, clock.run, rate=86_400)
    real.passes(seconds=3)
    drive(world)
    assert world.sandbox.clock == Clock.WAITING

    tell(world, clock.settle, event=world.sandbox.last_event)

    assert world.sandbox.clock == Clock.RUNNING


def test_a_waiting_clock_can_be_frozen(world):
    WorkOrderFactory(world=world, dispatched=True)
    tell(world, clock.set_barrier, on=True)
    world.advance(days=30)
    assert world.sandbox.clock == Clock.WAITING
    stood = world.now

    tell(world, clock.freeze)
    tell(world, clock.settle, event=world.sandbox.last_event)
    drive(world)

    assert (world.sandbox.clock, world.now) == (Clock.FROZEN, stood)


# telling the clock is no input of the world -------------------------------------------------------------


def test_what_the_clock_is_told_leaves_no_event(world, real):
    before = world.hash

    for move, args in (
        (clock.run, {"rate": 60}),
        (clock.freeze, {}),
        (clock.set_barrier, {"on": True}),
        (clock.advance, {"by": HOUR}),
    ):
        tell(world, move, **args)
    drive(world)

    assert world.hash == before


def test_writes_happen_at_the_instant_the_clock_stands_at(world):
    world.advance(hours=5)

    order = WorkOrderFactory(world=world)
    act(world, order, "accept", role="agent")

    assert {event.at for event in world.events() if event.subject == order.number} == {START + 5 * HOUR}


# hints --------------------------------------------------------------------------------------------------


@pytest.fixture
def hints(monkeypatch):
    sent = []
    monkeypatch.setattr(tasks.drive, "apply_async", lambda said, headers: sent.append(said[0]))
    return sent


def test_the_sweep_hints_at_every_clock_that_is_behind_and_at_no_other(database, hints, real):
    there, behind, running, halted = (World() for _ in range(4))
    there.advance(hours=1)
    tell(behind, clock.advance, by=HOUR)
    tell(running, clock.run, rate=1)
    tell(halted, clock.advance, by=HOUR)
    Sandbox.objects.filter(pk=halted.sandbox.pk).update(clock=Clock.HALTED)

    tasks.sweep()

    mine = {one.sandbox.pk for one in (there, behind, running, halted)}
    assert [pk for pk in sorted(hints) if pk in mine] == [behind.sandbox.pk, running.sandbox.pk]


def test_a_sandbox_is_hinted_at_once_however_often_it_is_swept_until_the_hint_is_taken_up(province, hints):
    tell(province, clock.advance, by=HOUR)
    mine = province.sandbox.pk

    for _ in range(3):
        tasks.sweep()
    assert hints.count(mine) == 1

    tasks.drive(mine)
    tell(province, clock.advance, by=HOUR)
    tasks.sweep()
    assert hints.count(mine) == 2


def test_a_hint_that_was_superseded_does_nothing(province, hints):
    tell(province, clock.advance, by=HOUR)

    tasks.drive(province.sandbox.pk, "2022-09-01T00:00:00+00:00")

    assert province.now == START


def test_a_hint_brings_a_clock_to_its_target(province, hints):
    calls_come(province, 5)
    tell(province, clock.advance, by=timedelta(days=3))

    tasks.drive(province.sandbox.pk)

    assert province.now == START + timedelta(days=3)
    assert hints == []


def test_a_hint_that_is_not_done_in_time_sends_itself_again(province, hints, monkeypatch):
    calls_come(province, 200)
    tell(province, clock.advance, until=IDLE)
    monkeypatch.setattr(tasks, "SHIFT", 0.0)

    while not hints or hints.pop():
        tasks.drive(province.sandbox.pk)
        if not hints:
            break

    assert agenda_of(province.sandbox) == []


def test_a_province_nobody_looks_at_falls_asleep_and_one_that_is_looked_at_does_not(database, hints, real):
    looked_at, forgotten = World(), World()
    for one in (looked_at, forgotten):
        Sandbox.objects.filter(pk=one.sandbox.pk).update(idle_after=60)
        tell(one, clock.run, rate=1)

    real.passes(seconds=50)
    looked_at.client().get("/api/v1/sandbox/clock")
    real.passes(seconds=20)
    tasks.sweep()

    assert Sandbox.objects.get(pk=looked_at.sandbox.pk).clock == Clock.RUNNING
    assert Sandbox.objects.get(pk=forgotten.sandbox.pk).clock == Clock.FROZEN
    tell(looked_at, clock.freeze)
