"""Deadlines of an order: working days from receipt, hours from the act before, and which of them run now."""

from datetime import UTC, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.moments import instant
from sandbox.rules import RuleBook
from workorders.deadlines import after, answer_by, pending
from workorders.lifecycle import OrderState
from workorders.vocabulary import Deadline, RequestType

BOOK = RuleBook({})
moments = st.datetimes(instant(2020, 1, 1).replace(tzinfo=None), instant(2027, 6, 30).replace(tzinfo=None)).map(
    lambda naive: instant(naive.year, naive.month, naive.day, naive.hour, naive.minute, naive.second)
)
types = st.sampled_from(RequestType.values)


def due(type, received_at, *, urgent=False, book=BOOK):
    return answer_by(book, type=type, urgent=urgent, received_at=received_at)


# received on Friday, 30 September 2022; then seven days of holiday, and 8 and 9 October are made up
@pytest.mark.parametrize(
    ("type", "last_day"),
    [
        ("consultation", (10, 9)),
        ("help", (10, 19)),
        ("suggestion", (10, 19)),
        ("praise", (10, 19)),
        ("complaint", (10, 26)),
        ("report", (10, 26)),
    ],
)
def test_the_days_of_each_type_run_from_receipt_across_national_day(type, last_day):
    received = instant(2022, 9, 30, 10, 15, 42)

    assert due(type, received) == instant(2022, *last_day, 23, 59, 59)


@pytest.mark.parametrize(
    ("received", "last_day"),
    [
        (instant(2022, 9, 28, 9), instant(2022, 9, 30, 23, 59, 59)),  # before the holiday
        (instant(2022, 9, 29, 23, 59, 59), instant(2022, 10, 8, 23, 59, 59)),  # its second day is a make-up day
        (instant(2022, 10, 3, 12), instant(2022, 10, 9, 23, 59, 59)),  # during it
        (instant(2022, 10, 8, 9), instant(2022, 10, 10, 23, 59, 59)),  # on a make-up day
        (instant(2022, 9, 3, 12), instant(2022, 9, 6, 23, 59, 59)),  # on a Saturday
        (instant(2020, 1, 23, 9), instant(2020, 2, 4, 23, 59, 59)),  # the extended Spring Festival
    ],
    ids=str,
)
def test_a_consultation_is_answered_within_two_working_days(received, last_day):
    assert due("consultation", received) == last_day


@pytest.mark.parametrize("type", RequestType.values)
def test_the_days_were_the_same_before_the_measures_came_into_force(type):
    august, september = instant(2022, 8, 31, 9), instant(2022, 9, 1, 9)

    # 31 August and 1 September are neighbouring working days; only 12 September is off in both periods
    assert due(type, september) - due(type, august) in (timedelta(days=1), timedelta(days=3))


def test_an_urgent_matter_is_answered_by_the_end_of_the_next_working_day():
    assert due("complaint", instant(2022, 9, 1, 9), urgent=True) == instant(2022, 9, 2, 23, 59, 59)
    assert due("complaint", instant(2022, 9, 30, 9), urgent=True) == instant(2022, 10, 8, 23, 59, 59)


@settings(deadline=None)
@given(moments, types)
def test_urgency_never_gives_more_time(received, type):
    assert due(type, received, urgent=True) <= due(type, received)


def test_urgency_does_not_lengthen_a_deadline_a_sandbox_has_shortened():
    book = RuleBook({"workorder.handle.help": 0})

    assert due("help", instant(2022, 9, 1, 9), urgent=True, book=book) == instant(2022, 9, 1, 23, 59, 59)


def test_a_sandbox_may_set_its_own_days():
    book = RuleBook({"workorder.handle.complaint": 3})

    assert due("complaint", instant(2022, 9, 1, 9), book=book) == instant(2022, 9, 6, 23, 59, 59)
    assert due("report", instant(2022, 9, 1, 9), book=book) == due("report", instant(2022, 9, 1, 9))


@settings(deadline=None)
@given(moments, types)
def test_a_deadline_is_the_last_second_of_a_day_and_never_before_receipt(received, type):
    deadline = due(type, received)

    assert (deadline.hour, deadline.minute, deadline.second) == (23, 59, 59)
    assert deadline.utcoffset() == timedelta(hours=8)
    assert deadline > received
    assert deadline == due(type, received.astimezone(UTC))


