"""The working calendar (工作日历): weekends, statutory holidays and make-up workdays (调休上班).

Read from `seeds/calendar/YYYY.toml`, one file a year, each from the State Council's published notice or
marked as assumed. The starting day is not counted (民法典 §201), and a period ends at the end of its last
day (§203).
"""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache

from sandbox import catalogue
from sandbox.moments import CHINA, day_of, end_of
from sandbox.refusals import Refused

_YEAR = catalogue.Shape({"year": int, "status": str, "source": str}, {"holiday": list})
_HOLIDAY = catalogue.Shape({"name": str, "from": date, "to": date}, {"make_up": list})


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
        return end_of(self.working_days_after(day_of(start), working_days))

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


@cache
def calendar() -> WorkingCalendar:
    """The calendar of `seeds/calendar/`.

    Raises SeedError for a file that is malformed, a year that is missing in between, a make-up day that
    is not on a weekend, or a day named twice.
    """
    holidays: dict[date, str] = {}
    make_up: dict[date, str] = {}
    sources: dict[int, tuple[str, str]] = {}
    for file in catalogue.files("calendar/*.toml"):
        data = catalogue.toml(file)
        _YEAR.check(file, "文件", data)
        year = data["year"]
        if data["status"] not in {"published", "assumed"} or str(year) != file.stem:
            raise catalogue.SeedError(
                file, "文件", "status 或 year 有误", "status 为 published 或 assumed，year 与文件名一致"
            )
        sources[year] = (data["status"], data["source"])
        for where, row in catalogue.tables(file, data, "holiday", _HOLIDAY, beside=_YEAR.required):
            if year not in (row["from"].year, row["to"].year):
                raise catalogue.SeedError(file, where, f"{row['from']} 至 {row['to']} 不在 {year} 年", "请核对年份")
            if row["to"] < row["from"] or (row["to"] - row["from"]).days > 30:
                raise catalogue.SeedError(file, where, "起止日期有误", "to 不得早于 from")
            for offset in range((row["to"] - row["from"]).days + 1):
                when = row["from"] + timedelta(days=offset)
                if when in holidays:
                    raise catalogue.SeedError(file, where, f"{when} 已属于{holidays[when]}", "每天只能列一次")
                holidays[when] = row["name"]
            for when in row.get("make_up", []):
                if type(when) is not date or when.weekday() < 5 or when in make_up or abs(when.year - year) > 1:
                    raise catalogue.SeedError(file, where, f"调休上班日 {when} 不是未列过的周末日期", "请核对通知")
                make_up[when] = row["name"]
    years = sorted(sources)
    if years != list(range(years[0], years[-1] + 1)):
        raise catalogue.SeedError(catalogue.path("calendar"), "", f"年份不连续：{years}", "请补齐缺少的年度文件")
    if both := holidays.keys() & make_up.keys():
        raise catalogue.SeedError(catalogue.path("calendar"), "", f"{min(both)} 既放假又上班", "请核对通知")
    days = []
    when = date(years[0], 1, 1)
    while when.year <= years[-1]:
        assumed = sources[when.year][0] == "assumed"
        if when in holidays:
            days.append(Day(when, False, "holiday", holidays[when], assumed))
        elif when in make_up:
            days.append(Day(when, True, "make_up", make_up[when], assumed))
        elif when.weekday() >= 5:
            days.append(Day(when, False, "weekend", "", assumed))
        else:
            days.append(Day(when, True, "workday", "", assumed))
        when += timedelta(days=1)
    return WorkingCalendar(days, sources)
