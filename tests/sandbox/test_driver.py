"""The driver: in order, in chunks, each all or nothing; the same world whatever the chunk."""

from datetime import timedelta

import pytest

from identity.actions import register_party
from identity.models import Party
from sandbox import actions, canonical, clock, driver, tasks, wall
from sandbox.actors import Actor, Role
from sandbox.models import AgendaEntry, Event, Sandbox
from sandbox.moments import iso
from sandbox.refusals import NotFound, Refused
from sandbox.vocabulary import Clock
from tests.conftest import World
from tests.factories import TEXT, WorkOrderFactory
from tests.sandbox.audit import IDLE, agenda_of, assert_sound, calls_come, states
from workorders.models import WorkOrder

HOUR = timedelta(hours=1)


@pytest.fixture
def plan(world, kind):
    """Book five people's moments, an hour apart; the third one raises as long as `broken`."""

    class Plan:
        broken = True
        failures = 0
        error = ZeroDivisionError("第三件办不了")

        def come(self, work, somebody, args):
            work.record("test.began", somebody)
            somebody.region = "440106"
            work.save(somebody)
            if somebody.number == "P0000003" and self.broken:
                self.failures += 1
                raise self.error
            work.record("test.came", somebody)

        def came(self, of=world):
            return [int(event.subject[-1]) for event in of.events("test.came")]

        def book(self, of=world):
            with of.work() as work:
                for position in range(1, 6):
                    work.later(
                        work.now + position * HOUR, "test.moment", register_party(work, kind="natural", name="演安一")
                    )

    plan = Plan()
    kind("test.moment", plan.come, model=Party)
    plan.book()
    return plan


def target(world, **by):
    with world.work() as work:
        clock.advance(work, by=timedelta(**by) if by else None, until=None if by else IDLE)


# chunks -------------------------------------------------------------------------------------------------


def test_the_size_of_a_chunk_changes_nothing_of_what_happens(database):
    runs = {}
    for chunk in (1, 7, 100, 5000):
        province = World(simulated=True, seed=5)
        calls_come(province, 60)
        province.advance(until=IDLE, chunk=chunk)
        runs[chunk] = (province.hash, province.sandbox.last_event, province.sandbox.entries_run, iso(province.now))
        assert states(province.sandbox) == {"archived": 60}
        assert agenda_of(province.sandbox) == []

    assert len(set(runs.values())) == 1, runs


@pytest.mark.parametrize("bounds", [(1, 0, 0), (5, 1, 1), (50, 30, 10)], ids=str)
def test_how_much_is_held_in_memory_changes_nothing_of_what_happens(bounds, database, monkeypatch):
    plenty, little = World(simulated=True, seed=5), World(simulated=True, seed=5)
    for province in (plenty, little):
        calls_come(province, 60)
    plenty.advance(until=IDLE)

    for name, bound in zip(("WINDOW", "HELD", "GROWTH"), bounds, strict=True):
        monkeypatch.setattr(driver, name, bound)
    little.advance(until=IDLE)

    assert (little.hash, little.now) == (plenty.hash, plenty.now)
    assert states(little.sandbox) == {"archived": 60}
    assert_sound(little.sandbox)


def test_an_advance_in_many_steps_is_the_same_as_one(database):
    at_once, in_steps = World(simulated=True, seed=6), World(simulated=True, seed=6)
    for province in (at_once, in_steps):
        calls_come(province, 40)

    at_once.advance(days=45)
    for _ in range(15):
        in_steps.advance(days=3)

    assert in_steps.hash == at_once.hash
    assert in_steps.now == at_once.now


def test_another_seed_is_another_run(database):
    hashes = set()
    for seed in (5, 6):
        province = World(simulated=True, seed=seed)
        calls_come(province, 5)
        province.advance(until=IDLE)
        hashes.add(tuple(event.data for event in province.events("work_order.received")))

    assert len(hashes) == 2


@pytest.mark.parametrize("chunk", [1, 2, 5000])
def test_everything_due_at_the_target_happens_before_the_clock_stands_there(world, kind, chunk):
    came = []
    kind("test.moment", lambda work, somebody, args: came.append(somebody.number), model=Party)
    with world.work() as work:
        for _ in range(4):
            work.later(work.now + HOUR, "test.moment", register_party(work, kind="natural", name="演安一"))

    world.advance(hours=1, chunk=chunk)

    assert came == ["P0000001", "P0000002", "P0000003", "P0000004"]
    assert agenda_of(world.sandbox) == []
    assert clock.face(world.sandbox)["lag_seconds"] == 0


def test_a_chunk_is_one_commit(province):
    calls_come(province, 10)
    target(province)
    version = Sandbox.objects.get(pk=province.sandbox.pk).version
    drive = driver.Driver(province.sandbox, chunk=4)

    drive.step()

    now = Sandbox.objects.get(pk=province.sandbox.pk)
    assert (now.version, now.entries_run) == (version + 1, 4)


