"""Published figures beside the indicators (`seeds/indicators.toml`), each with its scope, date and source."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from console.words import Words
from sandbox import catalogue

_FIGURE = catalogue.Shape(
    {
        "indicator": str,
        "metric": str,
        "printed": str,
        "unit": str,
        "scope": str,
        "as_of": str,
        "source": str,
        "en": dict,
    },
    {"note": str},
)
_TRANSLATED = ("metric", "scope", "as_of", "source")


@dataclass(frozen=True, slots=True)
class Figure:
    indicator: str
    printed: str
    unit: str
    said: dict[str, dict[str, str]]  # language → metric, scope, as_of, source

    def shown(self, words: Words) -> dict[str, str]:
        return {"value": f"{self.printed} {self.unit}", **self.said[words.language]}


@cache
def figures() -> dict[str, list[Figure]]:
    """The figures of each indicator in the order of the file. Raises SeedError."""
    file = catalogue.path("indicators.toml")
    found: dict[str, list[Figure]] = {}
    for where, row in catalogue.tables(file, catalogue.toml(file), "figure", _FIGURE):
        found.setdefault(row["indicator"], []).append(
            Figure(
                row["indicator"],
                row["printed"],
                row["unit"],
                {"zh": _said(row), "en": _english(file, where, row["en"])},
            )
        )
    return found


def _said(row: dict[str, Any]) -> dict[str, str]:
    return {name: row[name] for name in _TRANSLATED}


def _english(file: Any, where: str, given: dict[str, Any]) -> dict[str, str]:
    catalogue.Shape(dict.fromkeys(_TRANSLATED, str), {}).check(file, f"{where} en", given)
    return _said(given)
