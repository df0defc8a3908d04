"""What the README says is what happens: its commands are run, in order, and its answers are the ones that come.

A block marked `sh` is run; a block marked `json` right after it is the answer shown. In an answer `…` stands for
anything left out. What README.zh-CN.md tells to type stands in README.md too.
"""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.backend import BACKEND
from tests.journeys.up import ROOT, environment, running

README, IN_CHINESE = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh-CN.md"))
_FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\s+|.', re.DOTALL)


@dataclass(frozen=True)
class Example:
    """A block of commands as it stands in the text, and the answer shown for it, if one is."""

    line: int
    call: str
    shown: str | None


def examples(text: str) -> list[Example]:
    """The commands of a text in their order."""
    found = []
    blocks = list(_FENCE.finditer(text))
    for position, block in enumerate(blocks):
        language, body = block.groups()
        if language != "sh":
            continue
        following = blocks[position + 1] if position + 1 < len(blocks) else None
        shown = None
        if following and following[1] == "json" and not text[block.end() : following.start()].strip():
            shown = following[2]
        found.append(Example(text.count("\n", 0, block.start()) + 1, body, shown))
    return found


def answers(listed: list[Example], folder: Path, variables: dict[str, str]) -> list[str]:
    """Run them in one shell, where README.md lies, so that a variable set in one is there in the next; what each said."""
    script = ["set -euo pipefail"]
    for position, example in enumerate(listed):
        script.append(f": line {example.line}\n{{\n{example.call}\n}} > '{folder}/{position}'")
    done = subprocess.run(
        ["bash", "-c", "\n".join(script)],
        env={**environment(folder), **variables},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    made = [folder / str(position) for position in range(len(listed))]
    stopped = next((example.line for example, answer in zip(listed, made, strict=True) if not answer.exists()), "last")
    assert done.returncode == 0, f"exit code {done.returncode} before the call of line {stopped}: {done.stderr}"
    return [answer.read_text(encoding="utf-8") for answer in made]


def compact(text: str) -> str:
    """JSON without the space between its tokens, whatever is left out of it."""
    return "".join(token for token in _TOKEN.findall(text) if not token.isspace())


def fits(shown: str, answer: str) -> bool:
    """Whether an answer is the one shown, `…` standing for anything."""
    pattern = ".*".join(re.escape(part) for part in compact(shown).split("…"))
    return re.fullmatch(pattern, compact(answer), re.DOTALL) is not None


def typed(text: str) -> set[str]:
    """The lines of all blocks that somebody is to type, without the comments on them."""
    blocks = (body for language, body in _FENCE.findall(text) if language in {"", "sh"})
    return {line.split(" # ")[0].strip() for body in blocks for line in body.splitlines() if line.strip()}


@pytest.mark.skipif(BACKEND != "sqlite", reason="`up` is the embedded mode: SQLite and the memory broker")
def test_the_readme_shows_what_happens(tmp_path):
    listed = examples(README)
    assert any(example.shown for example in listed), "a README without an executed example"

    (tmp_path / "province").mkdir()
    with running(tmp_path / "province") as up:
        got = answers(listed, tmp_path, {"YUEYAN": up.url, "KEY": up.key})

    for example, answer in zip(listed, got, strict=True):
        where = f"README.md:{example.line}"
        assert example.shown is None or fits(example.shown, answer), f"{where} shows\n{example.shown}\ngot\n{answer}"
        assert "curl" not in example.call or json.loads(answer)
    (simulated,) = (answer for example, answer in zip(listed, got, strict=True) if "simulate" in example.call)
    many, own = re.findall(r"^工单 (\d+)，已归档 (\d+)", simulated, re.MULTILINE)
    assert many == ("500", "500")
    assert own[0] == "200"


def test_all_that_can_be_run_is_run_and_the_chinese_readme_tells_to_type_the_same():
    run = typed("".join(f"```sh\n{example.call}```\n" for example in examples(README)))

    assert typed(README) - run == {"make up", "make test"}, "this very suite, and what it starts for the calls"
    assert {"make up", "make test"} < typed(IN_CHINESE) <= typed(README)


# the executor itself ------------------------------------------------------------------------------------

SAMPLE = """
Prose, and a block nobody runs:

```
curl $NOWHERE
```

```
make up
```

```sh
ANSWER=answer.json
curl -s file://$FOLDER/$ANSWER
```

```json
{"number": "12345-…-7", "states": {"archived": 2, …}, "steps": [1, 2, …]}
```

```sh
curl -s file://$FOLDER/$ANSWER
```

Words in between: this is another answer.

```json
{}
```
"""
ANSWER = '{"number":"12345-440100-20220901-000001-7","states":{"archived":2,"closed":1},"steps":[1,2,3]}'


def test_calls_are_found_with_the_answer_right_after_them():
    first, second = examples(SAMPLE)

    assert (first.line, second.line) == (12, 21)
    assert "ANSWER=answer.json" in first.call
    assert first.shown.startswith('{"number"')
    assert second.shown is None


def test_calls_are_made_in_one_shell_and_compared(tmp_path):
    (tmp_path / "answer.json").write_text(ANSWER, encoding="utf-8")
    listed = examples(SAMPLE)

    got = answers(listed, tmp_path, {"FOLDER": str(tmp_path)})

    assert got == [ANSWER, ANSWER]
    assert fits(listed[0].shown, got[0])


def test_a_call_that_fails_is_named_by_its_line(tmp_path):
    (tmp_path / "answer.json").write_text(ANSWER, encoding="utf-8")
    broken = SAMPLE.replace("curl -s file://$FOLDER/$ANSWER\n```\n\nWords", "curl -s $NO_SUCH_VARIABLE\n```\n\nWords")

    with pytest.raises(AssertionError, match="NO_SUCH_VARIABLE"):
        answers(examples(broken), tmp_path, {"FOLDER": str(tmp_path)})


@pytest.mark.parametrize(
    ("shown", "answer", "same"),
    [
        ('{"a": 1}', '{"a":1}', True),
        ('{"a": 1}', '{"a":2}', False),
        ('{"a": 1}', '{"a":1,"b":2}', False),
        ('{"a": 1, …}', '{"a":1,"b":2}', True),
        ('{"a": 1, …"c": 3}', '{"a":1,"b":2,"c":3}', True),
        ('{"a": 1, …"c": 3}', '{"a":1,"b":2,"c":4}', False),
        ('{…"b": 2}', '{"a":1,"b":2,"c":3}', False),
        ('{"a": "x y"}', '{"a":"xy"}', False),
        ('{"a": "x…y"}', '{"a":"x 1 y"}', True),
        ('{"a": "(x)"}', '{"a":"x"}', False),
        ('[{"n": 1}, …]', '[{"n":1},{"n":2}]', True),
        ('[{"n": 1}, …]', '[{"n":2},{"n":1}]', False),
        ("…", "anything", True),
        ("{}", "", False),
    ],
)
def test_only_what_is_left_out_may_differ(shown, answer, same):
    assert fits(shown, answer) is same
