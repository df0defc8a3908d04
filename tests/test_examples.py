"""docs/examples.json shows calls as they really go; `YUEYAN_WRITE_EXAMPLES=1 pytest tests/test_examples.py` writes it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator

import pytest
from requests import Request
from schemathesis import Response

from tests.examples import FILE, Calls, make, written
from tests.test_schema import OPERATIONS


@pytest.fixture(scope="module")
def calls(database: str) -> Iterator[Calls]:
    yield make()


def test_the_examples_are_what_the_interface_answers_today(calls):
    text = written(calls)
    if os.environ.get("YUEYAN_WRITE_EXAMPLES"):
        FILE.write_text(text, encoding="utf-8")

    assert FILE.read_text(encoding="utf-8") == text, "YUEYAN_WRITE_EXAMPLES=1 pytest tests/test_examples.py"


def test_they_are_the_same_every_time(calls):
    assert written(make()) == written(calls)


def test_every_operation_has_one_that_succeeds(calls):
    assert set(calls.made) == set(OPERATIONS)
    assert {example["status"] for example, _ in calls.made.values()} == {200, 201}


@pytest.mark.parametrize("name", OPERATIONS)
def test_each_is_as_the_schema_says(name, calls):
    example, answer = calls.made[name]

    sent = Response(
        status_code=answer.status_code,
        headers={name.lower(): [value] for name, value in answer.headers.items()},
        content=answer.content,
        request=Request("POST", "http://localhost/").prepare(),
        elapsed=0.0,
        verify=False,
    )
    OPERATIONS[name].validate_response(sent)
    assert json.loads(answer.content) == example["response"]


def test_neither_keys_nor_real_time_stand_in_them(calls):
    text = written(calls)

    assert "sk_" not in text and "Bearer" not in text
    assert set(re.findall(r"\b(20\d\d)-\d\d-\d\dT", text)) == {"2022"}
