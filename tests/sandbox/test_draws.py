"""Draws: the same in every run, evenly spread, and within their bounds."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.draws import below, between, draw, happens, weighted

seeds = st.integers(0, (1 << 63) - 1)
numbers = st.text("0123456789-abcdefghij", min_size=1)
values = st.integers(0, (1 << 64) - 1)
TOP = (1 << 64) - 1


def test_a_draw_is_the_same_on_every_machine_and_in_every_version():
    drawn = draw(7, "12345-440106-20220901-000001-0", "mistakes", 0)

    assert drawn == 2843724874659613809  # blake2b over 7|12345-…-0|mistakes|0, first eight bytes


@given(seeds, numbers, numbers, st.integers(0, 9))
def test_a_draw_is_a_whole_number_below_two_to_the_sixty_fourth(seed, number, kind, attempt):
    drawn = draw(seed, number, kind, attempt)

    assert type(drawn) is int
    assert 0 <= drawn <= TOP
    assert drawn == draw(seed, number, kind, attempt)


def test_seed_record_kind_and_attempt_each_change_a_draw():
    drawn = [
        draw(7, "a", "sign"),
        draw(8, "a", "sign"),
        draw(7, "b", "sign"),
        draw(7, "a", "late"),
        draw(7, "a", "sign", 1),
    ]

    assert len(set(drawn)) == len(drawn)


@given(st.integers(1, 10**9), values)
def test_below_stays_below(limit, value):
    assert 0 <= below(limit, value) < limit


@given(st.integers(-1000, 1000), st.integers(0, 10**6), values)
def test_between_stays_between(low, span, value):
    assert low <= between(low, low + span, value) <= low + span


def test_both_ends_of_a_span_are_drawn():
    assert (between(3, 5, 0), between(3, 5, TOP)) == (3, 5)
    assert (below(6, 0), below(6, TOP)) == (0, 5)


@given(values)
def test_what_has_no_chance_never_happens_and_what_is_certain_always_does(value):
    assert not happens(0, value)
    assert happens(1000, value)


@given(st.integers(0, 999), values)
def test_what_happens_at_some_chance_happens_at_a_greater_one(permille, value):
    assert happens(permille + 1, value) or not happens(permille, value)


def test_as_many_of_a_thousand_happen_as_the_chance_says():
    happened = sum(happens(250, draw(7, str(number), "test")) for number in range(10_000))

    assert 2_350 <= happened <= 2_650  # more than three standard deviations either way


def test_choices_come_as_often_as_their_weights():
    choices = [("often", 7), ("never", 0), ("seldom", 3)]

    drawn = Counter(weighted(choices, draw(7, str(number), "test")) for number in range(10_000))

    assert drawn["never"] == 0
    assert 6_850 <= drawn["often"] <= 7_150


@given(st.lists(st.integers(0, 50), min_size=1, max_size=8).filter(any), values)
def test_only_a_choice_with_a_weight_is_chosen(weights, value):
    chosen = weighted(list(enumerate(weights)), value)

    assert weights[chosen] > 0


@pytest.mark.parametrize("choices", [[], [("a", 0), ("b", 0)]])
def test_choosing_among_nothing_is_an_error(choices):
    with pytest.raises(ValueError, match="no choices"):
        weighted(choices, 0)
