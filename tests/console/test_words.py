"""What the board says: in both languages, of everything there is, and nothing that nobody says."""

import re
import string
from pathlib import Path

import pytest

from console.board import _scale, _stages
from console.figures import figures
from console.province import city_name, tiles
from console.words import LANGUAGES, phrases, words
from identity.vocabulary import PartyKind
from platforms import register
from platforms.vocabulary import Measure
from sandbox.actors import Role
from sandbox.regions import regions
from tests.backend import BACKEND  # noqa: F401 — settings first
from workorders.indicators import CALL_EVENTS, INDICATORS, ORDER_EVENTS
from workorders.lifecycle import AssignmentState, OrderState
from workorders.vocabulary import Channel, Deadline, Ending, RejectReason, RequestType, Satisfied, Solved

ROOM = Path(__file__).resolve().parents[2] / "console"
PHRASES = {f"{section}.{name}": both for section, listed in phrases().items() for name, both in listed.items()}
CHOICES = {
    one.__name__: one
    for one in (
        *(AssignmentState, Channel, Deadline, Ending, Measure, OrderState, PartyKind),
        *(RejectReason, RequestType, Role, Satisfied, Solved),
    )
}
VENDOR = ROOM / "static" / "console" / "vendor"


@pytest.mark.parametrize("name", PHRASES)
def test_a_phrase_has_both_languages_and_fills_in_the_same(name):
    both = PHRASES[name]

    assert len(both) == len(LANGUAGES) and all(both)
    chinese, english = ({field for _, field, _, _ in string.Formatter().parse(one) if field} for one in both)
    assert chinese == english
    assert re.search(r"[\u4e00-\u9fff]|^\{|（|／|＋", both[0]), "Chinese first"
    assert not re.search(r"[\u4e00-\u9fff]", both[1]), "English second"


def test_every_phrase_a_template_names_is_there():
    named = {
        found
        for file in (ROOM / "templates").rglob("*.html")
        for found in re.findall(r"\bt\.(\w+\.\w+)", file.read_text(encoding="utf-8"))
    }

    assert len(named) > 60
    assert named <= set(PHRASES)


def test_no_phrase_is_left_that_nobody_says():
    templates = "".join(file.read_text(encoding="utf-8") for file in (ROOM / "templates").rglob("*.html"))
    code = "".join(file.read_text(encoding="utf-8") for file in ROOM.glob("*.py"))
    by_name = tuple(f"event.{kind}" for kind in ("work_", "call", "party", "pop", "sandbox", "simu", "role", "rule"))
    of_what = ("indicator", "formula", "figure", "label", "day", "span", "clock")  # found by the name of that
    by_name += tuple(f"{section}." for section in of_what)

    silent = [
        name
        for name in PHRASES
        if not name.startswith(by_name)
        and f"t.{name}" not in templates
        and f'"{name.split(".")[1]}"' not in code
        and f"{name.split('.')[1]}=" not in code
    ]

    assert silent == []


@pytest.mark.parametrize("type", [*ORDER_EVENTS, *CALL_EVENTS])
def test_every_event_of_an_order_or_a_call_has_a_sentence(type):
    assert type in phrases()["event"], f"add a line for {type} to [event] in console/phrases.toml"


@pytest.mark.parametrize("code", [one.code for one in INDICATORS])
def test_every_indicator_has_a_name_in_both_languages(code):
    assert code in phrases()["indicator"], f"add a line for {code} to [indicator] in console/phrases.toml"


def test_states_have_their_standard_label_and_an_english_one():
    assert words("zh").label(OrderState, "pending_accept") == "待受理"
    assert words("en").label(OrderState, "pending_accept") == "awaiting acceptance"
    assert words("zh").label(OrderState, "") == ""


@pytest.mark.parametrize("name", phrases()["label"])
def test_a_choice_given_better_english_keeps_its_own_chinese(name):
    kind, _, value = name.partition(".")

    (choice,) = (one for one in CHOICES[kind] if str(one.value) == value)

    assert [words(language).label(CHOICES[kind], choice.value) for language in LANGUAGES] == phrases()["label"][name]


@pytest.mark.parametrize("kind", CHOICES)
def test_no_choice_is_shown_by_its_name_in_english(kind):
    for choice in CHOICES[kind]:
        said = words("en").label(CHOICES[kind], choice.value)

        assert said not in {choice.name, choice.name.capitalize(), choice.name.replace("_", " ").capitalize()} or (
            said in {"Yueshengshi", "Yueshangtong", "Yuezhizhu", "Yuegongping"}
        )
    assert words("en").label(PartyKind, "natural") == "natural person"


