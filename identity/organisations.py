"""Organisations (组织机构): which units there are at province, city, county and street level, and what each answers for.

Read from `seeds/organisations.toml`: a kind of unit exists at some levels of every region. A unit's code is
its region's and its kind's: `440106-cg` is the urban management bureau of 天河区.
"""

from dataclasses import dataclass
from functools import cache

from sandbox import catalogue
from sandbox.regions import PROVINCE, Region, full_name, regions, streets

LEVELS = ("province", "city", "county", "street")
_KIND = catalogue.Shape(
    {"code": str, "name": str, "levels": list, "responsibilities": list},
    {"province_name": str, "note": str, "test": bool},
)


@dataclass(frozen=True, slots=True)
class UnitKind:
    code: str
    name: str
    province_name: str
    levels: tuple[str, ...]
    responsibilities: frozenset[str]  # category codes, or the two digits of a whole field
    test: bool  # one of the test people (演示单位, see personas.py): no rule and no neighbour leads to it

    def answers_for(self, category: str) -> bool:
        return category in self.responsibilities or category[:2] in self.responsibilities


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit of government or public service: code, name, level, region, kind, and the unit above it."""

    code: str
    name: str
    level: str
    region: str
    kind: UnitKind
    parent: str


@cache
def kinds() -> dict[str, UnitKind]:
    file = catalogue.path("organisations.toml")
    found: dict[str, UnitKind] = {}
    for where, row in catalogue.tables(file, catalogue.toml(file), "kind", _KIND):
        catalogue.once(file, where, row["code"], found)
        levels = catalogue.words(file, where, "levels", row["levels"])
        if not levels or not set(levels) <= set(LEVELS):
            raise catalogue.SeedError(file, where, f"levels 有误：{row['levels']}", f"可用：{'、'.join(LEVELS)}")
        found[row["code"]] = UnitKind(
            row["code"],
            row["name"],
            row.get("province_name", row["name"]),
            levels,
            frozenset(catalogue.words(file, where, "responsibilities", row["responsibilities"])),
            row.get("test", False),
        )
    return found


def _unit(kind: UnitKind, region: Region) -> Unit:
    if region.level == "street":
        name = f"{full_name(region.code)}{'人民政府' if region.kind != '街道' else '办事处'}"
        parent = _above("zf", region.parent)
    else:
        title = kind.province_name if region.level == "province" else kind.name
        name = title if kind.test else full_name(region.code) + title
        parent = _above(kind.code, region.parent) if region.parent else ""
    return Unit(f"{region.code}-{kind.code}", name, region.level, region.code, kind, parent)


def _above(kind: str, region: str) -> str:
    """The unit of the same kind in the region above, or the nearest region above that has one."""
    while region:
        if regions()[region].level in kinds()[kind].levels:
            return f"{region}-{kind}"
        region = regions()[region].parent
    return ""


@cache
def units() -> dict[str, Unit]:
    """Every unit of the province by code."""
    found: dict[str, Unit] = {}
    for region in [*regions().values(), *streets().values()]:
        for kind in kinds().values():
            if region.level in kind.levels:
                unit = _unit(kind, region)
                found[unit.code] = unit
    return found


def unit(code: str) -> Unit | None:
    return units().get(code)


@cache
def in_region(region: str) -> list[str]:
    """The codes of the units of one region, test units left out: whoever picks among neighbours picks a real one."""
    return [code for code, unit in units().items() if unit.region == region and not unit.kind.test]


def nearest(kind: str, region: str, level: str) -> Unit | None:
    """The unit of a kind for a place: at the wished level if the place is known that precisely and has
    one there, else at the next level above (属地管理: where the matter lies, its government answers)."""
    chain: list[str] = []
    code = region
    if code in streets():
        chain.append(code)
        code = streets()[code].parent
    while code:
        chain.append(code)
        code = regions()[code].parent
    for code in chain:
        here = "street" if code in streets() else regions()[code].level
        if LEVELS.index(here) <= LEVELS.index(level) and (found := units().get(f"{code}-{kind}")):
            return found
    return units().get(f"{PROVINCE}-{kind}")
