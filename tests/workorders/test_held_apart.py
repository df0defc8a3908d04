"""The texts held apart to measure the recogniser: whole, varied, and shared with no pattern."""

import csv
import re
from collections import Counter
from functools import cache
from pathlib import Path

from sandbox import catalogue
from sandbox.regions import PROVINCE, city_of, region, regions
from workorders.categories import categories
from workorders.vocabulary import RequestType

FILE = Path(__file__).with_name("held_apart.csv")
ENDS = re.compile(r"[，。；！？,;!?\n]")
SLOT = re.compile(r"\{[^{}]*\}")
SENTENCE = 8  # characters; what is shorter anybody says
LITERAL = 4  # characters of a pattern's sentence beside its slots; what has fewer would fit anything


def rows() -> list[dict[str, str]]:
    with FILE.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, strict=True))


def sentences(text: str) -> list[str]:
    return [part.strip() for part in ENDS.split(text)]


@cache
def pattern_sentences() -> re.Pattern[str]:
    """Every sentence of the simulated citizens' patterns, its slots open."""
    said = {part for one in catalogue.toml(catalogue.path("texts.toml"))["text"] for part in sentences(one["text"])}
    telling = sorted(part for part in said if len(SLOT.sub("", part)) >= LITERAL)
    return re.compile("|".join(".*".join(map(re.escape, SLOT.split(part))) for part in telling))


def borrowed(text: str) -> list[str]:
    """The sentences of a text that a pattern has too."""
    return [part for part in sentences(text) if len(part) >= SENTENCE and pattern_sentences().fullmatch(part)]


def test_there_are_at_least_three_hundred_texts_and_none_twice():
    texts = [row["text"] for row in rows()]

    assert len(texts) >= 300
    assert len(set(texts)) == len(texts)


def test_every_row_is_whole_and_names_what_the_catalogues_know():
    for number, row in enumerate(rows(), start=2):
        where = f"line {number}: {row}"

        assert list(row) == ["text", "category", "region", "type"], where
        assert row["text"] == row["text"].strip() != "", where
        assert set(row["category"].split("|")) <= set(categories()), where
        assert row["region"] == "" or region(row["region"]) is not None, where
        assert row["type"] in RequestType.values, where


def test_every_category_is_asked_for_at_least_twice():
    asked = Counter(row["category"].split("|")[0] for row in rows())

    assert {code: asked[code] for code in categories() if asked[code] < 2} == {}


def test_few_rows_leave_two_categories_open():
    texts = rows()

    assert sum("|" in row["category"] for row in texts) <= len(texts) * 0.05


def test_every_city_is_there_and_some_texts_name_no_place():
    places = Counter(city_of(row["region"]) if row["region"] else "" for row in rows())

    assert {code for code, one in regions().items() if one.level == "city"} <= set(places)
    assert PROVINCE not in places
    assert 0.05 <= places[""] / places.total() <= 0.12


def test_every_type_of_demand_is_there():
    assert {row["type"] for row in rows()} == set(RequestType.values)


def test_no_text_shares_a_sentence_with_a_pattern():
    shared = {row["text"]: found for row in rows() if (found := borrowed(row["text"]))}

    assert shared == {}


def test_a_sentence_of_a_pattern_would_be_noticed():
    patterns = catalogue.toml(catalogue.path("texts.toml"))["text"]
    copied = [SLOT.sub("那边", one["text"]) for one in patterns]

    noticed = sum(bool(borrowed(text)) for text in copied)

    assert noticed > len(copied) * 0.9
