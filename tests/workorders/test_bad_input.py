"""Whatever is sent: a clear refusal in Chinese that names field, code and remedy; never a failure of ours,
and nothing written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from rest_framework import serializers
from rest_framework.test import APIClient

from identity.api.serializers import PersonaQuery
from sandbox import canonical
from sandbox.api import serializers as ground
from sandbox.api.shapes import Body, Instant, Query
from sandbox.events import verify
from tests.conftest import World
from tests.factories import ANSWER, CONTENT, LAMP, RETURN, TEXT, WorkOrderFactory
from tests.rows import everything, standing
from workorders.api import serializers as hotline
from workorders.inputs import ACTIONS

API = "/api/v1/"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
CALLER = {"name": "演安一", "phone": "10000000001"}
ORDER = {"text": TEXT, "caller": CALLER}
NUL, SURROGATE = "石牌\x00东路", "石牌\ud800东路"


@dataclass(frozen=True)
class Operation:
    """A write: where, in which form, and an example that would do (`{number}` stands for an order)."""

    path: str
    body: type[Body]
    good: dict[str, Any]
    method: str = "post"

    def __str__(self) -> str:
        return self.path


GOOD = {
    "reject": {"reason": 1},
    "answer_directly": {"text": "见办事指南"},
    "return_to_centre": RETURN,
    "refuse_return": {"reason": "属你局职责"},
    "answer": ANSWER,
    "send_back": {"reason": "请补充"},
    "follow_up": CONTENT,
    "close": {"reason": "无需回访"},
}
NOTHING = type("NothingIn", (Body,), {})
WRITES = [
    Operation("workorders", hotline.WorkOrderIn, ORDER),
    Operation("workorders/batch", hotline.BatchIn, {"orders": [ORDER]}),
    *(Operation(f"workorders/{{number}}/{name}", hotline.ACTION_BODIES[name], GOOD.get(name, {})) for name in ACTIONS),
    Operation("sandbox/clock/advance", ground.AdvanceIn, {"by": {"days": 1}}),
    Operation("sandbox/clock/run", ground.RunIn, {"rate": 60}),
    Operation("sandbox/clock/freeze", NOTHING, {}),
    Operation("sandbox/clock/retry", NOTHING, {}),
    Operation("sandbox/clock/barrier", ground.BarrierIn, {"on": True}),
    Operation("sandbox/clock/settle", ground.SettleIn, {"event": 1}),
    Operation("sandbox/roles/open", ground.RoleIn, {"role": "agent"}),
    Operation("sandbox/roles/close", ground.RoleIn, {"role": "agent"}),
    Operation("rules/workorder.sign", ground.RuleIn, {"value": 2}, "put"),
]
READS: list[tuple[str, type[Query]]] = [
    ("workorders", hotline.OrderQuery),
    ("units", hotline.UnitQuery),
    ("indicators", hotline.IndicatorQuery),
    ("regions", ground.RegionQuery),
    ("personas", PersonaQuery),
    ("calendar", ground.CalendarQuery),
    ("events", ground.EventQuery),
]
# what takes a number of an order, for reading
NUMBERED = ["workorders/{number}", "workorders/{number}/timeline"]


class Scene:
    """A world to which only bad input is sent, so that it never changes."""

    def __init__(self) -> None:
        self.world = World()
        self.number = WorkOrderFactory(world=self.world).number
        self.owner = self.world.client("agent")
        self.bare = self.world.client()
        self.stood = standing(self.world.sandbox)

    def send(self, operation: Operation, body: Any, **headers: Any) -> Any:
        """A body as JSON text in which anything can be written."""
        return self.raw(operation, json.dumps(body).encode(), **headers)

    def raw(self, operation: Operation, content: bytes, content_type: str = "application/json", **headers: Any) -> Any:
        path = API + operation.path.format(number=self.number)
        return self.owner.generic(operation.method.upper(), path, content, content_type, **headers)

    def refused(self, answer: Any, status: int, code: str | None = None, field: str | None = None) -> dict[str, Any]:
        """The problem in an answer, once it is sure that it is a clear one and nothing was written."""
        assert answer.status_code == status, answer.content.decode()
        problem = clear(answer)
        if field is not None:
            assert field in [one["field"] for one in problem["errors"]], problem
        if code is not None:
            codes = {one["code"] for one in problem.get("errors", []) if field in (None, one["field"])}
            assert code in codes | {problem["code"]}, problem
        assert standing(self.world.sandbox) == self.stood
        return problem


def clear(answer: Any) -> dict[str, Any]:
    """A problem any reader understands: RFC 9457, in Chinese, with a code and what to do."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = json.loads(answer.content)
    assert problem["type"] == f"urn:yueyan:problem:{problem['code']}"
    assert problem["status"] == answer.status_code
    said = [problem["title"], problem["detail"], *([problem["remedy"]] if "remedy" in problem else [])]
    assert "remedy" in problem or problem.get("errors")
    for error in problem.get("errors", []):
        assert error["field"] and error["code"]
        said += [error["message"], error["remedy"]]
    assert all(CHINESE.search(text) for text in said), said
    assert all(len(text) < 400 for text in said), said
    return problem


