"""The working calendar (工作日历): weekends, statutory holidays and make-up workdays (调休上班).

Read from `seeds/calendar/YYYY.toml`, one file a year, each from the State Council's published notice or
marked as assumed. The starting day is not counted (民法典 §201), and a period ends at the end of its last
day (§203).
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path

from sandbox import catalogue
from sandbox.moments import CHINA, day_of, end_of
from sandbox.refusals import Refused

_YEAR = catalogue.Shape({"year": int, "status": str, "source": str}, {"holiday": list, "working_days": int})
_HOLIDAY = catalogue.Shape({"name": str, "from": date, "to": date}, {"make_up": list})
# the statutory holidays (法定节假日) and, where the date is fixed, its days (全国年节及纪念日放假办法)
STATUTORY: dict[str, list[tuple[int, int]]] = {
    "元旦": [(1, 1)],
    "春节": [],
    "清明节": [],
    "劳动节": [(5, 1)],
    "端午节": [],
    "中秋节": [],
    "国庆节": [(10, 1), (10, 2), (10, 3)],
}


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the calendar and why it is, or is not, a working day."""

    date: date
    working: bool
    kind: str  # workday 工作日 | weekend 周末 | holiday 节假日 | make_up 调休上班
    name: str  # the holiday it belongs to, if any
    assumed: bool  # True where no notice was published


class WorkingCalendar:
    """Every day of the years for which there is a file, in order and without a gap."""

    def __init__(self, days: list[Day], sources: dict[int, tuple[str, str]]) -> None:
        self._days = {day.date: day for day in days}
        self._working = [day.date for day in days if day.working]
        self._dates = [day.date for day in days]
        # position of a date → how many working days lie on or before it
        self._upto: list[int] = []
        count = 0
        for day in days:
            count += day.working
            self._upto.append(count)
        self.first, self.last = self._dates[0], self._dates[-1]
        self.sources = sources
        self._ends: dict[tuple[date, int], datetime] = {}  # what `due` found before

    @property
    def end(self) -> datetime:
        """The last instant a simulated clock may reach."""
        return end_of(self.last)

    def day(self, when: date) -> Day:
        try:
            return self._days[when]
        except KeyError:
            raise self._beyond(when) from None

    def is_working(self, when: date) -> bool:
        return self.day(when).working

    def working_days_after(self, start: date, count: int) -> date:
        """The `count`-th working day after a day that is itself not counted; 0 is the day itself.

        Raises Refused `beyond_calendar` where the calendar ends before it.
        """
        position = (start - self.first).days
        if not 0 <= position < len(self._upto):
            raise self._beyond(start)
        if count == 0:
            return start
        at = self._upto[position] + count - 1
        if at >= len(self._working):
            raise self._beyond(start)
        return self._working[at]

    def working_days_between(self, start: date, end: date) -> int:
        """How many working days lie after `start` up to and including `end`; negative where `end` lies before.

        Raises Refused `beyond_calendar` where either lies outside the calendar.
        """
        for when in (start, end):
            if not self.first <= when <= self.last:
                raise self._beyond(when)
        return bisect_right(self._working, end) - bisect_right(self._working, start)

    def assumes(self, when: date) -> bool:
        """Whether the notice for a day's year was not published when the calendar was written."""
        return self.day(when).assumed

    def due(self, start: datetime, working_days: int) -> datetime:
        """The end of the last day of a period that begins at an instant."""
        key = day_of(start), working_days
        found = self._ends.get(key)
        if found is None:
            found = self._ends[key] = end_of(self.working_days_after(*key))
        return found

    def at_work(self, moment: datetime, opens: time, closes: time) -> datetime:
        """The instant itself if offices are open then, else the next opening of one."""
        local = moment.astimezone(CHINA)
        today = local.date()
        if self.is_working(today):
            if local.time() < opens:
                return datetime.combine(today, opens, CHINA)
            if local.time() < closes:
                return moment
        return datetime.combine(self.working_days_after(today, 1), opens, CHINA)

    def _beyond(self, when: date) -> Refused:
        return Refused(
            f"{when} 起算的期限超出工作日历（{self.first} 至 {self.last}）",
            code="beyond_calendar",
            status=422,
            remedy="请使用日历之内的日期，或在 seeds/calendar/ 补充年度文件",
        )


@dataclass(frozen=True)
class Year:
    """One year's table: its holidays and make-up days, each with the words that say where it is listed."""

    file: Path
    year: int
    status: str
    source: str
    working_days: int | None  # as the year's notice gives; a table that has lost a day does not add up to it
    holidays: dict[date, tuple[str, str]]  # date → (name, where)
    make_up: dict[date, tuple[str, str]]


