"""Indicators (指标): what is counted of the hotline's events, and the rates made of it.

Numerator and denominator are always shown together; every formula is named.
"""

from collections import Counter as Tally
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.counters import Counted, counts
from sandbox.events import Happened
from sandbox.regions import PROVINCE
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

CALL_EVENTS = ["call.offered", "call.answered", "call.lost"]


@counts(*ORDER_EVENTS)
def count(happened: Happened) -> Counted:
    """What one event of a work order adds: itself with its move between states, and what indicators need."""
    data = happened.data
    names = [f"{happened.type}:{data['was']}>{data['state']}"]
    if extra := _EXTRA.get(happened.type):
        names += extra(happened.actor, data)
    return hotline_of(happened.subject), names


Extra = Callable[[str, dict[str, Any]], list[str]]


def _dispatched(actor: str, data: dict[str, Any]) -> list[str]:
    if data["position"] != 1:
        return []
    return ["dispatched.first", "dispatched.intelligently"] if actor == "system" else ["dispatched.first"]


def _signed(actor: str, data: dict[str, Any]) -> list[str]:
    names = ["signed.on_time"] if data["on_time"] else []
    return [*names, "signed.by_first_unit"] if data["position"] == 1 else names


def _on_time(name: str) -> Extra:
    return lambda actor, data: [f"{name}.on_time"] if data["on_time"] else []


def _followed_up(actor: str, data: dict[str, Any]) -> list[str]:
    names = []
    if data["attempt"] == 1:
        names = ["follow_up.first", "follow_up.first.intelligent"] if actor == "system" else ["follow_up.first"]
    if not data["reached"]:
        return names
    names.append("follow_up.valid")
    if data["contacted"]:
        names.append("follow_up.contacted")
    if data["reasonable"]:
        names.append("follow_up.valid_reasonable")
        if data["solved"] != Solved.UNSOLVED:
            names.append("follow_up.solved")
        if not data["excluded"]:
            names.append("follow_up.rated")
            if data["satisfied"] != Satisfied.DISSATISFIED:
                names.append("follow_up.satisfied")
    return names


def _ended(actor: str, data: dict[str, Any]) -> list[str]:
    ending = f"ending.{data['ending']}"
    return [ending, "closed.redone"] if data.get("redo") else [ending]


def _answered_directly(actor: str, data: dict[str, Any]) -> list[str]:
    names = _ended(actor, data)
    return [*names, "answered.intelligently"] if actor == "system" else names


_EXTRA: dict[str, Extra] = {
    "work_order.dispatched": _dispatched,
    "work_order.signed": _signed,
    "work_order.contacted": _on_time("contacted"),
    "work_order.answered": _on_time("answered"),
    "work_order.followed_up": _followed_up,
    "work_order.closed": _ended,
    "work_order.rejected": _ended,
    "work_order.answered_directly": _answered_directly,
    "work_order.withdrawn": _ended,
    "work_order.overdue": lambda actor, data: [f"overdue.{data['what']}"],
}


@counts(*CALL_EVENTS)
def count_call(happened: Happened) -> Counted:
    """What one event of a phone call adds. The provincial platform's calls count for its own rate too."""
    hotline, names = happened.data["hotline"], [happened.type]
    if happened.type == "call.answered" and happened.actor == "system":
        names.append("call.answered_intelligently")
    elif happened.type != "call.offered":
        ways = ["to_seats"]
        if happened.type == "call.answered":
            ways += ["by_seats", "by_seats.on_time"] if happened.data["on_time"] else ["by_seats"]
        names += [f"call.{way}" for way in ways]
        if hotline == PROVINCE:
            names += [f"provincial_call.{way}" for way in ways]
    return hotline, names


@dataclass(frozen=True, slots=True)
class Indicator:
    code: str
    name: str
    formula: str
    numerator: str
    denominator: str


INDICATORS = [
    Indicator(
        "connection",
        "接通率（省级平台）",
        "省级平台人工接通 / 转入人工的来电",
        "provincial_call.by_seats",
        "provincial_call.to_seats",
    ),
    Indicator("connection_all", "接通率（全部热线）", "人工接通 / 转入人工的来电", "call.by_seats", "call.to_seats"),
    Indicator("answered_within", "及时接听率", "15 秒内人工接通 / 人工接通", "call.by_seats.on_time", "call.by_seats"),
    Indicator(
        "intelligent_agent",
        "智能客服占比",
        "智能客服直接答复 / 受理的诉求",
        "answered.intelligently",
        "work_order.received",
    ),
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
    Indicator(
        "intelligent_follow_up",
        "智能回访占比",
        "首次回访中由系统进行的 / 首次回访",
        "follow_up.first.intelligent",
        "follow_up.first",
    ),
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
    """Every indicator from counters, with numerator, denominator and rate (a fraction, four places; None if 0 / 0)."""
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
