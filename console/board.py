"""What the board shows: numbers from counters, the latest events in words, the clock.

Days that are over do not change any more: what they add up to is kept in memory, and a poll counts today's only.
"""

from __future__ import annotations

import json
from collections import Counter as Tally
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from console.figures import figures
from console.province import city_name, tiles
from console.telling import tell
from console.words import Words
from sandbox import clock, counters, queries
from sandbox.calendar import calendar
from sandbox.moments import day_of, iso
from sandbox.regions import PROVINCE
from sandbox.vocabulary import Clock
from workorders.indicators import by_state, happenings, indicators
from workorders.lifecycle import OrderState

if TYPE_CHECKING:
    from sandbox.models import Sandbox

S = OrderState
ENDED = (S.ARCHIVED, S.CLOSED, S.ANSWERED, S.REJECTED, S.WITHDRAWN)
# the closed loop: its stages, the states that wait in each, and the event that leads out of it
STAGES = [
    ("accept", (S.PENDING_ACCEPT,), "work_order.accepted"),
    ("dispatch", (S.PENDING_DISPATCH,), "work_order.dispatched"),
    ("sign", (S.PENDING_SIGN, S.RETURN_REVIEW), "work_order.signed"),
    ("handle", (S.IN_PROGRESS, S.REDO), "work_order.answered"),
    ("review", (S.PENDING_REVIEW,), "work_order.completed"),
    ("follow_up", (S.PENDING_FOLLOW_UP,), "work_order.followed_up"),
    ("archive", ENDED, "work_order.archived"),
]
LOADS = (0, 1, 2, 4)  # times the scale: open orders above which a tile is coloured darker
DAYS = 30  # of the chart
STREAM = 14  # lines
LOOKED_AT = 80  # events among which these are found
QUIET = {"party.registered"}  # goes with every first call and would drown the rest
RATES = (1, 60, 600, 3600, 21600)

Sums = dict[str, int]


def entity_tag(sandbox: Sandbox, words: Words) -> str:
    """Changes whenever the board would look different: with every unit of work, and with the clock's target."""
    face = clock.face(sandbox)
    going = iso(face["target"]) if face["target"] else "-"
    return f'"{words.language}-{sandbox.pk}.{sandbox.generation}.{sandbox.version}.{sandbox.last_event}.{going}"'


def live(sandbox: Sandbox, words: Words) -> dict[str, Any]:
    """Everything of the board that moves."""
    today = day_of(sandbox.now)
    before, days = _before(sandbox, sandbox.generation, today)
    now = counters.by_region(sandbox, first=today, last=today)
    regions = {code: _added(before.get(code, {}), now.get(code, {})) for code in before.keys() | now.keys()}
    total, of_today = _added(*regions.values()), _added(*now.values())
    shown = _indicators(total, words)
    return {
        "clock": clock_face(sandbox, words),
        "stages": _stages(total, of_today, words),
        **_map(regions, now, words),
        "stream": _stream(sandbox, words),
        "compared": [one for one in shown if one["figures"]],
        "others": [one for one in shown if not one["figures"]],
        **_chart({**days, today: of_today}, today, words),
    }


@lru_cache(maxsize=16)
def _before(sandbox: Sandbox, generation: int, today: date) -> tuple[dict[str, Sums], dict[date, Sums]]:
    """The sums by region of all days before today, and those of the chart's days."""
    yesterday = today - timedelta(days=1)
    first = today - timedelta(days=DAYS - 1)
    return counters.by_region(sandbox, last=yesterday), counters.by_day(sandbox, first=first, last=yesterday)


def _added(*sums: Sums) -> Sums:
    total = Tally[str]()
    for one in sums:
        total.update(one)
    return dict(total)


def clock_face(sandbox: Sandbox, words: Words) -> dict[str, Any]:
    """The clock in words: what it does, where it stands, how far it has to go, and why it stopped."""
    face = clock.face(sandbox)
    advancing = face["state"] == Clock.FROZEN and face["target"] is not None
    state = "advancing" if advancing else str(face["state"])
    lag = words.span(face["lag_seconds"])
    notes = []
    if face["rate"]:
        notes.append(words.say("clock", "rate", rate=face["rate"]))
        if face["lag_seconds"] > 10 * face["rate"]:  # more than ten real seconds
            notes.append(words.say("clock", "lag", lag=lag))
    if advancing:
        notes.append(words.say("clock", "target", target=words.full(face["target"]), lag=lag))
    if face["waiting_for_event"] is not None:
        notes.append(words.say("clock", "waiting_for", event=face["waiting_for_event"]))
    if face["halted"]:
        notes.append(words.say("clock", "halted_at", **face["halted"]))
    today = calendar().day(day_of(sandbox.now))
    kind = words.say("day", today.kind)
    named = f"{kind} {today.name}" if today.name and words.language == "zh" else kind
    return {
        "state": state,
        "label": words.say("clock", state),
        "iso": iso(sandbox.now),
        "day": words.day(day_of(sandbox.now)),
        "time": iso(sandbox.now)[11:19],
        "kind": words.say("day", "assumed", kind=named) if today.assumed else named,
        "notes": notes,
    }