@pytest.fixture(scope="module")
def stage(database: str) -> Iterator[Scene]:
    scene = Scene()
    before = everything(scene.world.sandbox)
    yield scene
    assert everything(scene.world.sandbox) == before
    verify(scene.world.events())  # no gap


@pytest.fixture
def scene(stage: Scene) -> Scene:
    stage.stood = standing(stage.world.sandbox)
    return stage


# fields -------------------------------------------------------------------------------------------------

LISTS: list[Any] = [["文字"], {"文": "字"}]
LATE, EARLY = "9999-12-31T23:59:59+08:00", "0001-01-01T00:00:00+08:00"


def bad_values(field: Any) -> list[Any]:
    """Values a field of a body must refuse."""
    match field:
        case Instant():
            return [
                "昨天",
                "2022-13-01T00:00:00+08:00",
                20220901,
                SURROGATE * 4,
                NUL * 4,
                EARLY,
                LATE,
                "",
                True,
                *LISTS,
            ]
        case serializers.ChoiceField():
            return ["没有这个", SURROGATE, NUL, "长" * 5000, "", True, 10**30, *LISTS]
        case serializers.CharField():
            long = "长" * ((getattr(field, "max_length", None) or 2000) + 1)
            return [NUL, SURROGATE, long, 5, 1.5, 10**400, True, *LISTS]
        case serializers.BooleanField():
            return ["也许", SURROGATE, NUL, 5, 1, "true", *LISTS]
        case serializers.IntegerField():
            return ["三", SURROGATE, NUL, 1.5, 10**30, -(10**30), 10**4000, "", "5", True, *LISTS]
        case serializers.ListField():
            return ["文字", 5, {"文": "字"}, True, ["文字"], [5], [[]], [None]]
        case _:  # a form within the form
            return ["文字", 5, ["文字"], True]


