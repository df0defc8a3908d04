"""Dispatch by rules: the first that fits fires, and every matter finds a unit that answers for it."""

import pytest

from identity.organisations import LEVELS, kinds
from sandbox.regions import PROVINCE, city_of, region, regions
from workorders.categories import categories
from workorders.dispatch import choose, dispatch_rules
from workorders.vocabulary import RequestType

ACCEPTED = [one for one in categories().values() if one.not_accepted is None]
REFUSED = [one for one in categories().values() if one.not_accepted is not None]
PLACES = [code for code, one in regions().items() if one.level != "province"]


def fits(rule, category, type, urgent):
    return (
        rule.category in (category, category[:2])
        and rule.type in (None, type)
        and (rule.urgent is None or rule.urgent == urgent)
    )


def test_an_ordinary_lamp_goes_to_the_urban_management_of_its_district():
    unit, rule = choose(category="0101", region="440106", type="complaint", urgent=False)

    assert unit.code == "440106-cg"
    assert rule.category == "0101"
    assert rule.basis


def test_what_is_urgent_goes_by_the_rule_for_urgent_matters():
    _, ordinary = choose(category="0106", region="440106", type="complaint", urgent=False)
    unit, urgent = choose(category="0102", region="440106", type="complaint", urgent=True)

    assert (urgent.id, unit.code) == ("D-0102-URGENT", "440106-gs")
    assert not ordinary.urgent


@pytest.mark.parametrize("category", ACCEPTED, ids=lambda one: one.code)
def test_every_accepted_matter_anywhere_finds_a_unit_that_answers_for_it(category):
    for place in PLACES:
        for type in RequestType.values:
            for urgent in (False, True):
                unit, rule = choose(category=category.code, region=place, type=type, urgent=urgent)
                assert unit.kind.answers_for(category.code), (unit.code, rule.id)
                assert unit.region in (place, city_of(place)), (unit.code, rule.id)


@pytest.mark.parametrize("category", ACCEPTED, ids=lambda one: one.code)
def test_a_matter_known_only_to_lie_in_the_province_finds_a_unit_or_waits(category):
    found = choose(category=category.code, region=PROVINCE, type="help", urgent=False)

    assert found is None or (found[0].region == PROVINCE and found[0].kind.answers_for(category.code))


@pytest.mark.parametrize("place", ["440106", "440106006", "441900", "441900121", "440100"])
def test_no_earlier_rule_would_have_found_a_unit(place):
    for category in ACCEPTED:
        for type in RequestType.values:
            for urgent in (False, True):
                unit, fired = choose(category=category.code, region=place, type=type, urgent=urgent)
                fitting = [rule for rule in dispatch_rules() if fits(rule, category.code, type, urgent)]
                assert fired in fitting
                # a rule passed over had no unit for so rough a place: its kind stands at lower levels only
                for passed in fitting[: fitting.index(fired)]:
                    highest = LEVELS[min(LEVELS.index(level) for level in kinds()[passed.kind].levels)]
                    assert LEVELS.index(highest) > LEVELS.index(region(place).level), (passed.id, fired.id)
                assert unit.kind.code == fired.kind


@pytest.mark.parametrize("place", ["440106", "445381", "440232", "440106006"])
def test_in_a_county_a_rule_reaches_its_level(place):
    for category in ACCEPTED:
        unit, rule = choose(category=category.code, region=place, type="help", urgent=False)
        possible = [level for level in unit.kind.levels if LEVELS.index(level) <= LEVELS.index(rule.level)]
        known = [level for level in possible if LEVELS.index(level) <= LEVELS.index(region(place).level)]
        assert unit.level == max(known, key=LEVELS.index), (unit.code, rule.id)


@pytest.mark.parametrize("category", REFUSED, ids=lambda one: one.code)
def test_what_the_hotline_refuses_is_dispatched_nowhere(category):
    for type in RequestType.values:
        assert choose(category=category.code, region="440106", type=type, urgent=False) is None


@pytest.mark.parametrize(("category", "place"), [("", "440106"), ("0101", ""), ("", "")])
def test_without_a_category_or_a_place_nobody_is_chosen(category, place):
    assert choose(category=category, region=place, type="help", urgent=True) is None


def test_every_rule_fires_for_some_matter():
    """A rule that stands below others which take all its matters would be dead."""
    fired = set()

    for category in ACCEPTED:
        for place in ("440106006", "440106", PROVINCE):
            for type in RequestType.values:
                for urgent in (False, True):
                    if found := choose(category=category.code, region=place, type=type, urgent=urgent):
                        fired.add(found[1].id)

    assert {rule.id for rule in dispatch_rules()} - fired == set()


def test_every_rule_sends_to_a_kind_that_answers_for_its_matter():
    for rule in dispatch_rules():
        matters = [one.code for one in ACCEPTED if rule.category in (one.code, one.field)]
        assert matters, rule.id
        assert all(kinds()[rule.kind].answers_for(code) for code in matters) or len(rule.category) == 2, rule.id
