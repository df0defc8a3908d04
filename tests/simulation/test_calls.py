"""Files of real calls: the shipped sample is handled as people would, and a broken file loses nothing but its
broken rows, each named with the column at fault and the remedy."""

import csv
import io
import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
from django.conf import settings
from openpyxl import Workbook

from sandbox.models import Event
from sandbox.moments import CHINA
from sandbox.refusals import Refused
from simulation import calls
from simulation.models import Call
from tests.sandbox.audit import assert_sound
from tests.simulation.running import sandbox_of, simulate, typed
from workorders.models import WorkOrder

SAMPLE = Path(settings.SEEDS_DIR) / "calls" / "sample-200.csv"
BROKEN = Path(__file__).parent / "broken.csv"
HEADING = ["来电时间", "诉求内容", "地点", "诉求类型"]
LAMP = ["2022-09-05 08:30:00", "广州市天河区石牌东路的路灯不亮三天了，请尽快派人来修。", "广州天河", "投诉"]

# the calls of the sample that say too little for anybody to decide
UNDECIDABLE = [
    "2022-09-05 10:48:19",
    "2022-09-06 10:47:12",
    "2022-09-07 14:06:50",
    "2022-09-08 14:11:38",
    "2022-09-09 09:52:34",
    "2022-09-09 13:59:11",
    "2022-09-09 14:38:17",
    "2022-09-10 11:48:17",
    "2022-09-11 09:12:34",
    "2022-09-11 11:32:22",
]
# a few that anybody would decide: when, and how it must have ended or which field of categories it is about
CLEAR = {
    "2022-09-05 14:02:39": "rejected",  # 湖南老家
    "2022-09-06 02:15:33": "rejected",  # 骚扰
    "2022-09-07 10:36:17": "rejected",  # 着火
    "2022-09-08 01:32:57": "rejected",  # 救护车
    "2022-09-08 10:42:11": "rejected",  # 部队营区
    "2022-09-10 20:47:25": "rejected",  # 刚才被车撞了
    "2022-09-05 15:08:13": "01",  # 路灯
    "2022-09-05 10:26:33": "03",  # 表扬户籍民警
    "2022-09-06 14:29:26": "04",  # 学校食堂
    "2022-09-07 09:52:39": "10",  # 短秤
    "2022-09-08 17:02:45": "11",  # 排污口
    "2022-09-05 14:15:55": "02",  # 抽沙
}


def _file(folder, rows, *, heading=HEADING, name="calls.csv", encoding="utf-8"):
    text = io.StringIO(newline="")
    csv.writer(text).writerows([heading, *rows])
    path = folder / name
    path.write_bytes(text.getvalue().encode(encoding))
    return str(path)


def _workbook(folder, rows, *, heading=HEADING):
    book = Workbook()
    for row in [heading, *rows]:
        book.active.append(row)
    path = folder / "calls.xlsx"
    book.save(path)
    return str(path)


def _raw(folder, content, name="calls.csv"):
    path = folder / name
    path.write_bytes(content)
    return str(path)


# the sample ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sample(database):
    return simulate(calls=str(SAMPLE))


@pytest.fixture(scope="module")
def sample_calls(sample):
    """The calls of the sample by their time, each with the order it became."""
    sandbox = sandbox_of(sample)
    orders = {order.number: order for order in WorkOrder.objects.filter(sandbox=sandbox)}
    found = Call.objects.filter(sandbox=sandbox)
    return {
        call.at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S"): (call, orders[call.order_number]) for call in found
    }


def test_every_call_of_the_sample_becomes_an_order_at_its_time(sample, sample_calls):
    assert sample["rows"] == sample["orders"] == len(sample_calls) == 200
    assert sample["errors"] == []
    assert sample["from"] == "2022-09-05T00:00:00+08:00"
    for call, order in sample_calls.values():
        assert (order.received_at, order.text, order.place) == (call.at, call.text, call.place)
    assert_sound(sandbox_of(sample))


