"""Whatever anybody does in whatever order, and however the clock is moved, what must hold holds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from sandbox.actors import PEOPLE, Actor, Role
from sandbox.refusals import Refused
from tests.conftest import World
from tests.factories import ANOTHER_UNIT, ANSWER, LAMP, RETURN, TEXT, UNIT, _caller
from tests.rows import standing
from tests.sandbox.audit import assert_sound
from workorders.inputs import ACTIONS
from workorders.lifecycle import WORK_ORDER
from workorders.models import Assignment, WorkOrder

ENDED = {"closed", "rejected", "answered", "withdrawn", "archived"}
UNITS = [UNIT, ANOTHER_UNIT]
ACTORS = [
    *(Actor(role) for role in PEOPLE if role != Role.DEPARTMENT),
    *(Actor(Role.DEPARTMENT, unit) for unit in UNITS),
]

SAID = st.fixed_dictionaries(
    {
        "reached": st.booleans(),
        "contacted": st.sampled_from([None, True, False]),
        "solved": st.sampled_from(["", "solved", "mostly", "unsolved"]),
        "satisfied": st.sampled_from(["", "satisfied", "mostly", "dissatisfied"]),
        "reasonable": st.booleans(),
    }
)
ARGS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "accept": st.fixed_dictionaries({}, optional={"type": st.sampled_from(["consultation", "help", "report"])}),
    "reject": st.fixed_dictionaries({"reason": st.integers(1, 8)}),
    "answer_directly": st.just({"text": "见办事指南。"}),
    "dispatch": st.fixed_dictionaries({}, optional={"unit": st.sampled_from([*UNITS, "440106-xx"])}),
    "return_to_centre": st.sampled_from([RETURN, {**RETURN, "suggested_unit": UNIT}]),
    "refuse_return": st.just({"reason": "属你局职责"}),
    "answer": st.just(ANSWER),
    "send_back": st.just({"reason": "请补充"}),
    "follow_up": SAID,
    "close": st.sampled_from([{}, {"reason": "无需回访"}]),
}
# what usually comes next in a state
NEXT = {
    "pending_accept": ["accept"],
    "pending_dispatch": ["dispatch"],
    "pending_sign": ["sign", "sign", "return_to_centre"],
    "return_review": ["approve_return", "refuse_return"],
    "in_progress": ["contact", "answer"],
    "pending_review": ["pass_review", "pass_review", "send_back"],
    "pending_follow_up": ["follow_up"],
    "redo": ["contact", "answer"],
}


class Hotline(RuleBasedStateMachine):
    """One sandbox with a handful of orders, to which anything may be done at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.numbers: list[str] = []
        self.due: dict[str, Any] = {}  # as it was set at acceptance
        self.ended: dict[str, dict[str, Any]] = {}  # as they ended

    @precondition(lambda self: len(self.numbers) < 5)
    @rule(
        role=st.sampled_from([Role.CITIZEN, Role.AGENT]),
        kind=st.sampled_from(["", "consultation", "help", "complaint"]),
        text=st.sampled_from([LAMP, TEXT, "路灯不亮"]),
        urgent=st.booleans(),
    )
    def somebody_calls(self, role: str, kind: str, text: str, urgent: bool) -> None:
        caller = _caller(len(self.numbers) % 2)
        order = self.world.do(
            "work_orders.register", actor=Actor(role), text=text, type=kind, urgent=urgent, caller=caller
        )
        self.numbers.append(order.number)

    @precondition(lambda self: self.numbers)
    @rule(data=st.data(), actor=st.sampled_from(ACTORS), action=st.sampled_from(ACTIONS))
    def anybody_does_anything(self, data: st.DataObject, actor: Actor, action: str) -> None:
        self._do(data.draw(st.sampled_from(self.numbers)), action, actor, data)

    @precondition(lambda self: self.numbers)
    @rule(data=st.data(), steps=st.integers(1, 8))
    def the_work_goes_on(self, data: st.DataObject, steps: int) -> None:
        """Those whose turn it is do what usually comes next, so that orders get somewhere."""
        number = data.draw(st.sampled_from(self.numbers))
        for _ in range(steps):
            order = WorkOrder.objects.get(sandbox=self.world.sandbox, number=number)
            if order.state not in NEXT:
                return
            action = data.draw(st.sampled_from(NEXT[order.state]))
            role = next(role for role in WORK_ORDER.find(order.state, action).by)
            self._do(number, action, Actor(role, order.unit if role == Role.DEPARTMENT else ""), data)

    def _do(self, number: str, action: str, actor: Actor, data: st.DataObject) -> None:
        args = data.draw(ARGS.get(action, st.just({})))
        before = standing(self.world.sandbox)
        was = WorkOrder.objects.get(sandbox=self.world.sandbox, number=number)
        try:
            self.world.do(f"work_orders.{action}", actor=actor, subject=number, **args)
        except Refused as refused:
            assert refused.code and refused.detail
            assert standing(self.world.sandbox) == before
        else:
            step = WORK_ORDER.find(was.state, action)
            assert step is not None and actor.role in step.by
            assert actor.unit in ("", was.unit)

    @rule(by=st.sampled_from([{"minutes": 5}, {"hours": 4}, {"hours": 25}, {"days": 3}, {"days": 12}]))
    def time_passes(self, by: dict[str, int]) -> None:
        self.world.advance(**by)

    @invariant()
    def a_deadline_never_moves_and_an_end_is_an_end(self) -> None:
        for row in WorkOrder.objects.filter(sandbox=self.world.sandbox).values():
            number = row["number"]
            if row["accepted_at"]:
                assert self.due.setdefault(number, row["due_at"]) == row["due_at"]
            if number in self.ended:
                archived = {"state": "archived", "archived_at": row["archived_at"]}
                assert row in (self.ended[number], {**self.ended[number], **archived})
            if row["state"] in ENDED:
                self.ended[number] = row
                assert row["ending"] and row["closed_at"]
            assert (row["state"] == "archived") == (row["archived_at"] is not None)

    @invariant()
    def an_order_is_in_one_assignment_at_most(self) -> None:
        live = Assignment.objects.filter(sandbox=self.world.sandbox).exclude(state__in=["returned", "recalled"])
        orders = list(live.values_list("order_id", flat=True))
        assert len(orders) == len(set(orders))

    def teardown(self) -> None:
        self.world.advance(days=40)
        assert_sound(self.world.sandbox)
        for row in WorkOrder.objects.filter(sandbox=self.world.sandbox):
            assert row.state not in ENDED - {"archived"}  # whatever ended has been archived
        told = [(event.subject, event.at, event.data) for event in self.world.events("work_order.overdue")]
        assert len(told) == len(set(told))


@pytest.mark.usefixtures("database")
def test_nothing_anybody_does_breaks_what_must_hold():
    run_state_machine_as_test(
        Hotline,
        settings=settings(
            max_examples=12,
            stateful_step_count=40,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
