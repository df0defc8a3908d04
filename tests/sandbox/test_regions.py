"""The province: 21 cities, 122 county-level divisions, and the streets and towns below them."""

from collections import Counter

import pytest

from sandbox.regions import PROVINCE, city_of, full_name, region, regions, streets


def children(code):
    return [one for one in regions().values() if one.parent == code]


def test_the_province_has_twenty_one_cities_and_122_counties_of_four_kinds():
    levels = Counter(one.level for one in regions().values())
    kinds = Counter(one.kind for one in regions().values() if one.level == "county")

    assert levels == {"province": 1, "city": 21, "county": 122}
    assert kinds == {"市辖区": 65, "县级市": 20, "县": 34, "自治县": 3}


@pytest.mark.parametrize(
    ("city", "counties"),
    [("440100", 11), ("440200", 10), ("440300", 9), ("440400", 3), ("440500", 7), ("440600", 5), ("440700", 7)]
    + [("440800", 9), ("440900", 5), ("441200", 8), ("441300", 5), ("441400", 8), ("441500", 4), ("441600", 6)]
    + [("441700", 4), ("441800", 8), ("441900", 0), ("442000", 0), ("445100", 3), ("445200", 5), ("445300", 5)],
)
def test_each_city_has_its_number_of_counties(city, counties):
    assert len(children(city)) == counties


@pytest.mark.parametrize("city", ["441900", "442000"])
def test_the_towns_of_dongguan_and_zhongshan_lie_right_below_the_city(city):
    towns = [one for one in streets().values() if one.parent == city]

    assert towns
    assert all(city_of(town.code) == city for town in towns)


def test_every_region_lies_in_one_a_level_above_and_in_the_province_at_last():
    above = {"city": "province", "county": "city"}

    for one in regions().values():
        if one.code != PROVINCE:
            assert regions()[one.parent].level == above[one.level]
    assert regions()[PROVINCE].parent == ""


def test_every_street_lies_in_a_county_or_in_a_city_without_counties():
    for street in streets().values():
        parent = regions()[street.parent]
        assert parent.level == "county" or not children(parent.code), street
        assert len(street.code) == 9 and street.code.isdigit() and street.code.startswith(street.parent), street


def test_every_county_has_streets_or_towns():
    empty = {one.code for one in regions().values() if one.level == "county"} - {
        one.parent for one in streets().values()
    }

    assert empty == set()


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("440000", "广东省"),
        ("440100", "广州市"),
        ("440106", "广州市天河区"),
        ("440232", "韶关市乳源瑶族自治县"),
        ("441900121", "东莞市虎门镇"),
        ("440103001", "广州市荔湾区沙面街道"),
        ("999999", "999999"),
    ],
)
def test_the_full_name_says_where_a_place_lies(code, name):
    assert full_name(code) == name


@pytest.mark.parametrize(
    ("code", "city"),
    [
        ("440106", "440100"),
        ("440106006", "440100"),
        ("441900121", "441900"),
        ("441900", "441900"),
        (PROVINCE, PROVINCE),
    ],
)
def test_every_place_belongs_to_one_city(code, city):
    assert city_of(code) == city


def test_a_region_is_found_by_code_whatever_its_level():
    assert region("440106").name == "天河区"
    assert region("441900121").name == "虎门镇"
    assert region("440199") is None