def _stages(total: Sums, today: Sums, words: Words) -> list[dict[str, Any]]:
    standing, happened = by_state(total), happenings(today)
    in_the_loop = {state.value for _, states, _ in STAGES for state in states}
    stages = [(name, [state.value for state in states], event) for name, states, event in STAGES]
    if outside := [code for code in standing if code not in in_the_loop]:
        stages.append(("other", outside, ""))  # shown all the same, so that nobody is lost
    return [_stage(name, states, standing, happened.get(event, 0), words) for name, states, event in stages]


def _stage(name: str, states: list[str], standing: Sums, today: int, words: Words) -> dict[str, Any]:
    inside = [{"code": code, "name": words.label(S, code), "count": standing.get(code, 0)} for code in states]
    return {
        "code": name,
        "name": words.say("flow", name),
        "states": inside,
        "count": f"{sum(standing.get(code, 0) for code in states):,}",
        "today": words.say("flow", "today", n=f"{today:,}"),
        # what stands in it besides its first state; after an order's end that is only the way to the archive
        "parts": [
            {"code": one["code"], "shown": words.say("flow", "part", state=one["name"], n=f"{one['count']:,}")}
            for one in inside[1:]
            if one["count"] and name != "archive"
        ],
    }


def _map(regions: dict[str, Sums], now: dict[str, Sums], words: Words) -> dict[str, Any]:
    shown = [_tile(code, regions, now, words) for code in (*tiles(), PROVINCE)]
    least = [load * _scale(max(one["count"] for one in shown)) for load in LOADS]
    for one in shown:
        one["load"] = sum(one["count"] > bound for bound in least)
    placed = {code: {"row": tile.row, "column": tile.column} for code, tile in tiles().items()}
    return {
        "tiles": [{**one, **placed[one["code"]]} for one in shown[:-1]],
        "province": shown[-1],
        "legend": ["0", *(_range(low + 1, high) for low, high in pairwise(least)), f">{least[-1]:,}"],
    }


def _scale(most: int) -> int:
    """A round number an eighth of the fullest tile, or a little more: small sandboxes and large ones fill the legend."""
    power = 1
    while 40 * power < most:  # 8 × 5, the largest step of this power
        power *= 10
    return next(step * power for step in (1, 2, 5) if 8 * step * power >= most)


def _range(first: int, last: int) -> str:
    return f"{first:,}–{last:,}" if last > first else f"{last:,}"


def _tile(code: str, regions: dict[str, Sums], now: dict[str, Sums], words: Words) -> dict[str, Any]:
    standing = by_state(regions.get(code, {}))
    happened = happenings(now.get(code, {}))
    open_orders = sum(number for state, number in standing.items() if state not in ENDED)
    today, overdue = happened.get("work_order.received", 0), happened.get("work_order.overdue", 0)
    name = city_name(code, words)
    return {
        "code": code,
        "name": name,
        "count": open_orders,
        "label": words.say("map", "label", city=name, open=open_orders, today=today, overdue=overdue),
        "open": f"{open_orders:,}",
        "today": words.say("map", "today", n=f"{today:,}"),
        "overdue": words.say("map", "overdue", n=f"{overdue:,}") if overdue else "",
    }


def _stream(sandbox: Sandbox, words: Words) -> list[dict[str, Any]]:
    latest = queries.events(sandbox, after=max(0, sandbox.last_event - LOOKED_AT))
    told = [event for event in reversed(latest) if event.type not in QUIET]
    return [tell(event, words) for event in told[:STREAM]]


def _indicators(total: Sums, words: Words) -> list[dict[str, Any]]:
    return [
        {
            "code": one["code"],
            "name": words.texts["indicator"].get(one["code"], one["name"]),
            "formula": words.texts["formula"].get(one["code"], one["formula"]),
            "rate": None if one["rate"] is None else f"{one['rate'] * 100:.2f} %",
            "bar": f"{min(one['rate'] or 0, 1) * 100:.1f}",
            "parts": f"{one['numerator']:,} / {one['denominator']:,}",
            "figures": [figure.shown(words) for figure in figures().get(one["code"], [])],
        }
        for one in indicators(total)
    ]


def _chart(days: dict[date, Sums], today: date, words: Words) -> dict[str, Any]:
    """Received and ended on each day, from the first day counted on, thirty days at most."""
    first = min(days)
    shown = [first + timedelta(days=offset) for offset in range((today - first).days + 1)]
    received = [happenings(days.get(day, {})).get("work_order.received", 0) for day in shown]
    ended = [sum(n for name, n in days.get(day, {}).items() if name.startswith("ending.")) for day in shown]
    series = {"days": [f"{day.month}/{day.day}" for day in shown], "received": received, "ended": ended}
    return {
        "series": json.dumps(series),
        "chart_text": words.say("chart", "text", days=len(shown)),
        "chart_today": words.say("chart", "today", received=f"{received[-1]:,}", ended=f"{ended[-1]:,}"),
    }
