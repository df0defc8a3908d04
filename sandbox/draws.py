"""Seeded draws: whole numbers from (seed, public number, kind, attempt), the same in every run.

No `random`, no floats: what is drawn depends on who asks and why, never on when. One draw serves several
choices, taken from it one after the other.
"""

import hashlib
from collections.abc import Sequence
from operator import itemgetter
from typing import TypeVar

T = TypeVar("T")

_BITS = 128
_MASK = (1 << _BITS) - 1
_BYTES = _BITS // 8
_digest, _whole = hashlib.blake2b, int.from_bytes  # looked up once: two draws are made a step
_weight = itemgetter(1)


class Draw:
    """A whole number of 128 bits; each choice uses up as much of it as it needs (of some forty choices of one
    in eight, the last is as even as the first)."""

    __slots__ = ("_rest",)

    def __init__(self, seed: int, number: str, kind: str, attempt: int = 0) -> None:
        key = f"{seed}|{number}|{kind}|{attempt}".encode()
        self._rest = _whole(_digest(key, digest_size=_BYTES).digest(), "big")

    def below(self, limit: int) -> int:
        """A whole number, 0 ≤ n < limit."""
        product = self._rest * limit
        self._rest = product & _MASK
        return product >> _BITS

    def between(self, low: int, high: int) -> int:
        """A whole number, low ≤ n ≤ high."""
        return low + self.below(high - low + 1)

    def happens(self, permille: int) -> bool:
        """Whether something of so many per thousand happens."""
        return self.below(1000) < permille

    def one_of(self, choices: Sequence[T]) -> T:
        """One of the choices, each as likely."""
        return choices[self.below(len(choices))]

    def weighted(self, choices: Sequence[tuple[T, int]]) -> T:
        """One of the choices, each as likely as its whole-number weight."""
        at = self.below(sum(map(_weight, choices)))
        for choice, weight in choices:
            if at < weight:
                return choice
            at -= weight
        raise ValueError("no choices with a weight above zero")
