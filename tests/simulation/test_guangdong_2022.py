"""The profile `guangdong-2022`: its indicators come out as the province published them, and nobody draws them."""

import pytest

from sandbox.canonical import loads
from simulation.profiles import profile
from tests.sandbox.audit import assert_sound
from tests.simulation.running import sandbox_of, simulate

# 南方网 2022-09-05, 六（四）3 (province-wide); 月报 2022 年第 8 期, 六（一）1 (provincial platform, August)
PUBLISHED = {
    "satisfaction": 0.9914,
    "connection": 0.9538,
    "intelligent_dispatch": 0.5827,
    "intelligent_follow_up": 1,
    "intelligent_agent": 0.4815,
}


@pytest.fixture(scope="module")
def lived(database):
    return simulate(orders=20_000, days=30, seed=11, profile="guangdong-2022")


@pytest.mark.parametrize("indicator", PUBLISHED)
def test_an_indicator_comes_within_a_point_of_the_published_figure(indicator, lived):
    one = lived["kpi"][indicator]

    assert one["numerator"] / one["denominator"] == pytest.approx(PUBLISHED[indicator], abs=0.01), one


def test_everybody_who_got_through_has_an_order_that_is_archived(lived):
    assert lived["orders"] == lived["archived"] > 19_000
    assert_sound(sandbox_of(lived))


def test_the_thresholds_come_with_the_profile_and_stand_in_the_sandboxs_rule_book(lived):
    overrides = loads(sandbox_of(lived).overrides)

    assert set(overrides) == {"workorder.auto_dispatch_confidence", "workorder.intelligent_answer_confidence"}


def test_staff_and_callers_are_as_in_any_province_and_only_the_figures_scope_is_the_platforms():
    centre = profile("guangdong-2022").centre

    assert centre.dials_province == round(1000 * 1015.9 / 36_009.6)
    assert profile("default").centre is None
