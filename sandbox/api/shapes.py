"""Shapes on the wire: JSON in and out, strict bodies, instants, pages."""

import json
from typing import Any, TypeVar

from django.db.models import QuerySet
from rest_framework import renderers, serializers
from rest_framework.exceptions import ErrorDetail, ParseError, ValidationError
from rest_framework.parsers import JSONParser as DRFJSONParser
from rest_framework.request import Request

from sandbox import canonical
from sandbox.canonical import shown
from sandbox.moments import CHINA
from sandbox.refusals import Refused

MAX_PAGE = 500


class JSONRenderer(renderers.JSONRenderer):
    """JSON with real characters; problems keep their own media type."""

    ensure_ascii = False
    charset = None


class JSONParser(DRFJSONParser):
    """JSON that is no deeper and no longer than this interface ever needs."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        try:
            raw = stream.read()
            text = raw.decode("utf-8")
            data = json.loads(text, parse_constant=_no_constant)
        except RecursionError:
            raise ParseError("JSON 嵌套过深") from None
        except UnicodeDecodeError:
            raise ParseError("内容不是 UTF-8") from None
        except ValueError as error:
            raise ParseError(f"不是合法的 JSON：{shown(str(error), 120)}") from None
        if not isinstance(data, dict):
            raise ParseError("内容应是一个 JSON 对象")
        return data


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


class Instant(serializers.DateTimeField):
    """A simulated instant: `2022-09-01T09:00:00+08:00`, whole seconds."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(default_timezone=CHINA, **kwargs)

    def to_representation(self, value: Any) -> Any:
        return None if value is None else value.astimezone(CHINA).isoformat()

    def to_internal_value(self, value: Any) -> Any:
        if not isinstance(value, str) or len(value) < 16:
            self.fail("invalid", format="2022-09-01T09:00:00+08:00")
        try:
            return super().to_internal_value(value).replace(microsecond=0)
        except (OverflowError, ValueError):
            self.fail("invalid", format="2022-09-01T09:00:00+08:00")


B = TypeVar("B", bound="Body")


class Body(serializers.Serializer[Any]):
    """A request body: known fields only."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and (unknown := data.keys() - self.fields.keys()):
            raise ValidationError(
                {
                    shown(name): [ErrorDetail("没有这个字段", code="unknown_field")]
                    for name in sorted(unknown, key=shown)
                }
            )
        return super().to_internal_value(data)

    @classmethod
    def parse(cls, request: Request) -> dict[str, Any]:
        """The body of a request, checked for shape. Raises ValidationError naming every field at fault."""
        body = cls(data=request.data)
        body.is_valid(raise_exception=True)
        return dict(body.validated_data)


class Query(Body):
    """Query parameters: known ones only, each once."""

    @classmethod
    def parse(cls, request: Request) -> dict[str, Any]:
        given = request.query_params
        if twice := [name for name in given if len(given.getlist(name)) > 1]:
            raise ValidationError({shown(twice[0]): [ErrorDetail("只能给一次", code="given_twice")]})
        query = cls(data=given.dict())
        query.is_valid(raise_exception=True)
        return dict(query.validated_data)


class PageQuery(Query):
    cursor = serializers.CharField(required=False, max_length=40, help_text="上一页答复中的 next")
    limit = serializers.IntegerField(required=False, default=100, min_value=1, max_value=MAX_PAGE, help_text="每页条数")


M = TypeVar("M")


def page(
    queryset: "QuerySet[Any]", *, cursor: str | None, limit: int, newest_first: bool
) -> tuple[list[Any], str | None]:
    """One page by id, and the cursor of the next (None at the end). Never a count."""
    if cursor is not None:
        if not cursor.isascii() or not cursor.isdigit() or len(cursor) > 18:
            raise Refused(
                "cursor 不是本接口给出的", code="bad_cursor", status=422, field="cursor", remedy="请从第一页重新取"
            )
        queryset = queryset.filter(**{"id__lt" if newest_first else "id__gt": int(cursor)})
    rows = list(queryset.order_by("-id" if newest_first else "id")[: limit + 1])
    more = len(rows) > limit
    rows = rows[:limit]
    return rows, str(rows[-1].pk) if more else None


def rendered(data: Any) -> str:
    """An answer as the text it is stored and sent as."""
    return canonical.dumps(json.loads(json.dumps(data, cls=JSONRenderer.encoder_class)))
