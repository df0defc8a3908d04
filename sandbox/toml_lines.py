"""Where a table or key of a TOML text stands. `tomllib` tells values and not lines; a mistake is told with its line."""

import re
from collections.abc import Iterator, Sequence

_STRING = r'"""(?:\\.|[^\\])*?"{3,5}|' + r"'''.*?'{3,5}|" + r'"(?:\\.|[^"\\\n])*"|' + r"'[^'\n]*'"
_TOKEN = re.compile(rf"{_STRING}|#[^\n]*|[\[\]{{}}\n]|[^\"'#\[\]{{}}\n]+", re.DOTALL)
_PART = r"""(?:"(?:\\.|[^"\\])*"|'[^']*'|[\w-]+)"""
_NAME = rf"{_PART}(?:\s*\.\s*{_PART})*"
_HEADING = re.compile(rf"(\[\[?)\s*({_NAME})\s*\]")
_KEY = re.compile(rf"({_PART})(?:\s*\.\s*{_PART})*\s*=")


def line_of(text: str, steps: Sequence[tuple[str, int]], key: str = "") -> int:
    """The line of a key below the n-th table of a name, or of the table where the key does not stand there.

    `steps` lead to the table, outermost first: `[("field", 2), ("field.category", 3)]` is the third
    `[[field.category]]` below the second `[[field]]`; no steps are the top of the file. 0 where nothing was found.
    """
    marks = list(_marks(text))
    at, found = -1, 0
    for name, position in steps:
        places = [n for n, (_, kind, named) in enumerate(marks) if n > at and kind and named == name]
        if len(places) < position:  # rows written inline, `name = [{…}, {…}]`: the key is the nearest there is
            return found or next((line for line, _, named in marks if named == name), 0)
        at = places[position - 1]
        found = marks[at][0]
    if not key:
        return found
    below = ".".join([steps[-1][0], key]) if steps else key
    for line, kind, named in marks[at + 1 :]:
        if named == (below if kind else key):
            return line
        if kind and steps and not named.startswith(f"{steps[-1][0]}."):
            break
    return found


def _marks(text: str) -> Iterator[tuple[int, str, str]]:
    """Each table and each key of a text in order: its line, `[`, `[[` or nothing for a key, and its name."""
    for line, words in _statements(text):
        if heading := _HEADING.match(words):
            yield line, heading[1], _plain(heading[2])
        elif key := _KEY.match(words):
            yield line, "", _plain(key[1])


def _plain(name: str) -> str:
    return ".".join(part.strip("\"'") for part in re.findall(_PART, name))


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """A heading or `key = value` at a time, with the line it begins in: lists and texts may be many lines long."""
    line, begun, depth, words = 1, 1, 0, ""
    for token in _TOKEN.findall(text):
        if token == "\n" and not depth:
            if words.strip():
                yield begun, words.strip()
            words = ""
        elif not token.startswith("#"):
            if not words.strip():
                begun = line
            words += token
            depth += (token in ("[", "{")) - (token in ("]", "}"))
        line += token.count("\n")
    if words.strip():
        yield begun, words.strip()
