"""The page of test people says how to call them; its calls are made as they stand, to a province that runs."""

import json

from identity.personas import personas
from tests.journeys.test_readme import answers, examples
from tests.journeys.up import ROOT, running

PAGE = ROOT / "docs" / "personas.md"


def test_the_calls_on_the_page_do_what_it_says(tmp_path):
    listed = examples(PAGE.read_text(encoding="utf-8"))
    (tmp_path / "province").mkdir()

    with running(tmp_path / "province") as up:
        registered, clock, found = map(json.loads, answers(listed, tmp_path, {"YUEYAN": up.url, "KEY": up.key}))
        order = up.call(f"workorders/{registered['number']}")
        shown = up.call("personas?limit=500")["results"]

    assert clock["state"] == "frozen"
    assert [one["number"] for one in found["results"]] == [registered["number"]]
    assert (order["state"], order["satisfied"]) == ("archived", "satisfied")
    assert {one["id"] for one in shown} == set(personas())


def test_everybody_stands_on_the_page_with_all_their_numbers():
    page = PAGE.read_text(encoding="utf-8")

    for persona in personas().values():
        line = next(line for line in page.splitlines() if line.startswith(f"| {persona.id} |"))
        wanted = [persona.name, persona.document, *persona.phones, persona.sms_code, f"`{persona.outcome.id}`"]
        assert [one for one in (*wanted, str(persona.trust_level), persona.what) if one not in line] == []
        assert ("not yet" in line) == (persona.status == "not yet")