@pytest.mark.parametrize("indicator", INDICATORS, ids=lambda indicator: indicator.code)
def test_every_indicator_says_in_both_languages_how_it_is_counted(indicator):
    chinese, english = phrases()["formula"][indicator.code]

    assert chinese == indicator.formula
    assert english.count(" / ") == 1


def test_every_city_has_one_tile_of_its_own_and_a_name_in_both_languages():
    cities = {code for code, one in regions().items() if one.level == "city"}

    assert set(tiles()) == cities and len(cities) == 21
    assert len({(one.row, one.column) for one in tiles().values()}) == 21
    assert all(one.row in range(1, 5) and one.column in range(1, 9) for one in tiles().values()), (
        "as the style has them"
    )
    assert city_name("440100", words("zh")) == "广州"
    assert city_name("440100", words("en")) == "Guangzhou"


@pytest.mark.parametrize(
    ("most", "scale"), [(0, 1), (8, 1), (9, 2), (40, 5), (41, 10), (80, 10), (81, 20), (759, 100), (123_456, 20_000)]
)
def test_tiles_are_coloured_on_a_round_scale_that_the_fullest_one_fills(most, scale):
    assert _scale(most) == scale


def test_orders_in_a_state_that_is_no_stage_of_the_loop_are_shown_all_the_same():
    counted = {"work_order.received:>pending_accept": 3, "work_order.moved:pending_accept>elsewhere": 2}

    first, *_, last = _stages(counted, {}, words("zh"))

    assert (first["name"], first["count"]) == ("受理", "1")
    assert (last["name"], last["count"]) == ("其他", "2")
    assert last["states"] == [{"code": "elsewhere", "name": "elsewhere", "count": 2}]


def test_what_waits_in_a_stage_beside_its_first_state_is_told_with_its_number():
    counted = {"work_order.received:>pending_sign": 2, "work_order.return_requested:>return_review": 3}

    (sign,) = (stage for stage in _stages(counted, {}, words("en")) if stage["code"] == "sign")

    assert sign["parts"] == [{"code": "return_review", "shown": "3 return under review"}]


def test_every_published_figure_is_the_registers_and_names_scope_date_and_source_in_both_languages():
    listed = [one for of_one in figures().values() for one in of_one]

    assert len(listed) == 7
    for one in listed:
        assert one.figure is register.figures()[one.figure.id]
        for language in LANGUAGES:
            shown = one.shown(words(language))
            assert all(shown[name] for name in ("value", "metric", "scope", "as_of", "source"))
            assert bool(shown["note"]) == bool(one.figure.note)
            assert shown["source"].endswith(one.figure.source.split(" ")[1])


def test_a_figure_says_what_it_was_counted_over_and_since_when():
    august, until_then = figures()["connection"]
    of_all, of_firms = figures()["satisfaction"]

    assert august.shown(words("zh")) == {
        "value": "95.38 %",
        "metric": "接通率（当月）",
        "scope": "省级平台（不含各市）",
        "as_of": "2022-08",
        "source": "《数字政府改革建设工作月报》2022 年第 8 期，2022-09-13，六（一）1",
        "note": "列名为“8月新增”，实为 8 月当月接通率",
    }
    assert until_then.shown(words("zh"))["as_of"] == "截至 2022-08-31"
    assert until_then.shown(words("en"))["metric"] == "Connection (cumulative)"
    assert of_all.shown(words("en"))["scope"] == "whole province, cities included"
    assert of_firms.shown(words("zh"))["scope"] == "全省，仅市场主体诉求响应平台（粤商通）"
    assert of_firms.shown(words("en"))["as_of"] == "not printed (published 2022-09-05)"


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0 秒"), (59, "59 秒"), (3600, "1 小时"), (90061, "1 天 1 小时"), (5000, "1 小时 23 分")]
)
def test_a_span_is_told_in_its_two_largest_units(seconds, said):
    assert words("zh").span(seconds) == said


def test_the_libraries_served_have_their_licence_beside_them_and_stand_in_the_notice():
    notice = (ROOM.parent / "NOTICE").read_text(encoding="utf-8")
    versions = {re.match(r"(\w+)-(\d+\.\d+\.\d+)", file.name).groups() for file in VENDOR.glob("*.js")}

    assert versions == {("htmx", "2.0.11"), ("uPlot", "1.6.32")}
    for library, version in versions:
        assert (VENDOR / f"{library}-LICENSE.txt").read_text(encoding="utf-8").strip()
        assert re.search(rf"{library}(\.org)? {re.escape(version)}", notice)
    style = (ROOM / "static" / "console" / "board.css").read_text(encoding="utf-8")
    assert "url(" not in style and "@import" not in style, "nothing comes from elsewhere"
