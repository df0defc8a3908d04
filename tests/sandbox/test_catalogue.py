"""Malformed seed files: each mistake is told with the file, the place in it, the problem and the remedy."""

import re
import shutil

import pytest

from console.figures import figures
from identity.organisations import kinds, units
from sandbox.calendar import calendar
from sandbox.catalogue import SeedError, fingerprint
from sandbox.draws import Draw
from sandbox.regions import regions, streets
from sandbox.rules import rules
from simulation.profiles import profile
from simulation.reading import type_of
from simulation.texts import patterns, reply
from tests.seeds import forget
from workorders.categories import categories
from workorders.dispatch import dispatch_rules
from workorders.places import recognise_place
from workorders.recognition import recognise_category

LOADERS = {
    "calendar": calendar,
    "rules": rules,
    "regions": regions,
    "streets": streets,
    "kinds": kinds,
    "units": units,
    "categories": categories,
    "dispatch": dispatch_rules,
    "places": lambda: recognise_place("天河"),
    "words": lambda: recognise_category("路灯"),
    "texts": patterns,
    "replies": lambda: reply("desk", Draw(7, "1", "words")),
    "reading": lambda: type_of("请问"),
    "profile": lambda: profile("default"),
    "figures": figures,
}


def error_of(load):
    with pytest.raises(SeedError) as caught:
        LOADERS[load]()
    return str(caught.value)


@pytest.mark.parametrize("load", LOADERS)
def test_the_seeds_as_they_are_shipped_are_read_without_complaint(seeds, load):
    assert LOADERS[load]()