def test_a_driver_stops_when_its_time_is_over_and_another_goes_on(province, monkeypatch):
    calls_come(province, 30)
    target(province)
    ticks = iter(range(1_000_000))
    monkeypatch.setattr(wall, "stopwatch", lambda: float(next(ticks)))  # a second passes at every look

    assert driver.Driver(province.sandbox, chunk=5).drive(2.0) is False
    some = Sandbox.objects.get(pk=province.sandbox.pk).entries_run
    monkeypatch.undo()
    assert driver.Driver(province.sandbox).drive() is True

    assert some > 0
    assert states(province.sandbox) == {"archived": 30}


def test_a_driver_sees_what_others_wrote_between_its_chunks(province):
    calls_come(province, 10)
    order = province.do(
        "work_orders.register", actor=Actor(Role.CITIZEN), text=TEXT, caller={"name": "演安一", "phone": "10000000001"}
    )
    target(province)
    drive = driver.Driver(province.sandbox, chunk=1)
    drive.step()

    province.do("work_orders.withdraw", actor=Actor(Role.CITIZEN), subject=order.number)
    drive.drive()

    log = [event.type for event in province.events() if event.subject == order.number]
    assert log[-2:] == ["work_order.withdrawn", "work_order.archived"]
    assert "work_order.signed" not in log
    assert_sound(province.sandbox)


# errors -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("chunk", [1, 2, 100])
def test_an_error_halts_the_clock_at_the_culprit_and_nothing_is_skipped(world, plan, chunk):
    start = world.now

    world.advance(until=IDLE, chunk=chunk)

    halted = canonical.loads(world.sandbox.halted)
    assert world.sandbox.clock == Clock.HALTED
    assert (halted["kind"], halted["subject"], halted["due"]) == ("test.moment", 3, iso(start + 3 * HOUR))
    assert (halted["error"], halted["reason"]) == ("ZeroDivisionError", "第三件办不了")
    assert clock.face(world.sandbox)["halted"] == halted
    assert plan.came() == [1, 2]
    assert [event.subject for event in world.events("test.began")] == ["P0000001", "P0000002"]
    assert Party.objects.get(sandbox=world.sandbox, number="P0000003").region == ""
    assert agenda_of(world.sandbox) == [("test.moment", 3), ("test.moment", 4), ("test.moment", 5)]
    assert world.now == start + 2 * HOUR
    assert world.sandbox.entries_run == 2


def test_a_halted_clock_refuses_to_go_on_until_it_is_retried(world, plan):
    world.advance(until=IDLE)
    version = world.sandbox.version

    assert driver.Driver(world.sandbox).drive() is True
    for move in (lambda work: clock.advance(work, by=HOUR), lambda work: clock.run(work, rate=60), clock.freeze):
        with pytest.raises(Refused, match="clock_halted"), world.work() as work:
            move(work)

    world.sandbox.refresh_from_db()
    assert (world.sandbox.clock, world.sandbox.version) == (Clock.HALTED, version)
    assert plan.came() == [1, 2]


def test_a_retry_before_the_fix_halts_at_the_same_place_again(world, plan):
    world.advance(until=IDLE)
    with world.work() as work:
        clock.retry(work)

    driver.Driver(world.sandbox).drive()

    world.sandbox.refresh_from_db()
    assert (world.sandbox.clock, canonical.loads(world.sandbox.halted)["subject"]) == (Clock.HALTED, 3)
    assert plan.came() == [1, 2]


@pytest.mark.parametrize("chunk", [1, 2, 100])
def test_a_retry_after_the_fix_goes_on_as_if_nothing_had_been(world, other, plan, chunk):
    world.advance(until=IDLE, chunk=chunk)

    plan.broken = False
    with world.work() as work:
        clock.retry(work)
    driver.Driver(world.sandbox, chunk=chunk).drive()

    undisturbed = World(seed=world.sandbox.seed)
    plan.book(undisturbed)
    undisturbed.advance(until=IDLE)
    assert plan.came() == [1, 2, 3, 4, 5]
    assert world.hash == undisturbed.hash
    assert (world.sandbox.clock, world.sandbox.halted) == (Clock.FROZEN, "")
    assert world.now == undisturbed.now
    assert_sound(world.sandbox)


def test_an_error_that_passes_by_itself_halts_nothing_and_repeats_nothing(world, plan):
    def once(work, somebody, args, come=plan.come):
        try:
            come(work, somebody, args)
        finally:
            plan.broken = plan.failures == 0

    driver.agenda.kinds["test.moment"] = driver.agenda.Kind("test.moment", once, Party, 50, (), ())

    world.advance(until=IDLE)

    assert plan.failures == 1
    assert world.sandbox.clock == Clock.FROZEN
    assert plan.came() == [1, 2, 3, 4, 5]
    assert len(world.events("test.began")) == 5


