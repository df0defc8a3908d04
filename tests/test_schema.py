"""The schema is what the interface does: calls made from it never fail, and answers are as it says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import schemathesis
import schemathesis.checks
from django.core.management import call_command
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.specs.openapi import checks

from config.wsgi import application
from sandbox.actors import Actor
from sandbox.events import verify
from tests.conftest import World
from tests.factories import UNIT, WorkOrderFactory

CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
MOMENTS = ["accepted", "dispatched", "return_review", "signed", "answered", "completed", "redo", "closed"]
ACTORS = ["citizen", "agent", "dispatcher", f"department:{UNIT}", "reviewer", "follow_up"]

# where an action may be taken, and by whom
FITTING = {
    "phone_call_offer": ("", "citizen"),
    "work_order_create": ("", "agent"),
    "work_order_create_batch": ("", "agent"),
    "work_order_accept": ("", "agent"),
    "work_order_reject": ("", "agent"),
    "work_order_answer_directly": ("", "agent"),
    "work_order_dispatch": ("accepted", "dispatcher"),
    "work_order_sign": ("dispatched", f"department:{UNIT}"),
    "work_order_return_to_centre": ("dispatched", f"department:{UNIT}"),
    "work_order_approve_return": ("return_review", "dispatcher"),
    "work_order_refuse_return": ("return_review", "dispatcher"),
    "work_order_contact": ("signed", f"department:{UNIT}"),
    "work_order_answer": ("contacted", f"department:{UNIT}"),
    "work_order_pass_review": ("answered", "reviewer"),
    "work_order_send_back": ("answered", "reviewer"),
    "work_order_follow_up": ("completed", "follow_up"),
    "work_order_close": ("completed", "follow_up"),
    "work_order_withdraw": ("accepted", "citizen"),
}
ANSWERING = {"phone_call_pick_up": "agent", "phone_call_give_up": "citizen"}  # a call that waits
# what stands in an address, and what a filter must name
CODES = {
    "region": {"code": "440106"},
    "unit": {"code": UNIT},
    "rule": {"key": "workorder.sign"},
    "platform": {"id": "yueshengxin"},
    "persona": {"id": "p01"},
}
CODES["rule_override"] = CODES["rule"]
# what random words seldom are: a code that exists, a text with something in it
EXISTING = {"category": "0101", "region": "440106", "unit": UNIT}
WORDS = {"text": "路灯不亮", "reason": "理由", "remark": "说明"}
SELDOM_RIGHT = {  # of whose random input nothing may come; docs/examples.json shows them at work
    "clock_retry", "clock_settle", "clock_advance", "roles_open", "roles_close", "calendar",
    "work_order_return_to_centre", "work_order_follow_up",
}  # fmt: skip


@dataclass
class Stage:
    """A world with an order in most states, and another one whose clock and rules may be turned."""

    world: World
    numbers: list[str]
    hotline: str
    elsewhere: str

    def key(self, name: str) -> str:
        return f"Bearer {self.hotline if name.startswith(('work_order', 'phone_call')) else self.elsewhere}"


def _waiting(world: World) -> str:
    caller = {"name": "演安一", "phone": "10000000001"}
    call = world.do("phone_calls.offer", actor=Actor("citizen"), caller=caller, hotline="440100")
    return str(call.number)


@pytest.fixture(scope="module")
def stage(database: str) -> Iterator[Stage]:
    world = World()
    numbers = [WorkOrderFactory(world=world).number]
    numbers += [WorkOrderFactory(world=world, **{moment: True}).number for moment in MOMENTS]
    yield Stage(world, numbers, world.key(), World().key())
    verify(world.events())


SCHEMA = schemathesis.openapi.from_wsgi("/api/schema/?format=json", application)
OPERATIONS = {one.ok().definition.raw["operationId"]: one.ok() for one in SCHEMA.get_all_operations()}
AS_OFTEN_AS_IT_TAKES = settings(
    max_examples=10,
    phases=[Phase.generate],
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("name", OPERATIONS)
def test_what_the_schema_allows_is_answered_as_it_says(name, stage):
    statuses = set()

    @AS_OFTEN_AS_IT_TAKES
    @given(
        case=OPERATIONS[name].as_strategy(generation_mode=GenerationMode.POSITIVE),
        fitting=st.booleans(),
        known=st.booleans(),
        number=st.sampled_from(stage.numbers),
        acting_as=st.sampled_from(ACTORS),
    )
    def call(case: Any, fitting: bool, known: bool, number: str, acting_as: str) -> None:
        if fitting and name in FITTING:
            moment, acting_as = FITTING[name]
            kind = "" if name == "work_order_answer_directly" else "complaint"
            number = WorkOrderFactory(world=stage.world, type=kind, **{moment: True} if moment else {}).number
            if name == "phone_call_offer":
                case.body["hotline"] = "440100"
            if isinstance(case.body, dict):
                case.body |= {name: text for name, text in WORDS.items() if isinstance(case.body.get(name), str)}
                case.body |= {
                    field: code for field, code in EXISTING.items() if field in case.body or "dispatch" in name
                }
        if fitting and name in ANSWERING:
            acting_as = ANSWERING[name]
            case.path_parameters["call"] = _waiting(stage.world)
        if known or fitting:
            case.path_parameters |= {"number": number} if "number" in case.path_parameters else CODES.get(name, {})
        case.query.pop("cursor", None)
        key = {"Idempotency-Key": f"{name}-{len(statuses)}"} if known and not fitting else {}
        answer = case.call(headers={"Authorization": stage.key(name), "Acting-As": acting_as, **key})
        case.validate_response(answer, checks=CHECKS)
        statuses.add(answer.status_code)

    call()

    assert statuses & {200, 201} or name in SELDOM_RIGHT, statuses


@pytest.mark.parametrize("name", OPERATIONS)
def test_what_the_schema_does_not_allow_is_answered_as_it_says(name, stage):
    operation = OPERATIONS[name]
    if not operation.query and not operation.body and not operation.headers:
        pytest.skip("nothing that could be said wrongly")

    @AS_OFTEN_AS_IT_TAKES
    @given(
        case=operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
        number=st.sampled_from([None, *stage.numbers]),
    )
    def call(case: Any, number: str | None) -> None:
        if number and "number" in case.path_parameters:
            case.path_parameters["number"] = number
        answer = case.call(headers={"Authorization": stage.key(name)})
        case.validate_response(answer, checks=CHECKS)

    call()


def test_the_schema_is_valid_and_names_every_operation_once(tmp_path):
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "openapi.yaml"))

    assert len(OPERATIONS) == len(list(SCHEMA.get_all_operations())) >= 34
    assert set(FITTING) | SELDOM_RIGHT | set(CODES) <= set(OPERATIONS)
