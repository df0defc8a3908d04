"""The register as its files state it: complete, every word of it sourced, and every mistake in it told."""

import csv
import os
import re
import subprocess
import sys
import tomllib
from collections import Counter

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from platforms import register
from platforms.vocabulary import Area, Maturity
from sandbox.catalogue import SeedError, fingerprint

AREAS = {
    "identity": 20, "services": 56, "workorders": 10, "data": 20,
    "platforms": 11, "governance": 27, "security": 17, "simulation": 4,
}  # fmt: skip
MATURITIES = {
    "live": 123, "pilot": 18, "planned": 9, "external": 5, "named_only": 5, "superseded": 3, "research": 1, "closed": 1,
}  # fmt: skip
LONGEST = 40  # characters of a statement


def test_every_system_and_capability_of_the_seed_documents_is_there():
    systems = register.systems().values()

    assert (len(systems), len(register.capabilities())) == (165, 518)
    assert Counter(one.area for one in systems) == AREAS and list(AREAS) == Area.values
    assert Counter(one.maturity for one in systems) == MATURITIES and set(MATURITIES) == set(Maturity.values)
    assert Counter(one.basis for one in register.capabilities().values())["stated"] == 432


def test_capabilities_are_numbered_without_gaps_in_each_system():
    for system in register.systems().values():
        wanted = [f"{system.code}-{number:02}" for number in range(1, system.capability_count + 1)]

        assert [one.id for one in system.capabilities] == wanted


def test_statements_are_terse_chinese_and_said_once():
    statements = [
        one.statement
        for one in register.capabilities().values()
        if register.systems()[one.system].maturity != Maturity.NAMED_ONLY
    ]

    assert [one for one in statements if len(one) > LONGEST or one[-1] in "。；，"] == []
    assert [one for one in statements if not any("一" <= letter <= "鿿" for letter in one)] == []
    assert [one for one, times in Counter(statements).items() if times > 1] == []


def test_every_flow_runs_between_two_systems_of_the_register():
    flows = register.flows()

    assert len(flows) == 107
    assert {end for one in flows for end in (one.source, one.target)} <= register.systems().keys()
    assert all(one.source != one.target and one.section.startswith("seed-00") for one in flows)


def test_every_loop_has_stages_and_systems():
    assert len(register.loops()) == 18
    assert all(len(one.stages) > 2 and one.systems for one in register.loops().values())


def test_every_figure_is_there_with_its_source_its_date_and_its_scope():
    figures = register.figures().values()

    assert Counter(one.source.split()[0] for one in figures) == {"seed-000": 323, "seed-001": 304}
    assert all(one.as_of and one.systems for one in figures)
    assert {one.subject for one in figures if not one.normalised} == {"粤省事码"}, "the print lost its unit"


def test_what_a_print_leaves_open_about_a_figure_stands_in_its_note():
    figures = register.figures()

    unclear = [code for code, one in figures.items() if "原文未注明省级或全省" in one.note]
    assert unclear == [f"000-{number:03}" for number in range(77, 98)]
    assert {figures[code].scope for code in unclear} == {"全省"}
    assert (figures["000-287"].value, figures["000-287"].normalised, figures["000-287"].note) == (
        "8月上旬",
        "2022-08",
        "上旬",
    )


def test_the_hotlines_figures_say_whether_the_cities_are_among_what_was_counted():
    told = {"粤省心省级平台": "省级平台（不含各市）", "粤省心": "全省（含各市热线）"}

    for one in register.figures().values():
        if one.subject in told and one.metric != "上线":
            assert one.scope == told[one.subject], one.id


