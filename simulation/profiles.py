"""Behaviour profiles (行为设定): how simulated people act, as data in `seeds/profiles/`."""

from dataclasses import dataclass, fields
from functools import cache, cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any, NewType

from sandbox import catalogue
from sandbox.regions import regions
from sandbox.rules import brought_by
from workorders.vocabulary import Channel, RequestType

Span = tuple[int, int]
Chance = NewType("Chance", int)  # per thousand


@dataclass(frozen=True, slots=True)
class Caller:
    must_be_refused: Chance
    withdraws: Chance
    withdraws_after: Span
    confidential_reports: Chance
    gives_place: Chance
    population_per_hundred_orders: int


@dataclass(frozen=True, slots=True)
class Agent:
    takes: Span
    answers_consultations: Chance


@dataclass(frozen=True, slots=True)
class Dispatcher:
    takes: Span
    mistakes: Chance
    decides_from_confidence: int


@dataclass(frozen=True, slots=True)
class Department:
    opens: int
    closes: int
    clears_morning_desk: Span
    sign_days: Span
    signs_late: Chance
    contact_hours: Span
    contacts_late: Chance
    answer_percent_of_limit: Span
    answers_late: Chance
    late_by_days: Span
    urgent_sign: Span
    urgent_contact: Span
    urgent_answer: Span
    returns_unjustly: Chance
    solves: Chance
    mostly_solves: Chance


@dataclass(frozen=True, slots=True)
class Reviewer:
    takes: Span
    sends_back: Chance


@dataclass(frozen=True, slots=True)
class FollowUpStaff:
    takes: Span
    reached: Chance
    reached_by_machine: Chance
    contacted: Chance
    satisfied_when_solved: Chance
    satisfied_when_unsolved: Chance
    mostly_satisfied: Chance
    reasonable: Chance


@dataclass(frozen=True, slots=True)
class Centre:
    """The seats of the hotlines; without them every phone call is answered at once."""

    dials_province: Chance
    patience: Span
    talk: Span
    reach_seats: Chance
    connection: Chance
    redials: Chance
    redials_after: Span
    dials_at_most: int


@dataclass(frozen=True)
class Profile:
    name: str
    types: tuple[tuple[str, int], ...]
    channels: tuple[tuple[str, int], ...]
    cities: tuple[tuple[str, int], ...]
    hours: tuple[int, ...]
    caller: Caller
    agent: Agent
    dispatcher: Dispatcher
    department: Department
    reviewer: Reviewer
    follow_up: FollowUpStaff
    centre: Centre | None = None

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """Cumulated weights of the hours of a day, from 0 before the first."""
        return (0, *accumulate(self.hours))


ROLES = {
    "caller": Caller,
    "agent": Agent,
    "dispatcher": Dispatcher,
    "department": Department,
    "reviewer": Reviewer,
    "follow_up": FollowUpStaff,
}
_FILE = catalogue.Shape(
    {"name": str, "types": dict, "channels": dict, "cities": dict, "hours": dict, **dict.fromkeys(ROLES, dict)},
    {"centre": dict, "rules": dict},
)


def _weights(file: Any, where: str, table: dict[str, Any], known: set[str]) -> tuple[tuple[str, int], ...]:
    for key, value in table.items():
        if key not in known or not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise catalogue.SeedError(
                file, f"[{where}]", f"{key} = {value!r} 有误", "键须为已知代码，值为不小于 0 的整数", key=key
            )
    if not sum(table.values()):
        raise catalogue.SeedError(file, f"[{where}]", "比重之和为零", "至少一项须大于零")
    return tuple(sorted(table.items()))


def _cities(file: Path, table: dict[str, Any]) -> tuple[tuple[str, int], ...]:
    """The weights of all cities: one that is left out would never call, and nobody would know."""
    cities = {code: region.name for code, region in regions().items() if region.level == "city"}
    weights = _weights(file, "cities", table, set(cities))
    for code in sorted(cities.keys() - table.keys()):
        raise catalogue.SeedError(
            file, "[cities]", f"缺少 {code}（{cities[code]}）", "各市都须写明比重，没有来电的写 0"
        )
    return weights


def checked(file: Path, where: str, kind: type[Any], table: Any, *, partly: bool = False) -> dict[str, Any]:
    """The settings of one role as a table states them, checked: all of them, or (`partly`) some."""
    shape = {one.name: list if one.type == Span else int for one in fields(kind)}
    (catalogue.Shape({}, shape) if partly else catalogue.Shape(shape, {})).check(file, where, table)
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
    chances = {one.name for one in fields(kind) if one.type is Chance}
    for key, value in values.items():
        if key in chances and isinstance(value, int) and value > 1000:
            raise catalogue.SeedError(file, where, f"{key} = {value} 超过 1000", "概率以千分数计，至多 1000", key=key)
        low, high = value if isinstance(value, tuple) and len(value) == 2 else (value, value)
        if not (isinstance(low, int) and isinstance(high, int) and 0 <= low <= high):
            raise catalogue.SeedError(
                file, where, f"{key} = {value!r} 有误", "应为不小于 0 的整数，或 [小, 大]", key=key
            )
    return values


@cache
def profile(name: str) -> Profile:
    """The profile of a name. Raises Refused `unknown_profile`, SeedError for a malformed file."""
    file = catalogue.profile(name)
    data = catalogue.toml(file)
    _FILE.check(file, "文件", data)
    brought_by(name)
    roles: dict[str, Any] = {role: kind(**checked(file, f"[{role}]", kind, data[role])) for role, kind in ROLES.items()}
    if "centre" in data:
        roles["centre"] = Centre(**checked(file, "[centre]", Centre, data["centre"]))
    if not data["department"]["opens"] < data["department"]["closes"] <= 23:
        key = "closes" if data["department"]["closes"] > 23 else "opens"
        raise catalogue.SeedError(
            file, "[department]", "opens、closes 有误", "应为 0 至 23 的整点，opens 早于 closes", key=key
        )
    catalogue.Shape({"weights": list}, {}).check(file, "[hours]", data["hours"])
    hours = data["hours"]["weights"]
    if len(hours) != 24 or not all(type(one) is int and one > 0 for one in hours):
        raise catalogue.SeedError(file, "[hours]", "weights 须为 24 个正整数", "从零时起每小时一个", key="weights")
    return Profile(
        name=data["name"],
        types=_weights(file, "types", data["types"], set(RequestType.values)),
        channels=_weights(file, "channels", data["channels"], set(Channel.values)),
        cities=_cities(file, data["cities"]),
        hours=tuple(hours),
        **roles,
    )


def profiles() -> list[Profile]:
    """Every profile there is."""
    return [profile(file.stem) for file in catalogue.files("profiles/*.toml")]
