"""`manage.py check_seeds`: everything wrong with the world's data, each in one line with file, line and remedy."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command

from sandbox import catalogue
from tests.seeds import Seeds, forget

ROOT = Path(__file__).resolve().parents[2]
KIND = '[[kind]]\ncode = "{}"\nname = "{}"\nlevels = ["city"]\nresponsibilities = {}'
RULE = '[[rule]]\nid = "{}"\ncategory = "{}"\nlevel = "city"\nkind = "{}"\nbasis = "x"'
NUMBER = '[[rule]]\nkey = "{}"\nname = "x"\nvalue = 1\nunit = "{}"\nsource = "x"\ncertainty = "K"'


def problems() -> list[str]:
    forget()
    return [str(error) for error in catalogue.problems()[0]]


# as it is typed ------------------------------------------------------------------------------------------


def manage(*arguments, seeds, var):
    kept = {key: value for key, value in os.environ.items() if key not in {"DATABASE_URL", "REDIS_URL"}}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**kept, "YUEYAN_SEEDS": str(seeds), "YUEYAN_VAR": str(var)},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture
def copied(tmp_path):
    """A copy of the seeds that processes of their own are pointed to."""
    return Seeds(Path(shutil.copytree(django_settings.SEEDS_DIR, tmp_path / "seeds")))


def test_the_shipped_seeds_are_in_order_and_are_listed(capsys):
    call_command("check_seeds")

    said, complaint = capsys.readouterr()
    assert complaint == ""
    assert re.search(r"regions\.csv .*省 1  市 21  县（市、区） 122", said)
    assert re.search(r"streets\.csv .*1610", said)
    assert re.search(r"calendar/\*\.toml .*首年 2020  末年 2027", said)
    assert all(reader.pattern in said for reader in catalogue.readers)


def test_what_is_wrong_is_told_line_by_line_with_an_exit_code(copied, tmp_path):
    unknown = copied.change("rules/12345.toml", "value = ", "valu = ")
    double = copied.change("organisations.toml", 'code = "cg"', 'code = "zj"')

    done = manage("check_seeds", seeds=copied.root, var=tmp_path)

    assert done.returncode == 1
    assert f"{copied.root}/rules/12345.toml:{unknown}: [[rule]] 第 1 条: 不认识的键 valu。可用的键：" in done.stdout
    assert f"{copied.root}/organisations.toml:{double}: [[kind]] 第 " in done.stdout and "代码 zj 重复" in done.stdout
    assert len(done.stdout.splitlines()) == 2
    assert "2 处错误" in done.stderr and "dispatch.toml" in done.stderr  # not checked while its kinds are unknown
    assert "Traceback" not in done.stdout + done.stderr


def test_programs_get_the_same_as_json(capsys, seeds):
    call_command("check_seeds", "--json")
    whole = json.loads(capsys.readouterr().out)
    line = seeds.change("dispatch.toml", 'kind = "gs"', 'kind = "nobody"')
    forget()
    with pytest.raises(CommandError):
        call_command("check_seeds", "--json")
    broken = json.loads(capsys.readouterr().out)

    (problem,) = broken["problems"]
    assert (problem["file"], problem["line"]) == (f"{seeds.root}/dispatch.toml", line)
    assert (problem["problem"], problem["remedy"]) == ("没有单位类别 nobody", "见 organisations.toml")
    assert not broken["ok"]
    assert whole["ok"] and whole["problems"] == []
    regions = next(one for one in whole["read"] if one["files"] == "regions.csv")
    assert regions["counts"] == {"省": 1, "市": 21, "县（市、区）": 122}


# Not even where what is broken, here the words of an answer, would be read days later.
UNREAD = ("replies.toml", "unsolved = [", "unsolve = [")


@pytest.mark.parametrize(
    "arguments", [("up", "--port", "0"), ("sandbox", "create", "class-3")], ids=lambda arguments: arguments[0]
)
def test_nothing_starts_with_broken_seeds(copied, tmp_path, arguments):
    line = copied.change(*UNREAD)

    done = manage(*arguments, seeds=copied.root, var=tmp_path)

    assert done.returncode == 1
    said = done.stderr.strip().splitlines()
    assert len(said) == 1 and f"replies.toml:{line}: " in said[0] and "不认识的键 unsolve" in said[0]


def test_no_run_starts_with_them_either(seeds):
    line = seeds.change(*UNREAD)
    forget()

    with pytest.raises(CommandError, match=rf"^\S+replies\.toml:{line}: .*不认识的键 unsolve.*$"):
        call_command("simulate", "--orders", "1")


# each mistake --------------------------------------------------------------------------------------------

# one thing broken: (file, what stands there, what stands there instead, lines further down, what is told)
CHANGED = {
    "an unknown key": ("dispatch.toml", 'basis = "', 'bases = "', 0, "不认识的键 bases", "可用的键：id、category"),
    "a code listed twice": ("organisations.toml", 'code = "cg"', 'code = "zj"', 0, "代码 zj 重复", "只能出现一次"),
    "a nested code listed twice": ("categories.toml", 'code = "0102"', 'code = "0101"', 0, "第 2 条: 代码 0101 重复"),
    "a blank source": ("calendar/2023.toml", 'source = "', 'source = "" # ', 0, "source 是空的", "请写明"),
    "a unit responsible for nothing": (
        *("organisations.toml", 'responsibilities = ["0507"]', "responsibilities = []", 0),
        *("医疗保障局（yb）不负责任何类目", "用 note 说明缘由"),
    ),
    "a unit responsible for what there is not": (
        *("organisations.toml", 'responsibilities = ["0507"]', 'responsibilities = ["0507", "0599"]', 0),
        *("医疗保障局（yb）负责的类目 0599 不存在", "categories.toml"),
    ),
    "two kinds of one name": (
        *("organisations.toml", 'name = "公共资源交易中心"', 'name = "住房公积金管理中心"', 0),
        *("同名：广州市住房公积金管理中心", "请改其一的 name"),
    ),
    "a name in no region of the kind": (
        *("organisations.toml", '{ "440300" = "住房和建设局" }', '{ "449900" = "住房和建设局" }', 0),
        *("names 中 449900 = ", "行政区代码"),
    ),
    "no government above the towns": ("organisations.toml", 'code = "zf"', 'code = "zfb"', None, "缺少 zf", "请补上"),
    "a rule to a unit that does not answer for it": (
        *("dispatch.toml", 'level = "county"\nkind = "gs"', 'level = "county"\nkind = "gd"', 1),
        *("D-0102-URGENT 把 0102 派给 gd，而它不负责 0102", "responsibilities 补上 0102"),
    ),
    "a rule to a level above its unit": (
        *("dispatch.toml", 'level = "street"\nkind = "jd"', 'level = "city"\nkind = "jd"', 0),
        *("D-0105-QZ 派到 city，而 jd 只在 street 设", "请改 level 或 kind"),
    ),
    "a rule for what is refused": (
        *("dispatch.toml", 'id = "D-0707"\ncategory = "0707"', 'id = "D-0707"\ncategory = "0706"', 1),
        *("D-0707 的类目 0706 热线不予受理", "请去掉"),
    ),
    "a rule behind a wider one": (
        *("dispatch.toml", 'id = "D-0102-TS"\ncategory = "0102"\ntype = "complaint"', 'id = "D-0102-TS"\ncategory = "0102"', 7),
        *("D-0102 永远不会生效：D-0102-TS 在它之前", "请把它移到 D-0102-TS 之前"),
    ),
    "a holiday taken out of the table": (
        *("calendar/2024.toml", 'name = "端午节"', 'name = "端五节"', None),
        *("2024 年缺少端午节", "请补上 [[holiday]]"),
    ),
    "a holiday on another day": (
        *("calendar/2024.toml", "from = 2024-05-01", "from = 2024-05-02", 0),
        *("2024-05-01 是劳动节，却没有放假", "请核对起止日期"),
    ),
    "a make-up day left out": (
        *("calendar/2024.toml", "make_up = [2024-02-04, 2024-02-18]", "make_up = [2024-02-04]", None),
        *("按本表 2024 年有 250 个工作日，而 working_days = 251", "请对照放假通知"),
    ),
    "a make-up day that is a weekday": (
        *("calendar/2024.toml", "2024-02-04", "2024-02-05", 0),
        *("2024-02-05 不是未列过的周末日期", "请核对通知"),
    ),
    "a gap between two versions of a rule": (
        *("rules/12345.toml", "effective_to = 2022-08-31", "effective_to = 2022-08-30", None),
        *("workorder.handle.consultation 在 2022-08-30 与 2022-09-01 之间没有生效的版本", "首尾相接"),
    ),
    "a rule that begins late": (
        *("rules/12345.toml", 'key = "workorder.sign"', 'effective_from = 2023-01-01\nkey = "workorder.sign"', 0),
        *("workorder.sign 在工作日历的第一天 2020-01-01 没有生效的版本", "请提早 effective_from"),
    ),
    "a rule the hotline asks for": ("rules/12345.toml", 'key = "workorder.sign"', 'key = "workorder.sing"', None, "缺少规则 workorder.sign", "请补上"),
    "a period counted in times": (
        *("rules/12345.toml", 'unit = "working_day"', 'unit = "times"', 0),
        *("workorder.handle.consultation 的 unit 不能是 times", "可用：working_day"),
    ),
    "a city too few": ("regions.csv", "445300,云浮市,云浮,city,地级市,440000\n", "", None, "上级 445300 不存在"),
    "a county too few": ("regions.csv", "440106,天河区", "# 440106,天河区", None, "应有 122 个县级行政区，现有 121 个"),
    "a county of another city": (
        *("regions.csv", "440106,天河区,天河,county,市辖区,440100", "440306,天河区,天河,county,市辖区,440100", 0),
        *("代码 440306 不合 GB/T 2260", "与上级相同"),
    ),
    "a street of another county": ("streets.csv", "沙面,街道,440103", "沙面,街道,440104", 0, "代码 440103001 不属于上级 440104", "前六位"),
    "a town of no known kind": ("streets.csv", "虎门,镇,", "虎门,镇子,", 0, "kind 不能是 镇子", "可用：乡、民族乡、街道、镇"),
    "a district without a name": ("regions.csv", "440106,天河区,", "440106,,", 0, "name 或 short_name 是空的", "请写明"),
    "a category nobody talks about": ("texts.toml", 'category = "0904"', 'category = "0903"', None, "类目 0904 ", "请补一条 [[text]]"),
    "a profile that weighs wrongly": ("profiles/default.toml", "help = 200", "help = -1", 0, "[types]: help = -1 有误", "不小于 0"),
    "a profile without one of the cities": (
        *("profiles/guangdong-2022.toml", "440100 = 150\n", "", -1),
        *("缺少 440100（广州市）", "没有来电的写 0"),
    ),
    "a sentence listed twice": (
        *("texts.toml", "{place}{road}有根灯杆歪得厉害，电线裸露在外面，{who}天天从那里过，怕得很，能不能马上来人？"),
        *("{road}{spot}的路灯{when}就不亮了，晚上走路看不见，{who}差点摔倒，请尽快派人来修。", 0),
        *("句式 {road}{spot}的路灯{when}就不亮了", "重复。每个句式只能出现一次"),
    ),
    "a figure of no indicator": (
        *("indicators.toml", 'indicator = "connection"', 'indicator = "conection"', 0),
        *("没有指标 conection", "可用：connection、connection_all"),
    ),
    "a figure nobody printed": ("indicators.toml", '"001-172"', '"001-999"', 0, "没有数字 001-999", "systems/figures.csv"),
    "a figure beside an indicator twice": (
        *("indicators.toml", '"000-048"', '"000-049"', 0),
        *("connection 000-049 重复", "只能出现一次"),
    ),
    "a figure without its English": (
        *("systems/figures.csv", "六（一）1,列名为", "六（一）1,表列为", None),
        *("indicators.toml", "没有“表列为“8月新增”", "数字 000-049 要用到，请补上"),
    ),
    "a sample nobody can run": ("calls/sample-200.csv", "2022-09-05 00:47:12", "yesterday", 0, "来电时间：“yesterday”不是时间", "写成 2022"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("file", "old", "new", "below", "said"), [(*row[:4], row[4:]) for row in CHANGED.values()], ids=CHANGED
)
def test_each_mistake_is_told_with_file_line_and_remedy(seeds, file, old, new, below, said):
    line = seeds.change(file, old, new)
    if file == "texts.toml":  # every sentence of the category
        whole = seeds.root / file
        whole.write_text(whole.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")

    told = problems()

    found = [one for one in told if all(words in one for words in said)]
    assert found, told
    assert not any("\n" in one for one in told)
    assert re.match(rf"{re.escape(str(seeds.root))}/[\w./-]+:\d+: ", found[0])
    if below is not None:
        assert found[0].startswith(f"{seeds.root / file}:{line + below}: "), found


def test_a_category_nobody_answers_for_is_told(seeds):
    line = seeds.append(
        "categories.toml", '[[field.category]]\ncode = "1599"\nname = "无主之事"\nkeywords = ["无主之事"]'
    )

    told = problems()

    unanswered = f"{seeds.root}/categories.toml:{line + 1}: [[field]] 第 15 条 [[field.category]] 第 6 条: "
    assert any(one.startswith(unanswered) and "类目 1599 无主之事没有承办单位" in one for one in told), told
    assert any("responsibilities" in one and "派单规则" in one for one in told)


def test_a_category_with_a_unit_and_no_rule_is_told(seeds):
    seeds.append("categories.toml", '[[field.category]]\ncode = "1599"\nname = "无规则"\nkeywords = ["没有规则"]')
    seeds.change("organisations.toml", 'responsibilities = ["0114"]', 'responsibilities = ["0114", "1599"]')

    told = [one for one in problems() if "texts.toml" not in one and "recognition.tsv" not in one]

    assert len(told) == 1
    assert "类目 1599 无规则（咨询）在广州市等 21 个市派不出去" in told[0] and "请在 dispatch.toml 中补一条" in told[0]


def test_a_category_nothing_was_learnt_of_is_told(seeds):
    seeds.append("categories.toml", '[[field.category]]\ncode = "1599"\nname = "没有学过"\nkeywords = ["没有学过"]')

    (told,) = [one for one in problems() if "recognition.tsv" in one]

    assert "recognition.tsv:3: 没有学过类目 1599。请以 make train 重新生成" in told


def test_a_unit_that_answers_for_nothing_may_say_why(seeds):
    seeds.append("organisations.toml", KIND.format("zz", "不办事中心", "[]") + '\nnote = "只供展示"')

    assert problems() == []


def test_a_rule_of_a_whole_field_is_told_where_its_unit_does_not_answer_for_what_it_takes(seeds):
    seeds.change("organisations.toml", '"1206", "1208"]', '"1206"]')

    (told,) = problems()

    assert "D-12 把 1208 派给 jj，而它不负责 1208" in told and "/dispatch.toml:" in told


def test_two_rules_of_two_files_are_told_in_the_file_of_the_second(seeds):
    (seeds.root / "rules" / "more.toml").write_text(NUMBER.format("workorder.sign", "hour"), encoding="utf-8")

    (told,) = problems()

    assert told.startswith(f"{seeds.root}/rules/more.toml:2: ") and "workorder.sign 的有效期重叠" in told


def test_each_of_several_broken_files_is_told_at_once(seeds):
    changes = [
        ("regions.csv", "广州市,广州,city", "广州市,广州,town"),
        ("calendar/2023.toml", '"published"', '"rumoured"'),
        ("calendar/2025.toml", "year = 2025", "year = 2020"),
        ("rules/12345.toml", '"S2"', '"S3"'),
        ("organisations.toml", 'levels = ["city", "county"]', 'levels = ["town"]'),
        ("categories.toml", 'name = "供水"', 'title = "供水"'),
        ("profiles/default.toml", "mistakes = 15", "mistakes = 1500"),
        ("replies.toml", "withdraw = [", "withdrawn = ["),
        ("reading.toml", "report = [", "rumour = ["),
        ("places.toml", "ambiguous", "ambiguous_places"),
        ("texts.toml", 'category = "', 'kategory = "'),
        ("dispatch.toml", "[[rule]]", "[[rule]"),
    ]
    lines = {f"{seeds.root / file}:{seeds.change(file, old, new)}:" for file, old, new in changes}

    told = problems()

    missing = {line for line in lines if not any(one.startswith(line) for one in told)}
    assert missing == set(), told
    assert len(told) == len(set(told))


def test_what_only_stumbles_over_anothers_mistake_is_named_and_not_blamed(seeds):
    line = seeds.change("categories.toml", 'code = "0102"', 'code = "0101"')
    forget()

    errors, waiting = catalogue.problems()

    assert [error.line for error in errors] == [line]
    assert {"dispatch.toml", "texts.toml"} <= {reader.pattern for reader in waiting}
    assert "regions.csv" not in {reader.pattern for reader in waiting}


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("catagories.toml", "请改为 categories.toml"),
        ("calender/2028.toml", "请改为 calendar/*.toml"),
        ("rules/12345.tml", "请改为 rules/*.toml"),
        ("zzz/9", "可用的文件：calendar/*.toml"),
    ],
)
def test_a_file_nobody_reads_is_told(seeds, name, remedy):
    (seeds.root / name).parent.mkdir(exist_ok=True)
    (seeds.root / name).write_text("")

    (told,) = problems()

    assert f"{name}: 没有程序读这个文件" in told or f"{name}:1: 没有程序读这个文件" in told
    assert remedy in told and "移出 seeds/" in told


def test_remarks_and_what_editors_leave_behind_are_no_mistake(seeds):
    (seeds.root / "README.md").write_text("about the seeds")
    (seeds.root / ".categories.toml.swp").write_bytes(b"\0")

    assert problems() == []


def test_a_folder_without_seeds_is_told_file_by_file(seeds):
    shutil.rmtree(seeds.root)

    told = problems()

    for reader in catalogue.readers:
        if not reader.pattern.startswith("calls"):  # inputs, not the world
            assert any(reader.pattern in one and "请恢复 seeds/ 目录" in one for one in told), reader.pattern


def test_a_text_that_is_not_utf_8_is_told_with_its_line(seeds):
    file = seeds.root / "replies.toml"
    file.write_bytes(file.read_bytes().replace("解决条件".encode(), "解决条件".encode("gb18030")))
    line = file.read_bytes().split("解决条件".encode("gb18030"))[0].count(b"\n") + 1

    assert problems() == [f"{file}:{line}: 不是 UTF-8 文本。请另存为 UTF-8"]


def test_the_command_refuses_with_one_sentence_in_process_too(seeds, capsys):
    seeds.change("replies.toml", "withdraw = [", "withdrawn = [")
    forget()

    with pytest.raises(CommandError, match="1 处错误"):
        call_command("check_seeds")

    assert "不认识的键 withdrawn" in capsys.readouterr().out


# whatever somebody does to a file ------------------------------------------------------------------------


def _harm(text: str, line: int, how: int) -> str:
    lines = text.split("\n")
    key = lines[line].split("=")[0]
    lines[line] = ["", f"{key}= -3", f"{key}= true", f"{key}= [[]]", f'{key}= ""', "[x]", '"' + lines[line], "{}"][how]
    return "\n".join(lines)


@pytest.mark.parametrize("how", range(8))
def test_no_harm_done_to_a_file_ends_in_anything_but_sentences(seeds, how):
    """A line emptied, or its value put in another's place: here and there in every file, each with each."""
    for number, file in enumerate(sorted(seeds.root.rglob("*.[tc][os][mv]*"))):
        text = file.read_text(encoding="utf-8")
        lines = [at for at, line in enumerate(text.split("\n")) if line and not line.startswith("#")]
        line = lines[(how * 37 + number * 11) % len(lines)]
        file.write_text(_harm(text, line, how), encoding="utf-8")

    told = problems()

    assert told and all(re.search(r"。.+", one) and "\n" not in one for one in told)
