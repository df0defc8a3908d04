"""The board's words in Chinese and English: `phrases.toml`, the labels of choices, moments and spans of time."""

from __future__ import annotations

import tomllib
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.db.models import Choices

from sandbox.moments import CHINA

LANGUAGES = {"zh": "中文", "en": "English"}
_FILE = Path(__file__).with_name("phrases.toml")
_WEEKDAYS = {"zh": "一二三四五六日", "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}


@cache
def phrases() -> dict[str, dict[str, list[str]]]:
    """Every phrase by section and name, in the order of LANGUAGES."""
    with _FILE.open("rb") as file:
        return tomllib.load(file)


class Words:
    """How the board speaks in one language. What the world itself says (texts, names of units) stays Chinese."""

    def __init__(self, language: str) -> None:
        self.language = language if language in LANGUAGES else "zh"
        position = list(LANGUAGES).index(self.language)
        self.texts = {
            section: {name: both[position] for name, both in listed.items()} for section, listed in phrases().items()
        }

    @property
    def html_language(self) -> str:
        return "zh-Hans" if self.language == "zh" else "en"

    def say(self, section: str, name: str, /, **filled: Any) -> str:
        return self.texts[section][name].format_map(filled)

    def label(self, choices: type[Choices], value: Any) -> str:
        """A choice's standard Chinese label, or its identifier as English words, where [label] has no better ones."""
        if value in ("", None) or value not in choices.values:
            return str(value or "")
        choice = choices(value)
        if self.language == "zh":
            return str(choice.label)
        return self.texts["label"].get(f"{choices.__name__}.{value}") or choice.name.replace("_", " ").lower()

    def moment(self, when: datetime | str | None) -> str:
        """`09-01 10:32`, with the year where a whole moment is shown: see `full`."""
        found = _instant(when)
        return found.strftime("%m-%d %H:%M") if found else ""

    def full(self, when: datetime | str | None) -> str:
        found = _instant(when)
        return found.strftime("%Y-%m-%d %H:%M") if found else ""

    def day(self, when: date) -> str:
        """`2022年9月1日 星期四`, `Thu 1 Sep 2022`."""
        if self.language == "zh":
            return f"{when.year}年{when.month}月{when.day}日 星期{_WEEKDAYS['zh'][when.weekday()]}"
        return f"{_WEEKDAYS['en'][when.weekday()]} {when.day} {when:%b} {when.year}"

    def span(self, seconds: int) -> str:
        """A length of time in its two largest units: `2 天 3 小时`."""
        parts = []
        for name, length in (("days", 86400), ("hours", 3600), ("minutes", 60), ("seconds", 1)):
            count, seconds = divmod(seconds, length)
            if count:
                parts.append(self.say("span", name, n=f"{count:,}"))
        return " ".join(parts[:2]) or self.say("span", "seconds", n=0)


@cache
def words(language: str) -> Words:
    return Words(language)


def _instant(when: datetime | str | None) -> datetime | None:
    found = datetime.fromisoformat(when) if isinstance(when, str) else when
    return found.astimezone(CHINA) if found else None
