"""The examples of the schema, each a call that was really made; docs/examples.json keeps them.

They are made in a quiet, frozen sandbox with a fixed seed, so they are the same every time. Keys and real
time never stand in them; long catalogues are cut to their first rows, and digests, which change with every
word of the seeds, are shown as zeros.
"""

from __future__ import annotations

import json
import re
from typing import Any

from django.conf import settings
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from sandbox import actions as sandbox_actions
from sandbox import canonical
from sandbox.actors import SYSTEM
from sandbox.inputs import perform
from sandbox.models import Sandbox
from sandbox.moments import instant
from sandbox.work import Work

FILE = settings.BASE_DIR / "docs" / "examples.json"
SLUG = "example"
LONG, ROWS = 12, 2  # a list longer than this is cut to so many rows
INSIDE = 60  # and so is one inside an answer, if it is as long as a catalogue
DIGEST = re.compile(r'"((?:pinned|current|hash|event_hash|catalogue|digest)": ")([0-9a-f]+)"')

UNIT, OTHER_UNIT = "440106-cg", "440106-zj"
CALLER = {"name": "演安一", "phone": "10000000001"}
LAMP = {"text": "广州市天河区石牌东路的路灯不亮已经三天了，请尽快派人来修。", "type": "complaint", "caller": CALLER}
HERE = {"text": "石牌东路这边的情况一直没有人管。", "type": "help", "caller": CALLER, "place": "天河区石牌街道"}


class Calls:
    """Calls by the name of their operation, each kept the first time it is `shown`."""

    def __init__(self, sandbox: Sandbox) -> None:
        key = sandbox_actions.give_key(sandbox)
        self._client = APIClient()
        self._client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
        self._addresses = {
            operation["operationId"]: (method, path)
            for path, methods in SchemaGenerator().get_schema(public=True)["paths"].items()
            for method, operation in methods.items()
        }
        self.made: dict[str, tuple[dict[str, Any], Any]] = {}  # with the answer itself

    def call(
        self,
        operation: str,
        body: Any = None,
        *,
        by: str = "",
        query: str = "",
        shown: bool = True,
        **at: str,
    ) -> Any:
        """Make a call, be sure that it succeeds, and return what it answers."""
        method, path = self._addresses[operation]
        address = path.format(**at) + (f"?{query}" if query else "")
        acting = {"headers": {"Acting-As": by}} if by else {}
        answer = getattr(self._client, method)(address, body, format="json" if body is not None else None, **acting)
        assert answer.status_code in (200, 201), (operation, answer.content.decode())
        if shown:
            assert operation not in self.made, f"{operation} is shown twice"
            example = {"call": f"{method.upper()} {address}", "acting_as": by or None, "request": body}
            self.made[operation] = {**example, "status": answer.status_code, "response": answer.json()}, answer
        return answer.json()

    def quietly(self, operation: str, body: Any = None, *, by: str = "", **at: str) -> Any:
        """A call on the way to the next one that is shown."""
        return self.call(operation, body, by=by, shown=False, **at)


def make() -> Calls:
    """Make every call once, in a sandbox that is gone afterwards."""
    sandbox = sandbox_actions.found(SLUG, seed=2022, start=instant(2022, 9, 1, 9), name="示例")
    try:
        calls = Calls(sandbox)
        _sandbox(calls, sandbox)
        _catalogues(calls)
        _work_orders(calls)
        _clock(calls, sandbox)
        return calls
    finally:
        sandbox_actions.delete(sandbox)


def _sandbox(calls: Calls, sandbox: Sandbox) -> None:
    for role in ("citizen", "dispatcher", "department", "reviewer", "follow_up", f"department:{UNIT}"):
        calls.quietly("roles_open", {"role": role})
    calls.call("roles_open", {"role": "agent"})
    calls.call("roles_close", {"role": f"department:{UNIT}"})
    calls.call("roles")
    calls.call("sandbox")
    calls.call("clock")
    calls.call("rules")
    calls.call("rule", key="workorder.sign")
    calls.call("rule_override", {"value": 2}, key="workorder.sign")


def _catalogues(calls: Calls) -> None:
    calls.call("regions", query="level=city&limit=2")
    calls.call("region", code="440106")
    calls.call("calendar", query="first=2022-09-09&last=2022-09-12")
    calls.call("categories")
    calls.call("units", query="region=440106&limit=2")
    calls.call("unit", code=UNIT)
    calls.call("dispatch_rules")
    calls.call("knowledge")
    calls.call("platforms", query="area=workorders&limit=2")
    calls.call("platform", id="good_bad_review")
    calls.call("platforms_graph")
    calls.call("personas", query="kind=natural&status=now&limit=2")
    calls.call("persona", id="u01")


