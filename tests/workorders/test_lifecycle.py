"""Every role × situation × action, made from the tables: it happens exactly where they allow it, and
everything else is refused with the right code and changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from sandbox import canonical
from sandbox.actors import Role
from sandbox.refusals import Refused
from tests.conftest import World
from tests.factories import again
from tests.rows import everything
from tests.workorders.situations import (
    ACTORS,
    ARGS,
    SITUATIONS,
    Situation,
    allowed,
    leads_to,
    reachable,
    verdict,
)
from workorders import actions, queries
from workorders.api.serializers import ACTION_BODIES
from workorders.inputs import ACTIONS
from workorders.lifecycle import ASSIGNMENT, LIFECYCLES, WORK_ORDER, another_unit
from workorders.models import WorkOrder


@dataclass
class Stage:
    """A world in which one order stands in a situation and must not move: its rows are `as_it_was`."""

    world: World
    order: WorkOrder
    as_it_was: list[Any]


@pytest.fixture(scope="module")
def standing(database: str) -> Callable[[Situation], Stage]:
    """The stage of a situation, built once."""
    stages: dict[str, Stage] = {}

    def stage(situation: Situation) -> Stage:
        if situation.name not in stages:
            world = World()
            order = situation.build(world)
            stages[situation.name] = Stage(world, order, everything(world.sandbox))
        return stages[situation.name]

    return stage


# the tables ---------------------------------------------------------------------------------------------


def test_the_situations_are_all_pairs_of_states_the_tables_can_reach():
    assert {(one.order, one.assignment) for one in SITUATIONS} == reachable()


def test_every_state_and_every_step_of_both_tables_is_reached():
    orders = {order for order, _ in reachable()}
    assignments = {assignment for _, assignment in reachable() if assignment}

    assert orders == set(WORK_ORDER.states.values)
    assert assignments == set(ASSIGNMENT.states.values)
    for table, at in ((WORK_ORDER, 0), (ASSIGNMENT, 1)):
        taken = {(pair[at], action) for pair in reachable() for action in WORK_ORDER.actions if leads_to(action, *pair)}
        assert {(source, step.action) for step in table.steps for source in step.sources} <= taken


def test_every_guard_of_the_tables_says_no_somewhere():
    guards = {guard.__name__ for table in LIFECYCLES for step in table.steps for guard in step.unless}

    said = {code for one in SITUATIONS for code in one.says_no.values()}
    # the limit of redos is asked by the follow-up itself, which closes the order then
    assert guards == said | {"another_unit", "redo_limit_reached"}


def test_whatever_a_unit_does_it_does_with_its_own_assignment():
    of_orders = {step.action for step in WORK_ORDER.steps if Role.DEPARTMENT in step.by}
    of_assignments = {step.action for step in ASSIGNMENT.steps if another_unit in step.unless}

    assert of_orders == of_assignments != set()
    assert all(step.by == (Role.DEPARTMENT,) for step in ASSIGNMENT.steps if step.action in of_assignments)


@pytest.mark.parametrize("table", [WORK_ORDER, ASSIGNMENT], ids=lambda table: table.name)
def test_what_a_step_needs_is_the_same_wherever_it_starts_and_in_both_tables(table):
    needs = {step.action: step.needs for step in WORK_ORDER.steps}

    assert {step.action: step.needs for step in table.steps} == {
        action: needs[action] for action in table.actions if action in needs
    } | {action: () for action in table.actions if action == "withdraw"}


@pytest.mark.parametrize("action", ACTIONS)
def test_needs_are_exactly_the_required_fields_of_the_body(action):
    required = {name for name, one in ACTION_BODIES[action]().fields.items() if one.required}

    assert required == {name for step in WORK_ORDER.steps if step.action == action for name in step.needs}


def test_every_action_of_the_table_has_a_body_and_nothing_else_has():
    assert list(ACTION_BODIES) == ACTIONS
    assert set(WORK_ORDER.actions) - set(ACTIONS) == {"archive", "order_redo"}


# what really happens ------------------------------------------------------------------------------------


@pytest.mark.parametrize("situation", SITUATIONS, ids=str)
def test_the_actions_lead_where_the_tables_say(situation, standing):
    order = again(standing(situation).order)

    assert (order.state, order.assignment and order.assignment.state) == (situation.order, situation.assignment)


@pytest.mark.parametrize("action", WORK_ORDER.actions)
@pytest.mark.parametrize("situation", SITUATIONS, ids=str)
def test_what_the_tables_do_not_allow_is_refused_and_changes_nothing(situation, action, standing):
    stage = standing(situation)

    with stage.world.work() as work:
        order = queries.order(work, stage.order.number)
        assignment = queries.assignment_of(work, order)
        held = _held(order, assignment)
        for actor in ACTORS:
            code = verdict(situation, action, actor)
            if code is None:
                continue
            with pytest.raises(Refused) as refused:
                getattr(actions, action)(work, order, actor=actor, **ARGS.get(action, {}))
            assert (str(actor), refused.value.code) == (str(actor), code)
            assert refused.value.status == (403 if code == "wrong_role" else 409)
            assert refused.value.detail and refused.value.remedy
            assert _held(order, assignment) == held
            assert not work.changed

    assert everything(stage.world.sandbox) == stage.as_it_was


def _held(*records: Any) -> list[dict[str, Any]]:
    return [{key: value for key, value in vars(one).items() if key != "_state"} for one in records if one is not None]


@pytest.mark.parametrize(("situation", "action"), list(allowed()), ids=str)
def test_what_the_tables_allow_happens(situation, action, world):
    for actor in (actor for actor in ACTORS if verdict(situation, action, actor) is None):
        order = situation.build(world)
        was = world.events()[-1].number
        to = leads_to(action, situation.order, situation.assignment)

        with world.work() as work:
            getattr(actions, action)(work, queries.order(work, order.number), actor=actor, **ARGS.get(action, {}))

        first, *following = [event for event in world.events() if event.number > was]
        data = canonical.loads(first.data)
        assert (first.subject, first.actor) == (order.number, str(actor))
        assert (data["was"], data["state"]) == (situation.order, to[0])
        after = again(order)
        if action == "follow_up":  # a content caller: closed at once
            assert [one.type for one in following] == ["work_order.closed"]
            assert after.state == "closed"
        else:
            assert following == []
            assert (after.state, after.assignment and after.assignment.state) == to


@pytest.mark.parametrize("situation", SITUATIONS, ids=str)
def test_allowed_actions_say_what_really_happens(situation, standing):
    stage = standing(situation)
    for actor in (actor for actor in ACTORS if actor.role != Role.SYSTEM):
        answer = stage.world.client(str(actor)).get(f"/api/v1/workorders/{stage.order.number}")

        listed = {one["action"]: one for one in answer.json()["allowed_actions"]}
        assert set(listed) == {action for action in ACTIONS if WORK_ORDER.find(situation.order, action)}
        for action, one in listed.items():
            code = verdict(situation, action, actor)
            assert (action, one["allowed"]) == (action, code is None)
            assert (action, one["refused"] and one["refused"]["code"]) == (action, code)
            step = WORK_ORDER.find(situation.order, action)
            assert (one["by"], one["needs"], one["label"]) == (list(step.by), list(step.needs), step.label)


@pytest.mark.parametrize("situation", SITUATIONS, ids=str)
def test_the_interface_refuses_with_the_same_codes(situation, standing):
    stage = standing(situation)
    refused = {}  # one call for each code
    for actor in (actor for actor in ACTORS if actor.role != Role.SYSTEM):
        for action in ACTIONS:
            refused.setdefault(verdict(situation, action, actor), (actor, action))
    refused.pop(None, None)

    for code, (actor, action) in refused.items():
        answer = stage.world.client(str(actor)).post(
            f"/api/v1/workorders/{stage.order.number}/{action}", ARGS.get(action, {}), format="json"
        )
        assert (action, answer.json()["code"]) == (action, code)
        assert answer.status_code == (403 if code == "wrong_role" else 409)

    assert everything(stage.world.sandbox) == stage.as_it_was


@pytest.mark.parametrize(("situation", "action"), [one for one in allowed() if one[1] in ACTIONS], ids=str)
def test_the_answer_of_an_action_shows_what_may_be_done_next(situation, action, world):
    actor = next(actor for actor in ACTORS if verdict(situation, action, actor) is None and actor.role != Role.SYSTEM)
    order = situation.build(world)
    client = world.client(str(actor))

    answer = client.post(f"/api/v1/workorders/{order.number}/{action}", ARGS.get(action, {}), format="json")

    assert answer.status_code == 200
    assert answer.json() == client.get(f"/api/v1/workorders/{order.number}").json()