def test_what_nobody_can_decide_waits_for_a_person_and_is_named(sample, sample_calls):
    waiting = {row["row"] for row in sample["waiting"]}

    assert {sample_calls[time][0].row for time in UNDECIDABLE} <= waiting
    assert len(waiting) <= 10 + 8, "most others are handled"
    for row in sample["waiting"]:
        assert row["state"] in ("pending_accept", "pending_dispatch")
        assert row["label"] in ("待受理", "待派单")
        assert row["number"].startswith("12345-")


def test_everything_else_is_handled_to_the_end(sample):
    assert sample["archived"] + len(sample["waiting"]) == 200
    assert all(sample["endings"].values()), sample["endings"]
    assert sum(sample["endings"].values()) == sample["archived"] >= 180


@pytest.mark.parametrize(("time", "expected"), CLEAR.items())
def test_a_clear_call_is_handled_as_people_would(sample_calls, time, expected):
    _, order = sample_calls[time]

    assert order.state == "archived"
    assert expected in (order.ending, order.category[:2])


def test_no_word_of_a_caller_stands_in_an_event(sample, sample_calls):
    events = "".join(Event.objects.filter(sandbox=sandbox_of(sample)).values_list("data", flat=True))

    assert "caller" in events  # by number
    assert "来电人" not in events
    for call, _ in sample_calls.values():
        assert call.text[:10] not in events
        assert not call.place or call.place not in events


def test_the_sample_is_the_same_world_whatever_the_chunks(sample):
    assert simulate(calls=str(SAMPLE), chunk=50)["event_hash"] == sample["event_hash"]


def test_people_read_which_rows_wait_and_why(database, tmp_path, capsys):
    vague = ["2022-09-05 09:00:00", "还是上次那个事，你们到底管不管？", "", ""]
    unclear = ["2022-09-05 09:10:00", "我要投诉他们态度差，一个推一个。", "广州市白云区", "投诉"]

    code = typed("--calls", _file(tmp_path, [LAMP, vague, unclear]))

    said = capsys.readouterr().out
    assert code == 0
    assert "来电文件 采用 3 行，有误 0 处" in said
    assert "第 3 行" in said and "缺诉求类型、类目、地点" in said
    assert "第 4 行" in said and "说得不清" in said


# broken rows --------------------------------------------------------------------------------------------

EXPECTED = [
    (3, "来电时间", "没有时间", "2022-09-05 08:30:00"),
    (4, "来电时间", "“2022-02-30 10:00:00”不是时间", "2022-09-05 08:30:00"),
    (5, "来电时间", "“2022-09-05 25:00:00”不是时间", "2022-09-05 08:30:00"),
    (6, "来电时间", "“昨天下午”不是时间", "2022-09-05 08:30:00"),
    (7, "来电时间", "“2022-09-05”不是时间", "2022-09-05 08:30:00"),
    (8, "来电时间", "1998-09-05 不在工作日历之内", "2020-01-01 至"),
    (9, "来电时间", "2199-01-01 不在工作日历之内", "2020-01-01 至"),
    (10, "来电时间", "“0001-01-01T00:00:00+14:00”不是时间", "2022-09-05 08:30:00"),
    (12, "诉求内容", "没有内容", "请写明诉求内容"),
    (13, "诉求内容", "没有内容", "请写明诉求内容"),
    (14, "诉求内容", "内容有 2002 字，超过 2000 字", "请缩短"),
    (15, "诉求内容", "空字符", "请删去这个字符"),
    (16, "地点", "空字符", "请删去这个字符"),
    (17, "地点", "“湖南长沙”不是省内地名", "留空"),
    (18, "地点", "地点超过 200 字", "请只写市"),
    (19, "诉求类型", "没有诉求类型“吐槽”", "咨询、求助"),
    (20, "整行", "有 5 格，表头只有 4 列", "多余的逗号"),
    (22, "整行", "引号不成对", "请检查引号"),
    (24, "整行", "引号不成对", "请检查引号"),
    (25, "诉求内容", "没有内容", "请写明诉求内容"),
    (26, "来电时间", "“昨天”不是时间", "2022-09-05 08:30:00"),
    (26, "诉求内容", "没有内容", "请写明诉求内容"),
    (26, "地点", "“湖南长沙”不是省内地名", "留空"),
    (26, "诉求类型", "没有诉求类型“吐槽”", "咨询、求助"),
    (30, "整行", "引号不成对", "请检查引号"),
]
GOOD = [2, 11, 21, 23, 28, 29]


