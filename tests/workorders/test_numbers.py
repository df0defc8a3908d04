"""Order numbers: readable, checkable, and taken apart again."""

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sandbox.regions import regions
from workorders.numbers import hotline_of, is_number, number

cities = st.sampled_from(sorted(regions()))
days = st.dates(date(2020, 1, 1), date(2027, 12, 31))
sequences = st.integers(1, 999_999)


def test_a_number_tells_hotline_day_and_sequence():
    assert number("440100", date(2022, 9, 1), 42) == "12345-440100-20220901-000042-9"


@given(cities, days, sequences)
def test_a_number_is_one_and_names_its_hotline(region, day, sequence):
    made = number(region, day, sequence)

    assert is_number(made)
    assert hotline_of(made) == region
    assert made.split("-")[2:4] == [day.strftime("%Y%m%d"), f"{sequence:06d}"]


@given(cities, days, sequences, st.integers(6, 29), st.sampled_from("0123456789"))
def test_a_mistyped_digit_is_noticed(region, day, sequence, position, digit):
    made = number(region, day, sequence)
    assume(made[position] not in ("-", digit))

    mistyped = made[:position] + digit + made[position + 1 :]

    assert not is_number(mistyped)


@given(days, st.sets(sequences, min_size=2, max_size=20))
def test_two_orders_of_a_day_never_share_a_number(day, chosen):
    assert len({number("440100", day, sequence) for sequence in chosen}) == len(chosen)


@given(sequences)
def test_a_sequence_beyond_a_million_still_makes_a_number(sequence):
    made = number("440100", date(2022, 9, 1), 1_000_000 + sequence)

    assert is_number(made)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12345",
        "12345-440100-20220901-000042",
        "12345-440100-20220901-000042-",
        "12345-440100-20220901-000042-98",
        " 12345-440100-20220901-000042-9",
        "12345-440100-20220901-000042-9\n",
        "12345-440100-20220901-42-8",
        "54321-440100-20220901-000042-9",
        "12345_440100_20220901_000042_8",
        "12345-440100-20220901-００００42-9",
        "12345-440100-20220901-000042-X",
        "路灯不亮",
    ],
)
def test_what_has_another_form_is_no_number(text):
    assert not is_number(text)


@given(st.text(st.characters()))
def test_asking_whether_a_text_is_a_number_never_fails(text):
    assert is_number(text) in (True, False)
