"""The province, its 21 cities, its 122 county-level divisions and their streets and towns (GB/T 2260 codes)."""

from dataclasses import dataclass
from functools import cache

from sandbox import catalogue

PROVINCE = "440000"
_BELOW = {("", "province"), ("province", "city"), ("city", "county")}


@dataclass(frozen=True, slots=True)
class Region:
    code: str  # six digits; nine for a street or town
    name: str
    short_name: str
    level: str  # province | city | county | street
    kind: str  # 省 地级市 市辖区 县级市 县 自治县 街道 镇 乡 民族乡
    parent: str


@cache
def regions() -> dict[str, Region]:
    """Province, cities and counties by code."""
    file = catalogue.path("regions.csv")
    found: dict[str, Region] = {}
    for line, row in catalogue.rows(file, ["code", "name", "short_name", "level", "kind", "parent"]):
        where = f"第 {line} 行"
        catalogue.once(file, where, row["code"], found)
        if row["parent"] and row["parent"] not in found:
            raise catalogue.SeedError(file, where, f"上级 {row['parent']} 不存在", "上级须列在下级之前")
        above = found[row["parent"]].level if row["parent"] else ""
        if (above, row["level"]) not in _BELOW or (row["level"] == "province") != (row["code"] == PROVINCE):
            raise catalogue.SeedError(
                file, where, f"层级 {row['level']} 与上级 {row['parent'] or '（无）'} 不符", "省之下是市，市之下是县"
            )
        found[row["code"]] = Region(**row)
    return found


@cache
def streets() -> dict[str, Region]:
    """Streets and towns by nine-digit code."""
    file = catalogue.path("streets.csv")
    found: dict[str, Region] = {}
    for line, row in catalogue.rows(file, ["code", "name", "short_name", "kind", "parent"]):
        where = f"第 {line} 行"
        catalogue.once(file, where, row["code"], found)
        if row["parent"] not in regions():
            raise catalogue.SeedError(file, where, f"上级 {row['parent']} 不存在", "请核对 regions.csv")
        found[row["code"]] = Region(level="street", **row)
    return found


def region(code: str) -> Region | None:
    return regions().get(code) or streets().get(code)


@cache
def city_of(code: str) -> str:
    """The city a region belongs to; the province belongs to itself."""
    if code in streets():
        code = streets()[code].parent
    found = regions()[code]
    return found.parent if found.level == "county" else code


@cache
def full_name(code: str) -> str:
    """`广州市天河区`, `东莞市虎门镇`, `广东省`."""
    found = region(code)
    if found is None:
        return code
    if found.level in {"province", "city"}:
        return found.name
    return full_name(found.parent) + found.name
