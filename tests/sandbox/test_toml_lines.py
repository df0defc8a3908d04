"""Where a table or a key of a TOML text stands, whatever stands between."""

import re
import tomllib
from pathlib import Path

import pytest
from django.conf import settings

from sandbox.toml_lines import line_of

TEXT = '''# [[field]] in a remark
title = "a = [ \\" # not a remark"
about = """
[[field]]
code = "in a text"
and a quotation mark: " and "" and \\""" """
list = [
    "[[field]]",  # ]
    'key = { "',
    { code = 1 },
]
"quoted.key" = 1
a.b = 2

[[field]]
code = "01"

  [[field.category]]
  code = "0101"
  words = ["x",
    "y"]

  [[ field . "category" ]]
  code = "0102"

[[field]]
code = "02"
[[field.category]]
code = "0201"
seen = true
[slots]
code = ["""x"""]
last = \'\'\'
it's\'\'\'
end = 1
'''


@pytest.mark.parametrize(
    ("steps", "key", "line"),
    [
        ([], "title", 2),
        ([], "about", 3),
        ([], "list", 7),
        ([], "quoted.key", 12),
        ([], "a", 13),
        ([("field", 1)], "", 15),
        ([("field", 1)], "code", 16),
        ([("field", 1)], "category", 18),
        ([("field", 1), ("field.category", 1)], "words", 20),
        ([("field", 1), ("field.category", 2)], "code", 24),
        ([("field", 2)], "", 26),
        ([("field", 2), ("field.category", 1)], "code", 29),
        ([("field", 2), ("field.category", 1)], "seen", 30),
        ([("slots", 1)], "", 31),
        ([("slots", 1)], "end", 35),
        ([("field", 1), ("field.category", 1)], "missing", 18),  # a key that is not there: its table
        ([], "slots", 31),  # a table named like a key
        ([], "nothing", 0),
        ([("nothing", 1)], "", 0),
    ],
)
def test_a_place_is_found_in_its_line(steps, key, line):
    tomllib.loads(TEXT)  # it is TOML

    assert line_of(TEXT, steps, key) == line


def test_rows_written_inline_are_told_by_the_line_of_their_key():
    text = 'version = 1\nrule = [\n  { id = "a" },\n  { id = "b" },\n]\n'

    assert line_of(text, [("rule", 2)], "id") == 2


def test_lines_that_end_as_windows_ends_them_are_counted_the_same():
    windows = TEXT.replace("\n", "\r\n")

    assert line_of(windows, [("field", 2), ("field.category", 1)], "seen") == 30


@pytest.mark.parametrize("file", sorted(Path(settings.SEEDS_DIR).rglob("*.toml")), ids=lambda file: file.name)
def test_every_table_of_the_shipped_seeds_is_found_where_its_heading_stands(file):
    """The seeds write their headings at the beginning of a line, and nothing else there looks like one."""
    text = file.read_text(encoding="utf-8")
    headings = re.finditer(r"^\[\[?(\w+)\]", text, re.MULTILINE)  # those within another are counted from it
    places: list[tuple[str, int, int]] = []
    for heading in headings:
        earlier = sum(name == heading[1] for name, _, _ in places)
        places.append((heading[1], earlier + 1, text[: heading.start()].count("\n") + 1))

    for name, position, line in [*places[:: max(1, len(places) // 10)], *places[-1:]]:
        assert line_of(text, [(name, position)]) == line
