"""A copy of the seeds in which a test breaks something."""

import pickle
import sys
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

ROOMS = {"sandbox", "identity", "workorders", "platforms", "simulation", "console"}


def forget() -> None:
    """Let every catalogue be read again."""
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] in ROOMS and name != "sandbox.store":
            for value in vars(module).values():
                if callable(getattr(value, "cache_clear", None)):
                    value.cache_clear()


@cache
def _pickled(text: str, parse: Callable[[str], Any] = tomllib.loads) -> bytes:
    return pickle.dumps(parse(text))


def parsed(text: str) -> Any:
    """A text of TOML, a copy for each who asks: most files are whole, and need not be parsed for every test anew."""
    return pickle.loads(_pickled(text))


class Seeds:
    def __init__(self, root: Path) -> None:
        self.root = root

    def change(self, name: str, old: str, new: str) -> int:
        """Put one text for another, and tell the line it stood in."""
        file = self.root / name
        text = file.read_text(encoding="utf-8")
        assert old in text, f"{name} no longer has {old!r}: change this test"
        file.write_text(text.replace(old, new, 1), encoding="utf-8")
        return text[: text.index(old)].count("\n") + 1

    def append(self, name: str, text: str) -> int:
        """Put a text at the end, after an empty line, and tell the line it begins in."""
        file = self.root / name
        line = file.read_text(encoding="utf-8").count("\n") + 2
        with file.open("a", encoding="utf-8") as end:
            end.write(f"\n{text}\n")
        return line
