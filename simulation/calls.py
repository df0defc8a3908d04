"""Files of real calls (.csv, .xlsx): each row checked, good rows kept, bad ones listed with the remedy."""

import csv
import io
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

from sandbox import catalogue
from sandbox.calendar import calendar
from sandbox.canonical import shown, unprintable
from sandbox.moments import CHINA, iso
from sandbox.refusals import Refused
from workorders.places import recognise_place
from workorders.vocabulary import RequestType

MAX_TEXT, MAX_PLACE, MAX_ROWS = 2000, 200, 200_000
MAX_LINES = 100  # a call may be written over so many lines
_UNREADABLE = (
    BadZipFile,
    ParseError,
    zlib.error,
    AttributeError,
    EOFError,
    IndexError,
    KeyError,
    OSError,
    TypeError,
    ValueError,
)
_HEADINGS = {
    "time": ["time", "来电时间", "时间", "接收时间"],
    "text": ["text", "诉求内容", "内容"],
    "place": ["place", "地点", "地区"],
    "type": ["type", "诉求类型", "类型"],
}
_REQUIRED = ["time", "text"]
_FORMATS = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M"]
_TYPES = {**{kind.label: kind.value for kind in RequestType}, **{kind.value: kind.value for kind in RequestType}}
_TYPES |= {"建议": RequestType.SUGGESTION, "感谢": RequestType.PRAISE}

Error = dict[str, Any]


def columns(text: str) -> dict[str, str]:
    """`time=来电时间,text=内容` → which heading holds what. Raises Refused `columns`."""
    chosen: dict[str, str] = {}
    for part in filter(None, text.split(",")):
        name, equals, heading = part.partition("=")
        if not equals or name.strip() not in _HEADINGS or not heading.strip() or name.strip() in chosen:
            raise Refused(
                f"--columns 中的“{shown(part)}”看不懂",
                code="columns",
                field="columns",
                remedy="写成 time=…,text=…,place=…,type=…",
            )
        chosen[name.strip()] = heading.strip()
    return chosen


def read(path: str, chosen: dict[str, str]) -> tuple[list[dict[str, Any]], list[Error]]:
    """The good rows of a file, each `{row, at, text, place, type}`, and what is wrong with the others.

    Raises Refused for a file that cannot be read at all: missing, of another kind, without the columns.
    """
    lines = _lines(Path(path))
    try:
        first = next(lines)
    except StopIteration:
        raise Refused(f"{path} 是空的", code="calls_file", remedy="第一行应为表头，其后每行一个来电") from None
    if isinstance(first, str):
        raise Refused(f"{path} 的表头读不懂：{first}", code="calls_file", remedy="第一行应为表头，请检查引号")
    heading = [str(cell or "").strip().lstrip("\ufeff") for cell in first]
    places = _places(path, heading, chosen)
    rows: list[dict[str, Any]] = []
    errors: list[Error] = []
    for number, cells in enumerate(lines, 2):
        if number > MAX_ROWS:
            raise Refused(f"{path} 超过 {MAX_ROWS} 行", code="calls_file", remedy="请分成几个文件")
        if isinstance(cells, str):
            errors.append(
                {"row": number, "column": "整行", "problem": cells, "remedy": "请检查引号：内容里的引号写成两个"}
            )
        elif any(str(cell or "").strip() for cell in cells):
            row, wrong = _row(number, cells, heading, places)
            errors += wrong
            rows += [] if wrong else [row]
    rows.sort(key=lambda row: (row["at"], row["row"]))
    return rows, errors


def samples() -> list[Path]:
    """The sample files of `seeds/calls/`: inputs, not the world, so that none need be there."""
    return sorted(catalogue.path("calls").glob("*.csv"))


def unfit_samples() -> Iterator[catalogue.SeedError]:
    """Every row of a sample can be run."""
    for file in samples():
        try:
            for error in read(str(file), {})[1]:
                where = f"第 {error['row']} 行"
                yield catalogue.SeedError(file, where, f"{error['column']}：{error['problem']}", error["remedy"])
        except Refused as refused:
            yield catalogue.SeedError(file, "", refused.detail, refused.remedy or "请改正文件", line=1)


