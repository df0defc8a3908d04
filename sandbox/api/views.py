"""The sandbox over HTTP: its clock, roles, rules, events and regions."""

import threading
from datetime import timedelta
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from sandbox import canonical, catalogue, clock, driver, inputs, queries, tasks
from sandbox.actors import PEOPLE
from sandbox.api import serializers as shape
from sandbox.api.credentials import HasKey, IsOwner, KeyedRequest
from sandbox.api.schema import page_of
from sandbox.api.shapes import Body, bad_cursor, shown_as
from sandbox.api.shapes import page as cut_page
from sandbox.api.writes import keep_instead, write
from sandbox.calendar import calendar
from sandbox.canonical import shown
from sandbox.models import Sandbox
from sandbox.refusals import Refused
from sandbox.regions import region, regions, streets
from sandbox.rules import RuleBook, rules
from sandbox.work import Work


def _face(sandbox: Sandbox) -> dict[str, Any]:
    return shown_as(shape.ClockOut, clock.face(sandbox))


class SandboxView(APIView):
    @extend_schema(operation_id="sandbox", responses=shape.SandboxOut, summary="沙箱与它的时钟")
    def get(self, request: KeyedRequest) -> Response:
        sandbox = request.sandbox
        return Response(
            shape.SandboxOut(
                {
                    "slug": sandbox.slug,
                    "name": sandbox.name,
                    "seed": sandbox.seed,
                    "profile": sandbox.profile,
                    "generation": sandbox.generation,
                    "start": sandbox.start,
                    "clock": clock.face(sandbox),
                    "open_roles": canonical.loads(sandbox.open_roles),
                    "acting_as": str(request.actor),
                    "last_event": sandbox.last_event,
                    "event_hash": sandbox.head,
                    "catalogue": {"pinned": sandbox.catalogue, "current": catalogue.fingerprint()},
                }
            ).data
        )


class ClockView(APIView):
    @extend_schema(operation_id="clock", responses=shape.ClockOut, summary="时钟")
    def get(self, request: KeyedRequest) -> Response:
        return Response(_face(request.sandbox))


class OwnersView(APIView):
    """What only the owner of a sandbox may do."""

    permission_classes = [IsOwner]


class AdvanceView(OwnersView):
    @extend_schema(operation_id="clock_advance", request=shape.AdvanceIn, responses=shape.ClockOut, summary="拨快时钟")
    def post(self, request: KeyedRequest) -> Response:
        """Move a frozen clock forward and wait for it. What is not reached in time goes on in the background
        (`lag_seconds` tells how far it still has to go)."""
        body = shape.AdvanceIn.parse(request)
        wait = body.pop("wait")
        by = timedelta(**body["by"]) if "by" in body else None
        until = driver.Until(**body["until"]) if "until" in body else None

        def do(work: Work) -> dict[str, Any]:
            clock.advance(work, to=body.get("to"), by=by, until=until)
            return _face(work.sandbox)

        return _driven(request, write(request, do), wait)


WAITERS = 4  # requests of this process that may wait for a clock at once: the other threads are for the rest
_waiting = threading.BoundedSemaphore(WAITERS)


def _driven(request: KeyedRequest, answer: Response, wait: float) -> Response:
    """Drive the clock for the caller, hand the rest to the background, and show where it stands."""
    sandbox = request.sandbox
    if "Idempotent-Replayed" not in answer.headers:
        arrived = False
        if _waiting.acquire(blocking=False):
            try:
                arrived = driver.advance(sandbox, seconds=wait)
            finally:
                _waiting.release()
        if not arrived:
            tasks.hint(sandbox.pk)
        sandbox.refresh_from_db()
        answer.data = _face(sandbox)
        keep_instead(request, answer.data)
    return answer


