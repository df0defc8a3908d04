"""Work orders over HTTP: take them down, list them, and every action on them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from identity import queries as identity_queries
from identity.organisations import units
from sandbox import counters, inputs
from sandbox import queries as sandbox_queries
from sandbox.api.credentials import KeyedRequest
from sandbox.api.schema import page_of
from sandbox.api.serializers import EventOut
from sandbox.api.shapes import page, shown_as
from sandbox.api.views import paged
from sandbox.api.writes import write
from sandbox.canonical import shown
from sandbox.refusals import NotFound
from sandbox.work import Work
from workorders import queries
from workorders.api import faces
from workorders.api import serializers as shape
from workorders.api.filters import WorkOrderFilter
from workorders.categories import categories
from workorders.dispatch import dispatch_rules
from workorders.indicators import by_state, endings, indicators
from workorders.inputs import register_all
from workorders.knowledge import articles
from workorders.lifecycle import PHONE_CALL, WORK_ORDER
from workorders.models import WorkOrder
from workorders.numbers import is_call_number, is_number

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.serializers import Serializer

    from sandbox.models import Sandbox


def _found(sandbox: Sandbox, number: str) -> WorkOrder:
    order = queries.order_to_read(sandbox, number) if is_number(number) else None
    if order is None:
        raise NotFound("工单", shown(number, 40), field="number")
    return order


def _listed(request: KeyedRequest, query: dict[str, Any], found: QuerySet[Any], out: type[Serializer[Any]]) -> Response:
    """A page of a sandbox's orders or calls, the newest first."""
    rows, following = page(
        found, sandbox=request.sandbox, cursor=query.get("cursor"), limit=query["limit"], newest_first=True
    )
    return Response({"results": [shown_as(out, one) for one in rows], "next": following})


def _written(request: KeyedRequest, work: Work, order: WorkOrder) -> dict[str, Any]:
    """An order as it stands inside the unit of work that changed it."""
    followed_up = bool(order.follow_ups or order.redo_count)
    if order.dispatches or followed_up:
        work.flush()
    return faces.full(
        work,
        order,
        caller=identity_queries.party(work, order.caller_id),
        assignments=queries.assignments(order) if order.dispatches else [],
        follow_ups=queries.follow_ups(order) if followed_up else [],
        actor=request.actor,
    )


class WorkOrdersView(APIView):
    @extend_schema(
        operation_id="work_orders",
        parameters=[shape.OrderQuery],
        responses=page_of(shape.WorkOrderRow),
        summary="工单列表，新的在前",
    )
    def get(self, request: KeyedRequest) -> Response:
        query = shape.OrderQuery.parse(request)
        found = WorkOrderFilter(query, queries.orders(request.sandbox)).qs
        return _listed(request, query, found, shape.WorkOrderRow)

    @extend_schema(
        operation_id="work_order_create",
        request=shape.WorkOrderIn,
        responses={201: shape.WorkOrderOut},
        summary="提交（登记）一件诉求",
    )
    def post(self, request: KeyedRequest) -> Response:
        """Take down a demand. What is recognised well enough goes its way by itself; the rest waits for a person."""
        body = shape.WorkOrderIn.parse(request)

        def do(work: Work) -> dict[str, Any]:
            order = inputs.perform(work, "work_orders.register", actor=request.actor, args=body)
            return _written(request, work, order)

        return write(request, do, status=201)


class WorkOrderBatchView(APIView):
    @extend_schema(
        operation_id="work_order_create_batch",
        request=shape.BatchIn,
        responses={201: shape.BatchOut},
        summary="一次提交至多 1,000 件，全收或全不收",
    )
    def post(self, request: KeyedRequest) -> Response:
        bodies = shape.BatchIn.parse(request)["orders"]

        def do(work: Work) -> dict[str, Any]:
            orders = register_all(work, request.actor, [dict(body) for body in bodies])
            return {"results": [shown_as(shape.WorkOrderRow, one) for one in orders]}

        return write(request, do, status=201)


class WorkOrderView(APIView):
    @extend_schema(operation_id="work_order", responses=shape.WorkOrderOut, summary="一件工单")
    def get(self, request: KeyedRequest, number: str) -> Response:
        order = _found(request.sandbox, number)
        return Response(
            faces.full(
                Work(request.sandbox),
                order,
                caller=order.caller,
                assignments=queries.assignments(order),
                follow_ups=queries.follow_ups(order),
                actor=request.actor,
            )
        )


class TimelineView(APIView):
    @extend_schema(operation_id="work_order_timeline", responses=EventOut(many=True), summary="一件工单的经过")
    def get(self, request: KeyedRequest, number: str) -> Response:
        order = _found(request.sandbox, number)
        events = sandbox_queries.timeline(request.sandbox, order.number)
        return Response(EventOut(events, many=True).data)


class ActionView(APIView):
    """One action of the lifecycle; `action` names it."""

    action = ""

    def _act(self, request: KeyedRequest, number: str) -> Response:
        body = shape.ACTION_BODIES[self.action].parse(request)
        if not is_number(number):
            raise NotFound("工单", shown(number, 40), field="number")

        def do(work: Work) -> dict[str, Any]:
            order = inputs.perform(work, f"work_orders.{self.action}", actor=request.actor, subject=number, args=body)
            return _written(request, work, order)

        return write(request, do)


