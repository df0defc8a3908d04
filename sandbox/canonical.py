"""One way to write a value: canonical JSON, and the digests made from it.

`jsonb` reorders keys and refuses NUL, databases sort text differently, floats print differently:
so whatever is hashed is text, made here, of strings, whole numbers, booleans and lists and maps of them.
"""

from typing import Any

import orjson


def dumps(value: Any) -> str:
    """Canonical JSON: sorted keys, no spaces, real characters."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def loads(text: str) -> Any:
    return orjson.loads(text)


def refuse_floats(where: str, value: Any) -> None:
    """Raises TypeError where a float stands anywhere in a value: it has no one way to be written."""
    if isinstance(value, float):
        raise TypeError(f"{where}: a float has no one way to be written: {value}")
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ():
        refuse_floats(where, one)


def unprintable(text: str) -> str | None:
    """Why a text cannot be kept on every database, or None: NUL and lone surrogates are refused."""
    if "\x00" in text:
        return "含有空字符（NUL）"
    try:
        text.encode()
    except UnicodeEncodeError:
        return "含有不成对的代理字符（lone surrogate）"
    return None


def shown(text: str, length: int = 60) -> str:
    """A stranger's text made safe to repeat inside a message."""
    safe = text.encode("unicode_escape").decode() if unprintable(text) else text
    return safe if len(safe) <= length else safe[: length - 1] + "…"