class RunView(OwnersView):
    @extend_schema(operation_id="clock_run", request=shape.RunIn, responses=shape.ClockOut, summary="让时钟运行")
    def post(self, request: KeyedRequest) -> Response:
        rate = shape.RunIn.parse(request)["rate"]

        def do(work: Work) -> dict[str, Any]:
            clock.run(work, rate=rate)
            return _face(work.sandbox)

        return write(request, do)


class FreezeView(OwnersView):
    @extend_schema(operation_id="clock_freeze", request=None, responses=shape.ClockOut, summary="冻结时钟")
    def post(self, request: KeyedRequest) -> Response:
        Body.parse(request)

        def do(work: Work) -> dict[str, Any]:
            clock.freeze(work)
            return _face(work.sandbox)

        return write(request, do)


class RetryView(OwnersView):
    @extend_schema(operation_id="clock_retry", request=None, responses=shape.ClockOut, summary="重试因错停止的时钟")
    def post(self, request: KeyedRequest) -> Response:
        Body.parse(request)

        def do(work: Work) -> dict[str, Any]:
            clock.retry(work)
            return _face(work.sandbox)

        return _driven(request, write(request, do), 20)


class BarrierView(OwnersView):
    @extend_schema(
        operation_id="clock_barrier", request=shape.BarrierIn, responses=shape.ClockOut, summary="逐个事件等待确认"
    )
    def post(self, request: KeyedRequest) -> Response:
        body = shape.BarrierIn.parse(request)

        def do(work: Work) -> dict[str, Any]:
            clock.set_barrier(work, on=body["on"])
            return _face(work.sandbox)

        return write(request, do)


class SettleView(OwnersView):
    @extend_schema(
        operation_id="clock_settle", request=shape.SettleIn, responses=shape.ClockOut, summary="确认已收到事件"
    )
    def post(self, request: KeyedRequest) -> Response:
        body = shape.SettleIn.parse(request)

        def do(work: Work) -> dict[str, Any]:
            clock.settle(work, event=body["event"])
            return _face(work.sandbox)

        return _driven(request, write(request, do), 20)


def _roles(open_roles: list[str]) -> list[dict[str, Any]]:
    return [
        {
            "role": role.value,
            "label": role.label,
            "open": role.value in open_roles,
            "open_units": [one.partition(":")[2] for one in open_roles if one.startswith(f"{role.value}:")],
        }
        for role in PEOPLE
    ]


class RolesView(APIView):
    @extend_schema(operation_id="roles", responses=shape.RoleOut(many=True), summary="角色：模拟扮演，还是留给人")
    def get(self, request: KeyedRequest) -> Response:
        return Response(_roles(canonical.loads(request.sandbox.open_roles)))


class OpenRoleView(OwnersView):
    input = "sandbox.open_role"

    @extend_schema(
        operation_id="roles_open", request=shape.RoleIn, responses=shape.RoleOut(many=True), summary="把角色留给人扮演"
    )
    def post(self, request: KeyedRequest) -> Response:
        body = shape.RoleIn.parse(request)

        def do(work: Work) -> list[dict[str, Any]]:
            inputs.perform(work, self.input, actor=request.actor, args=body)
            return _roles(canonical.loads(work.sandbox.open_roles))

        return write(request, do)


class CloseRoleView(OpenRoleView):
    input = "sandbox.close_role"

    @extend_schema(
        operation_id="roles_close", request=shape.RoleIn, responses=shape.RoleOut(many=True), summary="把角色交还模拟"
    )
    def post(self, request: KeyedRequest) -> Response:
        return super().post(request)


def _book(sandbox: Sandbox) -> RuleBook:
    return RuleBook(canonical.loads(sandbox.overrides))


class RulesView(APIView):
    @extend_schema(operation_id="rules", responses=shape.RuleOut(many=True), summary="规则库：现行的期限与次数及其来源")
    def get(self, request: KeyedRequest) -> Response:
        sandbox = request.sandbox
        return Response(shape.RuleOut(_book(sandbox).listed(sandbox.now), many=True).data)