def _lines(path: Path) -> Iterator[list[Any] | str]:
    """The cells of each row, or what is wrong with a row that falls into no cells."""
    if not path.is_file():
        raise Refused(f"没有文件 {path}", code="calls_file", field="calls", remedy="请核对路径")
    kind = path.suffix.lower()
    try:
        if kind == ".xlsx":
            return _xlsx(path)
        if kind == ".csv":
            return _csv(path)
    except OSError as error:
        raise Refused(f"读不了 {path}：{error.strerror}", code="calls_file", remedy="请核对文件权限") from None
    raise Refused(f"不认识 {path.name} 的格式", code="calls_file", field="calls", remedy="请用 .csv 或 .xlsx")


def _xlsx(path: Path) -> Iterator[list[Any] | str]:
    try:
        from openpyxl import load_workbook  # here: every program would take a tenth longer to start

        book = load_workbook(path, read_only=True, data_only=True)
        try:
            for row in book.worksheets[0].iter_rows(values_only=True):
                yield list(row)
        finally:
            book.close()
    except _UNREADABLE as error:
        reason = shown(str(error)) or type(error).__name__
        raise Refused(
            f"{path} 不是可读的 .xlsx：{reason}", code="calls_file", remedy="请用表格软件另存为 .xlsx"
        ) from None


def _csv(path: Path) -> Iterator[list[Any] | str]:
    """The rows of a CSV file. A quotation mark without its other half makes one row unreadable, not the rest:
    where what would be the next line of its text is a row by itself, the text is taken to end before."""
    lines = list(io.StringIO(_decoded(path), newline=""))
    csv.field_size_limit(1_000_000)
    at, width = 0, 0
    while at < len(lines):
        for end in range(at + 1, min(at + MAX_LINES, len(lines)) + 1):
            cells = _cells("".join(lines[at:end]))
            if cells is not None:
                width = width or len(cells)
                yield cells
                at = end
                break
            if end < len(lines) and _is_a_row(lines[end], width):
                yield "引号不成对"
                at += 1
                break
        else:
            yield "引号不成对"
            at += 1


def _decoded(path: Path) -> str:
    raw = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refused(f"{path} 既非 UTF-8 也非 GB18030", code="calls_file", remedy="请另存为 UTF-8 的 CSV")


def _cells(text: str) -> list[Any] | None:
    """The cells of one row, or None where a quotation mark lacks its other half."""
    try:
        return next(csv.reader(io.StringIO(text, newline=""), strict=True), [])
    except csv.Error:
        return None


def _is_a_row(line: str, width: int) -> bool:
    cells = _cells(line)
    return cells is not None and len(cells) == width and any(_instant(cell) for cell in cells)


def _places(path: str, heading: list[str], chosen: dict[str, str]) -> dict[str, int]:
    """Which column holds what."""
    found: dict[str, int] = {}
    for name, known in _HEADINGS.items():
        wanted = [chosen[name]] if name in chosen else known
        at = next((heading.index(one) for one in wanted if one in heading), None)
        if at is not None:
            found[name] = at
        elif name in chosen or name in _REQUIRED:
            raise Refused(
                f"{path} 没有“{wanted[0] if name in chosen else known[1]}”一列（{name}）",
                code="calls_file",
                field=name,
                remedy=f"表头现为：{'、'.join(shown(one) for one in heading)}；用 --columns {name}=… 指明",
            )
    return found


