"""Seeded draws: whole numbers from (seed, public number, kind, attempt), the same in every run.

No `random`, no floats: what is drawn depends on who asks and why, never on the order of asking.
"""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

_SPAN = 1 << 64


def draw(seed: int, number: str, kind: str, attempt: int = 0) -> int:
    """A whole number, 0 ≤ n < 2⁶⁴."""
    key = f"{seed}|{number}|{kind}|{attempt}".encode()
    return int.from_bytes(hashlib.blake2b(key, digest_size=8).digest(), "big")


def below(limit: int, value: int) -> int:
    """Bring a draw into 0 ≤ n < limit."""
    return value * limit // _SPAN


def between(low: int, high: int, value: int) -> int:
    """Bring a draw into low ≤ n ≤ high."""
    return low + value * (high - low + 1) // _SPAN


def happens(permille: int, value: int) -> bool:
    """Whether something of so many per thousand happens."""
    return value * 1000 // _SPAN < permille


def weighted(choices: Sequence[tuple[T, int]], value: int) -> T:
    """One of the choices, each as likely as its whole-number weight."""
    at = below(sum(weight for _, weight in choices), value)
    for choice, weight in choices:
        if at < weight:
            return choice
        at -= weight
    raise ValueError("no choices with a weight above zero")
