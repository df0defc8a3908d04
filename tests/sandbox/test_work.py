"""The unit of work: all or nothing, one numbered event for each step, nobody else's rows."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from identity.actions import register_party
from identity.models import Party
from sandbox import canonical, events
from sandbox.actors import Actor, Role
from sandbox.ids import LOCAL_BITS, local
from sandbox.models import AgendaEntry, ApiKey, Event, IdempotentAnswer, JournalBody
from sandbox.moments import iso
from sandbox.refusals import NotFound
from sandbox.work import Work
from tests.factories import TEXT, WorkOrderFactory, act
from tests.sandbox.audit import IDLE, agenda_of, calls_come, verified
from workorders import queries
from workorders.models import Assignment, FollowUp, WorkOrder

SERVICE_TABLES = (ApiKey, IdempotentAnswer)
WORLD_TABLES = [
    model
    for model in apps.get_models()
    if model not in SERVICE_TABLES and any(field.name == "sandbox" for field in model._meta.concrete_fields)
]


def party(work, name="演安一"):
    return register_party(work, kind="natural", name=name)


# ids ----------------------------------------------------------------------------------------------------


def test_every_row_of_the_world_carries_its_sandbox_in_its_id(province):
    calls_come(province, 12)
    WorkOrderFactory(world=province)

    province.advance(until=IDLE, chunk=7)

    rows = {
        model: list(model.objects.filter(sandbox=province.sandbox).values_list("pk", flat=True))
        for model in WORLD_TABLES
    }
    assert {pk >> LOCAL_BITS for pks in rows.values() for pk in pks} == {province.sandbox.pk}
    assert all(rows[model] for model in (Event, Party, WorkOrder, Assignment, FollowUp))


def test_rows_of_a_table_are_numbered_from_one_in_each_sandbox(world, other):
    for one in (world, other):
        WorkOrderFactory(world=one)
        WorkOrderFactory(world=one)

    for one in (world, other):
        pks = WorkOrder.objects.filter(sandbox=one.sandbox).order_by("pk").values_list("pk", flat=True)
        assert [local(pk) for pk in pks] == [1, 2]


def test_a_changed_row_of_another_sandbox_is_refused_and_nothing_is_written(world, other):
    mine, theirs = WorkOrderFactory(world=world), WorkOrderFactory(world=other)
    before = world.hash

    with pytest.raises(AssertionError, match="another sandbox"), world.work() as work:
        own = work.get(WorkOrder, mine.pk)
        own.answer = theirs.answer = "不该写入"
        work.save(own)
        work.save(theirs)
        work.record("test.happened", mine)

    assert world.hash == before
    assert not WorkOrder.objects.filter(answer="不该写入").exists()
    assert not world.events("test.happened")


def test_a_new_row_that_goes_with_another_sandboxs_row_is_refused_and_nothing_is_written(world, other):
    theirs = WorkOrderFactory(world=other)
    story = apps.get_model("simulation", "Story")

    with pytest.raises(AssertionError, match="another sandbox"), world.work() as work:
        party(work)
        work.attach(story, theirs, type="complaint", category="0101", region="440106")

    assert not Party.objects.filter(sandbox=world.sandbox).exists()
    assert not story.objects.filter(pk=theirs.pk).exists()


def test_a_query_never_brings_another_sandboxs_rows(world, other):
    WorkOrderFactory(world=other)
    mine = WorkOrderFactory(world=world)

    with world.work() as work:
        found = work.query(WorkOrder.objects.all())

    assert [order.pk for order in found] == [mine.pk]


# all or nothing -----------------------------------------------------------------------------------------


def test_an_exception_inside_leaves_no_event_no_row_and_no_gap(world):
    before = world.hash

    with pytest.raises(ZeroDivisionError), world.work() as work:
        party(work)
        work.later(work.now + timedelta(hours=1), "workorders.archive")
        work.query(Party.objects.all())  # written already, within the transaction
        raise ZeroDivisionError
    after_failure = world.hash
    with world.work() as work:
        kept = party(work)

    assert after_failure == before
    assert agenda_of(world.sandbox) == []
    assert (local(kept.pk), kept.number) == (1, "P0000001")
    assert [event.number for event in world.events()] == list(range(1, len(world.events()) + 1))
    assert verified(world.sandbox) == world.hash


def test_a_refused_action_leaves_nothing_behind(world):
    order = WorkOrderFactory(world=world)
    before = world.hash

    with pytest.raises(Exception, match="not_in_this_state"):
        act(world, order, "sign", role=Role.DEPARTMENT, unit="440106-cg")

    assert world.hash == before


def test_a_unit_of_work_that_changes_nothing_writes_nothing(world):
    world.sandbox.refresh_from_db()
    version = world.sandbox.version

    with world.work() as work:
        work.query(WorkOrder.objects.all())

    world.sandbox.refresh_from_db()
    assert world.sandbox.version == version


# records ------------------------------------------------------------------------------------------------


def test_a_record_is_one_object_within_a_unit_of_work_and_is_read_once(world):
    order = WorkOrderFactory(world=world)

    with world.work() as work:
        first = work.get(WorkOrder, order.pk)
        with CaptureQueriesContext(connection) as asked:
            again = work.get(WorkOrder, local(order.pk))

    assert again is first
    assert len(asked) == 0


def test_a_new_record_is_found_before_it_is_written(world):
    with world.work() as work:
        somebody = party(work)
        assert work.get(Party, somebody.pk) is somebody


def test_a_record_that_is_not_there_is_a_refusal(world):
    with world.work() as work:
        with pytest.raises(NotFound):
            work.get(WorkOrder, 77)
        assert work.find(WorkOrder, 77) is None


def test_a_query_sees_what_is_pending_and_returns_the_objects_already_held(world):
    order = WorkOrderFactory(world=world)

    with world.work() as work:
        held = work.get(WorkOrder, order.pk)
        held.unit = "440106-cg"
        work.save(held)
        made = party(work, "演宁二")
        orders = work.query(WorkOrder.objects.filter(unit="440106-cg"))
        parties = work.query(Party.objects.filter(name="演宁二"))

    assert [id(one) for one in orders] == [id(held)]
    assert [id(one) for one in parties] == [id(made)]


def test_a_query_does_not_undo_a_change_that_is_not_yet_saved(world):
    order = WorkOrderFactory(world=world)

    with world.work() as work:
        held = work.get(WorkOrder, order.pk)
        held.remark = "正在写"
        (found,) = work.query(WorkOrder.objects.filter(pk=order.pk))

    assert found is held
    assert found.remark == "正在写"


def test_a_row_made_and_changed_at_once_is_written_as_it_ended(world):
    with world.work() as work:
        somebody = party(work)
        somebody.region = "440106"
        work.save(somebody)
        work.flush()
        somebody.region = "440303"
        work.save(somebody)

    assert Party.objects.get(pk=somebody.pk).region == "440303"


# events -------------------------------------------------------------------------------------------------


def test_events_are_numbered_without_gaps_and_chained_from_the_first_to_the_head(province):
    calls_come(province, 20)
    WorkOrderFactory(world=province)

    province.advance(until=IDLE)

    numbers = [event.number for event in province.events()]
    assert numbers == list(range(1, province.sandbox.last_event + 1))
    assert events.verify(province.events()) == province.hash


@pytest.mark.parametrize("field", ["type", "subject", "actor", "data", "at", "caused_by"])
def test_a_changed_event_breaks_the_chain(world, field):
    order = WorkOrderFactory(world=world, dispatched=True)
    log = world.events()
    forged = next(event for event in log if event.subject == order.number)

    value = {"data": '{"forged":1}', "at": forged.at + timedelta(seconds=1), "caused_by": 1}.get(field, "forged")
    setattr(forged, field, value)

    with pytest.raises(ValueError, match=f"event {forged.number} does not fit"):
        events.verify(log)


def test_a_missing_event_breaks_the_chain(world):
    WorkOrderFactory(world=world, dispatched=True)
    log = world.events()

    del log[2]

    with pytest.raises(ValueError, match="event 3 is missing"):
        events.verify(log)


def test_the_data_of_an_event_is_canonical_json(world):
    with world.work() as work:
        work.record("test.happened", "sandbox", b=[1, None, True], a="粤", c={"y": 2, "x": "\u2028"})

    (event,) = world.events("test.happened")
    assert event.data == '{"a":"粤","b":[1,null,true],"c":{"x":"\u2028","y":2}}'
    assert canonical.dumps(canonical.loads(event.data)) == event.data


def test_an_event_carries_its_instant_actor_and_cause(world, reacting):
    reacting("test.first", lambda work, happened, subject: work.record("test.second", subject))

    with world.work() as work:
        first = work.record("test.first", "sandbox", actor=Actor(Role.DEPARTMENT, "440106-cg"))

    (second,) = world.events("test.second")
    (stored,) = world.events("test.first")
    assert (iso(stored.at), stored.actor, stored.caused_by) == (
        "2022-09-01T09:00:00+08:00",
        "department:440106-cg",
        None,
    )
    assert (second.actor, second.caused_by) == ("system", first.number)


def test_events_hold_nothing_that_people_said_or_are_called(province):
    calls_come(province, 40)
    said = {
        "text": TEXT + "我姓演",
        "place": "石牌东路的路口",
        "caller": {"name": "演无名氏", "phone": "10099998888", "document": "449900199001010011"},
    }
    province.do("work_orders.register", actor=Actor(Role.CITIZEN), **said)
    province.advance(until=IDLE)

    mine = {"sandbox": province.sandbox}
    private = set()
    for model, fields in (
        (Party, ("name", "document", "phone")),
        (WorkOrder, ("text", "place", "answer", "remark")),
        (Assignment, ("answer", "return_reason", "return_basis", "review_remark")),
        (FollowUp, ("remark",)),
    ):
        for row in model.objects.filter(**mine).values_list(*fields):
            private.update(value for value in row if value)
    log = "\n".join(f"{event.subject} {event.actor} {event.data}" for event in province.events())
    kept = "\n".join(JournalBody.objects.filter(**mine).values_list("args", flat=True))

    assert {"演无名氏", "10099998888", "449900199001010011", said["text"], said["place"]} <= private
    assert len(private) > 100
    assert [value for value in private if value in log] == []
    assert said["text"] in kept  # the journal's side table alone has it


# reactions ----------------------------------------------------------------------------------------------


def test_those_who_react_see_the_world_after_the_whole_action(world, reacting):
    booked_by_then = []

    def look(work, happened, order):
        work.flush()
        booked_by_then.extend(kind for kind, _ in agenda_of(work.sandbox))

    reacting("work_order.accepted", look)
    WorkOrderFactory(world=world, accepted=True)

    assert booked_by_then == ["workorders.deadline"]  # which the action books after it has recorded the event


def test_reactions_to_reactions_run_until_nothing_more_happens(world, reacting):
    def count_down(work, happened, subject):
        if happened.data["left"]:
            work.record("test.counted", subject, left=happened.data["left"] - 1)

    reacting("test.counted", count_down)
    with world.work() as work:
        work.record("test.counted", "sandbox", left=3)

    log = world.events("test.counted")
    assert [canonical.loads(event.data)["left"] for event in log] == [3, 2, 1, 0]
    assert [event.caused_by for event in log[1:]] == [event.number for event in log[:-1]]


def test_an_error_in_a_reaction_undoes_the_action(world, reacting):
    def fail(work, happened, subject):
        raise ZeroDivisionError

    before = world.hash
    reacting("party.registered", fail)
    with pytest.raises(ZeroDivisionError), world.work() as work:
        party(work)

    assert world.hash == before
    assert not Party.objects.filter(sandbox=world.sandbox).exists()


# the agenda ---------------------------------------------------------------------------------------------


def booked(world):
    rows = AgendaEntry.objects.filter(sandbox=world.sandbox).order_by("due", "priority", "id")
    return [(row.kind, local(row.subject), row.due - world.now) for row in rows]


def nothing(work, subject, args):
    pass


HOUR = timedelta(hours=1)


@pytest.mark.parametrize("apart", [True, False], ids=["in two units of work", "in one"])
def test_booking_again_replaces_what_was_booked(world, kind, apart):
    kind("test.moment", nothing, model=Party)
    with world.work() as work:
        somebody = party(work)
        work.later(work.now + HOUR, "test.moment", somebody)
        if not apart:
            work.later(work.now + 2 * HOUR, "test.moment", somebody)
    if apart:
        with world.work() as work:
            work.later(work.now + 2 * HOUR, "test.moment", work.get(Party, somebody.pk))

    assert booked(world) == [("test.moment", 1, 2 * HOUR)]


def test_two_kinds_and_two_subjects_are_booked_side_by_side(world, kind):
    kind("test.moment", nothing, model=Party)
    kind("test.other", nothing, model=Party)
    with world.work() as work:
        first, second = party(work), party(work)
        for name, subject in (("test.moment", first), ("test.moment", second), ("test.other", first)):
            work.later(work.now + HOUR, name, subject)

    assert sorted(booked(world)) == [("test.moment", 1, HOUR), ("test.moment", 2, HOUR), ("test.other", 1, HOUR)]


@pytest.mark.parametrize("apart", [True, False], ids=["in two units of work", "in one"])
def test_cancelling_deletes_what_was_booked(world, kind, apart):
    kind("test.moment", nothing, model=Party)
    with world.work() as work:
        somebody = party(work)
        work.later(work.now + HOUR, "test.moment", somebody)
        if not apart:
            work.cancel("test.moment", somebody)
    if apart:
        with world.work() as work:
            work.cancel("test.moment", work.get(Party, somebody.pk))

    assert booked(world) == []


def test_cancelling_what_was_never_booked_is_no_error(world):
    order = WorkOrderFactory(world=world)

    with world.work() as work:
        work.cancel("workorders.archive", work.get(WorkOrder, order.pk))

    assert booked(world) == []


def test_what_was_cancelled_can_be_booked_again(world, kind):
    kind("test.moment", nothing, model=Party)
    with world.work() as work:
        somebody = party(work)
        work.later(work.now + HOUR, "test.moment", somebody)
    with world.work() as work:
        somebody = work.get(Party, somebody.pk)
        work.cancel("test.moment", somebody)
        work.flush()
        work.later(work.now + 3 * HOUR, "test.moment", somebody)

    assert booked(world) == [("test.moment", 1, 3 * HOUR)]


def test_every_moment_of_a_kind_can_be_cancelled_at_once(world, kind):
    kind("test.moment", nothing, model=Party)
    kind("test.other", nothing, model=Party)
    with world.work() as work:
        for _ in range(3):
            somebody = party(work)
            work.later(work.now + HOUR, "test.moment", somebody)
            work.later(work.now + HOUR, "test.other", somebody)
        work.cancel_all("test.moment")

    assert [name for name, *_ in booked(world)] == ["test.other"] * 3


def test_a_moment_that_has_passed_is_booked_for_now(world, kind):
    kind("test.moment", nothing)
    with world.work() as work:
        work.later(work.now - HOUR, "test.moment")

    assert booked(world) == [("test.moment", 0, timedelta(0))]


@pytest.mark.parametrize("chunk", [1, 2, 5000])
def test_moments_at_one_instant_come_by_priority_and_then_in_the_order_of_booking(world, kind, chunk):
    def come(work, somebody, args):
        work.record("test.came", somebody, name=args["name"])

    for name, priority in (("test.late", 90), ("test.soon", 10), ("test.between", 50)):
        kind(name, come, model=Party, priority=priority)
    with world.work() as work:
        first, second = party(work), party(work)
        for name, subject in (
            ("test.late", first), ("test.between", second), ("test.between", first), ("test.soon", second), ("test.soon", first),
        ):  # fmt: skip
            work.later(work.now + HOUR, name, subject, name=name)
        work.later(work.now + HOUR, "test.between", second, name="test.between")  # again: behind the first one's

    world.advance(hours=2, chunk=chunk)

    came = [(canonical.loads(event.data)["name"], event.subject[-1]) for event in world.events("test.came")]
    assert came == [
        ("test.soon", "2"),
        ("test.soon", "1"),
        ("test.between", "1"),
        ("test.between", "2"),
        ("test.late", "1"),
    ]


@pytest.mark.parametrize("chunk", [1, 2, 5000])
def test_what_a_moment_books_for_the_same_instant_takes_its_place_among_the_others(world, kind, chunk):
    came = []

    def come(work, somebody, args):
        came.append((args["name"], somebody.number[-1]))
        if args["name"] == "first":
            work.later(work.now, "test.sooner", somebody, name="sooner")
            work.cancel("test.later", work.get(Party, 2))

    kind("test.sooner", come, model=Party, priority=10)
    kind("test.moment", come, model=Party, priority=50)
    kind("test.later", come, model=Party, priority=60)
    with world.work() as work:
        one, two = party(work), party(work)
        work.later(work.now + HOUR, "test.moment", one, name="first")
        work.later(work.now + HOUR, "test.moment", two, name="second")
        work.later(work.now + HOUR, "test.later", one, name="later")
        work.later(work.now + HOUR, "test.later", two, name="cancelled")

    world.advance(hours=2, chunk=chunk)

    assert came == [("first", "1"), ("sooner", "1"), ("second", "2"), ("later", "1")]
    assert booked(world) == []


# numbers and time ---------------------------------------------------------------------------------------


def test_the_clock_of_a_unit_of_work_cannot_go_back(world):
    with pytest.raises(ValueError, match="cannot go back"), world.work() as work:
        work.move_to(work.now - timedelta(seconds=1))


def test_orders_are_found_by_their_number_within_the_sandbox_only(world, other):
    order = WorkOrderFactory(world=other)

    with world.work() as work, pytest.raises(NotFound):
        queries.order(work, order.number)


def test_a_sandbox_that_is_gone_cannot_be_written_to(database, world):
    gone = world.sandbox
    type(gone).objects.filter(pk=gone.pk).delete()

    with pytest.raises(NotFound), Work.on(gone):
        pass


# events sent ahead ------------------------------------------------------------------------------------------

AWKWARD = "反斜杠 \\ \\N \\. 引号 \" 制表\t换行\n回车\r 空 ''"


def sent_ahead(work, count=3):
    for number in range(count):
        work.record("simulation.began", "sandbox", note=AWKWARD, nothing=None, number=number)
    work.send_events()


def test_events_sent_ahead_are_kept_to_the_letter_and_stay_chained(world):
    before = len(world.events())
    with Work.on(world.sandbox) as work:
        sent_ahead(work)
        work.record("simulation.began", "sandbox", note="最后")

    kept = world.events()[before:]
    assert [canonical.loads(event.data).get("note") for event in kept] == [AWKWARD] * 3 + ["最后"]
    verified(world.sandbox)


def test_a_question_to_the_database_sees_the_events_sent_ahead(world):
    with Work.on(world.sandbox) as work:
        sent_ahead(work)
        assert Event.objects.filter(sandbox=work.sandbox, data__contains="反斜杠").count() == 3
        sent_ahead(work)
        assert work.query(WorkOrder.objects.all()) == []
        sent_ahead(work)

    assert Event.objects.filter(sandbox=world.sandbox, data__contains="反斜杠").count() == 9


def test_of_a_turn_that_fails_no_event_sent_ahead_stays(world):
    before = len(world.events())
    with pytest.raises(ZeroDivisionError), Work.on(world.sandbox) as work:
        sent_ahead(work)
        raise ZeroDivisionError

    assert len(world.events()) == before
    with Work.on(world.sandbox) as work:
        sent_ahead(work)
    assert len(world.events()) == before + 3


def test_what_the_database_has_against_an_event_sent_ahead_is_raised(world):
    before = len(world.events())
    with pytest.raises(DatabaseError), Work.on(world.sandbox) as work:
        work.record("x" * 61 if connection.vendor == "postgresql" else "simulation.began", "sandbox")
        if connection.vendor == "sqlite":  # which does not mind a long word, but a number given twice
            work.sandbox.last_event -= 1
            work.record("simulation.began", "sandbox")
        work.send_events()
        Event.objects.count()

    assert len(world.events()) == before