def _row(
    number: int, cells: list[Any], heading: list[str], places: dict[str, int]
) -> tuple[dict[str, Any], list[Error]]:
    errors: list[Error] = []

    def wrong(name: str, problem: str, remedy: str) -> None:
        at = places.get(name)
        errors.append(
            {"row": number, "column": heading[at] if at is not None else name, "problem": problem, "remedy": remedy}
        )

    if len(cells) > len(heading) and any(str(cell or "").strip() for cell in cells[len(heading) :]):
        wrong("整行", f"有 {len(cells)} 格，表头只有 {len(heading)} 列", "请检查多余的逗号或引号")
    values = {name: cells[at] if at < len(cells) else None for name, at in places.items()}
    text = {name: str(value).strip() if value is not None else "" for name, value in values.items()}
    for name, value in text.items():
        if reason := unprintable(value):
            wrong(name, reason, "请删去这个字符")
    if errors:
        return {}, errors
    at = _instant(values["time"])
    if at is None:
        wrong("time", f"“{shown(text['time'])}”不是时间" if text["time"] else "没有时间", "写成 2022-09-05 08:30:00")
    elif not calendar().first <= at.date() <= calendar().last:
        wrong("time", f"{at.date()} 不在工作日历之内", f"请用 {calendar().first} 至 {calendar().last} 的日期")
    if not text["text"]:
        wrong("text", "没有内容", "请写明诉求内容")
    elif len(text["text"]) > MAX_TEXT:
        wrong("text", f"内容有 {len(text['text'])} 字，超过 {MAX_TEXT} 字", "请缩短")
    place = text.get("place", "")
    if len(place) > MAX_PLACE:
        wrong("place", f"地点超过 {MAX_PLACE} 字", "请只写市、县（区）、镇街")
    elif place and not recognise_place(place)[0]:
        wrong("place", f"“{shown(place)}”不是省内地名", "写省内的市、县（区）或镇街，或者留空")
    kind = text.get("type", "")
    if kind and kind not in _TYPES:
        wrong("type", f"没有诉求类型“{shown(kind)}”", f"可用：{'、'.join(one.label for one in RequestType)}，或者留空")
    if errors or at is None:
        return {}, errors
    return {"row": number, "at": iso(at), "text": text["text"], "place": place, "type": str(_TYPES.get(kind, ""))}, []


def _instant(value: Any) -> datetime | None:
    """A moment as it stands in a cell: whole seconds at +08:00 unless it says otherwise."""
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time(0))
    found = value if isinstance(value, datetime) else _written(str(value or "").strip())
    try:
        return None if found is None else _whole(found).astimezone(CHINA)
    except OverflowError:
        return None


def _whole(moment: datetime) -> datetime:
    """Spreadsheets keep moments as fractions of a day, a hair before the second that is meant."""
    moment = moment.replace(tzinfo=moment.tzinfo or CHINA)
    return (moment + timedelta(microseconds=500_000)).replace(microsecond=0)


def _written(text: str) -> datetime | None:
    for form in _FORMATS:
        try:
            return datetime.strptime(text, form)
        except ValueError:
            continue
    try:
        return datetime.fromisoformat(text) if len(text) >= 16 else None
    except ValueError:
        return None


def shifted(rows: list[dict[str, Any]], start: datetime | None) -> tuple[datetime, list[dict[str, Any]]]:
    """Where the sandbox begins (the first call's midnight, or `start`), and the rows moved along by whole days.

    Raises Refused `beyond_calendar` where the last call would lie too late to be handled.
    """
    first = datetime.fromisoformat(rows[0]["at"])
    midnight = first.replace(hour=0, minute=0, second=0)
    begin = start or midnight
    days = begin.date() - midnight.date()
    if begin > first + days:
        raise Refused(
            f"起始时刻晚于当天第一个来电 {first:%H:%M:%S}", code="into_the_past", field="start", remedy="请给出当天零时"
        )
    moved = [{**row, "at": iso(datetime.fromisoformat(row["at"]) + days)} for row in rows]
    if (calendar().end - datetime.fromisoformat(moved[-1]["at"])).days < 90:
        raise Refused(
            "来电之后的办理期限超出工作日历", code="beyond_calendar", field="time", remedy="请用 --start 提早起始时刻"
        )
    return begin, moved
