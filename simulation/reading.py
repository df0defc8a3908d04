"""How a simulated agent reads a call nobody knows the story of: its type, and whether it must be refused."""

import re
from dataclasses import dataclass
from functools import cache

from sandbox import catalogue
from workorders.vocabulary import RejectReason, RequestType

_GAP = r"[^，。；：？！,;:?!\s]{0,6}?"  # what “…” stands for: a few characters of the same clause


@dataclass(frozen=True)
class _Words:
    types: dict[str, re.Pattern[str]]
    refuse: dict[int, re.Pattern[str]]
    unclear: re.Pattern[str]


@cache
def _words() -> _Words:
    file = catalogue.path("reading.toml")
    data = catalogue.toml(file)
    catalogue.Shape({"type": dict, "refuse": dict, "unclear": dict}, {}).check(file, "文件", data)
    catalogue.Shape({"words": list}, {}).check(file, "[unclear]", data["unclear"])
    if unknown := [kind for kind in data["type"] if kind not in RequestType.values]:
        known = f"可用：{'、'.join(RequestType.values)}"
        raise catalogue.SeedError(file, "[type]", f"有不认识的诉求类型 {unknown[0]}", known, key=unknown[0])
    numbers = {str(reason) for reason in RejectReason.values}
    if unknown := [reason for reason in data["refuse"] if reason not in numbers]:
        problem = f"有不认识的不予受理事由 {unknown[0]}"
        raise catalogue.SeedError(file, "[refuse]", problem, "用 RejectReason 的数字", key=unknown[0])
    refuse = {int(reason): words for reason, words in data["refuse"].items()}

    def any_of(where: str, key: str, listed: object) -> re.Pattern[str]:
        words = catalogue.words(file, where, key, listed)
        if not words or not all(word.strip("…") for word in words):
            raise catalogue.SeedError(file, where, f"{key} 没有词，或有只写了“…”的", "请写出词来", key=key)
        return re.compile("|".join(_GAP.join(map(re.escape, word.split("…"))) for word in words))

    return _Words(
        types={kind: any_of("[type]", kind, words) for kind, words in data["type"].items()},
        refuse={reason: any_of("[refuse]", str(reason), words) for reason, words in refuse.items()},
        unclear=any_of("[unclear]", "words", data["unclear"]["words"]),
    )


def type_of(text: str) -> str:
    """The type of demand the words suggest, in the order of the file; empty where they suggest none."""
    return next((kind for kind, words in _words().types.items() if words.search(text)), "")


def refusal_of(text: str) -> int | None:
    """The reason for which the words call for a refusal, or None."""
    return next((reason for reason, words in _words().refuse.items() if words.search(text)), None)


def is_unclear(text: str) -> bool:
    """Whether the words only point at something (那个事, 他们) that an agent would have to ask about."""
    return _words().unclear.search(text) is not None
