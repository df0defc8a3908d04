"""Behaviour profiles: the shipped one, and asking for one there is not. (Malformed files: see test_catalogue.)"""

from dataclasses import astuple, fields

import pytest

from sandbox.refusals import Refused
from sandbox.regions import regions
from simulation.profiles import profile
from workorders.vocabulary import Channel, RequestType

DEFAULT = profile("default")


def test_the_shipped_profile_is_complete():
    assert DEFAULT.name == "default"
    assert {key for key, _ in DEFAULT.types} == set(RequestType.values)
    assert {key for key, _ in DEFAULT.channels} <= set(Channel.values)
    assert {key for key, _ in DEFAULT.cities} == {code for code, one in regions().items() if one.level == "city"}
    assert len(DEFAULT.hours) == 24


def test_people_call_by_day_more_than_by_night():
    night, day = sum(DEFAULT.hours[0:6]), sum(DEFAULT.hours[9:15])

    assert day > 10 * night


@pytest.mark.parametrize("role", ["caller", "agent", "dispatcher", "department", "reviewer", "follow_up"])
def test_every_setting_of_a_role_is_a_number_or_a_span_in_order(role):
    settings = getattr(DEFAULT, role)

    for field, value in zip(fields(settings), astuple(settings), strict=True):
        low, high = value if isinstance(value, tuple) else (value, value)
        assert 0 <= low <= high, field.name


def test_the_chances_of_an_ending_do_not_exceed_certainty():
    unit, follow_up = DEFAULT.department, DEFAULT.follow_up

    assert unit.solves + unit.mostly_solves <= 1000
    assert max(follow_up.reached, follow_up.contacted, follow_up.reasonable) <= 1000


def test_offices_open_before_they_close():
    assert DEFAULT.department.opens < DEFAULT.department.closes < 24


def test_the_order_of_weights_in_the_file_plays_no_part():
    assert list(DEFAULT.types) == sorted(DEFAULT.types)
    assert list(DEFAULT.cities) == sorted(DEFAULT.cities)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "no-such",
        "Default",
        "../rules/12345",
        "/etc/passwd",
        "..",
        "default.toml",
        "a" * 5_000,
        "\x00",
        "\ud83d",
        "默认",
    ],
    ids=lambda name: ascii(name[:20]),
)
def test_a_profile_there_is_not_is_refused_and_those_there_are_are_named(name):
    with pytest.raises(Refused, match="unknown_profile") as caught:
        profile(name)

    assert "default" in caught.value.remedy
    assert len(caught.value.detail) < 100
    assert caught.value.detail.encode()