def test_after_an_error_that_passes_the_driver_soon_runs_whole_chunks_again(world, kind, monkeypatch):
    due, came = 400, []

    def come(work, somebody, args):
        came.append(args["at"])
        if len(came) == 100:
            raise ZeroDivisionError
        work.record("test.came", "sandbox", at=args["at"])
        if args["at"] < due:
            work.later(work.now + HOUR, "test.moment", at=args["at"] + 1)

    kind("test.moment", come)
    with world.work() as work:
        work.later(work.now + HOUR, "test.moment", at=1)
        clock.advance(work, until=IDLE)

    driving = driver.Driver(world.sandbox)
    while not driving.step():
        assert driving.chunks < 12, "a chunk an entry, long after the error has passed"

    assert [canonical.loads(event.data)["at"] for event in world.events("test.came")] == list(range(1, due + 1))
    assert_sound(world.sandbox)


def test_whoever_lends_the_driver_some_seconds_has_it_back_after_them_even_amid_errors(world, kind, monkeypatch):
    def come(work, somebody, args):
        if args["at"] == 50:
            raise ZeroDivisionError
        work.later(work.now + HOUR, "test.moment", at=args["at"] + 1)

    kind("test.moment", come)
    with world.work() as work:
        work.later(work.now + HOUR, "test.moment", at=1)
        clock.advance(work, until=IDLE)

    goes = 0
    while not driver.Driver(world.sandbox).drive(seconds=0):  # as a worker that is sent away after every chunk
        goes += 1
        assert goes < 30

    halted = canonical.loads(Sandbox.objects.get(pk=world.sandbox.pk).halted)
    assert halted["error"] == "ZeroDivisionError"
    assert Sandbox.objects.get(pk=world.sandbox.pk).entries_run == 49


@pytest.mark.parametrize("chunk", [1, 100])
def test_an_error_that_only_the_database_sees_halts_the_clock_at_its_culprit(world, kind, chunk):
    def come(work, somebody, args):
        if somebody.number == "P0000002":
            work.new(Party, number="P0000001", kind="natural", name="同号")  # taken: refused on writing
        work.record("test.came", somebody)

    kind("test.moment", come, model=Party)
    with world.work() as work:
        for position in range(1, 4):
            work.later(work.now + position * HOUR, "test.moment", register_party(work, kind="natural", name="演安一"))

    world.advance(until=IDLE, chunk=chunk)

    halted = canonical.loads(world.sandbox.halted)
    assert (halted["kind"], halted["subject"], halted["error"]) == ("test.moment", 2, "IntegrityError")
    assert [event.subject for event in world.events("test.came")] == ["P0000001"]
    assert_sound(world.sandbox)


def test_an_entry_about_a_record_that_is_gone_halts_the_clock(world):
    order = WorkOrderFactory(world=world, accepted=True)
    WorkOrder.objects.filter(pk=order.pk).delete()

    world.advance(until=IDLE)

    assert canonical.loads(world.sandbox.halted)["error"] == "NotFound"
    assert agenda_of(world.sandbox) == [("workorders.deadline", 1)]


def test_an_entry_of_an_unknown_kind_halts_the_clock_instead_of_being_skipped(world, kind):
    kind("test.moment", lambda work, nothing, args: None)
    with world.work() as work:
        work.later(work.now + HOUR, "test.moment")
    del driver.agenda.kinds["test.moment"]  # as after an upgrade that forgot a kind

    world.advance(until=IDLE)

    assert world.sandbox.clock == Clock.HALTED
    assert canonical.loads(world.sandbox.halted)["kind"] == "test.moment"
    assert agenda_of(world.sandbox) == [("test.moment", 0)]


# the barrier --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("chunk", [1, 5000])
def test_with_the_barrier_the_clock_waits_after_each_step_and_the_run_is_the_same(database, chunk):
    plain, stepwise = World(simulated=True, seed=3), World(simulated=True, seed=3)
    for province in (plain, stepwise):
        calls_come(province, 6)
    plain.advance(until=IDLE)
    with stepwise.work() as work:
        clock.set_barrier(work, on=True)
    target(stepwise)

    stops = 0
    while True:
        before = Sandbox.objects.get(pk=stepwise.sandbox.pk)
        assert driver.Driver(stepwise.sandbox, chunk=chunk).drive() is True
        stood = Sandbox.objects.get(pk=stepwise.sandbox.pk)
        if stood.clock != Clock.WAITING:
            break
        stops += 1
        assert stood.last_event > before.last_event
        heard = Event.objects.filter(sandbox=stood, number__gt=before.last_event)
        assert len({event.at for event in heard}) == 1  # the events of one step
        assert clock.face(stood)["waiting_for_event"] == stood.last_event
        with stepwise.work() as work:
            clock.settle(work, event=stood.last_event)

    assert stops > 20
    assert stepwise.hash == plain.hash
    assert stepwise.sandbox.clock == Clock.FROZEN
    assert iso(stepwise.now) == iso(plain.now)


