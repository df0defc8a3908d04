"""Draws: the same in every run, evenly spread, and within their bounds."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from sandbox.draws import Draw

seeds = st.integers(0, (1 << 63) - 1)
draws = st.builds(Draw, seeds, st.text("0123456789-abcdefghij", min_size=1), st.sampled_from(["sign", "late"]))


def test_a_draw_is_the_same_on_every_machine_and_in_every_version():
    drawn = Draw(7, "12345-440106-20220901-000001-0", "mistakes", 0)

    assert [drawn.below(1000) for _ in range(4)] == KNOWN


# blake2b over 7|12345-…-0|mistakes|0, sixteen bytes, as a share of 2¹²⁸: digits in base 1,000
KNOWN = [89, 591, 371, 719]


def test_seed_record_kind_and_attempt_each_change_a_draw():
    drawn = [
        Draw(7, "a", "sign"),
        Draw(8, "a", "sign"),
        Draw(7, "b", "sign"),
        Draw(7, "a", "late"),
        Draw(7, "a", "sign", 1),
    ]

    assert len({one.below(1 << 64) for one in drawn}) == len(drawn)


@given(draws, st.lists(st.integers(1, 10**9), min_size=1, max_size=8))
def test_below_stays_below_choice_after_choice(drawn, limits):
    assert all(0 <= drawn.below(limit) < limit for limit in limits)


@given(draws, st.integers(-1000, 1000), st.integers(0, 10**6))
def test_between_stays_between(drawn, low, span):
    assert low <= drawn.between(low, low + span) <= low + span


def test_both_ends_of_a_span_are_drawn():
    drawn = {Draw(7, str(number), "test").between(3, 5) for number in range(200)}

    assert drawn == {3, 4, 5}


@given(draws)
def test_what_has_no_chance_never_happens_and_what_is_certain_always_does(drawn):
    assert not drawn.happens(0)
    assert drawn.happens(1000)


def test_as_many_of_a_thousand_happen_as_the_chance_says():
    happened = sum(Draw(7, str(number), "test").happens(250) for number in range(10_000))

    assert 2_350 <= happened <= 2_650  # more than three standard deviations either way


def test_the_tenth_choice_of_a_draw_is_as_even_as_the_first_and_owes_nothing_to_it():
    tenth = Counter()
    for number in range(10_000):
        drawn = Draw(7, str(number), "test")
        first, *_, last = [drawn.below(8) for _ in range(10)]
        tenth[first == last, last] += 1

    assert all(1_050 <= tenth[True, value] + tenth[False, value] <= 1_450 for value in range(8))
    assert 1_050 <= sum(tenth[True, value] for value in range(8)) <= 1_450


def test_choices_come_as_often_as_their_weights():
    choices = [("often", 7), ("never", 0), ("seldom", 3)]

    drawn = Counter(Draw(7, str(number), "test").weighted(choices) for number in range(10_000))

    assert drawn["never"] == 0
    assert 6_850 <= drawn["often"] <= 7_150


@given(st.lists(st.integers(0, 50), min_size=1, max_size=8).filter(any), draws)
def test_only_a_choice_with_a_weight_is_chosen(weights, drawn):
    chosen = drawn.weighted(list(enumerate(weights)))

    assert weights[chosen] > 0


@given(st.lists(st.integers(), min_size=1), draws)
def test_one_of_is_one_of_them(choices, drawn):
    assert drawn.one_of(choices) in choices
