"""Dispatch by rules (按责转办): category × place → unit, with the rule that fired. From `seeds/dispatch.toml`."""

from dataclasses import dataclass
from functools import cache

from identity.organisations import LEVELS, Unit, kinds, nearest
from sandbox import catalogue
from workorders.categories import categories
from workorders.vocabulary import RequestType

_RULE = catalogue.Shape(
    {"id": str, "category": str, "level": str, "kind": str, "basis": str}, {"type": str, "urgent": bool}
)


@dataclass(frozen=True, slots=True)
class DispatchRule:
    id: str
    category: str  # four digits, or the two of a field
    level: str
    kind: str
    basis: str
    type: str | None = None
    urgent: bool | None = None


@cache
def dispatch_rules() -> list[DispatchRule]:
    """The rules in their order; the first that fits is the one that fires."""
    file = catalogue.path("dispatch.toml")
    seen: dict[str, DispatchRule] = {}
    for where, row in catalogue.tables(file, catalogue.toml(file), "rule", _RULE):
        catalogue.once(file, where, row["id"], seen)
        if row["kind"] not in kinds() or row["level"] not in LEVELS:
            raise catalogue.SeedError(
                file, where, f"没有单位类别 {row['kind']} 或层级 {row['level']}", "见 organisations.toml"
            )
        if row["category"] not in {*categories(), *(one.field for one in categories().values())}:
            raise catalogue.SeedError(file, where, f"没有类目 {row['category']}", "见 categories.toml")
        if row.get("type", RequestType.HELP) not in RequestType.values:
            raise catalogue.SeedError(
                file, where, f"没有诉求类型 {row['type']}", f"可用：{'、'.join(RequestType.values)}"
            )
        seen[row["id"]] = DispatchRule(**row)
    return list(seen.values())


@cache
def _rules_for(category: str) -> list[DispatchRule]:
    return [rule for rule in dispatch_rules() if rule.category in (category, category[:2])]


def choose(*, category: str, region: str, type: str, urgent: bool) -> tuple[Unit, DispatchRule] | None:
    """The unit a matter goes to and the rule that says so; None where no rule fits or no place is known."""
    if not category or not region:
        return None
    for rule in _rules_for(category):
        if (rule.type is None or rule.type == type) and (rule.urgent is None or rule.urgent == urgent):
            unit = nearest(rule.kind, region, rule.level)
            if unit is not None:
                return unit, rule
    return None
