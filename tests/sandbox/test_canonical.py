"""Canonical JSON: one way to write a value, and what cannot be kept."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.actors import Role
from sandbox.canonical import dumps, loads, shown, unprintable

texts = st.text()
whole_numbers = st.integers(-(1 << 63), (1 << 64) - 1)
values = st.recursive(
    st.none() | st.booleans() | whole_numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


@given(values)
def test_what_is_written_reads_back_the_same(value):
    text = dumps(value)

    assert loads(text) == value
    assert dumps(loads(text)) == text


@given(st.dictionaries(texts, whole_numbers, min_size=2, max_size=6))
def test_the_order_in_which_keys_were_given_leaves_no_trace(value):
    reversed_keys = dict(reversed(value.items()))

    assert dumps(reversed_keys) == dumps(value)


def test_keys_are_sorted_at_every_depth_and_nothing_is_spaced_or_escaped():
    value = {"单位": "城管局", "b": [1, True, None], "a": {"z": 1, "y": 2}}

    assert dumps(value) == '{"a":{"y":2,"z":1},"b":[1,true,null],"单位":"城管局"}'


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_is_not_a_number_is_never_written_as_one(number):
    assert dumps([number]) == "[null]"


@pytest.mark.parametrize(
    "value", [1 << 64, {1: "a number as key"}, "\ud83d", {"\ud83d": 1}, {1, 2}, b"bytes"], ids=ascii
)
def test_what_other_readers_of_json_could_not_read_back_is_an_error(value):
    with pytest.raises(TypeError):
        dumps(value)


def test_a_state_of_a_lifecycle_is_written_as_its_identifier():
    assert dumps({"by": Role.AGENT}) == '{"by":"agent"}'


@given(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])))
def test_an_ordinary_text_can_be_kept(text):
    assert unprintable(text) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [("路灯\x00不亮", "NUL"), ("\x00", "NUL"), ("\ud83d", "surrogate"), ("停水\udc00了", "surrogate")],
    ids=ascii,
)
def test_nul_and_lone_surrogates_are_refused_with_their_name(text, reason):
    assert reason in unprintable(text)


@given(st.text(st.characters()), st.integers(1, 80))
def test_a_strangers_text_is_safe_to_repeat_and_not_too_long(text, length):
    repeated = shown(text, length)

    assert unprintable(repeated) is None
    assert len(repeated) <= length


def test_a_short_and_ordinary_text_is_repeated_as_it_is():
    assert shown("石牌东路") == "石牌东路"
    assert shown("石牌东路的路灯", 5) == "石牌东路…"
    assert shown("\x00") == "\\x00"
