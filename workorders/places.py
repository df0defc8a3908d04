"""Where a matter lies, from the places a text names: how they are named, and what stands around the names."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from operator import add

from sandbox import catalogue
from sandbox.regions import PROVINCE, region, regions, streets

# What a name says: 天河区 more than 天河, 光明 and a town's 大良 little; DOUBT is what even a certain name leaves open:
# of the development texts' places with the confidence of a 天河 alone, all were right.
_FULL, _SHORT, _WEAK, _DOUBT = 24, 16, 8, 1
_BESIDE = frozenset("，。；、！？：,.;!? 　这那的有在住是我市区县镇")


@dataclass(frozen=True, slots=True)
class _Name:
    codes: tuple[str, ...]
    weight: int
    bare: bool  # without 区, 镇 …: 中山路 is in no 中山
    alone: bool  # counts though nothing it lies in is named: 虎门 does, 太平 does not
    vague: bool  # often means something else, and so counts alone only where it stands alone


_FILE = catalogue.Shape(
    {
        "ambiguous": list,
        "no_places": list,
        "roads": list,
        "no_roads": list,
        "elsewhere_before": list,
        "elsewhere_after": list,
        "aliases": dict,
    },
    {},
)


@dataclass(frozen=True, slots=True)
class _Words:
    """What stands in the place of names, and beside them, from `seeds/places.toml`."""

    ambiguous: tuple[str, ...]
    no_places: tuple[str, ...]
    roads: tuple[str, ...]
    no_roads: tuple[str, ...]
    elsewhere_before: tuple[str, ...]
    elsewhere_after: tuple[str, ...]
    aliases: dict[str, str]


@cache
def _words() -> _Words:
    file = catalogue.path("places.toml")
    data = catalogue.toml(file)
    _FILE.check(file, "文件", data)
    aliases = data.pop("aliases")
    catalogue.words(file, "[aliases]", "aliases", [*aliases, *aliases.values()])
    return _Words(**{key: catalogue.words(file, key, key, listed) for key, listed in data.items()}, aliases=aliases)


def read() -> None:
    """Read the words, then the names. Raises SeedError, that of the words first."""
    _words()
    _names()


def counted() -> dict[str, int]:
    return {"地名": len(_names()[0]), "别名": len(_words().aliases)}


@cache
def _names() -> tuple[dict[str, _Name], dict[str, int]]:
    """Every name of a place, and how long the names are that begin alike."""
    full: dict[str, list[str]] = {}
    short: dict[str, list[str]] = {}
    below: dict[str, list[str]] = {}
    for one in (*regions().values(), *streets().values()):
        full.setdefault(one.name, []).append(one.code)
        right_below_a_city = one.level == "street" and regions()[one.parent].level == "city"  # 东莞虎门, 中山小榄
        if len(one.short_name) > 1 and one.short_name != one.name:
            into = short if one.level != "street" or right_below_a_city else below
            into.setdefault(one.short_name, []).append(one.code)
    for alias, code in _words().aliases.items():
        if region(code) is None:
            raise catalogue.SeedError(
                catalogue.path("places.toml"),
                "[aliases]",
                f"{alias} 的代码 {code} 不存在",
                "见 regions.csv、streets.csv",
            )
        short.setdefault(alias, []).append(code)
    names: dict[str, _Name] = {}
    for found, weight, bare in ((full, _FULL, False), (short, _SHORT, True), (below, _WEAK, True)):
        for name, codes in found.items():
            if name not in names:
                ambiguous = name in _words().ambiguous
                names[name] = _Name(
                    codes=tuple(codes),
                    weight=_WEAK if ambiguous else min(weight, 8 * len(name)),
                    bare=bare,
                    alone=found is not below or len(codes) == 1,
                    vague=found is below or ambiguous,
                )
    for word in _words().no_places:
        names[word] = _Name((), 0, bare=True, alone=False, vague=True)
    longest: dict[str, int] = {}
    for name in names:
        longest[name[:2]] = max(len(name), longest.get(name[:2], 0))
    return names, longest


def spans_of_places(text: str) -> list[tuple[int, int]]:
    """Where a text names places, so cut that the names cover most of it: 中山 and 港口镇, not 中山港 and 口镇."""
    names, lengths = _names()
    found: list[tuple[int, int]] = []
    widest: list[tuple[int, int]] = []  # without those that lie in others
    reach, crossing = 0, False
    for at, most in enumerate(map(lengths.get, map(add, text, text[1:]))):
        if most is not None:
            most = min(most, len(text) - at)
            here = [(at, at + long) for long in range(most, 1, -1) if text[at : at + long] in names]
            if here and here[0][1] > reach:
                crossing = crossing or at < reach
                widest.append(here[0])
                reach = here[0][1]
            found += here
    if not crossing:  # as nearly always
        return [(start, end) for start, end in widest if names[text[start:end]].codes]
    best: list[tuple[int, tuple[tuple[int, int], ...]]] = [(0, ())] * (len(found) + 1)
    for k in range(len(found) - 1, -1, -1):
        start, end = found[k]
        follow = k + 1
        while follow < len(found) and found[follow][0] < end:
            follow += 1
        covered = 2 * (end - start) - 1 + best[follow][0]  # of two cuts as wide, the one in fewer pieces
        best[k] = max((covered, (found[k], *best[follow][1])), best[k + 1], key=lambda cut: cut[0])
    return [(start, end) for start, end in best[0][1] if names[text[start:end]].codes]


def _evidence(text: str, spans: list[tuple[int, int]]) -> Iterator[tuple[_Name, int, bool]]:
    """The names found, what each says here, and whether it says that by itself."""
    names, _ = _names()
    words = _words()
    starts, ends = {start for start, _ in spans}, {end for _, end in spans}
    for start, end in spans:
        name = names[text[start:end]]
        weight, alone = name.weight, name.alone
        if name.bare and text.startswith(words.roads, end) and not text.startswith(words.no_roads, end):
            if name.vague:
                continue  # 中山路, 光明街, 石牌东路: named after a place, seldom in it
            weight, alone = _WEAK, False
        if text.endswith(words.elsewhere_before, 0, start) or text.startswith(words.elsewhere_after, end):
            weight = (weight + 1) // 4  # 从深圳回来, 湛江人: where somebody comes from
        if alone and name.vague:
            before = start == 0 or start in ends or text[start - 1] in _BESIDE
            alone = before and (end == len(text) or end in starts or text[end] in _BESIDE)
        yield name, weight, alone


@cache
def _chain(code: str) -> tuple[str, ...]:
    """A place and everything it lies in, below the province."""
    chain = [code]
    parent = streets()[code].parent if code in streets() else regions()[code].parent
    while parent and parent != PROVINCE:
        chain.append(parent)
        parent = regions()[parent].parent
    return tuple(chain)


def recognise_place(text: str, spans: list[tuple[int, int]] | None = None) -> tuple[str, int]:
    """The region a text names, and how sure that is (0–100); `spans` where it is known already where names stand."""
    if spans is None:
        spans = spans_of_places(text)
    if not spans:
        return "", 0
    weights: dict[str, int] = {}
    leaning: list[tuple[str, int]] = []
    for name, weight, alone in _evidence(text, spans):
        for code in name.codes:
            if alone:
                weights[code] = max(weights.get(code, 0), weight)
            else:
                leaning.append((code, weight))
    # what does not stand alone leans on what it lies in
    for code, weight in sorted(leaning, key=lambda one: len(one[0])):
        if any(step in weights for step in _chain(code)):
            weights[code] = max(weights.get(code, 0), weight)
    if not weights:
        return "", 0
    if set(weights) == {PROVINCE}:
        return PROVINCE, 100 * _SHORT // (_SHORT + _DOUBT)
    weights.pop(PROVINCE, None)
    scores = {code: sum(weights.get(step, 0) for step in _chain(code)) for code in weights}
    best = min(scores, key=lambda code: (-scores[code], -len(_chain(code)), code))
    own = set(_chain(best))
    rivals = (
        sum(weights.get(step, 0) for step in _chain(code) if step not in own)
        for code in scores
        if code not in own and best not in _chain(code)
    )
    return best, 100 * scores[best] // (scores[best] + max(rivals, default=0) + _DOUBT)
