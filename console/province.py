"""The province as 21 tiles (`province.toml`), and the names of its cities."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from console.words import Words
from sandbox.regions import PROVINCE, regions

_FILE = Path(__file__).with_name("province.toml")


@dataclass(frozen=True, slots=True)
class Tile:
    code: str
    row: int
    column: int
    english: str


@cache
def tiles() -> dict[str, Tile]:
    """Every city's place on the map by its code."""
    with _FILE.open("rb") as file:
        return {row["code"]: Tile(**row) for row in tomllib.load(file)["tile"]}


def city_name(code: str, words: Words) -> str:
    """`广州` or `Guangzhou`; of the province's own hotline, `省级`."""
    if code == PROVINCE:
        return words.say("map", "province")
    if words.language != "zh" and code in tiles():
        return tiles()[code].english
    found = regions().get(code)
    return found.short_name if found else code