def test_every_broken_row_is_named_with_its_column_and_remedy():
    rows, errors = calls.read(str(BROKEN), {})

    assert [row["row"] for row in rows] == GOOD
    assert [(error["row"], error["column"]) for error in errors] == [(row, column) for row, column, _, _ in EXPECTED]
    for error, (_, _, problem, remedy) in zip(errors, EXPECTED, strict=True):
        assert problem in error["problem"]
        assert remedy in error["remedy"]


def test_good_rows_among_broken_ones_run_and_nothing_is_half_taken(database):
    result = simulate(calls=str(BROKEN))

    sandbox = sandbox_of(result)
    taken = Call.objects.filter(sandbox=sandbox).order_by("row")
    assert result["rows"] == result["orders"] == result["archived"] == len(GOOD)
    assert len({error["row"] for error in result["errors"]}) == 22
    assert [call.row for call in taken] == GOOD
    assert set(WorkOrder.objects.filter(sandbox=sandbox).values_list("text", flat=True)) == {
        call.text for call in taken
    }
    assert '"现在一趟都接不上"' in taken.get(row=28).text, "a text over two lines with quotation marks is one text"


def test_people_read_the_broken_rows_on_stderr(database, capsys):
    code = typed("--calls", str(BROKEN))

    said = capsys.readouterr()
    assert code == 0
    assert "第 17 行 地点：“湖南长沙”不是省内地名。写省内的市、县（区）或镇街，或者留空" in said.err
    assert "采用 6 行，有误 25 处" in said.out


def test_a_file_of_broken_rows_only_runs_nothing(database, tmp_path, capsys):
    code = typed("--calls", _file(tmp_path, [["", "没有时间的一行", "", ""]]))

    assert code == 1
    assert "没有可以运行的行" in capsys.readouterr().err.splitlines()[-1]


def test_a_forgotten_quotation_mark_costs_one_row_only(tmp_path):
    lines = [",".join(HEADING), '2022-09-05 08:00:00,"半个引号,广州天河,投诉', *[",".join(LAMP)] * 3, '"']

    rows, errors = calls.read(_raw(tmp_path, "\n".join(lines).encode()), {})

    assert [row["row"] for row in rows] == [3, 4, 5]
    assert all(row["text"] == LAMP[1] for row in rows)
    assert [error["row"] for error in errors] == [2, 6]


# kinds of files -----------------------------------------------------------------------------------------


def test_a_workbook_is_read_with_its_own_moments_and_dates(tmp_path):
    rows, errors = calls.read(
        _workbook(
            tmp_path,
            [
                [datetime(2022, 9, 5, 8, 30), LAMP[1], "广州天河", "投诉"],
                [datetime(2022, 9, 5, 8, 59, 59, 999_600), LAMP[1], None, None],
                [date(2022, 9, 6), LAMP[1], None, None],
                ["2022-09-07 08:30", 12345, "", ""],
                [None, None, None, None],
                [44809.5, LAMP[1], "", ""],
            ],
        ),
        {},
    )

    assert [row["at"] for row in rows] == [
        "2022-09-05T08:30:00+08:00",
        "2022-09-05T09:00:00+08:00",
        "2022-09-06T00:00:00+08:00",
        "2022-09-07T08:30:00+08:00",
    ]
    assert [row["type"] for row in rows] == ["complaint", "", "", ""]
    assert rows[3]["text"] == "12345"
    assert [(error["row"], error["column"]) for error in errors] == [(7, "来电时间")]


