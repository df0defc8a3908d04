"""Lifecycles in general, by the table of a book in a lending library."""

from types import SimpleNamespace

import pytest
from django.db.models import TextChoices

from sandbox.actors import Actor
from sandbox.lifecycle import Lifecycle, No, Step
from sandbox.refusals import Refused


class State(TextChoices):
    SHELF = "shelf", "在架"
    LENT = "lent", "借出"
    LOST = "lost", "遗失"


class Role(TextChoices):
    READER = "reader", "读者"
    LIBRARIAN = "librarian", "馆员"


READER, LIBRARIAN = Actor(Role.READER), Actor(Role.LIBRARIAN)


def reserved(work, book, actor):
    return No("这本书已有人预约", "reserved", "请等预约到期") if book.reserved else None


def borrowed_by_another(work, book, actor):
    return No("这本书是别人借的", "another_reader") if book.reader not in ("", actor.unit) else None


STEPS = [
    Step(
        "lend", "借出", State.SHELF, State.LENT, (Role.READER,), unless=(reserved, borrowed_by_another), needs=("card",)
    ),
    Step("renew", "续借", State.LENT, None, (Role.READER, Role.LIBRARIAN), unless=(borrowed_by_another,)),
    Step("return", "归还", State.LENT, State.SHELF, (Role.READER,)),
    Step("write_off", "报失", (State.SHELF, State.LENT), State.LOST, (Role.LIBRARIAN,)),
]
BOOK = Lifecycle("book", "图书", states=State, start=State.SHELF, steps=STEPS, roles=Role)


def book(state="shelf", *, reserved=False, reader=""):
    return SimpleNamespace(state=state, reserved=reserved, reader=reader)


def test_a_step_of_the_table_moves_the_record():
    lent = book()

    BOOK.step(None, lent, "lend", READER)

    assert lent.state == State.LENT


def test_a_step_that_leads_nowhere_leaves_the_state_as_it_is():
    lent = book("lent")

    BOOK.step(None, lent, "renew", LIBRARIAN)

    assert lent.state == State.LENT


# the whole table: who may do what from where
MAY = {
    ("shelf", "lend", "reader"),
    ("lent", "renew", "reader"),
    ("lent", "renew", "librarian"),
    ("lent", "return", "reader"),
    ("shelf", "write_off", "librarian"),
    ("lent", "write_off", "librarian"),
}


@pytest.mark.parametrize("role", Role.values)
@pytest.mark.parametrize("action", ["lend", "renew", "return", "write_off"])
@pytest.mark.parametrize("state", State.values)
def test_everything_that_is_not_in_the_table_is_refused_and_changes_nothing(state, action, role):
    record, actor = book(state), Actor(role)

    if (state, action, role) in MAY:
        BOOK.step(None, record, action, actor)
    else:
        with pytest.raises(Refused):
            BOOK.step(None, record, action, actor)
        assert record.state == state


def test_a_refusal_for_the_state_names_the_state_and_those_it_would_take():
    with pytest.raises(Refused) as caught:
        BOOK.check(None, book("lost"), "write_off", LIBRARIAN)

    assert (caught.value.code, caught.value.status) == ("not_in_this_state", 409)
    assert "遗失" in caught.value.detail and "报失" in caught.value.detail
    assert "在架" in caught.value.remedy and "借出" in caught.value.remedy
    assert caught.value.extra["state"] == "lost"


def test_a_refusal_for_the_role_names_who_may():
    with pytest.raises(Refused) as caught:
        BOOK.check(None, book(), "write_off", READER)

    assert (caught.value.code, caught.value.status) == ("wrong_role", 403)
    assert "馆员" in caught.value.detail
    assert "librarian" in caught.value.remedy


def test_an_action_there_is_not_is_refused():
    with pytest.raises(Refused, match="not_in_this_state"):
        BOOK.check(None, book(), "burn", LIBRARIAN)


def test_the_first_guard_that_objects_gives_the_reason():
    record = book(reserved=True, reader="somebody")

    with pytest.raises(Refused) as caught:
        BOOK.step(None, record, "lend", READER)

    assert (caught.value.code, caught.value.detail) == ("reserved", "这本书已有人预约")
    assert caught.value.remedy == "请等预约到期"
    assert record.state == State.SHELF


def test_a_guard_sees_who_acts():
    record = book("lent", reader="li")

    assert BOOK.refusal(None, record, "renew", Actor(Role.READER, "li")) is None
    assert BOOK.refusal(None, record, "renew", Actor(Role.READER, "wang")).code == "another_reader"


def test_the_role_is_asked_before_the_guards():
    assert BOOK.refusal(None, book(reserved=True), "lend", LIBRARIAN).code == "wrong_role"


def test_a_check_gives_the_step_and_takes_none():
    record = book()

    step = BOOK.check(None, record, "lend", READER)

    assert (step.action, step.to, step.needs) == ("lend", State.LENT, ("card",))
    assert record.state == State.SHELF


def test_allowed_lists_every_action_of_the_state_with_what_it_needs_or_why_not():
    listed = {one["action"]: one for one in BOOK.allowed(None, book(), READER)}

    assert listed.keys() == {"lend", "write_off"}
    assert listed["lend"] == {
        "action": "lend",
        "label": "借出",
        "allowed": True,
        "by": ["reader"],
        "needs": ["card"],
        "refused": None,
    }
    assert not listed["write_off"]["allowed"]
    assert listed["write_off"]["refused"]["code"] == "wrong_role"


@pytest.mark.parametrize("role", Role.values)
@pytest.mark.parametrize("state", State.values)
@pytest.mark.parametrize("is_reserved", [True, False])
def test_allowed_promises_what_a_step_keeps(state, role, is_reserved):
    record, actor = book(state, reserved=is_reserved), Actor(role)

    for one in BOOK.allowed(None, record, actor):
        assert (BOOK.refusal(None, record, one["action"], actor) is None) == one["allowed"]


def test_nothing_is_allowed_from_a_final_state():
    assert BOOK.allowed(None, book("lost"), LIBRARIAN) == []


def test_a_table_with_the_same_step_twice_is_an_error():
    twice = [*STEPS, Step("lend", "再借", State.SHELF, State.LOST, (Role.READER,))]

    with pytest.raises(ValueError, match="lend from shelf stands twice"):
        Lifecycle("book", "图书", states=State, start=State.SHELF, steps=twice, roles=Role)


def test_a_step_is_found_by_state_and_action():
    assert BOOK.find("lent", "write_off") is STEPS[3]
    assert BOOK.find("lost", "write_off") is None


def test_the_diagram_shows_each_state_each_step_and_both_ends():
    lines = [line.strip() for line in BOOK.mermaid().splitlines()]

    assert lines[:2] == ["stateDiagram-v2", "[*] --> shelf"]
    assert "lost: 遗失 lost" in lines
    assert "shelf --> lost: 报失 write_off" in lines and "lent --> lost: 报失 write_off" in lines
    assert "lent --> lent: 续借 renew" in lines
    assert [line for line in lines if line.endswith("--> [*]")] == ["lost --> [*]"]
