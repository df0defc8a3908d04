"""What a bulk run reports: counts, endings, indicators, the event hash and the speed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.canonical import loads
from sandbox.counters import totals
from sandbox.moments import iso
from simulation.models import Call
from workorders import queries
from workorders.indicators import ORDER_EVENTS, by_state, endings, happenings, indicators
from workorders.lifecycle import WORK_ORDER, OrderState

if TYPE_CHECKING:
    from sandbox.models import Sandbox


def archived(sandbox: Sandbox) -> int:
    return happenings(totals(sandbox)).get("work_order.archived", 0)


def result(sandbox: Sandbox, *, seconds: float) -> dict[str, Any]:
    """The figures of a run. `transitions` counts every step an order took in its lifecycle, its receipt included."""
    sandbox.refresh_from_db()
    sums = totals(sandbox)
    happened = happenings(sums)
    transitions = sum(happened.get(name, 0) for name in ORDER_EVENTS if name != "work_order.overdue")
    return {
        "sandbox": sandbox.slug,
        "seed": sandbox.seed,
        "profile": sandbox.profile,
        "clock": sandbox.clock,
        "halted": loads(sandbox.halted) if sandbox.halted else None,
        "from": iso(sandbox.start),
        "to": iso(sandbox.now),
        "orders": happened.get("work_order.received", 0),
        "archived": happened.get("work_order.archived", 0),
        "endings": endings(sums),
        "states": by_state(sums),
        "events": sandbox.last_event,
        "event_hash": sandbox.head,
        "entries": sandbox.entries_run,
        "transitions": transitions,
        "seconds": round(seconds, 3),
        "transitions_per_second": round(transitions / seconds) if seconds else None,
        "kpi": {one.pop("code"): one for one in indicators(sums)},
    }


def waiting(sandbox: Sandbox) -> list[dict[str, Any]]:
    """The rows of a file that nobody could decide: they wait for a person."""
    rows = {call.order_number: call.row for call in Call.objects.filter(sandbox=sandbox)}
    open_orders = queries.orders(sandbox).exclude(state=OrderState.ARCHIVED).order_by("id")
    return [
        {
            "row": rows.get(order.number),
            "number": order.number,
            "state": order.state,
            "label": OrderState(order.state).label,
            "missing": [
                name
                for name, value in (("type", order.type), ("category", order.category), ("region", order.region))
                if not value
            ],
            "confidence": {"category": order.category_confidence, "place": order.place_confidence},
        }
        for order in open_orders
    ]


def text(result: dict[str, Any]) -> str:
    """The same for people."""
    states = {state.value: state.label for state in WORK_ORDER.states}  # type: ignore[attr-defined]
    lines = [
        f"沙箱 {result['sandbox']}（种子 {result['seed']}，行为设定 {result['profile']}）",
        f"时间 {result['from']} → {result['to']}",
        f"工单 {result['orders']}，已归档 {result['archived']}"
        + "".join(f"，{label} {result['endings'][name]}" for name, label in _ENDINGS.items()),
    ]
    still = {states[name]: count for name, count in result["states"].items() if name != OrderState.ARCHIVED}
    if still:
        lines.append("未归档 " + "，".join(f"{label} {count}" for label, count in still.items()))
    lines.append("指标")
    for one in result["kpi"].values():
        rate = "—" if one["rate"] is None else f"{one['rate']:.2%}"
        lines.append(f"  {one['name']}  {rate}  {one['numerator']}/{one['denominator']}  （{one['formula']}）")
    for row in result.get("waiting", []):
        why = f"缺{'、'.join(_MISSING[name] for name in row['missing'])}" if row["missing"] else _why(row)
        lines.append(f"等人决定 第 {row['row']} 行 {row['number']} {row['label']}：{why}")
    if "errors" in result:
        lines.append(f"来电文件 采用 {result['rows']} 行，有误 {len(result['errors'])} 处")
    if result["halted"]:
        lines.append(f"时钟因错停止：{result['halted']}")
    lines.append(f"事件 {result['events']}，事件摘要 {result['event_hash']}")
    lines.append(f"步骤 {result['transitions']}，{result['seconds']} 秒，每秒 {result['transitions_per_second']}")
    return "\n".join(lines)


def _why(row: dict[str, Any]) -> str:
    sure = row["confidence"]
    return f"说得不清，或把握不足（类目 {sure['category']}%，地点 {sure['place']}%）"


_MISSING = {"type": "诉求类型", "category": "类目", "region": "地点"}
_ENDINGS = {"rejected": "不予受理", "answered": "直接办结", "withdrawn": "撤单", "closed": "结案"}
