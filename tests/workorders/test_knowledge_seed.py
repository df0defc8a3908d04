"""The knowledge base as it is written: what an answer to a consultation may look like, and what it must cover."""

import re
from collections import Counter, defaultdict
from itertools import permutations

from sandbox import catalogue
from sandbox.draws import Draw
from simulation.texts import patterns
from workorders.categories import categories
from workorders.vocabulary import RequestType

ARTICLES = catalogue.toml(catalogue.path("knowledge.toml"))["article"]
BY_CATEGORY = defaultdict(list)
for _article in ARTICLES:
    BY_CATEGORY[_article["category"]].append(_article)
CONSULTATIONS = patterns()[0][RequestType.CONSULTATION]
DRAWS = 5


def wrong(holds):
    """The codes of the articles of which this does not hold."""
    return [article["code"] for article in ARTICLES if not holds(article)]


def hits(text, category):
    """What each article of a category weighs for a text: its words found there, by their length."""
    return {one["code"]: sum(len(word) for word in one["words"] if word in text) for one in BY_CATEGORY[category]}


def test_an_article_has_these_keys_and_no_other():
    assert wrong(lambda one: set(one) == {"code", "category", "title", "words", "answer"}) == []
    assert wrong(lambda one: one["title"].strip()) == []


def test_every_code_stands_once_and_is_that_of_the_category_and_a_running_number():
    counted = Counter(article["code"] for article in ARTICLES)

    assert [code for code, times in counted.items() if times > 1] == []
    for category, listed in BY_CATEGORY.items():
        assert [one["code"] for one in listed] == [f"K{category}-{n}" for n in range(1, len(listed) + 1)]


def test_an_article_belongs_to_a_category_the_hotline_handles():
    handled = {code for code, category in categories().items() if category.not_accepted is None}

    assert wrong(lambda one: one["category"] in handled) == []


def test_an_article_is_found_by_three_to_eight_words_of_two_characters_or_more():
    assert wrong(lambda one: 3 <= len(one["words"]) <= 8) == []
    assert wrong(lambda one: all(len(word.strip()) >= 2 for word in one["words"])) == []


def test_no_word_of_a_category_is_another_or_lies_in_another():
    doubled = [
        (category, word, other)
        for category, listed in BY_CATEGORY.items()
        for word, other in permutations([word for article in listed for word in article["words"]], 2)
        if word in other
    ]

    assert doubled == []


def test_an_answer_is_as_long_as_one_listens_to():
    assert wrong(lambda one: 60 <= len(one["answer"]) <= 160) == []


def test_an_answer_reads_like_no_telephone_number_amount_or_site_that_exists():
    assert wrong(lambda one: not re.search(r"\d{5,}|www|http|[<>{}]", one["answer"])) == []


def test_every_category_that_is_consulted_about_has_an_article():
    assert {pattern.category for pattern in CONSULTATIONS} - BY_CATEGORY.keys() == set()


def test_every_simulated_consultation_is_answered_by_one_article_of_its_category():
    unanswered, undecided = [], []
    for pattern in CONSULTATIONS:
        for seed in range(DRAWS):
            text = pattern.words(Draw(seed, "call", "matter"), "天河区")
            found = hits(text, pattern.category)
            best = max(found.values())
            if best == 0:
                unanswered.append(text)
            elif list(found.values()).count(best) > 1:
                undecided.append((text, found))

    assert unanswered == []
    assert undecided == []
