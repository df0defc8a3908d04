"""Simulated callers: they come in the shape of the day, and each says the same thing every time."""

import re
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.draws import Draw
from sandbox.moments import instant
from sandbox.regions import city_of, regions
from simulation.callers import arrival, call
from simulation.profiles import profile
from simulation.texts import patterns, reply, slots
from workorders.categories import accepted, categories
from workorders.places import recognise_place
from workorders.vocabulary import Channel, RequestType

PROFILE = profile("default")
START = instant(2022, 9, 1)
DAY = timedelta(days=1)
seeds = st.integers(0, (1 << 63) - 1)
PATTERNS = [pattern for listed in (*patterns()[0].values(), patterns()[1]) for pattern in listed]


def calls(count, how=PROFILE, seed=7):
    return [call(how, seed, f"call-{number}") for number in range(count)]


def behaving(**changed):
    """The default profile, with its callers changed."""
    return replace(PROFILE, caller=replace(PROFILE.caller, **changed))


# when ----------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(seeds, st.integers(1, 300), st.integers(1, 40))
def test_all_calls_come_within_the_days_and_none_before_the_one_before_it(seed, orders, days):
    came = [arrival(PROFILE, seed, START, index, orders, days) for index in range(orders)]

    assert came == sorted(came)
    assert all(START <= moment < START + days * DAY for moment in came)
    assert all(moment.microsecond == 0 for moment in came)


def test_the_calls_of_a_day_follow_the_shape_of_its_hours():
    came = Counter(arrival(PROFILE, 7, START, index, 10_000, 1).hour for index in range(10_000))

    for hour, weight in enumerate(PROFILE.hours):
        assert abs(came[hour] - 10_000 * weight / sum(PROFILE.hours)) <= 2, hour


def test_each_day_brings_its_equal_share_of_calls():
    came = Counter(arrival(PROFILE, 7, START, index, 1_000, 5).date() for index in range(1_000))

    assert list(came.values()) == [200] * 5


def test_calls_come_in_the_middle_of_hours_too():
    minutes = Counter(arrival(PROFILE, 7, START, index, 10_000, 1).minute for index in range(10_000))

    assert len(minutes) == 60
    assert max(minutes.values()) < 2 * min(minutes.values())


def test_when_a_call_comes_depends_on_the_seed_and_on_nothing_else():
    here = [arrival(PROFILE, 7, START, index, 100, 3) for index in range(100)]

    assert here == [arrival(PROFILE, 7, START, index, 100, 3) for index in range(100)]
    assert here != [arrival(PROFILE, 8, START, index, 100, 3) for index in range(100)]


# what ----------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(seeds, st.integers(1, 10**6))
def test_a_call_is_the_same_every_time_it_is_asked_for(seed, number):
    assert call(PROFILE, seed, f"call-{number}") == call(PROFILE, seed, f"call-{number}")


def test_a_call_fits_the_profile_and_makes_sense():
    possible = {
        kind: {key for key, weight in getattr(PROFILE, kind) if weight} for kind in ("types", "channels", "cities")
    }

    for one in calls(1_000):
        assert one.type in RequestType.values
        assert one.type in possible["types"] or one.reject is not None
        assert one.channel in possible["channels"]
        assert city_of(one.region) in possible["cities"]
        assert one.category in categories()
        assert one.states_type == (one.channel != Channel.PHONE)
        assert not one.confidential or one.type == RequestType.REPORT
        assert one.text and not set("{}") & set(one.text)


def test_types_channels_and_cities_come_as_often_as_their_weights():
    many = calls(10_000, behaving(must_be_refused=0))

    for name, weights in [("type", PROFILE.types), ("channel", PROFILE.channels)]:
        came = Counter(getattr(one, name) for one in many)
        for key, weight in weights:
            expected = 10_000 * weight / sum(weight for _, weight in weights)
            assert abs(came[key] - expected) <= 5 * expected**0.5 + 1, key
    cities = Counter(city_of(one.region) for one in many)
    for key, weight in PROFILE.cities:
        expected = 10_000 * weight / sum(weight for _, weight in PROFILE.cities)
        assert abs(cities[key] - expected) <= 5 * expected**0.5 + 1, key


