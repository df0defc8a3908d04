"""Check digits of the trade's numbers."""


def mod_11_10(digits: str) -> str:
    """ISO 7064 MOD 11,10 over decimal digits: the last digit of a work order number."""
    rest = 10
    for digit in digits:
        rest = _AFTER[rest][digit]
    return str((11 - rest) % 10)


_AFTER = [{str(digit): ((rest + digit) % 10 or 10) * 2 % 11 for digit in range(10)} for rest in range(11)]


def identity_number(first17: str) -> str:
    """GB 11643 (ISO 7064 MOD 11-2): the last character of a citizen's identity number."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return "10X98765432"[sum(int(digit) * weight for digit, weight in zip(first17, weights, strict=True)) % 11]


def organisation_code(first8: str) -> str:
    """GB 11714 MOD 11: the last character of an organisation code, which stands inside a credit code."""
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    rest = 11 - sum(int(one, 36) * weight for one, weight in zip(first8, weights, strict=True)) % 11
    return "0" if rest == 11 else "X" if rest == 10 else str(rest)


_CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def credit_code(first17: str) -> str:
    """GB 32100 MOD 31: the last character of a unified social credit code (统一社会信用代码)."""
    weights = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
    total = sum(_CREDIT.index(character) * weight for character, weight in zip(first17, weights, strict=True))
    return _CREDIT[(31 - total % 31) % 31]
