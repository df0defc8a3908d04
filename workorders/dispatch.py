"""Dispatch by rules (按责转办): category × place → unit, with the rule that fired. From `seeds/dispatch.toml`."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from identity.organisations import LEVELS, Unit, about_kind, kinds, nearest
from sandbox import catalogue
from sandbox.regions import regions
from workorders.categories import Category, accepted, categories, fields
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
        catalogue.once(file, where, row["id"], seen, key="id")
        if row["kind"] not in kinds():
            raise catalogue.SeedError(file, where, f"没有单位类别 {row['kind']}", "见 organisations.toml", key="kind")
        if row["level"] not in LEVELS:
            raise catalogue.SeedError(
                file, where, f"没有层级 {row['level']}", f"可用：{'、'.join(LEVELS)}", key="level"
            )
        if row["category"] not in {*categories(), *fields()}:
            raise catalogue.SeedError(file, where, f"没有类目 {row['category']}", "见 categories.toml", key="category")
        if row.get("type", RequestType.HELP) not in RequestType.values:
            raise catalogue.SeedError(
                file, where, f"没有诉求类型 {row['type']}", f"可用：{'、'.join(RequestType.values)}", key="type"
            )
        seen[row["id"]] = DispatchRule(**row)
    return list(seen.values())


@cache
def _rules_for(category: str) -> list[DispatchRule]:
    return [rule for rule in dispatch_rules() if rule.category in (category, category[:2])]


@lru_cache(maxsize=65_536)
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


# checks of the whole set ---------------------------------------------------------------------------------


def unknown_responsibilities() -> Iterator[catalogue.SeedError]:
    """What a kind of unit answers for is a category, or a field."""
    for kind in kinds().values():
        for code in sorted(kind.responsibilities - categories().keys() - fields()):
            problem = f"{kind.name}（{kind.code}）负责的类目 {code} 不存在"
            yield about_kind(kind, problem, "请改为 categories.toml 中的类目编码，或去掉", "responsibilities")


def without_a_unit() -> Iterator[catalogue.SeedError]:
    """In each of the 21 cities every matter the hotline accepts finds, by the rules, a unit that answers for it."""
    cities = [region for region in regions().values() if region.level == "city"]
    for category in accepted():
        if not any(kind.answers_for(category.code) for kind in kinds().values()):
            remedy = "请在 organisations.toml 中把它写进某种单位的 responsibilities，并在 dispatch.toml 中写派单规则"
            yield _about_category(category, f"类目 {category.code} {category.name}没有承办单位", remedy)
            continue
        lost = [
            (city, type)
            for city in cities
            for type in RequestType.values
            for urgent in (False, True)
            if not choose(category=category.code, region=city.code, type=type, urgent=urgent)
        ]
        if lost:
            city, type = lost[0]
            places = len({where.code for where, _ in lost})
            problem = f"类目 {category.code} {category.name}（{RequestType(type).label}）在{city.name}等 {places} 个市派不出去"
            yield _about_category(category, problem, "请在 dispatch.toml 中补一条不限诉求类型、层级可达市级的规则")


def _about_category(category: Category, problem: str, remedy: str) -> catalogue.SeedError:
    file = catalogue.path("categories.toml")
    where = catalogue.place(file, "field.category", code=category.code)
    return catalogue.SeedError(file, where, problem, remedy, key="code")


def sent_astray() -> Iterator[catalogue.SeedError]:
    """A rule sends a matter the hotline accepts to a kind that answers for it, and is not shadowed by earlier rules."""
    rules = dispatch_rules()
    for position, rule in enumerate(rules):
        matters = [one for one in accepted() if rule.category in (one.code, one.field)]
        if not matters:
            problem, remedy = f"{rule.id} 的类目 {rule.category} 热线不予受理", "请去掉这条规则"
            yield _about_rule(rule, problem, remedy, "category")
        if all(LEVELS.index(level) > LEVELS.index(rule.level) for level in kinds()[rule.kind].levels):
            problem = f"{rule.id} 派到 {rule.level}，而 {rule.kind} 只在 {'、'.join(kinds()[rule.kind].levels)} 设"
            yield _about_rule(rule, problem, "请改 level 或 kind", "level")
        if shadow := next((earlier for earlier in rules[:position] if _covers(earlier, rule)), None):
            problem = f"{rule.id} 永远不会生效：{shadow.id} 在它之前，条件更宽"
            yield _about_rule(rule, problem, f"请把它移到 {shadow.id} 之前，或去掉", "id")
        for matter in matters:
            own = len(rule.category) == 4 or _fires(rule, matter)
            if own and not kinds()[rule.kind].answers_for(matter.code):
                problem = f"{rule.id} 把 {matter.code} 派给 {rule.kind}，而它不负责 {matter.code}"
                remedy = f"请改 kind，或在 organisations.toml 中 {rule.kind} 的 responsibilities 补上 {matter.code}"
                yield _about_rule(rule, problem, remedy, "kind")


def _covers(earlier: DispatchRule, rule: DispatchRule) -> bool:
    """Whether an earlier rule takes every matter of a rule, wherever it lies."""
    anywhere = min(LEVELS.index(level) for level in kinds()[earlier.kind].levels)
    own = min(LEVELS.index(level) for level in kinds()[rule.kind].levels)
    return (
        earlier.category in (rule.category, rule.category[:2])
        and earlier.type in (None, rule.type)
        and earlier.urgent in (None, rule.urgent)
        and anywhere <= own
    )


def _fires(rule: DispatchRule, category: Category) -> bool:
    """Whether a field's rule is the one that takes a category's matters in some city, or in the province at large."""
    found = (
        choose(category=category.code, region=region.code, type=type, urgent=urgent)
        for region in regions().values()
        if region.level != "county"
        for type in RequestType.values
        for urgent in (False, True)
    )
    return any(one is not None and one[1] is rule for one in found)


def _about_rule(rule: DispatchRule, problem: str, remedy: str, key: str) -> catalogue.SeedError:
    file = catalogue.path("dispatch.toml")
    return catalogue.SeedError(file, catalogue.place(file, "rule", id=rule.id), problem, remedy, key=key)
