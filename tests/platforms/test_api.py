"""The register over HTTP."""

from __future__ import annotations

import csv
import json
from typing import Any

import pytest
from django.conf import settings

from platforms import register
from tests.conftest import World

PLATFORMS = "/api/v1/platforms"


@pytest.fixture
def client(world: World) -> Any:
    return world.client()


def all_of(client: Any, **query: Any) -> list[dict[str, Any]]:
    """Every page of the list."""
    rows, cursor = [], {}
    while cursor is not None:
        answer = client.get(PLATFORMS, {**query, **cursor})
        assert answer.status_code == 200, answer.content.decode()
        rows += answer.json()["results"]
        cursor = {"cursor": answer.json()["next"]} if answer.json()["next"] else None
    return rows


def one(client: Any, id: str) -> dict[str, Any]:
    answer = client.get(f"{PLATFORMS}/{id}")
    assert answer.status_code == 200, answer.content.decode()
    return answer.json()


def test_the_list_is_every_system_once_in_pages(client):
    rows = all_of(client, limit=50)

    assert [row["id"] for row in rows] == sorted(register.systems())
    assert sum(row["capability_count"] for row in rows) == 518


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({"area": "workorders", "maturity": "superseded"}, ["sme_appeal_platform", "three_zone_platform"]),
        ({"maturity": "research"}, ["super_sim_5g_auth"]),
        ({"q": "差评", "area": "workorders"}, ["good_bad_review"]),
        ({"q": "YUEZHIZHU"}, ["yuezhizhu", "yuezhizhu_tv"]),
        ({"q": "首接负责到办结"}, []),
        ({"q": "二十四种方言"}, ["care_mode"]),
    ],
)
def test_filters_narrow_the_list(query, ids, client):
    assert [row["id"] for row in all_of(client, **query)] == ids


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"area": "weather"}, "area"),
        ({"maturity": "ripe"}, "maturity"),
        ({"q": "字" * 61}, "q"),
        ({"q": ""}, "q"),
        ({"colour": "red"}, "colour"),
        ({"limit": 0}, "limit"),
        ({"cursor": "nowhere"}, "cursor"),
    ],
)
def test_a_filter_there_is_not_is_refused_and_named(query, field, client):
    answer = client.get(PLATFORMS, query)

    assert answer.status_code == 422 and answer.headers["Content-Type"] == "application/problem+json"
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize("id", ["nowhere", "Graph", "yueshengxin-01", "%00", "字"])
def test_a_system_there_is_not_is_not_found(id, client):
    answer = client.get(f"{PLATFORMS}/{id}")

    assert answer.status_code == 404 and answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "not_found" and answer.json()["remedy"] == "GET /api/v1/platforms 列出全部系统"


@pytest.mark.parametrize("path", ["", "/graph", "/yueshengxin"])
def test_without_a_key_nothing_is_shown(path, client):
    client.credentials()

    assert client.get(PLATFORMS + path).status_code == 401
    assert client.post(PLATFORMS + path).status_code in (401, 405)


def test_a_system_shows_what_it_can_do_and_what_flows_in_and_out(client):
    hotline = one(client, "yueshengxin")

    assert (hotline["area"], hotline["maturity_name"], hotline["capability_count"]) == ("workorders", "在用", 13)
    assert [row["id"] for row in hotline["capabilities"]] == [f"yueshengxin-{number:02}" for number in range(1, 14)]
    assert {
        "id": "care_mode",
        "name": "粤省事“关怀版”（尊老爱老服务专区升级）",
        "what": "一键拨打 12345",
        "source": "seed-001 六（二）4",
    } in hotline["flows_in"]
    assert [flow["id"] for flow in hotline["flows_out"]] == ["data_correction", "hotline_analytics"]
    assert "trading_enquiry" in [loop["id"] for loop in hotline["loops"]]


def test_a_systems_answer_needs_no_result_of_any_test(client, tmp_path, settings):
    before = one(client, "yueshengxin")
    settings.VAR_DIR = tmp_path / "nowhere"

    assert one(client, "yueshengxin") == before


def test_the_graph_can_be_taken_by_a_graph_library(client):
    graph = client.get(f"{PLATFORMS}/graph").json()

    ids = {node["id"] for node in graph["nodes"]}
    pairs = [(edge["source"], edge["target"]) for edge in graph["edges"]]
    assert (len(ids), len(pairs)) == (165, 107)
    assert graph["directed"] is True and graph["multigraph"] is False and len(set(pairs)) == len(pairs)
    assert all({*pair} <= ids for pair in pairs)
    assert len(graph["graph"]["loops"]) == 18


