"""`manage.py sandbox`: a second sandbox, and a key for one department."""

import json

import pytest
from django.core.management import CommandError, call_command
from rest_framework.test import APIClient


def _said(capsys, *arguments):
    call_command("sandbox", *arguments)
    return json.loads(capsys.readouterr().out)


def test_a_sandbox_is_founded_keyed_listed_and_deleted(database, capsys):
    made = _said(capsys, "create", "class-3", "--seed", "5")
    keyed = _said(capsys, "key", "class-3", "department:440106-cg")
    client = APIClient(headers={"authorization": f"Bearer {keyed['key']}"})

    seen = client.get("/api/v1/sandbox").json()

    assert (seen["slug"], seen["seed"], seen["acting_as"]) == ("class-3", 5, "department:440106-cg")
    assert made["key"].startswith("sk_") and made["clock"] == "frozen"
    assert "class-3" in [one["sandbox"] for one in _said(capsys, "list")]
    assert _said(capsys, "delete", "class-3") == {"deleted": "class-3"}
    assert client.get("/api/v1/sandbox").status_code == 401


@pytest.mark.parametrize(
    "arguments, says",
    [
        (["create", "Class 3"], "bad_slug"),
        (["create", "class-4", "--start", "soon"], "不是时刻"),
        (["create", "class-4", "--start", "1999-01-01"], "beyond_calendar"),
        (["create", "class-4", "--profile", "nobody"], "unknown_profile"),
        (["key", "nowhere"], "not_found"),
        (["delete", "nowhere"], "not_found"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(database, arguments, says):
    with pytest.raises(CommandError, match=says):
        call_command("sandbox", *arguments)
