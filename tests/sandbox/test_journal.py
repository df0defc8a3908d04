"""The journal: with every accepted input, any run can be lived through again."""

import dataclasses
import itertools

import pytest

from sandbox import agenda, canonical, clock, driver
from sandbox.actors import SYSTEM, Role
from sandbox.models import JournalBody, JournalEntry, Sandbox
from sandbox.refusals import Refused
from sandbox.replay import replay
from simulation.models import Call
from tests.conftest import World
from tests.factories import TEXT, UNIT, WorkOrderFactory, act
from tests.sandbox.audit import IDLE, agenda_of, assert_sound, calls_come, counted

_names = itertools.count(1)
CALLER = {"name": "演安一", "phone": "10000000001"}
STATED = {"text": TEXT, "caller": CALLER, "type": "complaint", "category": "0101", "region": "440106"}


def again(world):
    return replay(world.sandbox, f"{world.sandbox.slug}-again-{next(_names)}")


def inputs(sandbox):
    rows = JournalEntry.objects.filter(sandbox=sandbox).order_by("number")
    return list(rows.values_list("number", "after_event", "after_entry", "at", "action", "subject", "actor"))


def assert_same_world(copy, world):
    copy.refresh_from_db()
    world.sandbox.refresh_from_db()
    assert copy.head == world.sandbox.head
    assert (copy.last_event, copy.entries_run, copy.now) == (
        world.sandbox.last_event,
        world.sandbox.entries_run,
        world.now,
    )
    assert inputs(copy) == inputs(world.sandbox)
    assert agenda_of(copy) == agenda_of(world.sandbox)
    assert counted(copy) == counted(world.sandbox)


def post(client, path, body, status):
    answer = client.post(f"/api/v1/{path}", body, format="json")
    assert answer.status_code == status, answer.content.decode()
    return answer.json()


@pytest.mark.parametrize("chunk", [1, 13])
def test_a_run_into_which_people_wrote_is_replayed_to_the_same_hash(database, chunk):
    province = World(simulated=True, seed=31)
    owner, citizen = province.client(), province.client("citizen")
    calls_come(province, 25)
    drive = driver.Driver(province.sandbox, chunk=chunk)
    unit = f"department:{UNIT}"

    with province.work() as work:
        clock.advance(work, until=IDLE)
    for _ in range(90 // chunk):
        drive.step()
    order = post(citizen, "workorders", STATED, 201)
    post(owner, "sandbox/roles/open", {"role": unit}, 200)
    for _ in range(52 // chunk):
        drive.step()
    post(owner, "sandbox/roles/open", {"role": "follow_up"}, 200)
    post(owner, "sandbox/roles/close", {"role": unit}, 200)  # two inputs at one place
    assert owner.put("/api/v1/rules/workorder.redo_limit", {"value": 0}, format="json").status_code == 200
    batch = [{**STATED, "text": f"{TEXT}（{n}）", "type": "help"} for n in range(3)]
    post(citizen, "workorders/batch", {"orders": batch}, 201)
    drive.drive()
    post(owner, "sandbox/roles/close", {"role": "follow_up"}, 200)
    province.advance(until=IDLE, chunk=chunk)

    assert len(inputs(province.sandbox)) == 10
    assert canonical.loads(Sandbox.objects.get(pk=province.sandbox.pk).overrides) == {"workorder.redo_limit": 0}
    assert [event.type for event in province.events() if event.subject == order["number"]][-1] == "work_order.archived"
    copy = again(province)
    assert_same_world(copy, province)
    assert_sound(copy)


def test_a_world_played_by_people_alone_is_replayed_to_the_same_hash(world):
    order = WorkOrderFactory(world=world, answered=True)
    world.advance(hours=30)
    act(world, order, "send_back", role=Role.REVIEWER, reason="答复不完整")
    world.advance(days=40)
    WorkOrderFactory(world=world, completed=True)

    assert_same_world(again(world), world)


def test_a_run_that_was_halted_and_mended_is_replayed_to_the_same_hash(world, monkeypatch):
    watch = agenda.kinds["workorders.deadline"]
    broken = [True]

    def deadline(work, order, args):
        if broken:
            raise ZeroDivisionError
        watch.handler(work, order, args)

    monkeypatch.setitem(agenda.kinds, watch.name, dataclasses.replace(watch, handler=deadline))
    WorkOrderFactory(world=world, dispatched=True)
    world.advance(days=5)
    assert world.sandbox.clock == "halted"
    WorkOrderFactory(world=world, dispatched=True)  # written while the clock is halted
    broken.clear()
    with world.work() as work:
        clock.retry(work)
    driver.Driver(world.sandbox).drive()

    assert len(world.events("work_order.overdue")) > 1
    assert_same_world(again(world), world)


def test_a_run_with_the_barrier_is_replayed_to_the_same_hash(world):
    order = WorkOrderFactory(world=world, dispatched=True)
    with world.work() as work:
        clock.set_barrier(work, on=True)
    world.advance(days=40)
    act(world, order, "sign", role=Role.DEPARTMENT)  # what a receiver calls back
    with world.work() as work:
        clock.settle(work, event=world.events()[-1].number)
    driver.Driver(world.sandbox).drive()

    assert_same_world(again(world), world)


def test_calls_of_a_file_are_inputs_and_are_replayed(province):
    rows = [
        {"row": 2 + n, "at": f"2022-09-01T1{n}:00:00+08:00", "text": TEXT, "place": "", "type": "complaint"}
        for n in range(3)
    ]
    province.do("simulation.calls_of_a_file", actor=SYSTEM, rows=rows)
    province.advance(until=IDLE)

    copy = again(province)

    assert_same_world(copy, province)
    assert Call.objects.filter(sandbox=copy).exclude(order_number="").count() == 3


def test_a_replay_stops_in_the_midst_of_a_run_where_the_original_stands(province):
    calls_come(province, 20)
    province.advance(hours=20, chunk=3)

    assert agenda_of(province.sandbox)
    assert_same_world(again(province), province)


def test_replaying_leaves_the_original_as_it_is(world):
    WorkOrderFactory(world=world, dispatched=True)
    before = Sandbox.objects.filter(pk=world.sandbox.pk).values().get()

    again(world)

    assert Sandbox.objects.filter(pk=world.sandbox.pk).values().get() == before


def test_an_input_that_is_refused_is_not_in_the_journal(world):
    order = WorkOrderFactory(world=world)
    before = inputs(world.sandbox)

    with pytest.raises(Refused):
        act(world, order, "sign", role=Role.DEPARTMENT, unit=UNIT)

    assert inputs(world.sandbox) == before


def test_an_input_is_journalled_with_its_place_instant_and_actor(world):
    world.advance(hours=1)
    events = world.sandbox.last_event

    order = WorkOrderFactory(world=world)
    act(world, order, "accept", role=Role.AGENT)

    (_, after, _, at, action, _, actor), accepted = inputs(world.sandbox)[-2:]
    assert (after, at, action, actor) == (events, world.now, "work_orders.register", "citizen")
    assert accepted[4:] == ("work_orders.accept", order.number, "agent")


def test_a_replay_stops_where_a_persons_words_were_erased_and_says_so(world):
    WorkOrderFactory(world=world)
    erased = JournalEntry.objects.filter(sandbox=world.sandbox).latest("number")
    WorkOrderFactory(world=world)
    head = world.hash

    JournalBody.objects.filter(id=erased.id).delete()

    with pytest.raises(Refused, match="journal_erased") as refused:
        again(world)
    assert str(erased.number) in refused.value.detail
    assert_sound(world.sandbox)  # the chain stays whole
    assert world.hash == head
