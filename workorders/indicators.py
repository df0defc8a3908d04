"""Indicators (指标): what is counted of the hotline's events, and the rates made of it.

Numerator and denominator are always shown together; every formula is named.
"""

from collections import Counter as Tally
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sandbox.counters import Count, counts
from sandbox.events import Happened
from workorders.numbers import hotline_of
from workorders.vocabulary import Ending, Satisfied, Solved

ORDER_EVENTS = [
    f"work_order.{name}"
    for name in [
        "received",
        "accepted",
        "rejected",
        "answered_directly",
        "dispatched",
        "signed",
        "return_requested",
        "returned",
        "return_refused",
        "contacted",
        "answered",
        "completed",
        "sent_back",
        "followed_up",
        "redo_ordered",
        "closed",
        "withdrawn",
        "archived",
        "overdue",
    ]
]


@counts(*ORDER_EVENTS)
def count(happened: Happened) -> Iterable[Count]:
    """What one event of a work order adds: itself with its move between states, and what indicators need."""
    data, region = happened.data, hotline_of(happened.subject)
    yield f"{happened.type}:{data['was']}>{data['state']}", region, 1
    if extra := _EXTRA.get(happened.type):
        for name in extra(happened.actor, data):
            yield name, region, 1


def _dispatched(actor: str, data: dict[str, Any]) -> Iterable[str]:
    if data["position"] == 1:
        yield "dispatched.first"
        if actor == "system":
            yield "dispatched.intelligently"


def _signed(actor: str, data: dict[str, Any]) -> Iterable[str]:
    if data["on_time"]:
        yield "signed.on_time"
    if data["position"] == 1:
        yield "signed.by_first_unit"


def _on_time(name: str) -> Any:
    def extra(actor: str, data: dict[str, Any]) -> Iterable[str]:
        if data["on_time"]:
            yield f"{name}.on_time"

    return extra


def _followed_up(actor: str, data: dict[str, Any]) -> Iterable[str]:
    if not data["reached"]:
        return
    yield "follow_up.valid"
    if data["contacted"]:
        yield "follow_up.contacted"
    if data["reasonable"]:
        yield "follow_up.valid_reasonable"
        if data["solved"] != Solved.UNSOLVED:
            yield "follow_up.solved"
        if not data["excluded"]:
            yield "follow_up.rated"
            if data["satisfied"] != Satisfied.DISSATISFIED:
                yield "follow_up.satisfied"


def _closed(actor: str, data: dict[str, Any]) -> Iterable[str]:
    yield f"ending.{data['ending']}"
    if data.get("redo"):
        yield "closed.redone"


_EXTRA = {
    "work_order.dispatched": _dispatched,
    "work_order.signed": _signed,
    "work_order.contacted": _on_time("contacted"),
    "work_order.answered": _on_time("answered"),
    "work_order.followed_up": _followed_up,
    "work_order.closed": _closed,
    "work_order.rejected": _closed,
    "work_order.answered_directly": _closed,
    "work_order.withdrawn": _closed,
    "work_order.overdue": lambda actor, data: [f"overdue.{data['what']}"],
}


@dataclass(frozen=True, slots=True)
class Indicator:
    code: str
    name: str
    formula: str
    numerator: str
    denominator: str


INDICATORS = [
    Indicator(
        "intelligent_dispatch", "智能派单占比", "系统派单 / 首次派单", "dispatched.intelligently", "dispatched.first"
    ),
    Indicator("on_time_sign", "按时签收率", "按时签收 / 签收", "signed.on_time", "work_order.signed"),
    Indicator(
        "first_dispatch_accuracy",
        "首派准确率",
        "首次承办单位签收 / 首次派单",
        "signed.by_first_unit",
        "dispatched.first",
    ),
    Indicator("on_time_contact", "按时联系率", "按时联系 / 联系", "contacted.on_time", "work_order.contacted"),
    Indicator("on_time_answer", "按时答复率", "按时答复 / 答复", "answered.on_time", "work_order.answered"),
    Indicator("response", "响应率", "回访确认已联系 / 有效回访", "follow_up.contacted", "follow_up.valid"),
    Indicator(
        "resolution",
        "解决率",
        "（解决＋基本解决）/ 有效回访（不含不合理诉求）",
        "follow_up.solved",
        "follow_up.valid_reasonable",
    ),
    Indicator(
        "satisfaction",
        "满意率",
        "（满意＋基本满意）/ 有效回访（不含不合理诉求及执法办案、行政调解类）",
        "follow_up.satisfied",
        "follow_up.rated",
    ),
    Indicator("return", "退单率", "退单申请 / 派单", "work_order.return_requested", "work_order.dispatched"),
    Indicator("redo", "重办率", "重办过的办结 / 办结", "closed.redone", "ending.closed"),
]


def indicators(totals: dict[str, int]) -> list[dict[str, Any]]:
    """Every indicator from counters, with numerator, denominator and rate (per ten thousand; None if 0 / 0)."""
    totals = happenings(totals)
    listed = []
    for one in INDICATORS:
        numerator, denominator = totals.get(one.numerator, 0), totals.get(one.denominator, 0)
        listed.append(
            {
                "code": one.code,
                "name": one.name,
                "formula": one.formula,
                "numerator": numerator,
                "denominator": denominator,
                "rate": round(numerator / denominator, 4) if denominator else None,
            }
        )
    return listed


def happenings(totals: dict[str, int]) -> dict[str, int]:
    """The same counters with every event counted by its type alone, whatever state it moved from."""
    summed = Tally[str]()
    for name, value in totals.items():
        summed[name.partition(":")[0]] += value
    return dict(summed)


def by_state(totals: dict[str, int]) -> dict[str, int]:
    """How many orders stand in each state: what came in, less what went out."""
    summed = Tally[str]()
    for name, value in totals.items():
        _, colon, move = name.partition(":")
        was, _, state = move.partition(">")
        if colon and was != state:
            summed[state] += value
            if was:
                summed[was] -= value
    return {state: value for state, value in sorted(summed.items()) if value}


def endings(totals: dict[str, int]) -> dict[str, int]:
    """How many orders ended in each way."""
    return {ending.value: totals.get(f"ending.{ending.value}", 0) for ending in Ending}
