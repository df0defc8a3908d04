"""Recognising category, place and urgency from free text, with a confidence in whole per cent.

A pure function of the text and the seeds. Every character and pair of characters speaks for or against each category,
with weights learnt from written texts (`training/`): integers, so that every machine finds the same. The more the best
category stands out from the second, the surer it is. What is not recognised well enough waits for a person.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from math import isqrt
from struct import Struct
from sys import byteorder

from sandbox import catalogue
from workorders.categories import categories
from workorders.places import recognise_place, spans_of_places

READ = 2000  # characters of a text that are read at all, as many as the API takes
_HEARD = 300  # … for the category: what it is about is said early, and the lanes below hold no more
FILE = "recognition.tsv"
_UNITS = f"utf-16-{byteorder[0]}e"  # two bytes for a character, four for a pair, as numbers of this machine
ZERO, MOST = ord("@"), 31  # a weight, at most so much, is written as a character so far from this one
PLAIN = ord(" ")  # a rarity as a character so far after this one
_LITTLE = 400  # a text's rarities squared; some six characters have as much
NOTHING = "-"  # the category of what is about nothing

_MADE_ANEW = "请以 make train 重新生成"


@dataclass(frozen=True, slots=True)
class Recognition:
    """What a text is about and where; empty codes and confidence 0 where nothing was recognised."""

    category: str
    category_confidence: int
    region: str
    place_confidence: int
    urgent: bool


@dataclass(frozen=True)
class Learnt:
    """What was learnt from texts. All weights of a feature are one integer, a lane of 16 bits for each category, so
    that one sum scores all of them; 300 characters and their pairs, none beyond 95, do not overflow a lane."""

    material: str  # the digest of what it was learnt from
    categories: list[str]
    margins: list[int]  # how far the best must stand out for one to be sure by 1, 2, … per cent
    says: dict[int, int]  # feature → its weights, and above the lanes its rarity squared

    @cached_property
    def lanes(self) -> Struct:
        return Struct(f"<{len(self.categories)}H")


@cache
def learnt() -> Learnt:
    """What `seeds/recognition.tsv` says. Raises SeedError."""
    file = catalogue.path(FILE)
    lines = catalogue.lines(file)
    heading = [line.split("\t") for line in lines[1:4]]
    if [row[0] for row in heading] != ["material", "categories", "margins"] or {len(row) for row in heading} != {2}:
        raise catalogue.SeedError(file, "第 2 行", "应依次为 material、categories、margins 三行", _MADE_ANEW)
    material, codes, margins = (row[1].split(" ") for row in heading)
    if unknown := [code for code in codes if code not in {NOTHING, *categories()}]:
        raise catalogue.SeedError(file, "第 3 行", f"类目 {unknown[0]} 不在 categories.toml 中", _MADE_ANEW)
    if len(margins) != 99 or not all(map(str.isdecimal, margins)) or sorted(margins, key=int) != margins:
        raise catalogue.SeedError(file, "第 4 行", "应为 99 个由小到大的整数", _MADE_ANEW)
    shape = re.compile(rf"(\w\w?)\t([{chr(ZERO - MOST)}-{chr(ZERO + MOST)}]{{{len(codes)}}}[!-~])")
    says: dict[int, int] = {}
    for number, line in enumerate(lines[4:], 5):
        row = shape.fullmatch(line)
        if row is None or (feature := numbered(row[1])) in says:
            raise catalogue.SeedError(file, f"第 {number} 行", "不是一个特征与它的权重，或已在前面", _MADE_ANEW)
        says[feature] = packed(row[2])
    return Learnt(material[0], codes, list(map(int, margins)), says)


def numbered(feature: str) -> int:
    """A character or a pair of characters as a number."""
    return int.from_bytes(feature.encode(_UNITS), byteorder)


def spelt(feature: int) -> str:
    """The characters of a number."""
    return feature.to_bytes(4, byteorder).decode(_UNITS, "replace").strip("\0")


def packed(weights: str) -> int:
    """The integer of a feature: each character takes 16 bits."""
    return int.from_bytes(weights.encode("utf-16-le"), "little") - (PLAIN << 16 * (len(weights) - 1))


def counted() -> dict[str, int]:
    return {"特征": len(learnt().says)}


def not_learnt() -> Iterator[catalogue.SeedError]:
    """Every category can be recognised."""
    for code in categories().keys() - set(learnt().categories):
        yield catalogue.SeedError(catalogue.path(FILE), "第 3 行", f"没有学过类目 {code}", _MADE_ANEW)


def features(text: str, places: list[tuple[int, int]]) -> set[int]:
    """The characters and pairs of characters of a text, as numbers, but for the names of places, which say nothing of
    the matter: 福田 is no field."""
    for start, end in reversed(places):
        text = f"{text[:start]} {text[end:]}"
    units = memoryview(text[:_HEARD].encode(_UNITS, "surrogatepass"))[: 2 * _HEARD]
    even, odd = len(units) & ~3, len(units) - 2 & ~3  # the ends of the pairs that begin at the first, at the second
    return {*units.cast("H"), *units[:even].cast("I"), *units[2 : odd + 2].cast("I")}


def scored(learnt: Learnt, found: set[int]) -> tuple[str, int]:
    """The category that features speak for most, and how far it stands out from the second: no farther in a long text
    or one of rare words than in another, and less far where little is said."""
    total = sum(filter(None, map(learnt.says.get, found)))
    if not total:
        return NOTHING, 0
    lanes = learnt.lanes
    scores = [*lanes.unpack_from(total.to_bytes(lanes.size + 4, "little"))]
    best = max(scores)
    first = scores.index(best)
    scores[first] = 0
    said = _LITTLE + (total >> 8 * lanes.size)
    return learnt.categories[first], isqrt(10_000 * (best - max(scores)) ** 2 // said)


def recognise_category(text: str, places: list[tuple[int, int]] | None = None) -> tuple[str, int]:
    """The category a text is about, and how sure that is (0–100); `places` as in `recognise_place`."""
    known = learnt()
    category, margin = scored(known, features(text, spans_of_places(text) if places is None else places))
    return ("", 0) if category == NOTHING else (category, max(1, bisect_right(known.margins, margin)))


@cache
def _urgent_words() -> re.Pattern[str]:
    words = sorted({word for category in categories().values() for word in category.urgent})
    return re.compile("|".join(map(re.escape, words)) or "(?!)")


_place_named = lru_cache(4096)(recognise_place)  # people name the same places again and again


def recognise(text: str, place: str = "") -> Recognition:
    """What a demand is about: its category from the words, its place from the place given or the words."""
    text = text[:READ]
    places = spans_of_places(text)
    category, category_confidence = recognise_category(text, places)
    region, place_confidence = _place_named(place[:READ]) if place else ("", 0)
    if not region:
        region, place_confidence = recognise_place(text, places)
    urgent = _urgent_words().search(text) is not None
    return Recognition(category, category_confidence, region, place_confidence, urgent)