@pytest.mark.parametrize(
    ("disagreement", "values"),
    [
        ("sharing-catalogue", {"4.16万个", "3.65万个"}),
        ("sharing-calls", {"627亿次", "563.6亿次"}),
        ("open-datasets", {"2.55万个", "27452个"}),
        ("drill-2020", {"71.1%", "28.3%"}),
        ("drill-2021", {"71.1%", "28.3%"}),
        ("personal-certificates", {"96", "97种"}),
        ("app-installs", {"1371.1", "1450万"}),
        ("hotline-volume", {"220.86", "3600.96万件"}),
        ("trading-mobile-services", {"183项", "189个"}),
    ],
)
def test_where_the_documents_disagree_both_values_are_kept(disagreement, values):
    told = [one for one in register.figures().values() if one.disagreement == disagreement]

    assert {one.value for one in told} == values
    assert len({one.source for one in told}) == 2


def test_the_sum_of_the_cities_is_what_the_disagreement_about_monthly_users_says():
    told = [one for one in register.figures().values() if one.disagreement == "enterprise-monthly-active"]

    cities = [int(one.normalised) for one in told if one.source == "seed-000 六（二）"]
    assert len(cities) == 21 and f"{sum(cities)}" in register.disagreements()["enterprise-monthly-active"].explanation


def test_the_register_is_no_part_of_the_world_a_sandbox_pins(seeds):
    before = fingerprint()

    seeds.change("systems/data.toml", "一项数据只有一个法定来源", "一数一源")
    fingerprint.cache_clear()

    assert fingerprint() == before


