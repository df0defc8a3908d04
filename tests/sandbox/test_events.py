"""The event log as text: its canonical line, its chain, and how a break in it shows."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox import canonical
from sandbox.events import GENESIS, chained, line, reactions, verify
from sandbox.moments import instant, iso

words = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_.:", min_size=1, max_size=20)
numbers = st.integers(1, (1 << 40) - 1)


@dataclass(frozen=True)
class Event:
    number: int
    type: str
    subject: str
    at: datetime
    actor: str
    caused_by: int | None
    data: str
    hash: str


def log(length, head=GENESIS, after=0):
    """A run of events as a unit of work leaves them."""
    events = []
    for number in range(after + 1, after + length + 1):
        at = instant(2022, 9, 1, 9) + timedelta(minutes=number)
        cause = number - 1 if number > 1 else None
        data = canonical.dumps({"state": "收到", "was": number})
        head = chained(head, line(number, "order.moved", f"no-{number}", iso(at), "citizen", cause, data))
        events.append(Event(number, "order.moved", f"no-{number}", at, "citizen", cause, data, head))
    return events


@given(
    numbers,
    words,
    words,
    words,
    st.none() | numbers,
    st.dictionaries(st.text(), numbers | st.text()),
)
def test_the_line_of_an_event_is_canonical_json(number, type, subject, actor, cause, data):
    at = iso(instant(2022, 9, 1, 9))

    written = line(number, type, subject, at, actor, cause, canonical.dumps(data))

    assert written == canonical.dumps(
        {
            "number": number,
            "type": type,
            "subject": subject,
            "at": at,
            "actor": actor,
            "caused_by": cause,
            "data": data,
        }
    )


def test_each_hash_depends_on_the_one_before_it():
    assert chained(GENESIS, "{}") != chained(chained(GENESIS, "{}"), "{}")
    assert len(chained(GENESIS, "{}")) == len(GENESIS) == 64


def test_an_untouched_log_verifies_to_its_last_hash():
    events = log(5)

    assert verify(events) == events[-1].hash
    assert verify([]) == GENESIS


def test_a_log_can_be_verified_piece_by_piece():
    events = log(6)

    head = verify(events[:2])

    assert verify(events[2:], head, after=2) == events[-1].hash


def test_the_same_instant_in_another_zone_is_the_same_event():
    events = log(2)

    moved = [replace(event, at=event.at.astimezone(UTC)) for event in events]

    assert verify(moved) == events[-1].hash


@pytest.mark.parametrize("missing", [0, 1, 3])
def test_a_gap_shows(missing):
    events = log(5)

    del events[missing]

    with pytest.raises(ValueError, match=f"event {missing + 1} is missing"):
        verify(events)


def test_two_events_exchanged_show():
    first, second, third = log(3)

    with pytest.raises(ValueError, match="event 2 is missing"):
        verify([first, third, second])


@pytest.mark.parametrize(
    "change",
    [
        {"type": "order.closed"},
        {"subject": "no-4"},
        {"at": instant(2022, 9, 1, 9, 3, 1)},
        {"actor": "agent"},
        {"caused_by": None},
        {"data": '{"state":"收到","was":4}'},
        {"hash": "f" * 64},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_change_of_anything_in_an_event_shows(change):
    events = log(5)

    events[2] = replace(events[2], **change)

    with pytest.raises(ValueError, match="event 3 does not fit"):
        verify(events)


def test_a_log_that_begins_from_another_head_does_not_verify():
    with pytest.raises(ValueError, match="event 1 does not fit"):
        verify(log(2), head="1" * 64)


@pytest.mark.parametrize(
    "data", ['{"was": 1,"state":"收到"}', '{"was":1,"state":"收到"}', '{"state":"\\u6536\\u5230","was":1}']
)
def test_data_that_is_not_canonical_shows_even_where_the_hash_fits(data):
    at = instant(2022, 9, 1, 9)
    head = chained(GENESIS, line(1, "order.moved", "no-1", iso(at), "citizen", None, data))

    with pytest.raises(ValueError, match="event 1 is not canonical"):
        verify([Event(1, "order.moved", "no-1", at, "citizen", None, data, head)])


def test_those_who_react_to_a_type_are_told_in_the_order_they_came(reacting):
    def first(work, happened, subject): ...
    def second(work, happened, subject): ...

    reacting("test.rang", first)
    reacting("test.knocked", first)
    reacting("test.rang", second)

    assert reactions["test.rang"] == [first, second]
    assert reactions["test.knocked"] == [first]
    assert "test.silence" not in reactions