def test_the_flows_of_all_systems_are_the_edges_of_the_graph(client):
    edges = {(edge["source"], edge["target"]) for edge in client.get(f"{PLATFORMS}/graph").json()["edges"]}

    out = {(id, flow["id"]) for id in register.systems() for flow in one(client, id)["flows_out"]}
    into = {(flow["id"], id) for id in register.systems() for flow in one(client, id)["flows_in"]}

    assert out == into == edges


# capabilities that the register itself shows ------------------------------------------------------------


@pytest.mark.capability("seed_dataset-01")
def test_every_figure_of_the_seeds_is_shown_with_its_source_section_and_date(client):
    with (settings.SEEDS_DIR / "systems" / "figures.csv").open(encoding="utf-8") as file:
        wanted = {row["id"]: row for row in csv.DictReader(line for line in file if not line.startswith("#"))}

    shown = {figure["id"]: figure for row in all_of(client) for figure in one(client, row["id"])["figures"]}

    assert shown.keys() == wanted.keys() and len(shown) == 627
    for id, figure in shown.items():
        kept = ("value", "as_of", "scope", "source", "normalised", "unit")
        assert {name: figure[name] for name in kept} == {name: wanted[id][name] for name in kept}
        file, _, section = figure["source"].partition(" ")
        assert file in ("seed-000", "seed-001") and section and figure["as_of"]


@pytest.mark.capability("seed_dataset-02")
@pytest.mark.parametrize(
    ("id", "disagreement", "printed"),
    [
        (
            "yiwang_gongxiang",
            "sharing-catalogue",
            {("4.16万个", "seed-001 一（二）1.1)"), ("3.65万个", "seed-001 四（三）")},
        ),
        ("yueshengshi_app", "app-installs", {("1371.1", "seed-000 六（一）1"), ("1450万", "seed-001 六（二）")}),
        ("yuedun_drill", "drill-2021", {("28.3%", "seed-000 一（四）"), ("71.1%", "seed-001 九（四）1")}),
        ("yueshengxin", "hotline-volume", {("220.86", "seed-000 六（一）1"), ("3600.96万件", "seed-001 六（四）")}),
    ],
)
def test_a_figure_printed_differently_shows_both_values_with_their_sources(id, disagreement, printed, client):
    told = [
        figure
        for figure in one(client, id)["figures"]
        if figure["disagreement"] and figure["disagreement"]["id"] == disagreement
    ]

    assert {(figure["value"], figure["source"]) for figure in told} == printed
    for figure in told:
        others = {(other["value"], other["source"]) for other in figure["disagreement"]["others"]}
        assert others == printed - {(figure["value"], figure["source"])}
        assert figure["disagreement"]["explanation"]


@pytest.mark.parametrize(
    ("id", "maturity"),
    [
        pytest.param("data_customs", "planned", marks=pytest.mark.capability("data_customs-01")),
        pytest.param("digital_finance_app", "named_only", marks=pytest.mark.capability("digital_finance_app-01")),
        pytest.param("smart_hospital_app", "named_only", marks=pytest.mark.capability("smart_hospital_app-01")),
    ],
)
def test_of_a_system_the_documents_only_name_no_more_is_claimed_than_its_name(id, maturity, client):
    system = one(client, id)

    assert system["maturity"] == maturity and system["name"] and system["sources"]
    assert "不主张任何功能" in system["capabilities"][0]["statement"] and len(system["capabilities"]) == 1
    assert [system[name] for name in ("figures", "flows_in", "flows_out", "loops")] == [[]] * 4


@pytest.mark.capability("super_sim_5g_auth-02")
def test_a_research_result_is_kept_apart_from_the_systems_in_use(client):
    system = one(client, "super_sim_5g_auth")

    (published,) = [figure for figure in system["figures"] if figure["metric"] == "发布成果"]
    assert system["maturity"] == "research"
    assert published["subject"] == "粤基座联创中心" and "5G 专网鉴权系统应用研究" in published["note"]
    assert "super_sim_5g_auth" not in {row["id"] for row in all_of(client, maturity="live")}


def test_answers_hold_no_words_but_those_of_the_register(client):
    """Nothing of a sandbox stands in them: they are the same in every one."""
    other = World(seed=9).client()

    for path in ("/yueshengxin", "/graph", "?area=data"):
        answers = [json.dumps(each.get(PLATFORMS + path).json(), ensure_ascii=False) for each in (client, other)]
        assert answers[0] == answers[1]