# one thing broken: (load, file, what stands there, what stands there instead, what the error says)
CHANGED = {
    "bad TOML": ("rules", "rules/12345.toml", "value = ", "value = # ", "不是合法的 TOML", "请按所指行列改正", "line"),
    "an unknown key": ("rules", "rules/12345.toml", "value = ", "valu = ", "[[rule]] 第 1 条", "不认识的键 valu", "value"),
    "a missing key": ("rules", "rules/12345.toml", "value = ", "# value = ", "[[rule]] 第 1 条", "缺少 value", "请补上"),
    "a wrong type": ("rules", "rules/12345.toml", "value = ", 'value = "2" # ', "第 1 条", "value 应为 int，现为 str", "类型"),
    "a truth for a number": ("rules", "rules/12345.toml", "value = ", "value = true # ", "value 应为 int，现为 bool", "类型"),
    "a moment for a day": (
        *("rules", "rules/12345.toml", "effective_from = 2022-09-01", "effective_from = 2022-09-01T00:00:00"),
        *("effective_from 应为 date，现为 datetime", "类型"),
    ),
    "a negative rule": ("rules", "rules/12345.toml", "value = ", "value = -2 # ", "第 1 条", "value 有误", "不为负"),
    "an unknown unit": ("rules", "rules/12345.toml", '"working_day"', '"weeks"', "unit", "working_day"),
    "an unknown certainty": ("rules", "rules/12345.toml", '"S2"', '"S3"', "certainty", "S2"),
    "more than certain": ("profile", "profiles/default.toml", "withdraws = 20", "withdraws = 1001", "[caller]", "至多 1000"),
    "two versions at once": (
        *("rules", "rules/12345.toml", "effective_to = 2022-08-31", "effective_to = 2022-09-01"),
        *("[[rule]] 第 2 条", "workorder.handle.consultation 的有效期重叠", "effective_to"),
    ),
    "a version that ends before it begins": (
        *("rules", "rules/12345.toml", "effective_from = 2022-09-01", "effective_from = 2022-09-01\neffective_to = 2022-08-01"),
        *("[[rule]] 第 1 条", "有效期起止颠倒", "effective_to 不得早于"),
    ),
    "a misspelt table": ("dispatch", "dispatch.toml", "[[rule]]", "[[rul]]", "rul: 不认识的表", "可用：[[rule]]"),
    "a table instead of tables": ("kinds", "organisations.toml", "# 单位种类", "kind = 1\n# 单位种类", "TOML"),
    "a year without a status": ("calendar", "calendar/2023.toml", 'status = "published"\n', "", "文件", "缺少 status"),
    "a status there is not": ("calendar", "calendar/2023.toml", '"published"', '"rumoured"', "status", "published 或 assumed"),
    "a year in another's file": ("calendar", "calendar/2023.toml", "year = 2023", "year = 2024", "year", "与文件名一致"),
    "a holiday that ends before it begins": (
        *("calendar", "calendar/2022.toml", "to = 2022-10-07", "to = 2022-09-07"),
        *("[[holiday]] 第 7 条", "起止日期有误", "to 不得早于 from"),
    ),
    "a holiday of another century": (
        *("calendar", "calendar/2022.toml", "from = 2022-10-01\nto = 2022-10-07", "from = 2202-10-01\nto = 2202-10-07"),
        *("[[holiday]] 第 7 条", "不在 2022 年", "请核对年份"),
    ),
    "overlapping holidays": (
        *("calendar", "calendar/2022.toml", "from = 2022-10-01", "from = 2022-09-12"),
        *("[[holiday]] 第 7 条", "2022-09-12 已属于中秋节", "每天只能列一次"),
    ),
    "a make-up on a weekday": (
        *("calendar", "calendar/2022.toml", "[2022-10-08, 2022-10-09]", "[2022-10-08, 2022-10-10]"),
        *("[[holiday]] 第 7 条", "2022-10-10 不是未列过的周末日期", "请核对通知"),
    ),
    "a make-up named twice": (
        *("calendar", "calendar/2022.toml", "[2022-10-08, 2022-10-09]", "[2022-10-08, 2022-10-08]"),
        *("[[holiday]] 第 7 条", "2022-10-08", "请核对通知"),
    ),
    "a make-up that is no date": (
        *("calendar", "calendar/2022.toml", "[2022-10-08, 2022-10-09]", '["2022-10-08"]'),
        *("[[holiday]] 第 7 条", "2022-10-08", "请核对通知"),
    ),
    "a make-up with an hour": (
        *("calendar", "calendar/2022.toml", "[2022-10-08, 2022-10-09]", "[2022-10-08T08:00:00]"),
        *("[[holiday]] 第 7 条", "2022-10-08", "请核对通知"),
    ),
    "a wrong heading": ("regions", "regions.csv", "code,name,short_name", "code,title,short_name", "表头", "code,name", "code,title"),
    "a short row": ("regions", "regions.csv", "440106,天河区,天河,county,市辖区,440100", "440106,天河区", ":{line}:", "应有 6 列，现有 2 列", "逗号"),
    "a long row": ("streets", "streets.csv", "沙面街道,沙面,", "沙面街道,沙面,,", "应有 5 列，现有 6 列", "请检查逗号与引号"),
    "an open quote": ("streets", "streets.csv", "沙面街道", '"沙面街道', ":{line}: ", "不是合法的 CSV", "请检查引号"),
    "a region listed twice": ("regions", "regions.csv", "440105,海珠区", "440104,海珠区", ":{line}: ", "代码 440104 重复", "只能出现一次"),
    "a region in a place there is not": (
        *("regions", "regions.csv", "天河区,天河,county,市辖区,440100", "天河区,天河,county,市辖区,440199"),
        *(":{line}: ", "上级 440199 不存在", "上级须列在下级之前"),
    ),
    "a region of no known level": (
        *("regions", "regions.csv", "天河区,天河,county", "天河区,天河,country"),
        *(":{line}: ", "层级 country 与上级 440100 不符", "市之下是县"),
    ),
    "a region that lies nowhere": (
        *("regions", "regions.csv", "天河区,天河,county,市辖区,440100", "天河区,天河,county,市辖区,"),
        *(":{line}: ", "层级 county 与上级 （无） 不符", "市之下是县"),
    ),
    "a second province": (
        *("regions", "regions.csv", "广州市,广州,city,地级市,440000", "广州市,广州,province,省,"),
        *(":{line}: ", "层级 province", "省之下是市"),
    ),
    "a street in a place there is not": (
        *("streets", "streets.csv", "沙面,街道,440103", "沙面,街道,440199"),
        *("上级 440199 不存在", "请核对 regions.csv"),
    ),
    "a kind listed twice": ("kinds", "organisations.toml", 'code = "cg"', 'code = "zj"', "[[kind]] 第 2 条", "代码 zj 重复", "只能出现一次"),
    "a kind at no known level": (
        *("kinds", "organisations.toml", 'levels = ["city", "county"]', 'levels = ["town"]'),
        *("[[kind]] 第 2 条", "levels 有误", "province、city、county、street"),
    ),
    "a responsibility that is no word": (
        *("kinds", "organisations.toml", 'responsibilities = ["0507"]', "responsibilities = [507]"),
        *("responsibilities 应为文字的列表", "请改正"),
    ),
    "a category listed twice": ("categories", "categories.toml", 'code = "0102"', 'code = "0101"', "第 2 条", "代码 0101 重复", "只能出现一次"),
    "a category of another field": (
        *("categories", "categories.toml", 'code = "0102"', 'code = "0202"'),
        *("[[field]] 第 1 条 [[field.category]] 第 2 条", "代码 0202 不属于领域 01", "前两位须为领域代码"),
    ),
    "a keyword of two categories": (
        *("categories", "categories.toml", 'keywords = ["停水"', 'keywords = ["路灯"'),
        *("第 2 条", "关键词“路灯”已属于 0101", "一个词只归一个类目"),
    ),
    "a keyword of one character": ("categories", "categories.toml", 'keywords = ["停水"', 'keywords = ["水"', "第 2 条", "太短", "至少两个字"),
    "an empty word of danger": ("categories", "categories.toml", 'urgent = ["停水"', 'urgent = [""', "第 2 条", "urgent", "请改正"),
    "a reason of refusal there is not": (
        *("categories", "categories.toml", 'keywords = ["停水"', 'not_accepted = 9\nkeywords = ["停水"'),
        *("第 2 条", "没有不予受理事由 9", "RejectReason"),
    ),
    "a dispatch rule with an unknown kind": (
        *("dispatch", "dispatch.toml", 'kind = "gs"', 'kind = "nobody"'),
        *("[[rule]] 第 1 条", "没有单位类别 nobody", "organisations.toml"),
    ),
    "a dispatch rule with an unknown level": ("dispatch", "dispatch.toml", '"county"', '"moon"', "第 1 条", "层级 moon", "province、city、county"),
    "a dispatch rule with an unknown category": (
        *("dispatch", "dispatch.toml", 'category = "0102"', 'category = "9902"'),
        *("[[rule]] 第 1 条", "没有类目 9902", "categories.toml"),
    ),
    "a dispatch rule with an unknown type": ("dispatch", "dispatch.toml", 'type = "report"', 'type = "rumour"', "没有诉求类型 rumour", "report"),
    "a dispatch rule listed twice": ("dispatch", "dispatch.toml", "D-0103-URGENT", "D-0102-URGENT", "第 2 条", "D-0102-URGENT 重复", "只能出现一次"),
    "a name for a place there is not": ("places", "places.toml", '"羊城" = "440100"', '"羊城" = "449999"', "[aliases]", "羊城 的代码 449999 不存在", "regions.csv"),
    "an ambiguous place that is no word": ("places", "places.toml", '"城区"', '""', "ambiguous", "请改正"),
    "weights of no heading": ("words", "recognition.tsv", "margins", "margin", "material、categories、margins", "make train"),
    "weights of a category there is not": ("words", "recognition.tsv", "- 0101", "- 0100", "类目 0100 不在 categories.toml 中", "make train"),
    "confidence that falls": ("words", "recognition.tsv", "margins\t", "margins\t9 ", "99 个由小到大的整数", "make train"),
    "a weight beyond what fits": ("words", "recognition.tsv", "\n路灯\t", "\n路灯\tz", "不是一个特征与它的权重", "make train"),
    "weights given twice": ("words", "recognition.tsv", "\n路灯\t", "\n路\t", "已在前面", "make train"),
    "a type of demand there is not": ("reading", "reading.toml", "report =", "rumour =", "[type]", "不认识的诉求类型", "report"),
    "a reason to refuse there is not": ("reading", "reading.toml", "4 = [", "9 = [", "[refuse]", "不认识的不予受理事由", "RejectReason"),
    "a word instead of words": ("reading", "reading.toml", 'report = ["举报"', 'report = "举报" # [', "[type]", "report 应为文字的列表", "请改正"),
    "no sentences of a kind": ("replies", "replies.toml", "desk = [", "desk = []\nother = [", "不认识的键 other", "desk"),
    "a profile of an unknown city": ("profile", "profiles/default.toml", "440100 =", "440199 =", "[cities]", "440199 = ", "已知代码"),
    "a profile of an unknown type": ("profile", "profiles/default.toml", "help = ", "hlep = ", "[types]", "hlep = ", "已知代码"),
    "a profile with a negative weight": ("profile", "profiles/default.toml", "phone = ", "phone = -1 # ", "[channels]", "phone = -1", "不小于 0"),
    "a profile without a role": ("profile", "profiles/default.toml", "[reviewer]", "[reviewr]", "文件", "reviewr", "reviewer"),
    "a profile with a setting missing": ("profile", "profiles/default.toml", "mistakes = ", "# mistakes = ", "[dispatcher]", "缺少 mistakes", "请补上"),
    "a profile with a setting unknown": ("profile", "profiles/default.toml", "mistakes =", "errors = 1\nmistakes =", "[dispatcher]", "不认识的键 errors", "mistakes"),
    "a profile with a span turned round": ("profile", "profiles/default.toml", "[agent]\ntakes = ", "[agent]\ntakes = [1200, 60] # ", "[agent]", "takes = (1200, 60) 有误", "[小, 大]"),
    "a profile with half a span": ("profile", "profiles/default.toml", "[agent]\ntakes = ", "[agent]\ntakes = [60] # ", "[agent]", "takes", "[小, 大]"),
    "a profile with a fraction": ("profile", "profiles/default.toml", "mistakes = ", "mistakes = 2.5 # ", "[dispatcher]", "mistakes 应为 int，现为 float", "类型"),
    "a profile of a short day": ("profile", "profiles/default.toml", "weights = [", f"weights = [{'1, ' * 23}] # [", "[hours]", "24 个正整数", "从零时起"),
    "a profile of a silent hour": ("profile", "profiles/default.toml", "weights = [", f"weights = [{'1, ' * 23}0] # [", "[hours]", "24 个正整数", "从零时起"),
    "a profile of offices that close at noon the day before": (
        *("profile", "profiles/default.toml", "opens = ", "opens = 23 # "),
        *("[department]", "opens、closes 有误", "opens 早于 closes"),
    ),
    "a profile of offices open past midnight": ("profile", "profiles/default.toml", "closes = ", "closes = 25 # ", "[department]", "opens、closes", "0 至 23"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("load", "file", "old", "new", "said"), [(*row[:4], row[4:]) for row in CHANGED.values()], ids=CHANGED
)
def test_a_mistake_is_told_with_its_file_its_place_and_what_to_do(seeds, load, file, old, new, said):
    line = seeds.change(file, old, new)

    error = error_of(load)

    assert error.startswith(str(seeds.root / file))
    assert [words for words in said if words.replace("{line}", str(line)) not in error] == [], error


# something added at the end: (load, file, text, what the error says)
TEXT = '[[text]]\ncategory = "{}"\ntype = "{}"\ntext = "{}"'
APPENDED = {
    "a sentence with an unknown gap": ("texts", "texts.toml", TEXT.format("0101", "help", "{place}的{nonsense}"), "[[text]] 第 ", "没有占位 nonsense", "[slots]"),
    "a sentence with an open brace": ("texts", "texts.toml", TEXT.format("0101", "help", "{place}的{when"), "花括号不配对", "{名称}"),
    "a sentence of no category": ("texts", "texts.toml", TEXT.format("9999", "help", "{place}"), "类目 9999", "categories.toml"),
    "a sentence of no type": ("texts", "texts.toml", TEXT.format("0101", "rumour", "{place}"), "类型 rumour", "不存在"),
    "a sentence to refuse for no reason": ("texts", "texts.toml", TEXT.format("0101", "help", "x") + "\nreject = 9", "没有不予受理事由 9", "RejectReason"),
    "a table there is not": ("texts", "texts.toml", "[slot]\nwhen = []", "slot: 不认识的表", "[[text]]", "slots"),
    "a rule of a known key and time": (
        *("rules", "rules/12345.toml", '[[rule]]\nkey = "workorder.sign"\nname = "x"\nvalue = 1\nunit = "hour"\nsource = "x"\ncertainty = "K"'),
        *("workorder.sign 的有效期重叠", "effective_from"),
    ),
    "a holiday that is also worked": (
        *("calendar", "calendar/2022.toml", '[[holiday]]\nname = "x"\nfrom = 2022-10-08\nto = 2022-10-08'),
        *("2022-10-08 既放假又上班", "请核对通知"),
    ),
    "a reply with a gap nobody fills": ("replies", "replies.toml", 'extra = ["x"]', "不认识的键 extra", "desk"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("load", "file", "text", "said"), [(*row[:3], row[3:]) for row in APPENDED.values()], ids=APPENDED
)
def test_a_mistake_added_at_the_end_is_told_too(seeds, load, file, text, said):
    seeds.append(file, text)

    error = error_of(load)

    assert file.split("/")[0].removesuffix(".toml") in error
    assert [words for words in said if words not in error] == [], error


def test_a_mistake_in_bad_toml_is_told_with_its_line(seeds):
    file = seeds.root / "dispatch.toml"
    before = len(file.read_text(encoding="utf-8").splitlines())

    seeds.append("dispatch.toml", "[[rule]\n")

    assert int(re.search(r"line (\d+)", error_of("dispatch"))[1]) == before + 2


def test_an_empty_slot_or_reply_is_told(seeds):
    seeds.change("texts.toml", "[slots]\n", "[slots]\nnothing = []\n")
    seeds.change("replies.toml", "withdraw = [", "withdraw = [] #")

    assert "nothing 是空的" in error_of("texts")
    assert "withdraw 是空的" in error_of("replies")


def test_a_catalogue_with_nothing_in_it_is_told(seeds):
    (seeds.root / "dispatch.toml").write_text("# nothing yet\n")
    (seeds.root / "streets.csv").write_text("")

    assert "一条也没有" in error_of("dispatch")
    assert "表头" in error_of("streets")


def test_a_year_missing_in_between_is_told(seeds):
    (seeds.root / "calendar" / "2023.toml").unlink()

    error = error_of("calendar")

    assert "calendar/2024.toml:" in error and "年份不连续" in error and "其前缺少 2023 年" in error
    assert "请补齐缺少的年度文件 calendar/2023.toml" in error


def test_the_calendar_may_be_shorter_at_either_end(seeds):
    (seeds.root / "calendar" / "2020.toml").unlink()
    (seeds.root / "calendar" / "2027.toml").unlink()

    assert (calendar().first.year, calendar().last.year) == (2021, 2026)


@pytest.mark.parametrize(
    ("load", "name"),
    [
        ("regions", "regions.csv"),
        ("streets", "streets.csv"),
        ("kinds", "organisations.toml"),
        ("categories", "categories.toml"),
        ("dispatch", "dispatch.toml"),
        ("places", "places.toml"),
        ("words", "recognition.tsv"),
        ("texts", "texts.toml"),
        ("replies", "replies.toml"),
        ("reading", "reading.toml"),
        ("rules", "rules/12345.toml"),
    ],
)
def test_a_missing_file_is_told_by_name(seeds, load, name):
    (seeds.root / name).unlink()

    error = error_of(load)

    assert name.split("/")[0] in error
    assert "YUEYAN_SEEDS" in error


@pytest.mark.parametrize(("load", "name"), [("categories", "categories.toml"), ("streets", "streets.csv")])
def test_a_file_in_another_encoding_is_told(seeds, load, name):
    text = (seeds.root / name).read_text(encoding="utf-8")

    (seeds.root / name).write_bytes(text.encode("gb18030"))

    error = error_of(load)
    assert name in error and "不是 UTF-8 文本" in error and "另存为 UTF-8" in error


def test_a_folder_in_the_place_of_a_file_and_a_link_to_itself_are_told(seeds):
    file = seeds.root / "texts.toml"
    file.unlink()
    file.mkdir()
    folder = error_of("texts")
    file.rmdir()
    file.symlink_to("texts.toml")
    circle = error_of("texts")

    for said in (folder, circle):
        assert "texts.toml" in said and "读不了" in said and "普通文件" in said


@pytest.mark.parametrize("text", ["x = " + "[" * 20_000 + "]" * 20_000, "x = " + "9" * 6_000], ids=["deep", "long"])
def test_toml_that_no_reader_gets_to_the_end_of_is_told(seeds, text):
    (seeds.root / "texts.toml").write_text(text)

    error = error_of("texts")
    assert "texts.toml" in error and "不是合法的 TOML" in error


@pytest.mark.parametrize(("load", "name"), [("categories", "categories.toml"), ("regions", "regions.csv")])
def test_what_windows_editors_add_to_a_file_does_no_harm(seeds, load, name):
    plain = LOADERS[load]()
    text = (seeds.root / name).read_text(encoding="utf-8")

    (seeds.root / name).write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    forget()

    assert LOADERS[load]() == plain


def test_blank_lines_and_remarks_in_a_table_do_not_move_the_line_numbers(seeds):
    line = seeds.change("regions.csv", "440106,天河区,天河,county,市辖区,440100", "\n# a remark\n440106,天河区")

    assert f":{line + 2}: " in error_of("regions")


# the fingerprint -----------------------------------------------------------------------------------------


def test_the_fingerprint_changes_with_any_seed_file(seeds):
    before = fingerprint()

    seeds.append("calendar/2027.toml", "# a remark")
    forget()

    assert fingerprint() != before
    assert len(before) == 16


def test_a_renamed_file_changes_the_fingerprint(seeds):
    before = fingerprint()

    (seeds.root / "profiles" / "default.toml").rename(seeds.root / "profiles" / "other.toml")
    forget()

    assert fingerprint() != before


def test_sample_calls_printed_figures_and_readmes_are_not_part_of_the_world(seeds):
    before = fingerprint()

    seeds.append("calls/sample-200.csv", "2022-09-05 00:00:00,路灯不亮,天河,")
    seeds.append("indicators.toml", "# a remark")
    (seeds.root / "README.md").write_text("about the seeds")
    forget()

    assert fingerprint() == before


def test_the_fingerprint_does_not_depend_on_where_the_seeds_lie(seeds, tmp_path, settings):
    before = fingerprint()

    shutil.copytree(seeds.root, tmp_path / "calls" / "seeds")
    settings.SEEDS_DIR = tmp_path / "calls" / "seeds"
    forget()

    assert fingerprint() == before
