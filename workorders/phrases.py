"""The words of recognition that belong to no category and no place, from `seeds/recognition.toml`."""

from dataclasses import dataclass
from functools import cache

from sandbox import catalogue

_SHAPE = catalogue.Shape(
    {
        "ambiguous_places": list,
        "no_places": list,
        "roads": list,
        "no_roads": list,
        "elsewhere_before": list,
        "elsewhere_after": list,
        "everyday_words": list,
        "after_a_landmark": list,
        "after_a_speaker": list,
        "aliases": dict,
    },
    {},
)


@dataclass(frozen=True, slots=True)
class Phrases:
    ambiguous_places: tuple[str, ...]
    no_places: tuple[str, ...]
    roads: tuple[str, ...]
    no_roads: tuple[str, ...]
    elsewhere_before: tuple[str, ...]
    elsewhere_after: tuple[str, ...]
    everyday_words: tuple[str, ...]
    after_a_landmark: tuple[str, ...]
    after_a_speaker: tuple[str, ...]
    aliases: dict[str, str]


@cache
def phrases() -> Phrases:
    file = catalogue.path("recognition.toml")
    data = catalogue.toml(file)
    _SHAPE.check(file, "文件", data)
    aliases = data.pop("aliases")
    catalogue.words(file, "[aliases]", "aliases", [*aliases, *aliases.values()])
    return Phrases(**{key: catalogue.words(file, key, key, listed) for key, listed in data.items()}, aliases=aliases)


def longest(words: dict[str, object] | set[str]) -> dict[str, int]:
    """First two characters → how long the longest word is that begins so."""
    found: dict[str, int] = {}
    for word in words:
        found[word[:2]] = max(len(word), found.get(word[:2], 0))
    return found
