"""The register over HTTP: read only, and the same in every sandbox."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from platforms import register
from platforms.api import serializers as shape
from platforms.register import Figure, System
from platforms.vocabulary import Area, Maturity
from sandbox.api.credentials import KeyedRequest
from sandbox.api.schema import page_of
from sandbox.api.views import paged
from sandbox.canonical import shown
from sandbox.refusals import Refused


class PlatformsView(APIView):
    @extend_schema(
        operation_id="platforms",
        parameters=[shape.PlatformQuery],
        responses=page_of(shape.PlatformRow),
        summary="名录中的系统",
    )
    def get(self, request: KeyedRequest) -> Response:
        query = shape.PlatformQuery.parse(request)
        listed = [
            one
            for one in register.systems().values()
            if query.get("area", one.area) == one.area
            and query.get("maturity", one.maturity) == one.maturity
            and ("q" not in query or _mentions(one, query["q"].casefold()))
        ]
        return Response(paged(listed, shape.PlatformRow, query))


def _mentions(system: System, words: str) -> bool:
    said = (system.code, system.name, system.name_en, *(one.statement for one in system.capabilities))
    return any(words in text.casefold() for text in said)


class PlatformView(APIView):
    @extend_schema(operation_id="platform", responses=shape.PlatformOut, summary="一个系统：能力、数字与流向")
    def get(self, request: KeyedRequest, id: str) -> Response:
        """What a system can do, the figures printed about it (where two disagree, both), and what flows in and out."""
        system = register.systems().get(id)
        if system is None:
            raise Refused(
                f"名录中没有系统 {shown(id)}",
                code="not_found",
                status=404,
                field="id",
                remedy="GET /api/v1/platforms 列出全部系统",
            )
        return Response(shape.PlatformOut(_full(system)).data)


def _full(system: System) -> dict[str, Any]:
    code = system.code
    return {
        **{name: getattr(system, name) for name in System.__slots__},
        "capability_count": system.capability_count,
        "area_name": Area(system.area).label,
        "maturity_name": Maturity(system.maturity).label,
        "figures": [_figure(one) for one in register.figures_of(code)],
        "flows_in": [_end(one.source, one) for one in register.flows() if one.target == code],
        "flows_out": [_end(one.target, one) for one in register.flows() if one.source == code],
        "loops": register.loops_of(code),
    }


def _figure(figure: Figure) -> dict[str, Any]:
    row: dict[str, Any] = {name: getattr(figure, name) for name in Figure.__slots__}
    told = register.disagreements().get(figure.disagreement)
    row["disagreement"] = told and {
        "id": told.id,
        "about": told.about,
        "explanation": told.explanation,
        "others": register.differing(figure),
    }
    return row


def _end(code: str, flow: register.Flow) -> dict[str, str]:
    return {"id": code, "name": register.systems()[code].name, "what": flow.what, "source": flow.section}


class GraphView(APIView):
    @extend_schema(operation_id="platforms_graph", responses=shape.GraphOut, summary="系统与流向之图")
    def get(self, request: KeyedRequest) -> Response:
        return Response(
            shape.GraphOut(
                {
                    "directed": True,
                    "multigraph": False,
                    "graph": {"loops": list(register.loops().values())},
                    "nodes": list(register.systems().values()),
                    "edges": register.flows(),
                }
            ).data
        )
