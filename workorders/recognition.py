"""Recognising category, place and urgency from free text, with a confidence in whole per cent.

A pure function of the text and the seeds: longest matches of known words are weighed against the next best
candidate. What is not recognised well enough waits for a person.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from sandbox import catalogue
from sandbox.regions import PROVINCE, regions, streets
from workorders.categories import categories

_WORDS = catalogue.Shape({"ambiguous_places": list}, {})


@dataclass(frozen=True, slots=True)
class Recognition:
    """What a text is about and where; empty codes and confidence 0 where nothing was recognised."""

    category: str
    category_confidence: int
    region: str
    place_confidence: int
    urgent: bool


class _Words:
    """A dictionary of phrases, found in a text as the longest match at each position."""

    def __init__(self, phrases: dict[str, list[str]]) -> None:
        self._phrases = phrases
        self._longest: dict[str, int] = {}  # first two characters → longest phrase that begins so
        for phrase in phrases:
            self._longest[phrase[:2]] = max(len(phrase), self._longest.get(phrase[:2], 0))

    def found_in(self, text: str) -> Iterator[tuple[str, list[str]]]:
        longest, phrases = self._longest, self._phrases
        upto = 0
        for at in range(len(text) - 1):
            if text[at : at + 2] in longest and at >= upto:
                for length in range(longest[text[at : at + 2]], 1, -1):
                    phrase = text[at : at + length]
                    if phrase in phrases:
                        yield phrase, phrases[phrase]
                        upto = at + len(phrase)
                        break


@cache
def _category_words() -> _Words:
    phrases: dict[str, list[str]] = {}
    for category in categories().values():
        for word in category.keywords:
            phrases.setdefault(word, []).append(category.code)
    return _Words(phrases)


@cache
def _urgent_words() -> re.Pattern[str]:
    words = sorted({word for category in categories().values() for word in category.urgent})
    return re.compile("|".join(map(re.escape, words)) or "(?!)")


@cache
def _place_words() -> tuple[_Words, frozenset[str]]:
    """Names of places → codes, and the names that alone say too little (城区, 光明 …)."""
    file = catalogue.path("recognition.toml")
    data = catalogue.toml(file)
    _WORDS.check(file, "文件", data)
    phrases: dict[str, list[str]] = {}
    for region in regions().values():
        for name in {region.name, region.short_name}:
            phrases.setdefault(name, []).append(region.code)
    for street in streets().values():
        names = {street.name}
        if regions()[street.parent].level == "city" and len(street.short_name) > 1:
            names.add(street.short_name)  # 东莞虎门, 中山小榄: towns right below the city
        for name in names:
            phrases.setdefault(name, []).append(street.code)
    return _Words(phrases), frozenset(
        catalogue.words(file, "ambiguous_places", "ambiguous_places", data["ambiguous_places"])
    )


@cache
def _chain(code: str) -> tuple[str, ...]:
    """A place and everything it lies in, below the province."""
    chain = [code]
    parent = streets()[code].parent if code in streets() else regions()[code].parent
    while parent and parent != PROVINCE:
        chain.append(parent)
        parent = regions()[parent].parent
    return tuple(chain)


def recognise_place(text: str) -> tuple[str, int]:
    """The region a text names, and how sure that is (0–100)."""
    words, ambiguous = _place_words()
    weights: dict[str, int] = {}
    for phrase, codes in words.found_in(text):
        weight = 1 if phrase in ambiguous else 3 if len(phrase) > 2 else 2
        for code in codes:
            weights[code] = max(weights.get(code, 0), weight)
    if not weights:
        return "", 0
    if set(weights) == {PROVINCE}:
        return PROVINCE, 70
    weights.pop(PROVINCE, None)
    scores = {code: sum(weights.get(step, 0) for step in _chain(code)) for code in weights}
    best = min(scores, key=lambda code: (-scores[code], -len(_chain(code)), code))
    own = set(_chain(best))
    rival = max((score for code, score in scores.items() if code not in own and best not in _chain(code)), default=0)
    return best, 100 * scores[best] // (scores[best] + rival + 1)


def recognise_category(text: str) -> tuple[str, int]:
    """The category a text is about, and how sure that is (0–100)."""
    scores: dict[str, int] = {}
    seen: set[str] = set()
    for phrase, codes in _category_words().found_in(text):
        if phrase not in seen:
            seen.add(phrase)
            for code in codes:
                scores[code] = scores.get(code, 0) + 2 * len(phrase) - 2
    if not scores:
        return "", 0
    first, *rest = sorted(scores, key=lambda code: (-scores[code], code))
    rival = scores[rest[0]] if rest else 0
    return first, 100 * scores[first] // (scores[first] + rival + 1)


_place_named = lru_cache(4096)(recognise_place)  # people name the same places again and again


def recognise(text: str, place: str = "") -> Recognition:
    """What a demand is about: its category from the words, its place from the place given or the words."""
    category, category_confidence = recognise_category(text)
    region, place_confidence = _place_named(place) if place else ("", 0)
    if not region:
        region, place_confidence = recognise_place(text)
    urgent = _urgent_words().search(text) is not None
    return Recognition(category, category_confidence, region, place_confidence, urgent)