# periods of other units ----------------------------------------------------------------------------------


def test_hours_run_day_and_night_and_through_holidays():
    friday_evening = instant(2022, 9, 30, 22, 30)

    assert after(BOOK, "workorder.dispatch", friday_evening) == instant(2022, 10, 1, 2, 30)
    assert after(BOOK, "workorder.first_contact", friday_evening) == instant(2022, 10, 1, 22, 30)


def test_days_that_are_not_working_days_are_counted_through():
    closed = instant(2022, 9, 30, 22, 30)

    assert after(BOOK, "workorder.archive", closed) == instant(2022, 10, 3, 22, 30)


@pytest.mark.parametrize("key", ["sign", "return_window", "return_review", "follow_up"])
def test_the_steps_between_have_one_working_day(key):
    assert after(BOOK, f"workorder.{key}", instant(2022, 9, 30, 9)) == instant(2022, 10, 8, 23, 59, 59)


def test_a_redo_has_five_working_days():
    assert after(BOOK, "workorder.redo", instant(2022, 9, 1, 9)) == instant(2022, 9, 8, 23, 59, 59)


# what runs now -------------------------------------------------------------------------------------------

DISPATCH, SIGN, CONTACT, FOLLOW_UP, REDO, DUE = (instant(2022, 9, day) for day in range(1, 7))


def order(state, **changed):
    redo_by = REDO if state == OrderState.REDO else None
    fields = {"dispatch_by": DISPATCH, "follow_up_by": FOLLOW_UP, "redo_by": redo_by, "due_at": DUE} | changed
    return SimpleNamespace(state=state, **fields)


def assignment(**changed):
    return SimpleNamespace(**({"sign_by": SIGN, "contact_by": CONTACT, "contacted_at": None} | changed))


RUNNING = {
    OrderState.PENDING_ACCEPT: [],
    OrderState.REJECTED: [],
    OrderState.ANSWERED: [],
    OrderState.PENDING_DISPATCH: [(DISPATCH, Deadline.DISPATCH), (DUE, Deadline.ANSWER)],
    OrderState.PENDING_SIGN: [(SIGN, Deadline.SIGN), (DUE, Deadline.ANSWER)],
    OrderState.RETURN_REVIEW: [(SIGN, Deadline.SIGN), (DUE, Deadline.ANSWER)],
    OrderState.IN_PROGRESS: [(CONTACT, Deadline.FIRST_CONTACT), (DUE, Deadline.ANSWER)],
    OrderState.PENDING_REVIEW: [],
    OrderState.PENDING_FOLLOW_UP: [(FOLLOW_UP, Deadline.FOLLOW_UP)],
    OrderState.REDO: [(CONTACT, Deadline.FIRST_CONTACT), (REDO, Deadline.ANSWER)],
    OrderState.CLOSED: [],
    OrderState.WITHDRAWN: [],
    OrderState.ARCHIVED: [],
}


def test_the_table_of_running_deadlines_covers_every_state():
    assert set(RUNNING) == set(OrderState)


@pytest.mark.parametrize("state", OrderState)
def test_in_each_state_its_deadlines_run_and_no_others(state):
    assert list(pending(order(state), assignment())) == RUNNING[state]


@pytest.mark.parametrize("state", [OrderState.IN_PROGRESS, OrderState.REDO])
def test_after_the_first_contact_only_the_answer_is_due(state):
    contacted = assignment(contacted_at=CONTACT)

    assert [what for _, what in pending(order(state), contacted)] == [Deadline.ANSWER]


def test_an_order_that_is_done_again_keeps_to_the_redos_limit_when_its_answer_is_sent_back():
    sent_back = order(OrderState.IN_PROGRESS, redo_by=REDO)

    assert list(pending(sent_back, assignment(contacted_at=CONTACT))) == [(REDO, Deadline.ANSWER)]


def test_an_order_without_a_unit_has_only_its_own_deadlines():
    assert list(pending(order(OrderState.PENDING_DISPATCH), None)) == RUNNING[OrderState.PENDING_DISPATCH]


@pytest.mark.parametrize("state", OrderState)
def test_what_was_never_set_does_not_run(state):
    unset = order(state, dispatch_by=None, follow_up_by=None, redo_by=None, due_at=None)

    assert [what for _, what in pending(unset, assignment(contact_by=None))] in ([], [Deadline.SIGN])
