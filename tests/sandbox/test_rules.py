"""The rule book: which number is in force when, how sure it is, and what a sandbox may change."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from sandbox.moments import instant
from sandbox.refusals import Refused
from sandbox.rules import CERTAINTIES, UNITS, RuleBook, check_override, rules

BOOK = RuleBook({})
HANDLING = {"consultation": 2, "help": 10, "suggestion": 10, "complaint": 15, "report": 15}


@pytest.mark.parametrize(("type", "days"), HANDLING.items())
def test_the_handling_deadlines_are_known_from_the_measures_since_september_2022(type, days):
    key = f"workorder.handle.{type}"

    before, since = BOOK.rule(key, instant(2022, 8, 31, 23, 59, 59)), BOOK.rule(key, instant(2022, 9, 1))

    assert (before.value, before.unit, before.certainty) == (days, "working_day", "K")
    assert (since.value, since.unit, since.certainty) == (days, "working_day", "S2")
    assert "管理办法" in since.source


def test_a_rule_comes_into_force_at_midnight_in_guangdong():
    last_minute = datetime(2022, 8, 31, 15, 59, tzinfo=UTC)  # 23:59 in Guangdong

    assert BOOK.rule("workorder.handle.help", last_minute).certainty == "K"
    assert BOOK.rule("workorder.handle.help", last_minute + timedelta(minutes=1)).certainty == "S2"


def test_every_rule_has_exactly_one_version_in_force_on_every_day_of_the_calendar():
    days = [date(2020, 1, 1) + timedelta(days=offset) for offset in range(8 * 365 + 2)]

    for key, versions in rules().items():
        for day in days:
            assert sum(one.effective_from <= day <= one.effective_to for one in versions) == 1, (key, day)


def test_every_rule_names_its_source_its_unit_and_how_sure_it_is():
    every = [rule for versions in rules().values() for rule in versions]

    assert every
    assert all(rule.source and rule.name for rule in every)
    assert {rule.unit for rule in every} <= set(UNITS)
    assert {rule.certainty for rule in every} <= set(CERTAINTIES)


def test_a_sandbox_may_set_a_rule_which_is_then_marked_as_its_own():
    at = instant(2022, 9, 1)
    plain = BOOK.rule("workorder.handle.complaint", at)

    own = RuleBook({"workorder.handle.complaint": 5}).rule("workorder.handle.complaint", at)

    assert own == replace(plain, value=5, source=own.source, certainty="D", overridden=True)
    assert own.source != plain.source
    assert not plain.overridden


def test_setting_one_rule_leaves_the_others_and_other_sandboxes_alone():
    at = instant(2022, 9, 1)
    book = RuleBook({"workorder.sign": 3})

    assert (book.value("workorder.sign", at), BOOK.value("workorder.sign", at)) == (3, 1)
    assert [one for one in book.listed(at) if one.key != "workorder.sign"] == [
        one for one in BOOK.listed(at) if one.key != "workorder.sign"
    ]


def test_an_override_holds_in_every_version_of_a_rule():
    book = RuleBook({"workorder.handle.help": 4})

    assert book.value("workorder.handle.help", instant(2021, 1, 1)) == 4
    assert book.value("workorder.handle.help", instant(2025, 1, 1)) == 4


def test_the_list_shows_each_rule_once_in_order_of_its_key():
    listed = [rule.key for rule in BOOK.listed(instant(2022, 9, 1))]

    assert listed == sorted(rules())


def test_a_rule_that_is_not_in_force_is_named_with_the_day():
    with pytest.raises(Refused, match="2022-09-01 生效的 workorder.no_such_rule.*no_rule_in_force"):
        BOOK.rule("workorder.no_such_rule", instant(2022, 9, 1))


@pytest.mark.parametrize("value", [0, 1, 1000])
def test_a_whole_number_up_to_a_thousand_may_be_set(value):
    assert check_override("workorder.sign", value) == value


@pytest.mark.parametrize("value", [-1, 1001, 1.5, "3", True, None])
def test_anything_else_may_not(value):
    with pytest.raises(Refused, match="rule_value"):
        check_override("workorder.sign", value)


def test_a_rule_that_does_not_exist_cannot_be_set():
    with pytest.raises(Refused, match="unknown_rule") as caught:
        check_override("workorder.no_such_rule", 1)

    assert caught.value.remedy