def fields_of(form: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    for name, field in form.fields.items():
        at = f"{path}.{name}" if path else name
        yield at, field
        if isinstance(field, serializers.Serializer):
            yield from fields_of(field, at)


def written(good: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A body with one field changed."""
    name, _, rest = path.partition(".")
    return {**good, name: written(good.get(name, {}), rest, value) if rest else value}


def _bad_fields() -> Iterator[Any]:
    for operation in WRITES:
        for path, field in fields_of(operation.body()):
            values = bad_values(field)
            for value in values if field.allow_null else [*values, None]:
                yield pytest.param(operation, path, value, id=f"{operation}-{path}-{ascii(value)[:24]}")


@pytest.mark.parametrize(("operation", "path", "value"), list(_bad_fields()))
def test_a_value_that_does_not_fit_is_refused_by_the_name_of_its_field(operation, path, value, scene):
    answer = scene.send(operation, written(operation.good, path, value))

    problem = scene.refused(answer, 422, "invalid_input")
    assert any(re.match(rf"{re.escape(path)}($|[.\[])", one["field"]) for one in problem["errors"]), problem


@pytest.mark.parametrize("operation", WRITES, ids=str)
def test_a_field_that_is_missing_is_named(operation, scene):
    for path, field in fields_of(operation.body()):
        if field.required and "." not in path:
            without = {name: value for name, value in operation.good.items() if name != path}
            scene.refused(scene.send(operation, without), 422, "required", path)


@pytest.mark.parametrize("name", ["nonsense", "诉求", "\ud800", "a\x00b", "长" * 500, "", "__class__"], ids=ascii)
def test_a_field_nobody_knows_is_named(name, scene):
    for operation in WRITES:
        scene.refused(scene.send(operation, {**operation.good, name: 1}), 422, "unknown_field")


@pytest.mark.parametrize("path", ["caller.nonsense", "caller.caller.name"])
def test_a_field_nobody_knows_is_named_with_its_path(path, scene):
    answer = scene.send(WRITES[0], written(ORDER, path, 1))

    scene.refused(answer, 422, "unknown_field", ".".join(path.split(".")[:2]))


# bodies -------------------------------------------------------------------------------------------------

MALFORMED = {
    "a list": b"[]",
    "a text": b'"x"',
    "a number": b"5",
    "nothing": b"null",
    "broken": b'{"text": ',
    "two": b"{}{}",
    "NaN": b'{"text": NaN}',
    "Infinity": b'{"text": -Infinity}',
    "not UTF-8": b'{"text": "\xff\xfe"}',
    "UTF-16": '{"text": "\u8def\u706f"}'.encode("utf-16"),
    "GBK": '{"text": "\u8def\u706f"}'.encode("gbk"),
    "a field twice": b'{"text": "x", "text": "y"}',
    "a field twice inside": b'{"caller": {"name": "x", "name": "y"}}',
    "deep lists": b'{"text": ' + b"[" * 200_000,
    "deep objects": b'{"a":' * 100_000,
    "deep and closed": b'{"text": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "an endless number": b'{"text": ' + b"9" * 10_000 + b"}",
    "a raw NUL": b'{"text": "\x00"}',
}


@pytest.mark.parametrize("content", MALFORMED.values(), ids=MALFORMED)
def test_what_is_not_a_json_object_is_refused(content, scene):
    for operation in WRITES:
        scene.refused(scene.raw(operation, content), 400, "malformed_json")


def test_what_is_wrong_with_the_json_is_said_in_chinese_and_where(scene):
    broken, twice = (scene.raw(WRITES[0], content) for content in (b'{"text": }', b'{"text": "x", "text": "y"}'))

    assert broken.json()["detail"] == "不是合法的 JSON：第 1 行第 10 列"
    assert twice.json()["detail"] == "不是合法的 JSON：字段 text 出现了两次"


def test_a_byte_order_mark_does_no_harm(world):
    sent = b"\xef\xbb\xbf" + canonical.dumps(ORDER).encode()

    answer = world.client().generic("POST", "/api/v1/workorders", sent, content_type="application/json")

    assert (answer.status_code, answer.json()["text"]) == (201, ORDER["text"])


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml", "\xff"],
)
def test_another_content_type_is_refused(content_type, scene):
    for operation in WRITES:
        scene.refused(scene.raw(operation, b'{"text": "x"}', content_type), 415, "unsupported_media_type")


@pytest.mark.parametrize("operation", WRITES[:3], ids=str)
def test_a_body_of_more_than_eight_mebibytes_is_refused(operation, scene):
    scene.refused(scene.send(operation, {"text": "x" * (8 << 20)}), 413, "too_large")


@pytest.mark.parametrize("size", [0, 1001])
def test_a_batch_has_one_to_a_thousand_orders(size, scene):
    scene.refused(scene.send(WRITES[1], {"orders": [ORDER] * size}), 422, field="orders")


BAD_ROWS = {
    "a shape": ({"caller": CALLER}, "orders[6].text", "required"),
    "a rule": ({**ORDER, "category": "9999"}, "orders[6].category", "unknown_category"),
    "a word": ({**ORDER, "text": SURROGATE}, "orders[6].text", "surrogate_characters_not_allowed"),
}


@pytest.mark.parametrize(("row", "field", "code"), BAD_ROWS.values(), ids=BAD_ROWS)
def test_one_bad_row_refuses_the_whole_batch_and_is_named(row, field, code, scene):
    answer = scene.send(WRITES[1], {"orders": [ORDER] * 6 + [row] + [ORDER] * 3})

    scene.refused(answer, 422, code, field)


# words that do not fit the world --------------------------------------------------------------------------

ACTION = dict(zip(ACTIONS, WRITES[2:], strict=False))
UNKNOWN = [
    (WRITES[0], {**ORDER, "region": "999999"}, "unknown_region", "region"),
    (WRITES[0], {**ORDER, "region": "440106999"}, "unknown_region", "region"),
    (WRITES[0], {**ORDER, "category": "9999"}, "unknown_category", "category"),
    (ACTION["accept"], {"category": "9999"}, "unknown_category", "category"),
    (ACTION["accept"], {"region": "110000"}, "unknown_region", "region"),
    (ACTION["accept"], {"category": "1301"}, "not_accepted_category", "category"),
]


@pytest.mark.parametrize(("operation", "body", "code", "field"), UNKNOWN)
def test_what_the_province_does_not_have_is_refused(operation, body, code, field, scene):
    answer = scene.send(operation, body)

    scene.refused(answer, 409 if code == "not_accepted_category" else 422, code, field)


CLOCK = [
    ({"to": "2022-08-31T09:00:00+08:00"}, "into_the_past", "to"),
    ({"to": "2022-09-01T08:59:59+08:00"}, "into_the_past", "to"),
    ({"to": "2999-01-01T00:00:00+08:00"}, "beyond_calendar", "to"),
    ({"by": {"days": 3000}}, "beyond_calendar", "by"),
    ({"by": {"days": 3000, "hours": 100_000, "minutes": 6_000_000, "seconds": 360_000_000}}, "beyond_calendar", "by"),
    ({"by": {"days": 10**12}}, "max_value", "by.days"),
    ({"by": {"seconds": 10**18}}, "max_value", "by.seconds"),
    ({"by": {"days": -1}}, "min_value", "by.days"),
    ({"by": {"weeks": 1}}, "unknown_field", "by.weeks"),
    ({"by": {}}, "span_missing", "by"),
    ({"by": {"days": 1}, "wait": 61}, "max_value", "wait"),
    ({"to": "2022-09-02T09:00:00+08:00", "by": {"days": 1}}, "to_or_by", None),
    ({}, "target_missing", None),
    ({"until": {}}, "until_empty", None),
    ({"until": {"idle": False}}, "until_empty", None),
    ({"until": {"idle": True, "type": "work_order.closed"}}, "until_empty", None),
]


@pytest.mark.parametrize(("body", "code", "field"), CLOCK)
def test_the_clock_goes_forward_only_and_not_beyond_the_calendar(body, code, field, scene):
    operation = next(one for one in WRITES if one.path == "sandbox/clock/advance")

    scene.refused(scene.send(operation, body), 422, code, field)


SANDBOX = [
    ("sandbox/clock/settle", {"event": 999}, 422, "event_out_of_range"),
    ("sandbox/clock/retry", {}, 409, "clock_not_halted"),
    ("sandbox/clock/run", {"rate": 0}, 422, "min_value"),
    ("sandbox/clock/run", {"rate": 100_001}, 422, "max_value"),
    ("sandbox/roles/open", {"role": "mayor"}, 422, "unknown_role"),
    ("sandbox/roles/open", {"role": "system"}, 422, "unknown_role"),
    ("sandbox/roles/open", {"role": "department:440106-xx"}, 422, "unknown_unit"),
    ("sandbox/roles/open", {"role": "agent:440106-cg"}, 422, "unknown_role"),
    ("sandbox/roles/open", {"role": "agent:"}, 422, "unknown_role"),
    ("sandbox/roles/open", {"role": "department:"}, 422, "unit_missing"),
    ("sandbox/roles/close", {"role": "department:440106-cg"}, 409, "role_not_open"),
    ("rules/workorder.sign", {"value": -1}, 422, "min_value"),
    ("rules/workorder.sign", {"value": 1001}, 422, "max_value"),
]


@pytest.mark.parametrize(("path", "body", "status", "code"), SANDBOX)
def test_the_sandbox_refuses_what_it_cannot_be(path, body, status, code, scene):
    operation = next(one for one in WRITES if one.path == path)

    scene.refused(scene.send(operation, body), status, code)


# headers ------------------------------------------------------------------------------------------------

AUTHORIZATIONS = ["", "Bearer", "Bearer ", "Basic eDp5", "Bearer sk_nobody", "sk_nobody", "Bearer sk_\xff", "Bearer sk_\x00",
                  "Bearer " + "x" * 10_000]  # fmt: skip


@pytest.mark.parametrize("authorization", AUTHORIZATIONS, ids=lambda text: ascii(text)[:20])
def test_without_a_known_key_nobody_comes_in(authorization, scene):
    client = APIClient(raise_request_exception=False)
    given = {"HTTP_AUTHORIZATION": authorization} if authorization else {}
    calls = [("get", path) for path, _ in READS] + [("get", path) for path in NUMBERED]
    calls += [(operation.method, operation.path) for operation in WRITES]
    calls += [("get", path) for path in ("sandbox", "sandbox/clock", "rules", "categories", "dispatch-rules")]

    for method, path in calls:
        answer = getattr(client, method)(API + path.format(number=scene.number), **given)

        scene.refused(answer, 401, "key_missing_or_unknown")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


ACTORS = {
    "mayor": "unknown_role",
    "system": "unknown_role",
    "Citizen": "unknown_role",
    "citizen:440106-cg": "unknown_role",
    "department": "unit_missing",
    "department:": "unit_missing",
    "department:440106-xx": "unknown_unit",
    "department:440106-cg:x": "unknown_unit",
    "\x00": "unknown_role",
    "\xff\xfe": "unknown_role",
    "citizen\x00": "unknown_role",
    "department:\x00": "unknown_unit",
    "x" * 10_000: "unknown_role",
}


@pytest.mark.parametrize(("name", "code"), ACTORS.items(), ids=lambda text: ascii(text)[:24])
def test_nobody_acts_as_somebody_there_is_not(name, code, scene):
    for method, path in [("get", "workorders"), ("get", "sandbox"), ("post", "workorders")]:
        answer = getattr(scene.bare, method)(API + path, HTTP_ACTING_AS=name)

        scene.refused(answer, 422, code, "Acting-As")


@pytest.mark.parametrize(
    "key", ["", " ", "x" * 256, "两把钥匙", "a b", "a\x00", "\xff", "\t"], ids=lambda text: ascii(text)[:20]
)
def test_an_idempotency_key_is_visible_ascii(key, scene):
    for operation in WRITES:
        answer = scene.send(operation, operation.good, HTTP_IDEMPOTENCY_KEY=key)

        scene.refused(answer, 422, "bad_idempotency_key", "Idempotency-Key")


@pytest.mark.parametrize("accept", ["application/xml", "text/html", "\xff"])
@pytest.mark.parametrize("path", ["workorders", "sandbox", "rules"])
def test_answers_are_json_only(path, accept, scene):
    scene.refused(scene.owner.get(API + path, HTTP_ACCEPT=accept), 406, "not_acceptable")


# addresses ----------------------------------------------------------------------------------------------


def bad_words(field: Any) -> list[str]:
    """Words a filter must refuse (`%00`: NUL; `%ff`: no UTF-8, which arrives as a replacement character)."""
    words = ["%00"]
    match field:
        case Instant() | serializers.DateField():
            words += [
                "昨天",
                "2022-13-01",
                "%ff",
                "0001-01-01T00:00:00%2B08:00",
                "9999-12-31T23:59:59%2B08:00",
                "99999-01-01",
            ]
        case serializers.ChoiceField() | serializers.BooleanField() | serializers.RegexField():
            words += ["没有这个", "%ff", "长" * 300, "'; DROP TABLE"]
        case serializers.IntegerField():
            words += ["三", "-1", "1.5", "9" * 30, "9" * 2000, "%ff"]
        case serializers.CharField():
            words += ["长" * 300]
    return words


def _bad_filters() -> Iterator[Any]:
    for path, query in READS:
        for name, field in query().fields.items():
            for word in bad_words(field):
                yield pytest.param(path, name, word, id=f"{path}-{name}-{ascii(word)[:20]}")


@pytest.mark.parametrize(("path", "name", "word"), list(_bad_filters()))
def test_a_filter_that_does_not_fit_is_refused_by_its_name(path, name, word, scene):
    day = "&".join(f"{one}=2022-09-01" for one in ("first", "last") if path == "calendar" and one != name)

    scene.refused(scene.owner.get(f"{API}{path}?{day}&{name}={word}"), 422, field=name)


@pytest.mark.parametrize(("path", "query"), READS)
def test_a_filter_nobody_knows_and_one_given_twice_are_named(path, query, scene):
    scene.refused(scene.owner.get(f"{API}{path}?nonsense=1"), 422, "unknown_field", "nonsense")
    scene.refused(scene.owner.get(f"{API}{path}?%00=1"), 422, "unknown_field")
    scene.refused(scene.owner.get(f"{API}{path}?format=json"), 422, "unknown_field", "format")
    scene.refused(scene.owner.get(f"{API}{path}?format=xml"), 422, "unknown_field", "format")
    for name in query().fields:
        scene.refused(scene.owner.get(f"{API}{path}?{name}=1&{name}=2"), 422, "given_twice", name)


@pytest.mark.parametrize("path", ["workorders", "events"])
def test_more_query_parameters_than_anybody_needs_are_refused(path, scene):
    query = "&".join(f"x{number}=1" for number in range(2_000))

    scene.refused(scene.owner.get(f"{API}{path}?{query}"), 422)


@pytest.mark.parametrize("cursor", ["x", "-1", "1.5", "9" * 19, "9" * 40, "\u0661\u0662", "%00", "", "%ff"], ids=ascii)
@pytest.mark.parametrize("path", ["workorders", "units", "regions"])
def test_a_cursor_nobody_gave_is_refused(path, cursor, scene):
    scene.refused(scene.owner.get(f"{API}{path}?cursor={cursor}"), 422, field="cursor")


def test_the_limit_of_a_page_is_five_hundred(scene):
    for path in ("workorders", "units", "regions"):
        for limit in (0, -1, 501, "x", "9" * 400):
            scene.refused(scene.owner.get(f"{API}{path}?limit={limit}"), 422, field="limit")


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("calendar?first=2022-09-02&last=2022-09-01", None),
        ("calendar?first=2022-01-01&last=2024-01-01", None),
        ("calendar?first=1999-01-01&last=1999-01-02", "first"),
        ("calendar?first=2027-12-31&last=2028-01-02", "last"),
        ("indicators?first=2022-09-02&last=2022-09-01", None),
        ("indicators?city=999999", "city"),
        ("indicators?city=440106", "city"),
        ("workorders?region=999999", "region"),
        ("workorders?category=9999", "category"),
        ("workorders?unit=440106-xx", "unit"),
        ("units?region=999999", "region"),
        ("units?kind=xx", "kind"),
        ("personas?kind=xx", "kind"),
        ("personas?outcome=xx", "outcome"),
        ("personas?status=later", "status"),
        ("regions?parent=999999", "parent"),
    ],
)
def test_a_filter_names_something_that_exists(path, field, scene):
    scene.refused(scene.owner.get(API + path), 422, field=field)


NUMBERS = [
    "x", "12345", "12345-440106-20220901-000001-0", "12345-440106-20220901-999999-9", "１２３４５-440106-20220901-000001-1",
    "%00", "a%00b", "%ff%fe", "%ed%a0%80", "1" * 3000, "..", "%2e%2e%2f", "12345-440106-20220901-000001-1%0a", "'--",
]  # fmt: skip


@pytest.mark.parametrize("number", NUMBERS, ids=lambda text: ascii(text)[:30])
def test_a_number_nobody_gave_is_not_found_wherever_it_stands(number, scene):
    for path in NUMBERED:
        clear(answer := scene.owner.get(API + path.format(number=number)))
        assert answer.status_code == 404
    for operation in ACTION.values():
        clear(answer := scene.owner.post(API + operation.path.format(number=number), operation.good, format="json"))
        assert answer.status_code == 404
    assert standing(scene.world.sandbox) == scene.stood


@pytest.mark.parametrize(
    "path", ["rules/{}", "regions/{}", "units/{}", "personas/{}", "nonsense/{}", "workorders/{}/nonsense"]
)
@pytest.mark.parametrize("word", ["x", "%00", "%ff", "长" * 1000, "440000%0a"], ids=lambda text: ascii(text)[:20])
def test_what_there_is_not_is_not_found(path, word, scene):
    scene.refused(scene.owner.get(API + path.format(word)), 404, "not_found")


def test_a_rule_nobody_wrote_cannot_be_overridden(scene):
    scene.refused(scene.owner.put(f"{API}rules/workorder.nonsense", {"value": 1}, format="json"), 404, "not_found")


@pytest.mark.parametrize("method", ["put", "patch", "delete", "trace"])
def test_a_method_an_address_does_not_have_is_refused(method, scene):
    for path in ["workorders", "workorders/{number}", "workorders/{number}/sign", "sandbox", "categories"]:
        answer = scene.owner.generic(method.upper(), API + path.format(number=scene.number))

        scene.refused(answer, 405, "method_not_allowed")


# and the good ones are accepted: the cases above differ from these by one value -----------------------------


def test_the_examples_the_bad_ones_are_made_from_are_good(world):
    client = world.client("agent")

    assert client.post(f"{API}workorders", {**ORDER, "text": LAMP}, format="json").status_code == 201
    assert client.post(f"{API}workorders/batch", {"orders": [ORDER] * 3}, format="json").status_code == 201
    for operation in WRITES:
        good = operation.body(data=operation.good)
        assert good.is_valid(), (operation, good.errors)


def test_what_is_wrong_with_a_very_long_value_is_still_said(world):
    answer = world.client().get(f"{API}workorders", {"state": "9" * 400})

    said = answer.json()["errors"][0]["message"]
    assert answer.status_code == 422
    assert "不是" in said and len(said) < 200