def action_view(action: str) -> Callable[..., Any]:
    """The view of one action, described by its own body."""
    label = WORK_ORDER.labels[action]
    roles = "、".join(dict.fromkeys(role for step in WORK_ORDER.steps if step.action == action for role in step.by))

    def post(self: ActionView, request: KeyedRequest, number: str) -> Response:
        return self._act(request, number)

    post = extend_schema(
        operation_id=f"work_order_{action}",
        request=shape.ACTION_BODIES[action],
        responses=shape.WorkOrderOut,
        summary=label,
        description=f"{label}。角色：{roles}。",
    )(post)
    view = type(f"{action.title().replace('_', '')}View", (ActionView,), {"action": action, "post": post})
    return view.as_view()  # type: ignore[attr-defined, no-any-return]


class CallsView(APIView):
    @extend_schema(
        operation_id="phone_calls",
        parameters=[shape.PhoneCallQuery],
        responses=page_of(shape.PhoneCallOut),
        summary="来电（话务），新的在前",
    )
    def get(self, request: KeyedRequest) -> Response:
        """Calls that wait, were answered, or were lost before anybody answered."""
        query = shape.PhoneCallQuery.parse(request)
        wanted = {name: query[name] for name in ("state", "hotline") if name in query}
        return _listed(request, query, queries.calls(request.sandbox).filter(**wanted), shape.PhoneCallOut)

    @extend_schema(
        operation_id="phone_call_offer",
        request=shape.PhoneCallIn,
        responses={201: shape.PhoneCallOut},
        summary="拨打 12345",
    )
    def post(self, request: KeyedRequest) -> Response:
        """A call comes in. A simulated seat answers in its turn; where agents are played by people, it waits for one."""
        body = shape.PhoneCallIn.parse(request)

        def do(work: Work) -> dict[str, Any]:
            call = inputs.perform(work, "phone_calls.offer", actor=request.actor, args=body)
            return shown_as(shape.PhoneCallOut, call)

        return write(request, do, status=201)


class CallActionView(APIView):
    """One action on a phone call; `action` names it."""

    action = ""

    def _act(self, request: KeyedRequest, number: str) -> Response:
        shape.NothingIn.parse(request)
        if not is_call_number(number):
            raise NotFound("来电", shown(number, 40), field="call")

        def do(work: Work) -> dict[str, Any]:
            call = inputs.perform(work, f"phone_calls.{self.action}", actor=request.actor, subject=number, args={})
            return shown_as(shape.PhoneCallOut, call)

        return write(request, do)


def call_action_view(action: str) -> Callable[..., Any]:
    """The view of one action on a phone call."""

    def post(self: CallActionView, request: KeyedRequest, call: str) -> Response:
        return self._act(request, call)

    post = extend_schema(
        operation_id=f"phone_call_{action}",
        request=shape.NothingIn,
        responses=shape.PhoneCallOut,
        summary=PHONE_CALL.labels[action],
    )(post)
    view = type(f"Call{action.title().replace('_', '')}View", (CallActionView,), {"action": action, "post": post})
    return view.as_view()  # type: ignore[attr-defined, no-any-return]


class KnowledgeView(APIView):
    @extend_schema(operation_id="knowledge", responses=shape.ArticleOut(many=True), summary="知识库")
    def get(self, request: KeyedRequest) -> Response:
        """The articles from which the intelligent agent answers consultations, where it is switched on."""
        listed = [article for of_category in articles().values() for article in of_category]
        return Response(shape.ArticleOut(listed, many=True).data)


class CategoriesView(APIView):
    @extend_schema(operation_id="categories", responses=shape.CategoryOut(many=True), summary="诉求类目")
    def get(self, request: KeyedRequest) -> Response:
        return Response(shape.CategoryOut(list(categories().values()), many=True).data)


class DispatchRulesView(APIView):
    @extend_schema(
        operation_id="dispatch_rules", responses=shape.DispatchRuleOut(many=True), summary="派单规则，先列者先用"
    )
    def get(self, request: KeyedRequest) -> Response:
        return Response(shape.DispatchRuleOut(dispatch_rules(), many=True).data)


class UnitsView(APIView):
    @extend_schema(
        operation_id="units", parameters=[shape.UnitQuery], responses=page_of(shape.UnitOut), summary="承办单位"
    )
    def get(self, request: KeyedRequest) -> Response:
        query = shape.UnitQuery.parse(request)
        listed = [
            one
            for one in units().values()
            if query.get("region", one.region) == one.region
            and query.get("level", one.level) == one.level
            and query.get("kind", one.kind.code) == one.kind.code
            and ("category" not in query or one.kind.answers_for(query["category"]))
        ]
        return Response(paged(listed, shape.UnitOut, query))


class UnitView(APIView):
    @extend_schema(operation_id="unit", responses=shape.UnitOut, summary="一个承办单位")
    def get(self, request: KeyedRequest, code: str) -> Response:
        if code not in units():
            raise NotFound("单位", shown(code), field="code")
        return Response(shape.UnitOut(units()[code]).data)


class IndicatorsView(APIView):
    @extend_schema(
        operation_id="indicators", parameters=[shape.IndicatorQuery], responses=shape.IndicatorsOut, summary="指标"
    )
    def get(self, request: KeyedRequest) -> Response:
        """Counts and rates over a span of days (all, if none is given), numerator and denominator together;
        the states are those at the span's end."""
        query = shape.IndicatorQuery.parse(request)
        first, until = query.get("first"), {"last": query.get("last"), "region": query.get("city")}
        sums = counters.totals(request.sandbox, first=first, **until)
        since_the_beginning = counters.totals(request.sandbox, **until) if first else sums
        return Response(
            shape.IndicatorsOut(
                {"states": by_state(since_the_beginning), "endings": endings(sums), "indicators": indicators(sums)}
            ).data
        )