def _work_orders(calls: Calls) -> None:
    lamp = calls.call("work_order_create", LAMP, by="citizen")["number"]
    batch = [{**HERE, "type": "consultation"}, HERE, HERE]
    consultation, here, refused = (
        row["number"] for row in calls.call("work_order_create_batch", {"orders": batch}, by="agent")["results"]
    )
    calls.call("work_orders", query="state=pending_accept&limit=2")
    dialled = {"caller": CALLER, "hotline": "440100"}
    waiting = calls.call("phone_call_offer", dialled, by="citizen")["number"]
    calls.call("phone_call_pick_up", {}, by="agent", call=waiting)
    calls.call("phone_call_give_up", {}, by="citizen", call=calls.quietly("phone_call_offer", dialled)["number"])
    calls.call("phone_calls", query="limit=2")
    text = "请携带身份证到街道政务服务中心办理。"
    calls.call("work_order_answer_directly", {"text": text}, by="agent", number=consultation)
    calls.call("work_order_reject", {"reason": 4, "remark": "请直接拨打 110 报警。"}, by="agent", number=refused)

    returned = {
        "reason": "该路段由建设单位管养，尚未移交。",
        "legal_basis": "《广州市城市照明管理办法》",
        "suggested_unit": OTHER_UNIT,
    }
    calls.call("work_order_accept", {"category": "0111"}, by="agent", number=here)
    order = calls.quietly("work_order", number=here)
    if order["state"] == "pending_sign":  # the system has dispatched it already
        unit = order["unit"]
        calls.quietly("work_order_return_to_centre", returned, by=f"department:{unit}", number=here)
    calls.call("work_order_approve_return", {"remark": "同意改派"}, by="dispatcher", number=here)
    calls.call("work_order_dispatch", {"unit": OTHER_UNIT}, by="dispatcher", number=here)
    calls.call("work_order_withdraw", {"reason": "已自行解决"}, by="citizen", number=here)

    unit = f"department:{UNIT}"
    calls.quietly("work_order_accept", {}, by="agent", number=lamp)
    calls.call("work_order_return_to_centre", returned, by=unit, number=lamp)
    calls.call("work_order_refuse_return", {"reason": "已于六月移交你局。"}, by="dispatcher", number=lamp)
    calls.call("work_order_sign", {}, by=unit, number=lamp)
    calls.call("work_order_contact", {}, by=unit, number=lamp)
    answer = {"text": "已更换灯头，路灯恢复照明。", "solved": "solved"}
    calls.call("work_order_answer", answer, by=unit, number=lamp)
    calls.call("work_order_send_back", {"reason": "请写明修复时间。"}, by="reviewer", number=lamp)
    calls.quietly("work_order_answer", answer, by=unit, number=lamp)
    calls.call("work_order_pass_review", {}, by="reviewer", number=lamp)
    said = {"reached": True, "contacted": True, "solved": "unsolved", "satisfied": "dissatisfied"}
    calls.call("work_order_follow_up", said, by="follow_up", number=lamp)
    _answered_again(calls, lamp, unit, answer)
    calls.quietly("work_order_follow_up", {"reached": False}, by="follow_up", number=lamp)
    calls.call("work_order_close", {"reason": "诉求人明确表示无需回访"}, by="follow_up", number=lamp)
    calls.call("work_order", by="agent", number=lamp)
    calls.call("work_order_timeline", number=lamp)
    calls.call("events", query="type=work_order.accepted")
    calls.call("indicators", query="first=2022-09-01&last=2022-09-30")


def _answered_again(calls: Calls, number: str, unit: str, answer: dict[str, str]) -> None:
    calls.quietly("work_order_contact", {}, by=unit, number=number)
    calls.quietly("work_order_answer", answer, by=unit, number=number)
    calls.quietly("work_order_pass_review", {}, by="reviewer", number=number)


def _clock(calls: Calls, sandbox: Sandbox) -> None:
    calls.call("clock_advance", {"by": {"days": 4}})
    calls.call("clock_barrier", {"on": True})
    with Work.on(sandbox) as work:
        perform(work, "sandbox.open_role", actor=SYSTEM, args={"role": f"department:{UNIT}"})
        last = work.sandbox.last_event
    calls.call("clock_settle", {"event": last})
    calls.quietly("clock_barrier", {"on": False})
    calls.call("clock_run", {"rate": 1})
    calls.call("clock_freeze", {})
    with Work.on(sandbox) as work:  # as if an entry had failed
        work.sandbox.clock, work.changed = "halted", True
        work.sandbox.halted = canonical.dumps({"kind": "", "subject": 0, "due": "", "error": "", "reason": ""})
    calls.call("clock_retry", {})


def written(calls: Calls) -> str:
    """The text of docs/examples.json."""
    examples = {name: _short(example) for name, (example, _) in sorted(calls.made.items())}
    text = json.dumps(examples, ensure_ascii=False, indent=1) + "\n"
    return DIGEST.sub(lambda found: f'"{found[1]}{"0" * len(found[2])}"', text)


def _short(example: dict[str, Any]) -> dict[str, Any]:
    response = example["response"]
    if isinstance(response, list) and len(response) > LONG:
        return {**example, "response": response[:ROWS]}
    if isinstance(response, dict):
        cut = {key: rows[:ROWS] for key, rows in response.items() if isinstance(rows, list) and len(rows) > INSIDE}
        return {**example, "response": {**response, **cut}}
    return example