# mistakes: (what reads it, file, what stands there, what stands there instead, what the error says)
BROKEN = {
    "an unknown key": ("systems", "identity.toml", "maturity =", "ripeness =", "[[system]] 第 1 条", "不认识的键 ripeness", "可用的键"),
    "an unknown key of a capability": ("systems", "identity.toml", "basis =", "base =", "第 1 条 capability 第 1 条", "不认识的键 base"),
    "a duplicated system": ("systems", "identity.toml", 'id = "yuexinqian"', 'id = "unified_auth"', "unified_auth 重复", "只能出现一次"),
    "a duplicated capability": ("systems", "identity.toml", '"unified_auth-02"', '"unified_auth-01"', "unified_auth-01 重复"),
    "a system of two areas": ("systems", "services.toml", 'id = "yueshengshi"', 'id = "unified_auth"', "services.toml", "unified_auth 重复"),
    "a capability of another system": ("systems", "identity.toml", '"unified_auth-02"', '"yueshengxin-02"', "不属于系统 unified_auth", "unified_auth-01"),
    "an unknown maturity": ("systems", "identity.toml", 'maturity = "live"', 'maturity = "ripe"', "maturity ripe", "可用：live、pilot"),
    "an unknown basis": ("systems", "identity.toml", 'basis = "stated"', 'basis = "rumoured"', "basis rumoured", "stated、inferred"),
    "a missing source": ("systems", "identity.toml", 'source = "seed-001 六（六）2", ', "", "缺少 source", "请补上"),
    "a source that is none": ("systems", "identity.toml", 'source = "seed-001 六（六）2"', 'source = "hearsay"', "出处 'hearsay' 有误", "seed-001 六（二）3"),
    "an empty statement": ("systems", "identity.toml", 'statement = "一次注册的账号可登录全部接入平台，无须另行注册"', 'statement = " "', "statement 是空的", "请写明"),
    "an id that is none": ("systems", "identity.toml", 'id = "unified_auth"', 'id = "Unified Auth"', "代码 Unified Auth 有误", "小写字母"),
    "a flow from nowhere": ("flows", "flows.csv", "unified_auth,yueshengshi,", "unified_oath,yueshengshi,", ":{line}:", "没有系统 unified_oath"),
    "a flow listed twice": ("flows", "flows.csv", "unified_auth,yueshangtong,", "unified_auth,yueshengshi,", ":{line}:", "unified_auth → yueshengshi 重复"),
    "a flow of nothing": ("flows", "flows.csv", "yueyouxing,登录,", "yueyouxing,,", "what 是空的"),
    "a loop of a system there is not": ("loops", "loops.toml", 'systems = ["yueshengxin"]', 'systems = ["yueshengxing"]', "没有系统 yueshengxing"),
    "a loop of unknown basis": ("loops", "loops.toml", 'basis = "printed"', 'basis = "guessed"', "basis guessed", "printed、narrative、assembled"),
    "a duplicated figure": ("figures", "figures.csv", "000-002,", "000-001,", ":{line}:", "000-001 重复"),
    "a figure with an odd id": ("figures", "figures.csv", "000-002,", "2,", "代码 2 有误", "001-027"),
    "a figure of nobody": ("figures", "figures.csv", "000-002,yueshengshi,", "000-002,,", "systems 是空的"),
    "a figure of an unknown measure": ("figures", "figures.csv", "实名注册用户数,month", "实名注册用户数,week", "measure week", "total、month"),
    "a figure of an unknown disagreement": ("figures", "figures.csv", ",app-installs", ",quarrel", "没有 disagreement quarrel", "disagreements.toml"),
    "a bound of nothing": ("figures", "figures.csv", "超2.11亿,>,211000000", "超2.11亿,about,211000000", "bound about 有误", "可用 >"),
    "a figure without a column": ("figures", "figures.csv", "id,systems,", "id,", "表头", "列应为 id,systems"),
    "a disagreement with nobody": ("figures", "disagreements.toml", 'id = "app-installs"', 'id = "app-instals"', "没有 disagreement app-installs"),
    "a disagreement listed twice": ("figures", "disagreements.toml", 'id = "app-installs"', 'id = "drill-2020"', "drill-2020 重复"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("read", "file", "old", "new", "said"), [(*row[:4], row[4:]) for row in BROKEN.values()], ids=BROKEN
)
def test_a_mistake_is_told_in_one_line_with_its_place_and_the_remedy(seeds, read, file, old, new, said):
    line = seeds.change(f"systems/{file}", old, new)

    with pytest.raises(SeedError) as caught:
        getattr(register, read)()

    error = str(caught.value)
    assert error.startswith(str(seeds.root / "systems")) and "\n" not in error
    assert [words for words in said if words.replace("{line}", str(line)) not in error] == [], error


def test_a_file_of_no_area_is_told(seeds):
    (seeds.root / "systems" / "weather.toml").write_text("", encoding="utf-8")

    with pytest.raises(SeedError, match="没有领域 weather.*identity、services"):
        register.systems()


def test_a_missing_area_is_told(seeds):
    (seeds.root / "systems" / "security.toml").unlink()

    with pytest.raises(SeedError, match=r"security\.toml: 文件不存在"):
        register.systems()


REPEATED = ("systems/figures.csv", "000-002,", "000-001,")
SAID = "figures.csv:8: 代码 000-001 重复。每个代码只能出现一次"


def test_a_program_ends_on_a_broken_file_of_the_register_with_one_line(seeds, tmp_path):
    seeds.change(*REPEATED)

    done = subprocess.run(
        [sys.executable, "manage.py", "up", "--port", "0"],
        cwd=settings.BASE_DIR,
        env={
            **os.environ,
            "YUEYAN_SEEDS": str(seeds.root),
            "YUEYAN_VAR": str(tmp_path),
            "DATABASE_URL": "",
            "REDIS_URL": "",
        },
        capture_output=True,
        text=True,
    )

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1 and SAID in done.stderr


def test_the_command_that_lists_capabilities_ends_on_it_too(seeds):
    seeds.change(*REPEATED)

    with pytest.raises(CommandError, match=rf"^.*{re.escape(SAID)}$"):
        call_command("capabilities")


def test_the_files_hold_what_is_read_from_them():
    """So that nothing is passed over in reading."""
    folder = settings.SEEDS_DIR / "systems"
    rows = [row for area in Area.values for row in tomllib.loads((folder / f"{area}.toml").read_text())["system"]]
    with (folder / "figures.csv").open(encoding="utf-8") as file:
        lines = list(csv.DictReader(line for line in file if not line.startswith("#")))

    assert [row["id"] for row in rows] == list(register.systems())
    assert [line["id"] for line in lines] == list(register.figures())
