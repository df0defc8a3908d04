"""The province, its 21 cities, its 122 county-level divisions and their streets and towns (GB/T 2260 codes)."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sandbox import catalogue

PROVINCE = "440000"
CITIES, COUNTIES = 21, 122
KINDS = {
    "province": {"省"},
    "city": {"地级市"},
    "county": {"市辖区", "县级市", "县", "自治县"},
    "street": {"街道", "镇", "乡", "民族乡"},
}
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
        if not _fits(row["code"], 6, row["parent"], {"city": 2, "county": 4}.get(row["level"], 0)):
            raise catalogue.SeedError(
                file, where, f"代码 {row['code']} 不合 GB/T 2260", "应为六位数字，市的前两位、县的前四位与上级相同"
            )
        _named(file, where, row, row["level"])
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
        if not _fits(row["code"], 9, row["parent"], 6):
            raise catalogue.SeedError(
                file, where, f"代码 {row['code']} 不属于上级 {row['parent']}", "应为九位数字，前六位与上级相同"
            )
        _named(file, where, row, "street")
        found[row["code"]] = Region(level="street", **row)
    return found


def _named(file: Path, where: str, row: dict[str, str], level: str) -> None:
    """A region has a name, and a kind by which its government is called."""
    if not row["name"] or not row["short_name"]:
        raise catalogue.SeedError(file, where, "name 或 short_name 是空的", "请写明；没有简称的与全称相同")
    if row["kind"] not in KINDS[level]:
        raise catalogue.SeedError(file, where, f"kind 不能是 {row['kind']}", f"可用：{'、'.join(sorted(KINDS[level]))}")


def _fits(code: str, digits: int, parent: str, shared: int) -> bool:
    return code.isascii() and code.isdigit() and len(code) == digits and code[:shared] == parent[:shared]


def missing_regions() -> Iterator[catalogue.SeedError]:
    """The province is whole: 21 cities and 122 county-level divisions, and streets or towns in every one of them
    (in 东莞 and 中山, right below the city)."""
    file = catalogue.path("regions.csv")
    for level, label, wanted in (("city", "地级市", CITIES), ("county", "县级行政区", COUNTIES)):
        if (there := sum(region.level == level for region in regions().values())) != wanted:
            yield catalogue.SeedError(file, "", f"应有 {wanted} 个{label}，现有 {there} 个", "请补齐或去掉多余的行")
    parents = {region.parent for region in [*regions().values(), *streets().values()]}
    for code, region in regions().items():
        if code not in parents:
            problem = f"{region.name}（{code}）之下没有区县或镇街"
            yield catalogue.SeedError(catalogue.path("streets.csv"), "", problem, "请补上它的镇街")


def counted() -> dict[str, int]:
    found = Counter(region.level for region in regions().values())
    return {label: found[level] for level, label in (("province", "省"), ("city", "市"), ("county", "县（市、区）"))}


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
