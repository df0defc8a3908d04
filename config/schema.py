"""Hooks of the OpenAPI schema: only the API's own paths, and examples that were executed."""

import json
from typing import Any

from django.conf import settings

EXAMPLES = settings.BASE_DIR / "docs" / "examples.json"
PREFIX = "/api/v1/"


def only_the_api(endpoints: list[Any]) -> list[Any]:
    return [endpoint for endpoint in endpoints if endpoint[0].startswith(PREFIX)]


def with_executed_examples(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Put each recorded call (docs/examples.json, written by the test that makes them) beside its operation,
    and describe the refusals that every operation may answer with."""
    schemas = result["components"].setdefault("schemas", {})
    for name, schema in schemas.items():
        if name.endswith("Request"):  # bodies take known fields only
            schema["additionalProperties"] = False
    schemas["Problem"] = _PROBLEM
    examples = json.loads(EXAMPLES.read_text(encoding="utf-8")) if EXAMPLES.exists() else {}
    for methods in result["paths"].values():
        for method, operation in methods.items():
            for status, text in _REFUSALS.items():
                operation["responses"].setdefault(
                    status,
                    {
                        "description": text,
                        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
                    },
                )
            _parameters(operation, writes=method in {"post", "put"})
            if example := examples.get(operation["operationId"]):
                _attach(operation, example)
    return result


def _parameters(operation: dict[str, Any], *, writes: bool) -> None:
    listed = operation.setdefault("parameters", [])
    for parameter in listed:
        if parameter["in"] == "path":
            parameter["schema"]["pattern"] = _ADDRESSED[parameter["name"]]
    listed.append(
        {
            "name": "Acting-As",
            "in": "header",
            "schema": {"type": "string", "pattern": _ACTOR},
            "description": "所有者密钥以谁的身份行事，如 dispatcher、department:440106-cg",
        }
    )
    if writes:
        listed.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
                "description": "同键同请求得同一答复，保留 24 小时",
            }
        )


def _attach(operation: dict[str, Any], example: dict[str, Any]) -> None:
    if example.get("request") is not None and "requestBody" in operation:
        for content in operation["requestBody"]["content"].values():
            content["example"] = example["request"]
    answer = operation["responses"].get(str(example["status"]))
    for content in (answer or {}).get("content", {}).values():
        content["example"] = example["response"]


_ADDRESSED = {
    "number": "^12345-[0-9]{6}-[0-9]{8}-[0-9]{6}-[0-9]$",
    "call": "^C[0-9]{7,12}$",
    "code": "^[0-9]{6}([0-9]{3})?(-[a-z0-9]{1,10})?$",
    "key": "^[a-z_]+([.][a-z_]+)*$",
    "id": "^[a-z0-9]+([_-][a-z0-9]+)*$",
}
_ACTOR = "^(citizen|agent|dispatcher|reviewer|follow_up|department:[0-9]{6,9}-[a-z0-9]{1,10})$"
_PROBLEM = {
    "type": "object",
    "description": "RFC 9457：拒绝的理由。code 稳定，供程序使用；title、detail、remedy 是中文。",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "remedy": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "field": {"type": "string"},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                    "remedy": {"type": "string", "nullable": True},
                },
            },
        },
    },
}
_REFUSALS = {
    "400": "请求有误",
    "401": "没有密钥，或密钥不存在",
    "403": "以这个身份不可进行",
    "404": "没有这个记录",
    "406": "只以 application/json 答复",
    "409": "与现状不符，或沙箱正忙",
    "413": "内容过大",
    "415": "内容格式不支持",
    "422": "字段不合规则",
}
