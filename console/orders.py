"""Orders on the board: the list by hotline and state, and one order with its timeline, as the API shows it to an owner."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from console.board import ENDED
from console.province import city_name, tiles
from console.telling import tell, unit_name
from console.words import Words
from identity.vocabulary import PartyKind
from sandbox import queries as sandbox_queries
from sandbox.actors import Actor, Role
from sandbox.api.shapes import page
from sandbox.canonical import shown
from sandbox.refusals import Refused
from sandbox.regions import PROVINCE, full_name
from sandbox.work import Work
from workorders import queries
from workorders.api import faces
from workorders.lifecycle import AssignmentState, OrderState
from workorders.numbers import is_number
from workorders.vocabulary import Channel, Deadline, Ending, RejectReason, RequestType, Satisfied, Solved

if TYPE_CHECKING:
    from console.pages import BoardRequest
    from sandbox.models import Sandbox

ROWS = 50
OPEN = "open"


def page_of(request: BoardRequest) -> dict[str, Any]:
    """A page of orders, the newest first. Raises Refused for a filter there is not."""
    words, sandbox = request.words, request.sandbox
    city, state, cursor = (request.GET.get(name, "") for name in ("city", "state", "cursor"))
    cities = [PROVINCE, *sorted(tiles())]
    for given, known in ((city, cities), (state, [OPEN, *OrderState.values])):
        if given and given not in known:
            said = words.say("orders", "bad_filter", value=shown(given, 40))
            raise Refused(said, code="bad_filter", status=422)
    found = queries.orders(sandbox)
    if city:  # the hotline that took it, as the map counts
        found = found.filter(number__startswith=f"12345-{city}-")
    if state:
        found = found.exclude(state__in=ENDED) if state == OPEN else found.filter(state=state)
    rows, following = page(found, sandbox=sandbox, cursor=cursor or None, limit=ROWS, newest_first=True)
    query = request.GET.copy()
    query.pop("lang", None)
    if following:
        query["cursor"] = following
    return {
        "rows": [_row(order, words) for order in rows],
        "next": query.urlencode() if following else "",
        "beginning": not cursor,
        "city": city,
        "state": state,
        "cities": [(code, city_name(code, words)) for code in cities],
        "states": [
            (OPEN, words.say("orders", "open")),
            *((one.value, words.label(OrderState, one)) for one in OrderState),
        ],
    }


def _row(order: Any, words: Words) -> dict[str, Any]:
    return {
        "number": order.number,
        "state": words.label(OrderState, order.state),
        "ended": order.state in ENDED,
        "type": words.label(RequestType, order.type),
        "text": order.text,
        "urgent": order.urgent,
        "confidential": order.confidential,
        "region": full_name(order.region) if order.region else "",
        "unit": unit_name(order.unit),
        "received": words.full(order.received_at),
        "due": words.full(order.due_at),
    }


def one(sandbox: Sandbox, number: str, words: Words) -> dict[str, Any] | None:
    """One order in full with its timeline, or None. The caller is masked, as the API masks them."""
    order = queries.order_to_read(sandbox, number) if is_number(number) else None
    if order is None:
        return None
    face = faces.full(
        Work(sandbox),
        order,
        caller=order.caller,
        assignments=queries.assignments(order),
        follow_ups=queries.follow_ups(order),
        actor=Actor(Role.CITIZEN),
    )
    return {
        "order": face,
        "state": words.label(OrderState, face["state"]),
        "demand": _demand(face, words),
        "handling": _handling(face, words),
        "deadlines": [
            {**one, "what": words.label(Deadline, one["what"]), "due": words.full(one["due"])}
            for one in face["deadlines"]
        ],
        "assignments": [_assignment(one, words) for one in face["assignments"]],
        "follow_ups": [_follow_up(one, words) for one in face["follow_ups"]],
        "timeline": [tell(event, words) for event in sandbox_queries.timeline(sandbox, order.number)],
    }


Fields = list[tuple[str, str]]


def _fields(words: Words, **values: Any) -> Fields:
    """What is filled in, each with its label."""
    return [(words.say("order", name), str(value)) for name, value in values.items() if value]


def _demand(face: dict[str, Any], words: Words) -> Fields:
    caller, seen = face["caller"], face["recognition"]
    return _fields(
        words,
        type=words.label(RequestType, face["type"]),
        category=face["category_name"],
        region=face["region_name"],
        place=face["place"],
        channel=words.label(Channel, face["channel"]),
        caller=words.say("order", "named", name=caller["name"], kind=words.label(PartyKind, caller["kind"])),
        phone=caller["phone"],
        recognition=words.say(
            "order", "recognised", category=seen["category_confidence"], place=seen["place_confidence"]
        ),
    )


def _handling(face: dict[str, Any], words: Words) -> Fields:
    moments = {
        name: words.full(face[f"{name}_at"])
        for name in ("received", "accepted", "due", "completed", "closed", "archived")
    }
    return _fields(
        words,
        unit=face["unit_name"],
        **moments,
        ending=words.label(Ending, face["ending"]),
        reject_reason=words.label(RejectReason, face["reject_reason"]),
        solved=words.label(Solved, face["solved"]),
        satisfied=words.label(Satisfied, face["satisfied"]),
        redo_count=face["redo_count"],
        answer=face["answer"],
        article=face["article"]
        and words.say("order", "known", article=face["article"], confidence=face["article_confidence"]),
        remark=face["remark"],
    )


def _assignment(one: dict[str, Any], words: Words) -> dict[str, Any]:
    return {
        "position": words.say("order", "position", n=one["position"]),
        "unit": one["unit_name"],
        "state": words.label(AssignmentState, one["state"]),
        "fields": _fields(
            words,
            rule=f"{one['rule']} {one['rule_basis']}" if one["rule"] else words.say("order", "by_person"),
            dispatched=words.full(one["dispatched_at"]),
            sign_by=words.full(one["sign_by"]),
            signed=words.full(one["signed_at"]),
            contacted=words.full(one["contacted_at"]),
            answered=words.full(one["answered_at"]),
            answer=one["answer"],
            solved=words.label(Solved, one["solved"]),
            return_reason=one["return_reason"],
            return_basis=one["return_basis"],
            review_remark=one["review_remark"],
        ),
    }


def _follow_up(one: dict[str, Any], words: Words) -> str:
    parts = [
        words.full(one["at"]),
        words.say("order", "reached" if one["reached"] else "not_reached"),
        words.label(Solved, one["solved"]),
        words.label(Satisfied, one["satisfied"]),
        one["remark"],
    ]
    return " · ".join(filter(None, parts))
