"""The knowledge base, and the intelligent agent that answers from it."""

import pytest

from sandbox.actors import SYSTEM
from tests.factories import LAMP, WorkOrderFactory
from workorders.categories import categories
from workorders.knowledge import THRESHOLD, articles, find

QUESTION = "请问广州市天河区我们巷子里想申请加装路灯，路灯归哪个单位管？"


@pytest.fixture
def with_agent(world):
    """A sandbox in which the intelligent agent answers when it is at least 20 per cent sure."""
    world.do("sandbox.override_rule", actor=SYSTEM, key=THRESHOLD, value=20)
    return world


def test_articles_answer_only_what_the_hotline_accepts():
    listed = [article for of_category in articles().values() for article in of_category]

    assert len(listed) >= 60
    assert len({article.code for article in listed}) == len(listed)
    assert all(categories()[article.category].not_accepted is None for article in listed)


def test_a_question_finds_the_article_whose_words_it_uses_with_a_confidence():
    found = find(QUESTION)

    assert found.article.category == "0101"
    assert 0 < found.confidence < 100


@pytest.mark.parametrize("text", ["", "请问那个事怎么样了？", "请问" + "好" * 2000])
def test_what_is_not_recognised_finds_nothing(text):
    assert find(text) is None


def test_the_intelligent_agent_answers_a_question_at_once_and_says_from_which_article(with_agent):
    order = WorkOrderFactory(world=with_agent, text=QUESTION, type="")

    answer = with_agent.client().get(f"/api/v1/workorders/{order.number}").json()

    found = find(QUESTION)
    assert (answer["state"], answer["ending"], answer["type"]) == ("answered", "answered", "consultation")
    assert (answer["answer"], answer["article"]) == (found.article.answer, found.article.code)
    assert answer["article_confidence"] == found.confidence
    (event,) = with_agent.events("work_order.answered_directly")
    assert event.actor == "system"
    assert f'"article":"{found.article.code}"' in event.data and f'"confidence":{found.confidence}' in event.data


def test_what_an_agent_answers_from_the_desk_names_no_article(with_agent):
    order = WorkOrderFactory(world=with_agent, answered_directly=True, text="请问那个事怎么样了？", type="consultation")

    answer = with_agent.client().get(f"/api/v1/workorders/{order.number}").json()

    assert (answer["state"], answer["article"], answer["article_confidence"]) == ("answered", "", None)


@pytest.mark.parametrize(
    ("text", "type"),
    [(LAMP, ""), (QUESTION, "complaint"), ("请问那个事怎么样了？", "consultation")],
    ids=["no question", "a complaint", "nothing known"],
)
def test_everything_else_waits_for_an_agent(text, type, with_agent):
    order = WorkOrderFactory(world=with_agent, text=text, type=type)

    assert order.state == "pending_accept"
    assert with_agent.events("work_order.answered_directly") == []


def test_below_its_threshold_it_leaves_the_question_to_people(world):
    world.do("sandbox.override_rule", actor=SYSTEM, key=THRESHOLD, value=find(QUESTION).confidence + 1)

    assert WorkOrderFactory(world=world, text=QUESTION, type="").state == "pending_accept"


def test_it_is_switched_off_unless_a_sandbox_switches_it_on(world):
    assert WorkOrderFactory(world=world, text=QUESTION, type="").state == "pending_accept"


def test_the_articles_can_be_read_over_the_api(world):
    listed = world.client().get("/api/v1/knowledge").json()

    assert {one["code"] for one in listed} == {one.code for of_one in articles().values() for one in of_one}
    assert all(one["answer"] and one["words"] for one in listed)
