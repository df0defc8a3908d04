"""The register: every system the two seed documents name, what each can do, what flows between them, and
the figures printed about them, read from `seeds/systems/`."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

from platforms.vocabulary import Area, AsOf, Basis, LoopBasis, Maturity, Measure
from sandbox import catalogue
from sandbox.catalogue import SeedError, Shape

FOLDER = "systems"
_ID = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_FIGURE = re.compile(r"[0-9]{3}-[0-9]{3}")
_SOURCE = re.compile(r"seed-00[01] \S.*")
BOUNDS = ("", ">", ">=", "<=", "~")

_SYSTEM = Shape({"id": str, "name": str, "name_en": str, "maturity": str, "sources": list, "capability": list}, {})
_CAPABILITY = Shape({"id": str, "statement": str, "basis": str, "source": str}, {})
_LOOP = Shape({"id": str, "name": str, "stages": list, "basis": str, "systems": list, "source": str}, {})
_DISAGREEMENT = Shape({"id": str, "about": str, "explanation": str}, {})
_FLOWS = ["source", "target", "what", "section"]
_FIGURES = [
    *("id", "systems", "subject", "metric", "measure", "value", "bound", "normalised", "printed_unit", "unit"),
    *("as_of", "as_of_basis", "scope", "source", "note", "disagreement"),
]


@dataclass(frozen=True, slots=True)
class Capability:
    id: str
    system: str
    statement: str
    basis: str
    source: str  # file and section: `seed-001 六（二）3`


@dataclass(frozen=True, slots=True)
class System:
    code: str
    name: str
    name_en: str
    area: str
    maturity: str
    sources: tuple[str, ...]
    capabilities: tuple[Capability, ...]

    @property
    def capability_count(self) -> int:
        return len(self.capabilities)


@dataclass(frozen=True, slots=True)
class Flow:
    source: str
    target: str
    what: str
    section: str


@dataclass(frozen=True, slots=True)
class Loop:
    """A closed loop (闭环): a matter that comes back to where it began."""

    id: str
    name: str
    stages: tuple[str, ...]
    basis: str
    systems: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure as printed, and what it comes to in its unit."""

    id: str
    systems: tuple[str, ...]
    subject: str
    metric: str
    measure: str  # Measure, or empty
    value: str  # as printed: 超2.11亿
    bound: str  # > of a printed 超
    normalised: str  # 211000000; empty where the print is damaged
    printed_unit: str
    unit: str
    as_of: str
    as_of_basis: str
    scope: str
    source: str
    note: str
    disagreement: str


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Figures of one thing that the seed documents print differently: all are kept."""

    id: str
    about: str
    explanation: str


@cache
def systems() -> dict[str, System]:
    """Every system by its id, area by area."""
    found: dict[str, System] = {}
    capabilities: dict[str, Capability] = {}
    files = {file.stem: file for file in catalogue.files(f"{FOLDER}/*.toml")}
    for stem in files.keys() - set(Area.values) - {"loops", "disagreements"}:
        raise SeedError(files[stem], "", f"没有领域 {stem}", f"文件名须为 {'、'.join(Area.values)} 之一")
    for area in Area.values:
        file = files.get(area) or _file(f"{area}.toml")
        for where, row in catalogue.tables(file, catalogue.toml(file), "system", _SYSTEM):
            _named(file, where, row["id"])
            catalogue.once(file, where, row["id"], found)
            found[row["id"]] = System(
                code=row["id"],
                name=_text(file, where, "name", row["name"]),
                name_en=_text(file, where, "name_en", row["name_en"]),
                area=area,
                maturity=_one_of(file, where, "maturity", row["maturity"], Maturity),
                sources=tuple(
                    _source(file, where, one) for one in catalogue.words(file, where, "sources", row["sources"])
                ),
                capabilities=tuple(_capabilities(file, where, row, capabilities)),
            )
    return found


def _capabilities(file: Path, where: str, system: dict[str, Any], seen: dict[str, Capability]) -> Iterable[Capability]:
    for position, row in enumerate(system["capability"], 1):
        at = f"{where} capability 第 {position} 条"
        _CAPABILITY.check(file, at, row)
        if not re.fullmatch(rf"{system['id']}-[0-9]{{2}}", row["id"]):
            raise SeedError(file, at, f"代码 {row['id']} 不属于系统 {system['id']}", f"应形如 {system['id']}-01")
        catalogue.once(file, at, row["id"], seen)
        seen[row["id"]] = Capability(
            id=row["id"],
            system=system["id"],
            statement=_text(file, at, "statement", row["statement"]),
            basis=_one_of(file, at, "basis", row["basis"], Basis),
            source=_source(file, at, row["source"]),
        )
        yield seen[row["id"]]


@cache
def capabilities() -> dict[str, Capability]:
    """Every capability by its id."""
    return {one.id: one for system in systems().values() for one in system.capabilities}


@cache
def flows() -> tuple[Flow, ...]:
    """What goes from one system to another: one flow each way, so that the graph needs no parallel edges."""
    file = _file("flows.csv")
    found: dict[str, Flow] = {}
    for line, row in catalogue.rows(file, _FLOWS):
        where = f"第 {line} 行"
        for end in ("source", "target"):
            _known(file, where, row[end])
        _text(file, where, "what", row["what"])
        _source(file, where, row["section"])
        code = f"{row['source']} → {row['target']}"
        catalogue.once(file, where, code, found)
        found[code] = Flow(**row)
    return tuple(found.values())


@cache
def loops() -> dict[str, Loop]:
    """The closed loops by id."""
    file = _file("loops.toml")
    found: dict[str, Loop] = {}
    for where, row in catalogue.tables(file, catalogue.toml(file), "loop", _LOOP):
        _named(file, where, row["id"])
        catalogue.once(file, where, row["id"], found)
        members = catalogue.words(file, where, "systems", row["systems"])
        for code in members:
            _known(file, where, code)
        found[row["id"]] = Loop(
            id=row["id"],
            name=_text(file, where, "name", row["name"]),
            stages=catalogue.words(file, where, "stages", row["stages"]),
            basis=_one_of(file, where, "basis", row["basis"], LoopBasis),
            systems=members,
            source=_source(file, where, row["source"]),
        )
    return found


@cache
def disagreements() -> dict[str, Disagreement]:
    """What the seed documents print differently, by id."""
    file = _file("disagreements.toml")
    found: dict[str, Disagreement] = {}
    for where, row in catalogue.tables(file, catalogue.toml(file), "disagreement", _DISAGREEMENT):
        catalogue.once(file, where, row["id"], found)
        found[row["id"]] = Disagreement(**{key: _text(file, where, key, text) for key, text in row.items()})
    return found


@cache
def figures() -> dict[str, Figure]:
    """Every figure by its id."""
    file = _file("figures.csv")
    found: dict[str, Figure] = {}
    for line, row in catalogue.rows(file, _FIGURES):
        where = f"第 {line} 行"
        if not _FIGURE.fullmatch(row["id"]):
            raise SeedError(file, where, f"代码 {row['id']} 有误", "应形如 001-027：文件与序号")
        catalogue.once(file, where, row["id"], found)
        for code in row["systems"].split():
            _known(file, where, code)
        for name in ("systems", "subject", "metric", "value", "as_of"):
            _text(file, where, name, row[name])
        if row["measure"]:
            _one_of(file, where, "measure", row["measure"], Measure)
        _one_of(file, where, "as_of_basis", row["as_of_basis"], AsOf)
        _source(file, where, row["source"])
        if row["bound"] not in BOUNDS or (row["bound"] and _number(row["normalised"]) is None):
            raise SeedError(file, where, f"bound {row['bound']} 有误", "可用 >、>=、<=、~，且 normalised 须为数")
        if row["disagreement"] and row["disagreement"] not in disagreements():
            raise SeedError(file, where, f"没有 disagreement {row['disagreement']}", "见 disagreements.toml")
        found[row["id"]] = Figure(**{**row, "systems": tuple(row["systems"].split())})  # type: ignore[arg-type]
    for code in disagreements():
        if sum(one.disagreement == code for one in found.values()) < 2:
            raise SeedError(
                file, "", f"disagreement {code} 不足两个数字", "请在 disagreement 列标明，或从 disagreements.toml 去掉"
            )
    return found


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def read() -> None:
    """Read every file. Raises SeedError, so that a mistake is told before anybody asks."""
    systems(), flows(), loops(), figures()


def counted() -> dict[str, int]:
    return {"系统": len(systems()), "能力": len(capabilities()), "闭环": len(loops())}


# what one system has to do with -----------------------------------------------------------------------------


def figures_of(code: str) -> list[Figure]:
    return [one for one in figures().values() if code in one.systems]


def differing(figure: Figure) -> list[Figure]:
    """The other figures a figure disagrees with."""
    return [
        one
        for one in figures().values()
        if figure.disagreement and one.disagreement == figure.disagreement and one.id != figure.id
    ]


def loops_of(code: str) -> list[Loop]:
    return [one for one in loops().values() if code in one.systems]


# what every file is checked for -----------------------------------------------------------------------------


def _file(name: str) -> Path:
    return catalogue.path(f"{FOLDER}/{name}")


def _named(file: Path, where: str, code: str) -> None:
    if not _ID.fullmatch(code):
        raise SeedError(file, where, f"代码 {code} 有误", "请用小写字母、数字与单个下划线")


def _known(file: Path, where: str, code: str) -> None:
    if code not in systems():
        raise SeedError(file, where, f"没有系统 {code}", f"须为 {FOLDER}/ 中列出的系统")


def _text(file: Path, where: str, key: str, text: Any) -> str:
    if not isinstance(text, str) or not text.strip():
        raise SeedError(file, where, f"{key} 是空的", "请填写")
    return text


def _source(file: Path, where: str, text: str) -> str:
    if not _SOURCE.fullmatch(text):
        raise SeedError(file, where, f"出处 {text!r} 有误", "应为文件与章节，如 seed-001 六（二）3")
    return text


def _one_of(file: Path, where: str, key: str, value: str, vocabulary: type[Enum]) -> str:
    known = [one.value for one in vocabulary]
    if value not in known:
        raise SeedError(file, where, f"{key} {value} 不在词表中", f"可用：{'、'.join(known)}")
    return value
