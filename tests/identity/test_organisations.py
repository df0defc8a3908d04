"""Organisations: every place has its units, and a matter finds the one nearest to it."""

import pytest

from identity.organisations import LEVELS, in_region, kinds, nearest, unit, units
from sandbox.regions import PROVINCE, city_of, regions, streets
from workorders.categories import categories

CITIES = [code for code, region in regions().items() if region.level == "city"]


def test_the_unit_above_another_exists_and_stands_in_a_place_around_it():
    for one in units().values():
        if one.parent:
            above = units()[one.parent]
            assert LEVELS.index(above.level) < LEVELS.index(one.level), one
            assert above.region in (PROVINCE, city_of(one.region), one.region[:6]), one


def test_only_a_unit_whose_kind_exists_nowhere_above_stands_alone():
    for one in units().values():
        higher = LEVELS[: LEVELS.index(one.level)]
        if not one.parent:
            assert not set(one.kind.levels) & set(higher), one


def test_a_kind_stands_once_in_every_place_of_its_levels():
    expected = {
        f"{region.code}-{kind.code}"
        for region in [*regions().values(), *streets().values()]
        for kind in kinds().values()
        if region.level in kind.levels
    }

    assert set(units()) == expected


@pytest.mark.parametrize(
    ("code", "name", "parent"),
    [
        ("440106-cg", "广州市天河区城市管理和综合执法局", "440100-cg"),
        ("440100-zj", "广州市住房和城乡建设局", "440000-zj"),
        ("440000-zj", "广东省住房和城乡建设厅", ""),
        ("440103001-jd", "广州市荔湾区沙面街道办事处", "440103-zf"),
        ("441900121-jd", "东莞市虎门镇人民政府", "441900-zf"),
    ],
)
def test_a_unit_is_called_after_its_place_and_answers_to_the_one_above(code, name, parent):
    assert (unit(code).name, unit(code).parent) == (name, parent)


def test_no_two_units_have_the_same_name():
    names = [one.name for one in units().values()]

    assert len(set(names)) == len(names)


def test_a_unit_there_is_not_is_none():
    assert unit("440106-nobody") is None
    assert unit("440199-cg") is None


def test_the_units_of_a_region_are_those_in_it_and_not_below_it():
    found = in_region("440106")

    assert "440106-cg" in found
    assert all(units()[code].region == "440106" for code in found)
    assert in_region("999999") == []


# nearest -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "place", "level", "code"),
    [
        ("cg", "440106", "county", "440106-cg"),
        ("cg", "440106", "city", "440100-cg"),
        ("cg", "440106006", "county", "440106-cg"),  # a street: its district answers
        ("zj", "440106", "province", "440000-zj"),
        ("cg", "440100", "county", "440100-cg"),  # only the city is known
        ("jd", "440106006", "street", "440106006-jd"),
        ("gjj", "440106", "county", "440100-gjj"),  # exists in cities only
        ("cg", "441900121", "county", "441900-cg"),  # 东莞 has no counties
        ("jd", "441900121", "street", "441900121-jd"),
        ("cg", "442000", "county", "442000-cg"),
        ("zj", PROVINCE, "county", "440000-zj"),
    ],
)
def test_a_matter_goes_to_the_unit_nearest_to_it(kind, place, level, code):
    assert nearest(kind, place, level).code == code


def test_where_no_level_has_such_a_unit_there_is_none():
    assert nearest("jd", "440106", "street") is None  # the district is known, the street is not
    assert nearest("cg", PROVINCE, "county") is None  # the province has no bureau of its own


@pytest.mark.parametrize("kind", sorted(kinds()))
@pytest.mark.parametrize("level", LEVELS)
def test_a_found_unit_is_never_below_the_level_wished_for_nor_outside_the_place(kind, level):
    for place in ["440106", "440106006", "441900", "441900121", "445302", PROVINCE]:
        found = nearest(kind, place, level)
        if found is not None:
            assert LEVELS.index(found.level) <= LEVELS.index(level)
            assert found.region in (place, place[:6], city_of(place), PROVINCE)


# responsibilities ----------------------------------------------------------------------------------------


def test_a_kind_answers_for_its_categories_and_for_whole_fields():
    assert kinds()["cg"].answers_for("0101")
    assert not kinds()["cg"].answers_for("0102")
    assert kinds()["wj"].answers_for("0901")  # the field 09 as a whole


def test_every_responsibility_is_a_category_or_a_field():
    known = set(categories()) | {one.field for one in categories().values()}

    for kind in kinds().values():
        assert kind.responsibilities <= known, kind.code


@pytest.mark.parametrize("city", CITIES)
def test_every_matter_the_hotline_accepts_has_a_unit_in_the_city(city):
    here = [units()[code].kind for code in in_region(city)]

    unanswered = [
        one.code
        for one in categories().values()
        if one.not_accepted is None and not any(kind.answers_for(one.code) for kind in here)
    ]

    assert unanswered == []