def test_a_workbook_runs_as_the_same_file_in_csv_does(database, tmp_path):
    rows = [LAMP, ["2022-09-06 10:00:00", "厂里拖欠工资两个月，求助。", "东莞虎门镇", "求助"]]

    one, other = simulate(calls=_file(tmp_path, rows)), simulate(calls=_workbook(tmp_path, rows))

    assert one["archived"] == 2
    assert one["event_hash"] == other["event_hash"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_the_usual_encodings_are_understood(tmp_path, encoding):
    rows, errors = calls.read(_file(tmp_path, [LAMP], encoding=encoding), {})

    assert (rows[0]["text"], rows[0]["place"], errors) == (LAMP[1], LAMP[2], [])


def test_columns_may_have_any_heading_and_order(tmp_path):
    path = _file(tmp_path, [["x", LAMP[1], LAMP[0]]], heading=["编号", "市民说的", "几时"])

    rows, errors = calls.read(path, calls.columns("time=几时, text=市民说的"))

    assert errors == []
    assert rows == [{"row": 2, "at": "2022-09-05T08:30:00+08:00", "text": LAMP[1], "place": "", "type": ""}]


@pytest.mark.parametrize("given", ["what", "time", "time=", "=来电时间", "when=来电时间", "time=a,time=b"])
def test_malformed_columns_are_refused(given):
    with pytest.raises(Refused, match="看不懂") as refused:
        calls.columns(given)
    assert refused.value.code == "columns"


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (b"", "calls.csv", "是空的"),
        (b"\xef\xbb\xbf", "calls.csv", "是空的"),
        ("来电时间,内容吗\n".encode(), "calls.csv", "没有“诉求内容”一列"),
        ("地点,诉求内容\n".encode(), "calls.csv", "没有“来电时间”一列"),
        ('来电时间,"诉求内容\n'.encode(), "calls.csv", "表头读不懂"),
        (bytes(range(256)) * 8, "calls.csv", "既非 UTF-8 也非 GB18030"),
        ("来电时间,诉求内容\n".encode("utf-16"), "calls.csv", "既非 UTF-8 也非 GB18030"),
        (b"", "calls.xlsx", "不是可读的 .xlsx"),
        (bytes(range(256)) * 8, "calls.xlsx", "不是可读的 .xlsx"),
        (b"PK\x03\x04 and nothing more", "calls.xlsx", "不是可读的 .xlsx"),
        (b"{}", "calls.json", "不认识 calls.json 的格式"),
    ],
)
def test_a_file_that_is_no_file_of_calls_is_refused_in_one_sentence(tmp_path, content, name, says):
    with pytest.raises(Refused, match=says) as refused:
        calls.read(_raw(tmp_path, content, name), {})
    assert refused.value.remedy


@pytest.mark.parametrize("part", ["[Content_Types].xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml"])
@pytest.mark.parametrize("damage", [None, b"<worksheet><row", b"", b"\x00\xff"])
def test_a_damaged_workbook_is_refused_in_one_sentence(tmp_path, part, damage):
    whole = _workbook(tmp_path, [LAMP])
    damaged = tmp_path / "damaged.xlsx"
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(damaged, "w") as new:
        for name in old.namelist():
            if name != part:
                new.writestr(name, old.read(name))
            elif damage is not None:
                new.writestr(name, damage)

    with pytest.raises(Refused, match="不是可读的 .xlsx|是空的"):
        calls.read(str(damaged), {})


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(Refused, match="没有文件"):
            calls.read(str(path), {})


# the start ----------------------------------------------------------------------------------------------


def test_the_calls_are_moved_along_by_whole_days(database, tmp_path):
    later = ["2022-09-06 10:00:00", "厂里拖欠工资两个月，求助。", "东莞虎门镇", "求助"]

    result = simulate(calls=_file(tmp_path, [LAMP, later]), start="2023-03-01T06:00:00")

    sandbox = sandbox_of(result)
    received = WorkOrder.objects.filter(sandbox=sandbox).order_by("id").values_list("received_at", flat=True)
    assert result["from"] == "2023-03-01T06:00:00+08:00"
    assert [moment.astimezone(CHINA).isoformat() for moment in received] == [
        "2023-03-01T08:30:00+08:00",
        "2023-03-02T10:00:00+08:00",
    ]


@pytest.mark.parametrize(
    ("start", "code"),
    [
        ("2023-03-01T09:00:00", "into_the_past"),  # after the first call of that day
        ("2027-12-01", "beyond_calendar"),
        ("2019-12-01", "beyond_calendar"),
    ],
)
def test_a_start_that_does_not_fit_is_refused(database, tmp_path, capsys, start, code):
    assert typed("--calls", _file(tmp_path, [LAMP]), "--start", start) == 1
    assert code in capsys.readouterr().err