def test_every_county_calls():
    counties = {code for code, one in regions().items() if one.level == "county"} | {"441900", "442000"}

    assert {one.region for one in calls(20_000)} == counties


def test_where_a_caller_says_they_are_is_where_they_are():
    located = calls(1_000, behaving(gives_place=1000))

    assert all(one.place for one in located)
    assert [one.place for one in located if recognise_place(one.place)[0] != one.region] == []


def test_places_are_said_in_several_ways():
    said = {one.place for one in calls(5_000, behaving(gives_place=1000)) if one.region == "440106"}

    assert said == {"广州市天河区", "广州天河", "广州天河区"}


@pytest.mark.parametrize(
    ("setting", "happens"),
    [
        ("must_be_refused", lambda one: one.reject is not None),
        ("gives_place", lambda one: one.place != ""),
        ("confidential_reports", lambda one: one.confidential),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_a_profile_gives_no_chance_never_happens_and_what_is_certain_always_does(setting, happens):
    never, always = behaving(**{setting: 0}), behaving(**{setting: 1000})
    concerned = [one for one in calls(500, always) if setting != "confidential_reports" or one.type == "report"]

    assert not any(happens(one) for one in calls(500, never))
    assert concerned and all(happens(one) for one in concerned)


# in which words ------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=20)
@given(seeds, st.integers(1, 10**6))
def test_every_sentence_is_filled_in_to_the_last_gap(seed, number):
    for pattern in PATTERNS:
        words = pattern.words(Draw(seed, f"call-{number}", "matter"), "广州市天河区")
        assert not set("{}") & set(words), pattern.text
        assert ("广州市天河区" in words) == ("{place}" in pattern.text)


def test_the_filled_in_words_stand_where_their_gaps_were():
    for pattern in PATTERNS:
        words = pattern.words(Draw(7, "call-1", "matter"), "某地")
        shape = re.sub(
            r"\\\{(\w+)\\\}",
            lambda gap: "某地" if gap[1] == "place" else "(?:" + "|".join(map(re.escape, slots()[gap[1]])) + ")",
            re.escape(pattern.text),
        )
        assert re.fullmatch(shape, words), (pattern.text, words)


def test_a_gap_that_comes_twice_in_a_sentence_is_filled_alike():
    twice = [(pattern, slot) for pattern in PATTERNS for slot in pattern.slots if pattern.text.count(f"{{{slot}}}") > 1]

    for pattern, slot in twice:
        words = pattern.words(Draw(7, "call-1", "matter"), "某地")
        assert any(words.count(choice) > 1 for choice in slots()[slot]), pattern.text


def test_every_gap_in_the_seeds_is_used():
    used = {slot for pattern in PATTERNS for slot in pattern.slots}

    assert set(slots()) == used


def test_every_type_has_sentences_and_those_to_refuse_name_their_reason():
    by_type, refused = patterns()

    assert set(by_type) == set(RequestType.values)
    assert all(pattern.reject is None for listed in by_type.values() for pattern in listed)
    assert refused and all(pattern.reject in range(1, 9) for pattern in refused)


def test_thousands_of_callers_hardly_repeat_each_other_and_call_about_everything():
    many = calls(4_000)

    assert len({one.text for one in many}) > 3_500
    assert {one.category for one in many} == {pattern.category for pattern in PATTERNS}
    assert {one.category for one in many if one.reject is None} == {category.code for category in accepted()}


@pytest.mark.parametrize("kind", ["desk", "unit", "unsolved", "return_reason", "return_basis", "send_back", "withdraw"])
def test_staff_write_each_of_their_sentences(kind):
    said = {reply(kind, Draw(7, str(number), "words")) for number in range(101)}

    assert len(said) > 1
    assert all(sentence.strip() for sentence in said)
