"""The rule book (规则库): every number of the trade, with unit, source, certainty and validity.

Numbers live in `seeds/rules/*.toml`; code asks for them by key and moment; a sandbox may override them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sandbox import catalogue
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
def rules() -> dict[str, list[Rule]]:
    """All rules by key, each with its versions in the order they came into force."""
    found: dict[str, list[Rule]] = {}
    for file in catalogue.files("rules/*.toml"):
        for where, row in catalogue.tables(file, catalogue.toml(file), "rule", _RULE):
            if row["unit"] not in UNITS or row["certainty"] not in CERTAINTIES or row["value"] < 0:
                raise catalogue.SeedError(
                    file,
                    where,
                    "unit、certainty 或 value 有误",
                    f"unit：{'、'.join(UNITS)}；certainty：{'、'.join(CERTAINTIES)}；value 不为负",
                )
            versions = found.setdefault(row["key"], [])
            rule = Rule(**row)
            if rule.effective_from > rule.effective_to:
                raise catalogue.SeedError(
                    file, where, f"{rule.key} 的有效期起止颠倒", "effective_to 不得早于 effective_from"
                )
            if any(
                rule.effective_from <= other.effective_to and other.effective_from <= rule.effective_to
                for other in versions
            ):
                raise catalogue.SeedError(
                    file, where, f"{rule.key} 的有效期重叠", "请用 effective_from / effective_to 分开"
                )
            versions.append(rule)
    for versions in found.values():
        versions.sort(key=lambda rule: rule.effective_from)
    return found


class RuleBook:
    """The rules as one sandbox has them."""

    def __init__(self, overrides: Mapping[str, int]) -> None:
        self._overrides = overrides

    def rule(self, key: str, at: datetime) -> Rule:
        """The rule in force at an instant. Raises Refused `no_rule_in_force` where the seeds have none."""
        day = day_of(at)
        for rule in rules().get(key, ()):
            if rule.effective_from <= day <= rule.effective_to:
                if key in self._overrides:
                    return Rule(
                        key, rule.name, self._overrides[key], rule.unit, "本沙箱的设定", "D",
                        rule.effective_from, rule.effective_to, overridden=True,
                    )  # fmt: skip
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
