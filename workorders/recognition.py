"""Recognising category, place and urgency from free text, with a confidence in whole per cent.

A pure function of the text and the seeds. Words speak for their categories, the more the longer they are and the
fewer categories share their parts; pairs of characters of known words speak a little, so that what was never said
in quite these words is still recognised. What is not recognised well enough waits for a person.
"""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from math import isqrt

from workorders.categories import categories
from workorders.phrases import longest, phrases
from workorders.places import recognise_place, spans_of_places

# What a word of so many characters says, what a keyword says on top, what a pair of characters says that stands in
# words of one category only (in those of two half as much, and so on), and what even certain words leave open.
_LENGTH = (0, 0, 800, 1300, 1700, 2000, 2200, 2400, 2600)
_KEYWORD, _PAIR, _DOUBT = 800, 240, 1200
_LEAST = 700  # pairs of characters alone that say less than this are chance
_SHARED_BY_MANY = 6  # a pair of characters in words of more categories than this says nothing


@dataclass(frozen=True, slots=True)
class Recognition:
    """What a text is about and where; empty codes and confidence 0 where nothing was recognised."""

    category: str
    category_confidence: int
    region: str
    place_confidence: int
    urgent: bool


@dataclass(frozen=True, slots=True)
class _Lexicon:
    words: dict[str, tuple[tuple[str, int], ...]]  # word → categories and what it says for them
    longest: dict[str, int]
    pairs: dict[str, tuple[tuple[str, ...], int]]  # two characters → categories and what they say


@cache
def _lexicon() -> _Lexicon:
    speaks_for: dict[str, dict[str, int]] = {}
    for category in categories().values():
        for word in (*category.hints, *category.urgent):
            speaks_for.setdefault(word, {})[category.code] = 0
        for word in category.keywords:
            speaks_for.setdefault(word, {})[category.code] = _KEYWORD
    sharing: dict[str, set[str]] = {}
    for word, codes in speaks_for.items():
        for at in range(len(word) - 1):
            sharing.setdefault(word[at : at + 2], set()).update(codes)
    everyday = frozenset(phrases().everyday_words)
    words: dict[str, tuple[tuple[str, int], ...]] = {}
    for word, codes in speaks_for.items():
        base = _LENGTH[min(len(word), len(_LENGTH) - 1)]
        shared_by = min(len(sharing[word[at : at + 2]]) for at in range(len(word) - 1))
        specific = isqrt(isqrt(10**8 // shared_by))  # 100 / ⁴√: 100, 84, 75, 70 …
        if word in everyday:
            base, codes = base * 2 // 5, {code: more // 4 for code, more in codes.items()}
        words[word] = tuple((code, (base + more) * specific // (100 * len(codes))) for code, more in codes.items())
    return _Lexicon(
        words=words,
        longest=longest(set(words)),
        pairs={
            pair: (tuple(sorted(codes)), _PAIR // len(codes))
            for pair, codes in sharing.items()
            if len(codes) <= _SHARED_BY_MANY
        },
    )


@cache
def _urgent_words() -> re.Pattern[str]:
    words = sorted({word for category in categories().values() for word in category.urgent})
    return re.compile("|".join(map(re.escape, words)) or "(?!)")


def _scores(text: str, places: list[tuple[int, int]]) -> tuple[dict[str, int], set[str]]:
    """What a text says for each category: names of places say nothing (福田 is no field), early words a little more;
    and the words found."""
    known, beside = _lexicon(), phrases()
    words, lengths, pairs = known.words, known.longest, known.pairs
    scores: dict[str, int] = {}
    said: set[str] = set()
    paired: set[str] = set()
    whole, upto = 4 * len(text), 0
    ends = dict(places)
    beyond = 0
    for at in range(len(text) - 1):
        if at in ends:
            beyond = upto = ends[at]
        if at < beyond:
            continue
        pair = text[at : at + 2]
        if at >= upto and pair in lengths:
            for length in range(lengths[pair], 1, -1):
                word = text[at : at + length]
                if word in words:
                    upto = at + len(word)
                    if word not in said:
                        said.add(word)
                        share = whole - at
                        if text.startswith(beside.after_a_landmark, upto):
                            share = share * 2 // 5
                        elif text.startswith(beside.after_a_speaker, upto):
                            share = share * 3 // 5
                        for code, weight in words[word]:
                            scores[code] = scores.get(code, 0) + weight * share // whole
                    break
        if pair in pairs and pair not in paired:
            paired.add(pair)
            codes, weight = pairs[pair]
            for code in codes:
                scores[code] = scores.get(code, 0) + weight
    return scores, said


def recognise_category(text: str, places: list[tuple[int, int]] | None = None) -> tuple[str, int]:
    """The category a text is about, and how sure that is (0–100); `places` as in `recognise_place`."""
    scores, said = _scores(text, spans_of_places(text) if places is None else places)
    first = min(scores, key=lambda code: (-scores[code], code), default="")
    words = _lexicon().words
    if not first or (scores[first] < _LEAST and not any(first == code for word in said for code, _ in words[word])):
        return "", 0
    rival = max((score for code, score in scores.items() if code != first), default=0)
    open_to_doubt = rival + _DOUBT
    doubt = 100 * open_to_doubt // (scores[first] + open_to_doubt)
    return first, max(1, 100 - doubt * doubt // 100)  # squared: so much is the share that is right, as measured


_place_named = lru_cache(4096)(recognise_place)  # people name the same places again and again


def recognise(text: str, place: str = "") -> Recognition:
    """What a demand is about: its category from the words, its place from the place given or the words."""
    places = spans_of_places(text)
    category, category_confidence = recognise_category(text, places)
    region, place_confidence = _place_named(place) if place else ("", 0)
    if not region:
        region, place_confidence = recognise_place(text, places)
    urgent = _urgent_words().search(text) is not None
    return Recognition(category, category_confidence, region, place_confidence, urgent)