@cache
def year_of(file: Path) -> Year:
    """One file of `seeds/calendar/`.

    Raises SeedError for a file that is malformed, a holiday outside its year, a make-up day that is not on a
    weekend, or a day named twice.
    """
    data = catalogue.toml(file)
    _YEAR.check(file, "文件", data)
    year = data["year"]
    if data["status"] not in {"published", "assumed"} or str(year) != file.stem:
        key = "year" if str(year) != file.stem else "status"
        raise catalogue.SeedError(
            file, "文件", "status 或 year 有误", "status 为 published 或 assumed，year 与文件名一致", key=key
        )
    found = Year(file, year, data["status"], data["source"], data.get("working_days"), {}, {})
    for where, row in catalogue.tables(file, data, "holiday", _HOLIDAY, beside=[*_YEAR.required, "working_days"]):
        if year not in (row["from"].year, row["to"].year):
            raise catalogue.SeedError(
                file, where, f"{row['from']} 至 {row['to']} 不在 {year} 年", "请核对年份", key="from"
            )
        if row["to"] < row["from"] or (row["to"] - row["from"]).days > 30:
            raise catalogue.SeedError(file, where, "起止日期有误", "to 不得早于 from", key="to")
        for offset in range((row["to"] - row["from"]).days + 1):
            when = row["from"] + timedelta(days=offset)
            if when in found.holidays:
                raise catalogue.SeedError(
                    file, where, f"{when} 已属于{found.holidays[when][0]}", "每天只能列一次", key="from"
                )
            found.holidays[when] = (row["name"], where)
        for when in row.get("make_up", []):
            if type(when) is not date or when.weekday() < 5 or when in found.make_up or abs(when.year - year) > 1:
                raise catalogue.SeedError(
                    file, where, f"调休上班日 {when} 不是未列过的周末日期", "请核对通知", key="make_up"
                )
            found.make_up[when] = (row["name"], where)
    for when in sorted(found.holidays.keys() & found.make_up.keys()):
        raise catalogue.SeedError(file, found.make_up[when][1], f"{when} 既放假又上班", "请核对通知", key="make_up")
    return found


@cache
def calendar() -> WorkingCalendar:
    """The calendar of `seeds/calendar/`.

    Raises SeedError for a year that is malformed or missing in between, and for a day two years' tables claim.
    """
    years = sorted((year_of(file) for file in catalogue.files("calendar/*.toml")), key=lambda one: one.year)
    listed = [one.year for one in years]
    for before, after in pairwise(years):
        if after.year != before.year + 1:
            raise catalogue.SeedError(
                after.file, "文件", f"年份不连续：{listed}，其前缺少 {after.year - 1} 年",
                f"请补齐缺少的年度文件 calendar/{after.year - 1}.toml", key="year",
            )  # fmt: skip
    holidays: dict[date, tuple[str, str]] = {}
    make_up: dict[date, tuple[str, str]] = {}
    for one in years:
        for own, others, what in ((one.holidays, holidays, "放假"), (one.make_up, make_up, "上班")):
            for when in sorted(own.keys() & others.keys()):
                raise catalogue.SeedError(
                    one.file, own[when][1], f"{when} 已在别的年度文件列为{what}", "每天只能列一次"
                )
            others.update(own)
        for when in sorted(holidays.keys() & make_up.keys()):
            where = (one.holidays.get(when) or one.make_up[when])[1]
            raise catalogue.SeedError(one.file, where, f"{when} 既放假又上班", "请核对通知")
    assumed = {one.year: one.status == "assumed" for one in years}
    days = []
    when = date(listed[0], 1, 1)
    while when.year <= listed[-1]:
        if when in holidays:
            days.append(Day(when, False, "holiday", holidays[when][0], assumed[when.year]))
        elif when in make_up:
            days.append(Day(when, True, "make_up", make_up[when][0], assumed[when.year]))
        elif when.weekday() >= 5:
            days.append(Day(when, False, "weekend", "", assumed[when.year]))
        else:
            days.append(Day(when, True, "workday", "", assumed[when.year]))
        when += timedelta(days=1)
    return WorkingCalendar(days, {one.year: (one.status, one.source) for one in years})


# checks of the whole set ---------------------------------------------------------------------------------


def missing_holidays() -> Iterator[catalogue.SeedError]:
    """Every year has the seven statutory holidays by name, and those of a fixed date on that date: a table in which
    one is missing would count working days that are none."""
    for year in (year_of(file) for file in catalogue.files("calendar/*.toml")):
        for name, fixed in STATUTORY.items():
            if not any(name in listed for listed, _ in year.holidays.values()):
                yield catalogue.SeedError(
                    year.file,
                    "文件",
                    f"{year.year} 年缺少{name}",
                    "请补上 [[holiday]]，日期见当年的放假通知",
                    key="year",
                )
            elif missing := [day for day in fixed if date(year.year, *day) not in year.holidays]:
                where = next(where for listed, where in year.holidays.values() if name in listed)
                yield catalogue.SeedError(
                    year.file,
                    where,
                    f"{date(year.year, *missing[0])} 是{name}，却没有放假",
                    "请核对起止日期",
                    key="from",
                )


def miscounted() -> Iterator[catalogue.SeedError]:
    """A year has as many working days as its file says: one make-up day too few, and the sum tells."""
    for year in (year_of(file) for file in catalogue.files("calendar/*.toml")):
        first, last = date(year.year, 1, 1), date(year.year, 12, 31)
        there = calendar().working_days_between(first, last) + calendar().is_working(first)
        if year.working_days not in (None, there):
            problem = f"按本表 {year.year} 年有 {there} 个工作日，而 working_days = {year.working_days}"
            yield catalogue.SeedError(
                year.file, "文件", problem, "请对照放假通知核对放假日与 make_up", key="working_days"
            )


def counted() -> dict[str, int]:
    first, last = calendar().first, calendar().last
    return {
        "年": len(calendar().sources),
        "首年": first.year,
        "末年": last.year,
        "工作日": calendar().working_days_between(first, last) + calendar().is_working(first),
    }
