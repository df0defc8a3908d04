"""The knowledge base as it is written: what an answer to a consultation may look like, and what it must cover."""

import re
from collections import Counter, defaultdict
from itertools import permutations

import pytest

from sandbox import catalogue
from sandbox.draws import Draw
from simulation.texts import patterns
from workorders.categories import categories
from workorders.vocabulary import RequestType

ARTICLES = catalogue.toml(catalogue.path("knowledge.toml"))["article"]
CONSULTATIONS = patterns()[0][RequestType.CONSULTATION]
DRAWS = 5

articles = pytest.mark.parametrize("article", ARTICLES, ids=lambda one: one["code"])


def by_category():
    grouped = defaultdict(list)
    for article in ARTICLES:
        grouped[article["category"]].append(article)
    return grouped


def test_every_code_stands_once():
    counted = Counter(article["code"] for article in ARTICLES)

    assert [code for code, times in counted.items() if times > 1] == []


@articles
def test_an_article_has_these_keys_and_no_other(article):
    assert set(article) == {"code", "category", "title", "words", "answer"}
    assert article["title"].strip()


@articles
def test_a_code_is_that_of_the_category_and_a_running_number(article):
    assert re.fullmatch(rf"K{article['category']}-[1-9]", article["code"])


@articles
def test_an_article_belongs_to_a_category_the_hotline_handles(article):
    category = categories().get(article["category"])

    assert category is not None
    assert category.not_accepted is None


def test_the_articles_of_a_category_are_numbered_without_gaps():
    for category, listed in by_category().items():
        assert [one["code"] for one in listed] == [f"K{category}-{n}" for n in range(1, len(listed) + 1)]


@articles
def test_an_article_is_found_by_three_to_eight_words_of_two_characters_or_more(article):
    words = article["words"]

    assert 3 <= len(words) <= 8
    assert [word for word in words if len(word.strip()) < 2] == []


def test_no_word_of_a_category_is_another_or_lies_in_another():
    doubled = [
        (category, word, other)
        for category, listed in by_category().items()
        for word, other in permutations([word for article in listed for word in article["words"]], 2)
        if word in other
    ]

    assert doubled == []


@articles
def test_an_answer_is_as_long_as_one_listens_to(article):
    assert 60 <= len(article["answer"]) <= 160


@articles
def test_an_answer_names_no_number_address_or_form_field(article):
    # a specimen must not read as a telephone number, an amount or a site that exists
    assert re.findall(r"\d{5,}|www|http|[<>{}]", article["answer"]) == []


def test_every_category_that_is_consulted_about_has_an_article():
    assert {pattern.category for pattern in CONSULTATIONS} - by_category().keys() == set()


@pytest.mark.parametrize("pattern", CONSULTATIONS, ids=lambda one: f"{one.category}-{one.text[:12]}")
def test_a_simulated_consultation_is_answered_by_one_article_of_its_category(pattern):
    listed = by_category()[pattern.category]
    said = [pattern.words(Draw(seed, "call", "matter"), "天河区") for seed in range(DRAWS)]

    for text in said:
        hits = {one["code"]: sum(len(word) for word in one["words"] if word in text) for one in listed}
        best = max(hits.values())
        assert best > 0, text
        assert list(hits.values()).count(best) == 1, (text, hits)
