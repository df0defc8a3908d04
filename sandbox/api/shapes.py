"""Shapes on the wire: JSON in and out, strict bodies, instants, pages."""

import json
from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import Any, TypeVar

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db.models import QuerySet
from rest_framework import renderers, serializers
from rest_framework.exceptions import ErrorDetail, ParseError, ValidationError
from rest_framework.parsers import JSONParser as DRFJSONParser
from rest_framework.request import Request

from sandbox.canonical import shown
from sandbox.ids import LOCAL_BITS, LOCAL_MASK, local
from sandbox.models import Sandbox
from sandbox.moments import CHINA
from sandbox.refusals import Refused

MAX_PAGE = 500
UNKNOWN = 20  # fields there are not that one body is told of


class JSONRenderer(renderers.JSONRenderer):
    """JSON with real characters; problems keep their own media type."""

    ensure_ascii = False
    charset = None


class JSONParser(DRFJSONParser):
    """JSON that is no deeper and no longer than this interface ever needs."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        try:
            raw = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
            if len(raw) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
                raise RequestDataTooBig
            text = raw.decode("utf-8-sig")  # a byte order mark is harmless
            data = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_each_once)
        except RecursionError:
            raise ParseError("JSON 嵌套过深") from None
        except UnicodeDecodeError:
            raise ParseError("内容不是 UTF-8") from None
        except json.JSONDecodeError as error:
            raise ParseError(f"不是合法的 JSON：第 {error.lineno} 行第 {error.colno} 列") from None
        except ValueError as error:
            raise ParseError(f"不是合法的 JSON：{shown(str(error), 120)}") from None
        if not isinstance(data, dict):
            raise ParseError("内容应是一个 JSON 对象")
        return data


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} 不是 JSON 的值")


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:  # which one was meant, nobody can tell
            raise ValueError(f"字段 {name} 出现了两次")
        found[name] = value
    return found


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
            moment = super().to_internal_value(value).replace(microsecond=0)
        except (OverflowError, ValueError):
            self.fail("invalid", format="2022-09-01T09:00:00+08:00")
        if not 1 < moment.year < 9999:  # in another zone it might be no date at all
            self.fail("invalid", format="2022-09-01T09:00:00+08:00")
        return moment


S = TypeVar("S", bound=serializers.Serializer[Any])


# what JSON has types of its own for, and DRF would read kindly: "5" as 5, 5 as "5", "yes" as true
_JSON: dict[type[serializers.Field[Any, Any, Any, Any]], tuple[type, str]] = {
    serializers.CharField: (str, "应是文字"),
    serializers.BooleanField: (bool, "应是 true 或 false"),
    serializers.IntegerField: (int, "应是整数"),
}


@cache
def shared(shape: type[S]) -> S:
    """The one instance of a shape that all requests use: reading and writing with it changes nothing in it, and
    making one anew for every request would cost more than the request itself."""
    return shape()


def shown_as(shape: type[serializers.Serializer[Any]], one: Any) -> dict[str, Any]:
    """One record in a shape."""
    return shared(shape).to_representation(one)  # type: ignore[no-any-return]


class Body(serializers.Serializer[Any]):
    """A request body: known fields only, each of its own JSON type."""

    def to_internal_value(self, data: Any) -> Any:
        errors = dict(self._misunderstood(data)) if isinstance(data, dict) else {}
        try:
            understood = super().to_internal_value(data)
        except ValidationError as error:
            raise ValidationError({**error.detail, **errors}) from None  # type: ignore[dict-item]
        if errors:
            raise ValidationError(errors)
        return understood

    def _misunderstood(self, data: dict[str, Any]) -> Iterator[tuple[str, list[ErrorDetail]]]:
        """What is said in fields there are not, or in another type than theirs."""
        for name in sorted(islice(data.keys() - self.fields.keys(), UNKNOWN), key=shown):
            yield name, [ErrorDetail("没有这个字段", code="unknown_field")]
        for name, value in data.items():
            for kind, (wanted, message) in _JSON.items():
                if value is not None and isinstance(self.fields.get(name), kind) and type(value) is not wanted:
                    yield name, [ErrorDetail(message, code="invalid")]

    @classmethod
    def parse(cls, request: Request) -> dict[str, Any]:
        """The body of a request, checked for shape. Raises ValidationError naming every field at fault."""
        return dict(shared(cls).run_validation(request.data))


class Query(Body):
    """Query parameters: known ones only, each once; all of them are text."""

    def _misunderstood(self, data: dict[str, Any]) -> Iterator[tuple[str, list[ErrorDetail]]]:
        return ((name, errors) for name, errors in super()._misunderstood(data) if name not in self.fields)

    @classmethod
    def parse(cls, request: Request) -> dict[str, Any]:
        given = request.query_params
        if twice := [name for name in given if len(given.getlist(name)) > 1]:
            raise ValidationError({shown(twice[0]): [ErrorDetail("只能给一次", code="given_twice")]})
        return dict(shared(cls).run_validation(given.dict()))


class PageQuery(Query):
    cursor = serializers.CharField(required=False, max_length=40, help_text="上一页答复中的 next")
    limit = serializers.IntegerField(required=False, default=100, min_value=1, max_value=MAX_PAGE, help_text="每页条数")


M = TypeVar("M")


def bad_cursor() -> Refused:
    return Refused("cursor 不是本接口给出的", code="bad_cursor", status=422, field="cursor", remedy="请从第一页重新取")


def page(
    queryset: "QuerySet[Any]", *, sandbox: Sandbox, cursor: str | None, limit: int, newest_first: bool
) -> tuple[list[Any], str | None]:
    """One page, by number, of rows within the sandbox (`ids.within`), and the cursor of the next (None at the end).
    Never a count."""
    if cursor is not None:
        if not cursor.isascii() or not cursor.isdigit() or int(cursor) > LOCAL_MASK:
            raise bad_cursor()
        queryset = queryset.filter(**{"id__lt" if newest_first else "id__gt": sandbox.pk << LOCAL_BITS | int(cursor)})
    rows = list(queryset.order_by("-id" if newest_first else "id")[: limit + 1])
    more = len(rows) > limit
    rows = rows[:limit]
    return rows, str(local(rows[-1].pk)) if more else None


def rendered(data: Any) -> str:
    """An answer as the text it is stored and sent as."""
    return JSONRenderer().render(data).decode()
