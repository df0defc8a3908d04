"""Fictitious people: right in form, impossible in fact, and the same every time."""

import re
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from identity.fictitious import FORM_VALID, SAFE, citizen, company, phone
from sandbox.checkdigits import credit_code, identity_number, organisation_code
from sandbox.regions import regions

seeds = st.integers(0, (1 << 63) - 1)
numbers = st.integers(1, 10**9)


@given(seeds, numbers)
def test_a_citizens_identity_number_is_well_formed(seed, number):
    document = citizen(seed, number).document

    assert len(document) == 18
    assert document[17] == identity_number(document[:17])
    assert 1945 <= date.fromisoformat(document[6:14]).year <= 2003


@given(seeds, numbers)
def test_a_companys_credit_code_is_well_formed(seed, number):
    document = company(seed, number).document

    assert len(document) == 18
    assert document.startswith("91")
    assert document[16] == organisation_code(document[8:16])
    assert document[17] == credit_code(document[:17])


def test_the_area_in_their_numbers_is_no_place():
    assert "449900" not in regions()
    assert not any(code.startswith("4499") for code in regions())


@given(seeds, numbers)
def test_they_live_in_no_place_and_have_phones_nobody_can_dial(seed, number):
    someone, business = citizen(seed, number), company(seed, number)

    assert someone.document[:6] == business.document[2:8] == "449900"
    for party in (someone, business):
        assert len(party.phone) == 11
        assert party.phone.isdigit() and party.phone.startswith("100")


@given(numbers)
def test_the_same_eight_digits_pass_other_peoples_forms_behind_another_prefix(number):
    safe, form_valid = phone(number), phone(number, FORM_VALID)

    assert re.fullmatch(r"1[3-9]\d{9}", form_valid) and not re.fullmatch(r"1[3-9]\d{9}", safe)
    assert form_valid[:3] == "154" and safe[:3] == SAFE
    assert form_valid[3:] == safe[3:]


@given(seeds, numbers)
def test_they_are_recognisably_invented(seed, number):
    assert citizen(seed, number).name[0] in "演虚拟仿设"
    assert company(seed, number).name.startswith("粤演")
    assert (citizen(seed, number).kind, company(seed, number).kind) == ("natural", "legal")


@given(seeds, numbers)
def test_the_same_number_in_a_sandbox_is_the_same_person(seed, number):
    assert citizen(seed, number) == citizen(seed, number)
    assert company(seed, number) == company(seed, number)


def test_the_people_of_a_sandbox_differ():
    people = [citizen(7, number) for number in range(1, 1_001)]

    assert len({one.document for one in people}) == 1_000
    assert len({one.name for one in people}) > 300
    assert len({one.document[6:14] for one in people}) > 900  # their birthdays


def test_two_sandboxes_are_peopled_differently():
    here = [citizen(1, number).document for number in range(1, 50)]
    there = [citizen(2, number).document for number in range(1, 50)]

    assert here != there


@given(st.sets(st.integers(1, 99_999_999), min_size=2, max_size=50))
def test_no_two_people_share_a_phone(chosen):
    assert len({phone(number) for number in chosen}) == len(chosen)


def test_no_two_companies_share_a_code_or_a_name():
    companies = [company(7, number) for number in range(1, 2_001)]

    assert len({one.document for one in companies}) == len({one.name for one in companies}) == 2_000
