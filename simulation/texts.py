"""The words of simulated people: patterns with places and circumstances, from `seeds/texts.toml`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sandbox import catalogue
from sandbox.draws import Draw
from simulation.profiles import profiles
from workorders.categories import accepted, categories
from workorders.vocabulary import RejectReason, RequestType

_TEXT = catalogue.Shape({"category": str, "type": str, "text": str}, {"reject": int})
_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Pattern:
    category: str
    type: str
    text: str
    reject: int | None
    slots: tuple[str, ...]

    def words(self, drawn: Draw, place: str) -> str:
        """The pattern filled in for one call."""
        text = self.text.replace("{place}", place)
        for slot in self.slots:
            text = text.replace(f"{{{slot}}}", drawn.one_of(slots()[slot]))
        return text


@cache
def slots() -> dict[str, list[str]]:
    file = catalogue.path("texts.toml")
    found: Any = catalogue.toml(file).get("slots", {})
    if not isinstance(found, dict) or "place" in found:
        raise catalogue.SeedError(file, "[slots]", "应是一张表，且没有 place", "地点由程序填入")
    return {name: _choices(file, "[slots]", name, choices) for name, choices in found.items()}


def _choices(file: Path, where: str, key: str, listed: Any) -> list[str]:
    choices = catalogue.words(file, where, key, listed)
    if not choices or any(brace in choice for choice in choices for brace in "{}"):
        raise catalogue.SeedError(file, where, f"{key} 是空的，或含有花括号", "请至少写一句，不带占位", key=key)
    return list(choices)


@cache
def patterns() -> tuple[dict[str, list[Pattern]], list[Pattern]]:
    """Patterns of what the hotline handles, by type, and those it must refuse."""
    file = catalogue.path("texts.toml")
    by_type: dict[str, list[Pattern]] = {}
    refused: list[Pattern] = []
    said: set[str] = set()
    for where, row in catalogue.tables(file, catalogue.toml(file), "text", _TEXT, beside=["slots"]):
        if row["category"] not in categories() or row["type"] not in RequestType.values:
            raise catalogue.SeedError(
                file,
                where,
                f"类目 {row['category']} 或类型 {row['type']} 不存在",
                "见 categories.toml",
                key="type" if row["category"] in categories() else "category",
            )
        names = tuple(dict.fromkeys(name for name in _SLOT.findall(row["text"]) if name != "place"))
        if unknown := [name for name in names if name not in slots()]:
            raise catalogue.SeedError(file, where, f"没有占位 {unknown[0]}", "请在 [slots] 中补上", key="text")
        if any(brace in _SLOT.sub("", row["text"]) for brace in "{}"):
            raise catalogue.SeedError(file, where, "花括号不配对", "占位写成 {名称}", key="text")
        catalogue.once(file, where, row["text"], said, key="text", what="句式")  # it would be said twice as often
        said.add(row["text"])
        reject = row.get("reject", categories()[row["category"]].not_accepted)
        if reject is not None and reject not in RejectReason.values:
            raise catalogue.SeedError(file, where, f"没有不予受理事由 {reject}", "见 RejectReason", key="reject")
        pattern = Pattern(row["category"], row["type"], row["text"], reject, names)
        if reject is None:
            by_type.setdefault(row["type"], []).append(pattern)
        else:
            refused.append(pattern)
    if missing := [kind for kind in RequestType.values if kind not in by_type] or (not refused and ["reject"]):
        raise catalogue.SeedError(file, "[[text]]", f"没有 {missing[0]} 的句式", "每种类型至少一条")
    return by_type, refused


def without_a_sentence() -> Iterator[catalogue.SeedError]:
    """Every category the hotline accepts has a sentence of a type that people of some profile call with."""
    types = {type for one in profiles() for type, weight in one.types if weight}
    spoken = {pattern.category for type in types for pattern in patterns()[0].get(type, [])}
    for category in accepted():
        if category.code not in spoken:
            yield catalogue.SeedError(
                catalogue.path("texts.toml"),
                "",
                f"类目 {category.code} {category.name}没有句式",
                f'请补一条 [[text]]，category = "{category.code}"，type 为 {"、".join(sorted(types))} 之一',
            )


def counted() -> dict[str, int]:
    by_type, refused = patterns()
    return {"句式": sum(map(len, by_type.values())), "应不予受理": len(refused), "占位": len(slots())}


_REPLIES = dict.fromkeys(
    ["desk", "unit", "unsolved", "return_reason", "return_basis", "refuse_return", "send_back", "withdraw"], list
)


@cache
def replies() -> dict[str, list[str]]:
    """What staff write, by occasion."""
    file = catalogue.path("replies.toml")
    data = catalogue.toml(file)
    catalogue.Shape(_REPLIES, {}).check(file, "文件", data)
    return {key: _choices(file, "文件", key, listed) for key, listed in data.items()}


def reply(kind: str, drawn: Draw) -> str:
    """One of the sentences staff write, by a draw."""
    return drawn.one_of(replies()[kind])
