"""Refusals on the wire: RFC 9457 `application/problem+json`, Chinese for people, stable codes for programs."""

import logging
from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions
from rest_framework.response import Response

from sandbox import canonical, metrics, store, trace
from sandbox.canonical import shown
from sandbox.catalogue import SeedError
from sandbox.refusals import Refused, SandboxBusy

log = logging.getLogger(__name__)
TYPE = "urn:yueyan:problem:"
MEDIA_TYPE = "application/problem+json"

TITLES = {
    400: "请求有误",
    401: "未认证",
    403: "无权进行",
    404: "没有找到",
    405: "方法不适用",
    406: "无法以所要的格式答复",
    409: "与现状不符",
    413: "内容过大",
    415: "内容格式不支持",
    422: "内容不合规则",
    500: "内部错误",
    503: "暂不可用",
}


def problem(status: int, code: str, detail: str, **extra: Any) -> dict[str, Any]:
    body = {
        "type": TYPE + code,
        "title": TITLES.get(status, "请求未完成"),
        "status": status,
        "code": code,
        "detail": detail,
    }
    return {**body, **{key: value for key, value in extra.items() if value is not None}}


def of_refusal(refused: Refused) -> dict[str, Any]:
    errors = None
    if refused.field:
        errors = [{"field": refused.field, "code": refused.code, "message": refused.detail, "remedy": refused.remedy}]
    return problem(refused.status, refused.code, refused.detail, remedy=refused.remedy, errors=errors, **refused.extra)


def _field_errors(detail: Any, path: str = "") -> Iterator[dict[str, Any]]:
    """A serializer's errors one by one, each with the path of its field."""
    if isinstance(detail, dict):
        for key, value in detail.items():
            yield from _field_errors(value, _below(path, key))
    elif isinstance(detail, list):
        for position, value in enumerate(detail):
            yield from _field_errors(value, _below(path, position) if isinstance(value, dict | list) else path)
    else:
        code = str(getattr(detail, "code", "invalid"))
        yield {
            "field": path,
            "code": code,
            "message": _said(str(detail)),
            "remedy": REMEDIES.get(code, "请按 /api/docs/ 中该字段的说明改正"),
        }


def _below(path: str, key: Any) -> str:
    """The path of a field, or of the row of a list, inside another."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    if key == "non_field_errors":
        return path or WHOLE
    name = shown(str(key)) or '""'
    return f"{path}.{name}" if path else name


def _said(message: str) -> str:
    """A message that may repeat what was sent, however long and whatever was in it."""
    safe = message.encode("utf-8", "backslashreplace").decode().replace("\x00", "\\x00")
    return safe if len(safe) <= 200 else f"{safe[:100]}…{safe[-60:]}"  # what is wrong with it stands last


SHOWN = 100  # errors told at once: an answer must not be longer than what it answers
WHOLE = "body"  # what is at fault where it is no single field
REMEDIES = {
    "required": "请补上该字段",
    "unknown_field": "请去掉该字段",
    "null": "请给出值，或去掉该字段",
    "blank": "请填写内容",
    "max_length": "请缩短",
    "invalid_choice": "请使用文档所列的值",
    "not_a_list": "请给出列表",
    "surrogate_characters_not_allowed": "请去掉不成对的代理字符",
    "null_characters_not_allowed": "请去掉空字符（NUL）",
}
REMEDIES_BY_STATUS = {
    403: "请使用沙箱的所有者密钥",
    405: "请查看 /api/docs/ 中该地址的方法",
    406: "请把 Accept 写成 application/json 或 */*",
    415: "请以 Content-Type: application/json 发送",
}


def handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Every exception an interface may meet, as an answer."""
    headers: dict[str, str] = {}
    match error:
        case Refused():
            status, body = error.status, of_refusal(error)
            if isinstance(error, SandboxBusy):
                metrics.BUSY.inc()
                headers["Retry-After"] = "1"
        case exceptions.ValidationError():
            status = 422
            body = problem(
                422,
                "invalid_input",
                "有字段不合要求，什么也没有写入",
                errors=list(islice(_field_errors(error.detail), SHOWN)),
            )
        case exceptions.ParseError():
            status, body = (
                400,
                problem(400, "malformed_json", str(error.detail), remedy="请发送 UTF-8 编码的 JSON 对象"),
            )
        case exceptions.NotAuthenticated() | exceptions.AuthenticationFailed():
            status = 401
            body = problem(401, "key_missing_or_unknown", str(error.detail), remedy="请带上 Authorization: Bearer sk_…")
            headers["WWW-Authenticate"] = 'Bearer realm="yueyan"'
        case exceptions.APIException():
            status = error.status_code
            remedy = REMEDIES_BY_STATUS.get(status, "请核对 /api/docs/ 中该地址的说明")
            body = problem(status, str(error.default_code), _said(str(error.detail)), remedy=remedy)
        case Http404():
            status, body = 404, problem(404, "not_found", "没有这个地址或记录", remedy="请核对地址")
        case TooManyFieldsSent():
            status, body = 422, problem(422, "invalid_input", "查询参数过多", remedy="请去掉文档没有的参数")
        case RequestDataTooBig():
            status, body = 413, problem(413, "too_large", "请求内容超过 8 MiB", remedy="请分批提交")
        case OperationalError() if "locked" in str(error):
            metrics.BUSY.inc()
            status, body = 409, of_refusal(SandboxBusy())
            headers["Retry-After"] = "1"
        case _ if store.away(error):
            metrics.DATABASE_ERRORS.inc()
            log.exception("the database did not answer")
            status = 503
            body = problem(
                503, "database_away", "数据库暂时没有答复，什么也没有写入", remedy="请稍后用同一 Idempotency-Key 重试"
            )
            headers["Retry-After"] = "5"
        case SeedError():
            log.error("seeds: %s", error)
            status, body = 503, problem(503, "seed_error", str(error), remedy="请运维人员改正种子文件后重启")
        case _:
            return None
    return Response(_traced(body), status=status, headers=headers, content_type=MEDIA_TYPE)


def _plain(status: int, code: str, detail: str, **extra: Any) -> HttpResponse:
    body = _traced(problem(status, code, detail, **extra))
    return HttpResponse(canonical.dumps(body), status=status, content_type=MEDIA_TYPE)


def _traced(body: dict[str, Any]) -> dict[str, Any]:
    """With the request's id, under which the log tells more."""
    return {**body, "request_id": trace.request_id.get()}


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig):
        return _plain(413, "too_large", "请求内容超过 8 MiB", remedy="请分批提交")
    return _plain(400, "bad_request", "请求无法理解", remedy="请核对地址与请求头")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _plain(404, "not_found", "没有这个地址", remedy="全部地址见 /api/docs/")


def server_error(request: HttpRequest) -> HttpResponse:
    return _plain(500, "internal_error", "内部错误，已记入日志；什么也没有写入")