class RuleView(APIView):
    def get_permissions(self) -> list[Any]:
        return [IsOwner() if self.request.method == "PUT" else HasKey()]

    @extend_schema(operation_id="rule", responses=shape.RuleOut, summary="一条规则")
    def get(self, request: KeyedRequest, key: str) -> Response:
        return Response(self._shown(request.sandbox, key))

    @extend_schema(
        operation_id="rule_override", request=shape.RuleIn, responses=shape.RuleOut, summary="为本沙箱另定规则的值"
    )
    def put(self, request: KeyedRequest, key: str) -> Response:
        """Set a rule's value for this sandbox, or give it back to the rule book with null."""
        body = shape.RuleIn.parse(request)
        self._shown(request.sandbox, key)

        def do(work: Work) -> dict[str, Any]:
            inputs.perform(work, "sandbox.override_rule", actor=request.actor, args={"key": key, **body})
            return self._shown(work.sandbox, key)

        return write(request, do)

    def _shown(self, sandbox: Sandbox, key: str) -> dict[str, Any]:
        if key not in rules():
            raise Refused(
                f"规则库没有 {shown(key)}", code="not_found", status=404, remedy="GET /api/v1/rules 列出全部规则"
            )
        return dict(shape.RuleOut(_book(sandbox).rule(key, sandbox.now)).data)


class RegionsView(APIView):
    @extend_schema(
        operation_id="regions", parameters=[shape.RegionQuery], responses=page_of(shape.RegionOut), summary="地区"
    )
    def get(self, request: KeyedRequest) -> Response:
        query = shape.RegionQuery.parse(request)
        listed = [
            one
            for one in [*regions().values(), *streets().values()]
            if query.get("level", one.level) == one.level and query.get("parent", one.parent) == one.parent
        ]
        return Response(paged(listed, shape.RegionOut, query))


def paged(listed: list[Any], out: Any, query: dict[str, Any]) -> dict[str, Any]:
    """A page of a catalogue, by code."""
    after = query.get("cursor", "")
    if after and all(one.code != after for one in listed):
        raise bad_cursor()
    rest = [one for one in sorted(listed, key=lambda one: one.code) if one.code > after]
    rows = rest[: query["limit"]]
    return {"results": out(rows, many=True).data, "next": rows[-1].code if len(rest) > len(rows) else None}


class RegionView(APIView):
    @extend_schema(operation_id="region", responses=shape.RegionOut, summary="一个地区")
    def get(self, request: KeyedRequest, code: str) -> Response:
        found = region(code)
        if found is None:
            raise Refused(
                f"广东省没有地区 {shown(code)}", code="not_found", status=404, remedy="GET /api/v1/regions 列出全部地区"
            )
        return Response(shape.RegionOut(found).data)


class CalendarView(APIView):
    @extend_schema(
        operation_id="calendar", parameters=[shape.CalendarQuery], responses=shape.Day(many=True), summary="工作日历"
    )
    def get(self, request: KeyedRequest) -> Response:
        query = shape.CalendarQuery.parse(request)
        days = (query["last"] - query["first"]).days + 1
        return Response(
            shape.Day(
                [calendar().day(query["first"] + timedelta(days=offset)) for offset in range(days)], many=True
            ).data
        )


class EventsView(APIView):
    @extend_schema(operation_id="events", parameters=[shape.EventQuery], responses=shape.EventPage, summary="事件")
    def get(self, request: KeyedRequest) -> Response:
        """The events of the sandbox in their order, from a number on: the audit trail, and a durable cursor."""
        query = shape.EventQuery.parse(request)
        sandbox = request.sandbox
        events = queries.events(sandbox, after=query["after"])
        for name in ("type", "subject"):
            if name in query:
                events = events.filter(**{name: query[name]})
        rows, more = cut_page(events, sandbox=sandbox, cursor=None, limit=query["limit"], newest_first=False)
        return Response(
            {"results": [shown_as(shape.EventOut, one) for one in rows], "next": rows[-1].number if more else None}
        )
