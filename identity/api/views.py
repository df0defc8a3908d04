"""Test people over HTTP."""

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from identity.api import serializers as shape
from identity.personas import personas
from sandbox.api.credentials import KeyedRequest
from sandbox.api.schema import page_of
from sandbox.api.views import paged
from sandbox.canonical import shown
from sandbox.refusals import NotFound


class PersonasView(APIView):
    @extend_schema(
        operation_id="personas",
        parameters=[shape.PersonaQuery],
        responses=page_of(shape.PersonaOut),
        summary="测试人物：每人必定引出一种结果",
    )
    def get(self, request: KeyedRequest) -> Response:
        """Put a persona's phone, in either style, in `caller.phone` when registering a work order, and what is
        described happens."""
        query = shape.PersonaQuery.parse(request)
        listed = [
            one
            for one in personas().values()
            if query.get("kind", one.kind) == one.kind
            and query.get("outcome", one.outcome.id) == one.outcome.id
            and query.get("status", one.status) == one.status
        ]
        return Response(paged(listed, shape.PersonaOut, query))


class PersonaView(APIView):
    @extend_schema(operation_id="persona", responses=shape.PersonaOut, summary="一个测试人物")
    def get(self, request: KeyedRequest, id: str) -> Response:
        if id not in personas():
            raise NotFound("测试人物", shown(id), field="id")
        return Response(shape.PersonaOut(personas()[id]).data)
