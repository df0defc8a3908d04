"""Order numbers: `12345-<region6>-<YYYYMMDD>-<6-digit sequence>-<check>`, check digit by ISO 7064 MOD 11,10.

No rule of the province was found, so this form is the project's own. The region is that of the hotline that
took the demand: the city's, or the province's where no city is known.
"""

import re
from datetime import date
from functools import lru_cache

from sandbox.checkdigits import mod_11_10

_CALL = re.compile(r"C[0-9]{7,12}")
PATTERN = re.compile(r"12345-(\d{6})-(\d{8})-(\d{6})-(\d)")


def number(region: str, day: date, sequence: int) -> str:
    """The number of the sequence-th order of a sandbox (unique up to a million orders a day)."""
    start, digits = _start(region, day)
    last = f"{sequence % 1_000_000:06d}"
    return f"{start}{last}-{mod_11_10(digits + last)}"


@lru_cache(maxsize=256)
def _start(region: str, day: date) -> tuple[str, str]:
    written = day.strftime("%Y%m%d")
    return f"12345-{region}-{written}-", region + written


def is_number(text: str) -> bool:
    """Whether a text has the form of an order number and its check digit is right."""
    found = PATTERN.fullmatch(text)
    return found is not None and text.isascii() and mod_11_10("".join(found.groups()[:3])) == found.group(4)


def call_number(sequence: int) -> str:
    """The number of the sequence-th phone call of a sandbox: `C0000001`."""
    return f"C{sequence:07d}"


def is_call_number(text: str) -> bool:
    """Whether a text has the form of a phone call's number."""
    return _CALL.fullmatch(text) is not None


def hotline_of(order_number: str) -> str:
    """The region of the hotline that took an order: six digits, straight from its number."""
    return order_number[6:12]
