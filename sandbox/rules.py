"""The rule book (规则库): every number of the trade, with unit, source, certainty and validity.

Numbers live in `seeds/rules/*.toml`; code asks for them by key and moment; a sandbox may override them.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from sandbox import catalogue
from sandbox.calendar import calendar
from sandbox.moments import day_of
from sandbox.refusals import Refused

UNITS = {
    "working_day": "个工作日",
    "day": "个自然日",
    "hour": "小时",
    "times": "次",
    "percent": "%",
    "permille": "‰",
    "second": "秒",
}
CERTAINTIES = {
    "S": "官方原文",
    "S2": "二手来源",
    "C": "计算所得",
    "K": "行业常识，未核实",
    "D": "本项目设计",
}
_RULE = catalogue.Shape(
    {"key": str, "name": str, "value": int, "unit": str, "source": str, "certainty": str},
    {"effective_from": date, "effective_to": date},
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One number of the trade, valid from one day to another (both included)."""

    key: str
    name: str
    value: int
    unit: str
    source: str
    certainty: str
    effective_from: date = date.min
    effective_to: date = date.max
    overridden: bool = False


@cache
def listed_in(file: Path) -> list[tuple[str, Rule]]:
    """The rules of one file of `seeds/rules/`, each with the words that say where it stands. Raises SeedError."""
    found = []
    for where, row in catalogue.tables(file, catalogue.toml(file), "rule", _RULE):
        if row["unit"] not in UNITS or row["certainty"] not in CERTAINTIES or row["value"] < 0:
            wrong = "unit" if row["unit"] not in UNITS else "value" if row["value"] < 0 else "certainty"
            raise catalogue.SeedError(
                file,
                where,
                f"{wrong} 有误：{row[wrong]}",
                f"unit：{'、'.join(UNITS)}；certainty：{'、'.join(CERTAINTIES)}；value 不为负",
                key=wrong,
            )
        rule = Rule(**row)
        if rule.effective_from > rule.effective_to:
            raise catalogue.SeedError(
                file, where, f"{rule.key} 的有效期起止颠倒", "effective_to 不得早于 effective_from", key="effective_to"
            )
        found.append((where, rule))
    return found


@cache
def rules() -> dict[str, list[Rule]]:
    """All rules by key, each with its versions in the order they came into force. Raises SeedError."""
    found: dict[str, list[Rule]] = {}
    for file in catalogue.files("rules/*.toml"):
        for where, rule in listed_in(file):
            versions = found.setdefault(rule.key, [])
            for other in versions:
                if rule.effective_from <= other.effective_to and other.effective_from <= rule.effective_to:
                    raise catalogue.SeedError(
                        file, where, f"{rule.key} 的有效期重叠", "请用 effective_from / effective_to 分开", key="key"
                    )
            versions.append(rule)
    for versions in found.values():
        versions.sort(key=lambda rule: rule.effective_from)
    return found


# checks of the whole set ---------------------------------------------------------------------------------


def gaps() -> Iterator[catalogue.SeedError]:
    """Two versions of a rule follow each other without a day between, and count in the same unit."""
    for key, versions in rules().items():
        for before, after in pairwise(versions):
            if after.effective_from != before.effective_to + timedelta(days=1):
                problem = f"{key} 在 {before.effective_to} 与 {after.effective_from} 之间没有生效的版本"
                yield _about(after, problem, "请使前后版本的有效期首尾相接", "effective_from")
            if after.unit != before.unit:
                yield _about(after, f"{key} 前后版本的单位不同", f"请统一为 {before.unit}", "unit")


def required(key: str, units: Collection[str]) -> Iterator[catalogue.SeedError]:
    """What code asks the rule book for is there, on every day of the calendar, in a unit it can count with."""
    versions = rules().get(key)
    if not versions:
        file = catalogue.files("rules/*.toml")[0]
        yield catalogue.SeedError(file, "", f"缺少规则 {key}", "程序要用到它，请补上这条 [[rule]]")
        return
    if versions[0].effective_from > calendar().first:
        problem = f"{key} 在工作日历的第一天 {calendar().first} 没有生效的版本"
        yield _about(versions[0], problem, "请提早 effective_from，或补上此前的版本", "effective_from")
    if versions[-1].effective_to < calendar().last:
        problem = f"{key} 在工作日历的最后一天 {calendar().last} 没有生效的版本"
        yield _about(versions[-1], problem, "请推迟 effective_to，或补上此后的版本", "effective_to")
    for rule in versions:
        if rule.unit not in units:
            yield _about(rule, f"{key} 的 unit 不能是 {rule.unit}", f"可用：{'、'.join(units)}", "unit")


def _about(rule: Rule, problem: str, remedy: str, key: str) -> catalogue.SeedError:
    """A mistake in one version of a rule, told where it stands."""
    file, where = next(
        (file, where) for file in catalogue.files("rules/*.toml") for where, one in listed_in(file) if one is rule
    )
    return catalogue.SeedError(file, where, problem, remedy, key=key)


class RuleBook:
    """The rules as one sandbox has them."""

    def __init__(self, overrides: Mapping[str, int]) -> None:
        self._overrides = overrides
        self._last: dict[str, Rule] = {}  # what was found last by key: nearly always what is asked for next

    def rule(self, key: str, at: datetime) -> Rule:
        """The rule in force at an instant. Raises Refused `no_rule_in_force` where the seeds have none."""
        day = day_of(at)
        last = self._last.get(key)
        if last is not None and last.effective_from <= day <= last.effective_to:
            return last
        for rule in rules().get(key, ()):
            if rule.effective_from <= day <= rule.effective_to:
                if key in self._overrides:
                    rule = Rule(
                        key, rule.name, self._overrides[key], rule.unit, "本沙箱的设定", "D",
                        rule.effective_from, rule.effective_to, overridden=True,
                    )  # fmt: skip
                self._last[key] = rule
                return rule
        raise Refused(
            f"规则库中没有 {day} 生效的 {key}",
            code="no_rule_in_force",
            remedy="请在 seeds/rules/ 中补上这条规则，或换一个时刻",
        )

    def value(self, key: str, at: datetime) -> int:
        return self.rule(key, at).value

    def listed(self, at: datetime) -> list[Rule]:
        day = day_of(at)
        return [
            self.rule(key, at)
            for key, versions in sorted(rules().items())
            if any(rule.effective_from <= day <= rule.effective_to for rule in versions)
        ]


def check_override(key: str, value: Any) -> int:
    """A sandbox may set any known rule to a whole number from 0 to 1,000."""
    if key not in rules():
        raise Refused(
            f"规则库没有 {key}", code="unknown_rule", status=422, field="key", remedy="GET /api/v1/rules 列出全部规则"
        )
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 1000:
        raise Refused(
            "规则的值须为 0 至 1000 的整数", code="rule_value", status=422, field="value", remedy="请改为整数"
        )
    return value


def brought_by(profile: str) -> dict[str, int]:
    """The rules a behaviour profile brings with it: a sandbox made with it starts with them as its own.

    Raises Refused `unknown_profile`, SeedError for a rule there is not or a value it cannot have.
    """
    file = catalogue.profile(profile)
    rules = catalogue.toml(file).get("rules", {})
    if not isinstance(rules, dict):
        raise catalogue.SeedError(file, "[rules]", "应是一张表", "请写成 [rules] 下的 键 = 值")
    try:
        return {key: check_override(key, value) for key, value in sorted(rules.items())}
    except Refused as refused:
        raise catalogue.SeedError(file, "[rules]", refused.detail, refused.remedy or "请改正") from None
