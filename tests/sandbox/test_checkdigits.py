"""Check digits: published examples, and every single wrong digit found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.checkdigits import credit_code, identity_number, mod_11_10, organisation_code

DIGITS = "0123456789"
CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def test_the_example_of_the_identity_number_standard_ends_in_x():
    assert identity_number("11010519491231002") == "X"


# codes of public bodies that stand in published licence identifiers and item codes
@pytest.mark.parametrize(
    "code", ["11100000000013338W", "11430000006122244L", "11330105002500287C", "12441500196720244T"]
)
def test_the_credit_codes_of_public_bodies_are_right(code):
    assert credit_code(code[:17]) == code[17]
    assert organisation_code(code[8:16]) == code[16]


@given(st.text(DIGITS, min_size=17, max_size=17))
def test_an_identity_number_satisfies_the_congruence_of_iso_7064(first17):
    characters = first17 + identity_number(first17)

    total = sum((10 if one == "X" else int(one)) * 2 ** (17 - place) for place, one in enumerate(characters))

    assert total % 11 == 1


@given(st.text(CREDIT, min_size=17, max_size=17))
def test_a_credit_code_satisfies_the_congruence_of_its_standard(first17):
    characters = first17 + credit_code(first17)

    total = sum(CREDIT.index(one) * 3**place for place, one in enumerate(characters[:17]))

    assert (total + CREDIT.index(characters[17])) % 31 == 0


def test_the_example_of_iso_7064_for_mod_11_10_is_five():
    assert mod_11_10("0794") == "5"


@given(st.text(DIGITS, min_size=1, max_size=30))
def test_a_number_with_its_check_digit_satisfies_the_congruence_of_iso_7064(digits):
    number = digits + mod_11_10(digits)

    product = 10
    for digit in number[:-1]:
        product = ((product + int(digit)) % 10 or 10) * 2 % 11

    assert (product + int(number[-1])) % 10 == 1


def altered(text, position, shift, alphabet):
    """The text with one character moved on in its alphabet."""
    at = alphabet.index(text[position])
    return text[:position] + alphabet[(at + shift) % len(alphabet)] + text[position + 1 :]


@given(st.text(DIGITS, min_size=20, max_size=20), st.integers(0, 19), st.integers(1, 9))
def test_mod_11_10_finds_every_wrong_digit(digits, position, shift):
    assert mod_11_10(altered(digits, position, shift, DIGITS)) != mod_11_10(digits)


@given(st.text(DIGITS, min_size=17, max_size=17), st.integers(0, 16), st.integers(1, 9))
def test_an_identity_number_shows_every_wrong_digit(digits, position, shift):
    assert identity_number(altered(digits, position, shift, DIGITS)) != identity_number(digits)


@given(st.text(DIGITS, min_size=17, max_size=17), st.integers(0, 15))
def test_an_identity_number_shows_every_two_neighbours_exchanged(digits, position):
    one, other = digits[position : position + 2]
    exchanged = digits[:position] + other + one + digits[position + 2 :]

    assert (identity_number(exchanged) == identity_number(digits)) == (one == other)


@given(st.text(CREDIT, min_size=17, max_size=17), st.integers(0, 16), st.integers(1, 30))
def test_a_credit_code_shows_every_wrong_character(code, position, shift):
    assert credit_code(altered(code, position, shift, CREDIT)) != credit_code(code)


@given(st.text(CREDIT, max_size=30).filter(lambda text: len(text) != 17))
def test_a_code_of_the_wrong_length_has_no_check_digit(text):
    with pytest.raises(ValueError, match="zip"):
        credit_code(text)
