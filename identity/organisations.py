"""Organisations (组织机构): which units there are at province, city, county and street level, and what each answers for.

Read from `seeds/organisations.toml`: a kind of unit exists at some levels of every region. A unit's code is
its region's and its kind's: `440106-cg` is the urban management bureau of 天河区.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sandbox import catalogue
from sandbox.regions import PROVINCE, Region, full_name, regions, streets

LEVELS = ("province", "city", "county", "street")
GOVERNMENT = "zf"  # the kind that stands above streets and towns
_KIND = catalogue.Shape(
    {"code": str, "name": str, "levels": list, "responsibilities": list},
    {"province_name": str, "names": dict, "note": str, "test": bool},
)


@dataclass(frozen=True, slots=True)
class UnitKind:
    code: str
    name: str
    names: Mapping[str, str]  # what it is called otherwise: at a level, or in one region by its code
    levels: tuple[str, ...]
    responsibilities: frozenset[str]  # category codes, or the two digits of a whole field
    note: str
    test: bool  # one of the test people (演示单位, see personas.py): no rule and no neighbour leads to it

    def answers_for(self, category: str) -> bool:
        return category in self.responsibilities or category[:2] in self.responsibilities

    def name_in(self, region: Region) -> str:
        return self.names.get(region.code) or self.names.get(region.level) or self.name


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
    listed: dict[str, tuple[str, dict[str, Any]]] = {}
    for where, row in catalogue.tables(file, catalogue.toml(file), "kind", _KIND):
        catalogue.once(file, where, row["code"], listed)
        levels = catalogue.words(file, where, "levels", row["levels"])
        if not levels or not set(levels) <= set(LEVELS):
            raise catalogue.SeedError(
                file, where, f"levels 有误：{row['levels']}", f"可用：{'、'.join(LEVELS)}", key="levels"
            )
        catalogue.words(file, where, "responsibilities", row["responsibilities"])
        listed[row["code"]] = (where, row)
    if GOVERNMENT not in listed:
        raise catalogue.SeedError(
            file, "", f"缺少 {GOVERNMENT}（人民政府办公室）", "街镇的上级是它，请补上这条 [[kind]]"
        )
    return {
        code: UnitKind(
            code,
            row["name"],
            _names(file, where, row),
            tuple(row["levels"]),
            frozenset(row["responsibilities"]),
            row.get("note", ""),
            row.get("test", False),
        )
        for code, (where, row) in listed.items()
    }


def _names(file: Path, where: str, row: dict[str, Any]) -> dict[str, str]:
    """What a kind is called at a level or in a region, where it is not its usual name."""
    names = {"province": row["province_name"]} if "province_name" in row else {}
    for place, name in row.get("names", {}).items():
        level = regions()[place].level if place in regions() else place
        if level not in row["levels"] or not isinstance(name, str) or not name:
            raise catalogue.SeedError(
                file,
                where,
                f"names 中 {place} = {name!r} 有误",
                "键须为 levels 中的层级或其行政区代码，值为名称",
                key="names",
            )
        names[place] = name
    return names


def _unit(kind: UnitKind, region: Region) -> Unit:
    if region.level == "street":
        name = f"{full_name(region.code)}{'人民政府' if region.kind != '街道' else '办事处'}"
        parent = _above(GOVERNMENT, region.parent)
    else:
        own = kind.name_in(region)
        name = own if kind.test else full_name(region.code) + own
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


def in_region(region: str) -> list[str]:
    """The codes of the units of one region, test units left out: whoever picks among neighbours picks a real one."""
    return _by_region().get(region, [])


@cache
def _by_region() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for code, unit in units().items():
        if not unit.kind.test:
            found.setdefault(unit.region, []).append(code)
    return found


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


# checks of the whole set ---------------------------------------------------------------------------------


def responsible_for_nothing() -> Iterator[catalogue.SeedError]:
    """A kind of unit answers for something, or its note says why it does not."""
    for kind in kinds().values():
        if not kind.responsibilities and not kind.note and not kind.test:
            remedy = "请在 responsibilities 写上类目编码；确实不承办的，用 note 说明缘由"
            yield about_kind(kind, f"{kind.name}（{kind.code}）不负责任何类目", remedy, "responsibilities")


def same_names() -> Iterator[catalogue.SeedError]:
    """No two units have the same name: a person could not tell where to turn."""
    named: dict[str, Unit] = {}
    for unit in units().values():
        other = named.setdefault(unit.name, unit)
        if other is not unit and unit.kind is not other.kind:
            problem = f"{unit.code} 与 {other.code} 同名：{unit.name}"
            yield about_kind(unit.kind, problem, "请改其一的 name", "name")
            return  # the same two kinds stand in many regions


def about_kind(kind: UnitKind, problem: str, remedy: str, key: str) -> catalogue.SeedError:
    """A mistake in a kind of unit, told where it stands."""
    file = catalogue.path("organisations.toml")
    return catalogue.SeedError(file, catalogue.place(file, "kind", code=kind.code), problem, remedy, key=key)


def counted() -> dict[str, int]:
    found = Counter(unit.level for unit in units().values())
    labels = zip(LEVELS, ("省级", "市级", "县级", "街镇"), strict=True)
    return {"单位种类": len(kinds()), "单位": len(units()), **{label: found[level] for level, label in labels}}