def waiting_world(world, plan):
    plan.broken = False
    with world.work() as work:
        clock.set_barrier(work, on=True)
    world.advance(until=IDLE)
    assert world.sandbox.clock == Clock.WAITING
    assert plan.came() == [1]


def test_a_waiting_clock_stands_however_often_it_is_driven(world, plan):
    waiting_world(world, plan)

    for _ in range(3):
        assert driver.Driver(world.sandbox).drive() is True

    assert plan.came() == [1]


def test_a_waiting_clock_does_not_go_on_before_its_last_event_is_confirmed(world, plan):
    waiting_world(world, plan)

    with world.work() as work:
        clock.settle(work, event=world.sandbox.last_event - 1)
    driver.Driver(world.sandbox).drive()

    world.sandbox.refresh_from_db()
    assert world.sandbox.clock == Clock.WAITING
    assert plan.came() == [1]


def test_a_waiting_clock_waits_for_what_the_receivers_call_back_too(world, plan):
    waiting_world(world, plan)
    awaited = world.sandbox.last_event

    WorkOrderFactory(world=world)
    with world.work() as work:
        clock.settle(work, event=awaited)
    driver.Driver(world.sandbox).drive()

    world.sandbox.refresh_from_db()
    assert world.sandbox.clock == Clock.WAITING
    assert plan.came() == [1]


@pytest.mark.parametrize("wrong", [-1, 1])
def test_only_events_that_happened_and_are_not_yet_confirmed_can_be_confirmed(world, plan, wrong):
    waiting_world(world, plan)
    settled, last = world.sandbox.settled, world.sandbox.last_event

    with pytest.raises(Refused, match="event_out_of_range"), world.work() as work:
        clock.settle(work, event=settled - 1 if wrong < 0 else last + 1)


def test_lifting_the_barrier_lets_the_clock_go_on(world, plan):
    waiting_world(world, plan)

    with world.work() as work:
        clock.set_barrier(work, on=False)
    driver.Driver(world.sandbox).drive()

    world.sandbox.refresh_from_db()
    assert world.sandbox.clock == Clock.FROZEN
    assert plan.came() == [1, 2, 3, 4, 5]


# several sandboxes --------------------------------------------------------------------------------------


def test_two_sandboxes_driven_in_turn_do_not_touch_each_other(database):
    alone, first, second = (World(simulated=True, seed=seed) for seed in (11, 11, 12))
    for province in (alone, first, second):
        calls_come(province, 20)
    alone.advance(until=IDLE)
    for province in (first, second):
        target(province)

    drivers = [driver.Driver(province.sandbox, chunk=9) for province in (first, second)]
    done = [False, False]
    while not all(done):
        done = [one.step() for one in drivers]

    assert first.hash == alone.hash
    assert second.hash != alone.hash
    for province in (first, second):
        assert_sound(province.sandbox)


def test_advancing_one_sandbox_leaves_the_others_where_they_stand(world, other):
    WorkOrderFactory(world=world, dispatched=True)
    WorkOrderFactory(world=other, dispatched=True)
    before = (other.hash, other.now, agenda_of(other.sandbox))

    world.advance(days=30)

    assert (other.hash, other.now, agenda_of(other.sandbox)) == before


def test_a_deleted_sandbox_leaves_nothing_behind_and_nobody_else_loses_anything(province, world):
    calls_come(province, 5)
    province.advance(days=1)
    order = WorkOrderFactory(world=world, dispatched=True)
    before = world.hash

    actions.delete(province.sandbox)

    for model in (Event, AgendaEntry, Party, WorkOrder):
        assert not model.objects.filter(sandbox=province.sandbox.pk).exists()
    world.advance(days=10)
    assert WorkOrder.objects.filter(pk=order.pk).exists()
    assert world.hash != before


def test_driving_a_deleted_sandbox_ends_at_once(province):
    calls_come(province, 5)
    target(province)
    gone = province.sandbox.pk
    actions.delete(province.sandbox)

    tasks.drive(gone)
    with pytest.raises(NotFound):
        driver.Driver(province.sandbox).drive()

    assert not Event.objects.filter(sandbox=gone).exists()


def test_a_sandbox_deleted_between_two_chunks_ends_the_drive(province):
    calls_come(province, 5)
    target(province)
    drive = driver.Driver(province.sandbox, chunk=2)
    drive.step()

    actions.delete(province.sandbox)

    with pytest.raises(NotFound):
        drive.drive()
    assert not Event.objects.filter(sandbox=province.sandbox.pk).exists()
