"""The working calendar: known days, counting in both directions, and where it ends."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.calendar import calendar
from sandbox.moments import instant
from sandbox.refusals import Refused

FIRST, LAST = date(2020, 1, 1), date(2027, 12, 31)
dates = st.dates(FIRST, LAST)
early_dates = st.dates(FIRST, date(2026, 12, 31))
counts = st.integers(0, 200)
quick = settings(deadline=None)

# days everybody remembers: why each is, or is not, a working day
KNOWN = [
    (date(2022, 9, 1), True, "workday", ""),
    (date(2022, 9, 3), False, "weekend", ""),
    (date(2022, 9, 12), False, "holiday", "中秋节"),
    (date(2022, 10, 7), False, "holiday", "国庆节"),
    (date(2022, 10, 8), True, "make_up", "国庆节"),
    (date(2022, 10, 9), True, "make_up", "国庆节"),
    (date(2022, 12, 31), False, "holiday", "元旦"),  # announced with the year after
    (date(2023, 1, 28), True, "make_up", "春节"),
    (date(2023, 1, 29), True, "make_up", "春节"),
    (date(2020, 1, 19), True, "make_up", "春节"),
    (date(2020, 1, 31), False, "holiday", "春节"),  # the extension of 2020
    (date(2020, 2, 1), False, "holiday", "春节"),  # a make-up day that the extension took back
    (date(2020, 2, 2), False, "holiday", "春节"),
    (date(2020, 2, 3), True, "workday", ""),
]


@pytest.mark.parametrize(("when", "working", "kind", "name"), KNOWN, ids=lambda value: str(value))
def test_a_known_day_is_what_the_notice_says(when, working, kind, name):
    day = calendar().day(when)

    assert (day.date, day.working, day.kind, day.name, day.assumed) == (when, working, kind, name, False)


@pytest.mark.parametrize(
    ("year", "working_days"),
    [(2020, 249), (2021, 250), (2022, 249), (2023, 249), (2024, 251), (2025, 248), (2026, 248)],
)
def test_a_year_has_as_many_working_days_as_were_announced(year, working_days):
    days = [date(year, 1, 1) + timedelta(days=offset) for offset in range(366)]

    working = [when for when in days if when.year == year and calendar().is_working(when)]

    assert len(working) == working_days


def test_every_year_from_2020_to_2027_has_a_file_with_a_source():
    sources = calendar().sources

    assert sorted(sources) == list(range(2020, 2028))
    assert all(source for _, source in sources.values())
    assert (calendar().first, calendar().last) == (FIRST, LAST)


def test_only_2027_is_assumed_and_every_day_of_it_says_so():
    walk = [FIRST + timedelta(days=offset) for offset in range((LAST - FIRST).days + 1)]

    assumed = {when for when in walk if calendar().day(when).assumed}

    assert calendar().sources[2027][0] == "assumed"
    assert assumed == {when for when in walk if when.year == 2027}


@given(dates)
def test_a_weekday_is_off_only_on_a_holiday_and_a_weekend_worked_only_to_make_up(when):
    day = calendar().day(when)

    if when.weekday() < 5:
        assert day.kind == ("workday" if day.working else "holiday")
    else:
        assert day.kind in ({"make_up"} if day.working else {"weekend", "holiday"})


# counting ------------------------------------------------------------------------------------------------


def test_the_starting_day_is_not_counted():
    thursday = date(2022, 9, 1)

    assert calendar().working_days_after(thursday, 1) == date(2022, 9, 2)
    assert calendar().working_days_after(thursday, 2) == date(2022, 9, 5)
    assert calendar().working_days_after(thursday, 0) == thursday


def test_counting_from_a_day_off_begins_with_the_next_working_day():
    saturday_of_national_day = date(2022, 10, 1)

    assert calendar().working_days_after(saturday_of_national_day, 1) == date(2022, 10, 8)
    assert calendar().working_days_after(saturday_of_national_day, 0) == saturday_of_national_day


def test_make_up_days_count_and_holidays_do_not():
    before, after = date(2022, 9, 30), date(2022, 10, 10)

    assert calendar().working_days_between(before, after) == 3  # 8, 9 and 10 October
    assert calendar().working_days_after(before, 3) == after


@quick
@given(early_dates, counts)
def test_the_nth_working_day_is_the_one_a_walk_day_by_day_comes_to(start, count):
    walked, left = start, count
    while left:
        walked += timedelta(days=1)
        left -= calendar().is_working(walked)

    assert calendar().working_days_after(start, count) == walked


@quick
@given(dates, st.integers(0, 400))
def test_days_between_are_those_a_walk_day_by_day_counts(start, span):
    end = min(start + timedelta(days=span), LAST)
    walk = [start + timedelta(days=offset) for offset in range(1, (end - start).days + 1)]

    counted = calendar().working_days_between(start, end)

    assert counted == sum(calendar().is_working(when) for when in walk)
    assert calendar().working_days_between(end, start) == -counted


@quick
@given(early_dates, counts)
def test_between_is_the_inverse_of_after(start, count):
    reached = calendar().working_days_after(start, count)

    assert calendar().working_days_between(start, reached) == count
    assert count == 0 or calendar().is_working(reached)


@quick
@given(early_dates, early_dates, counts, counts)
def test_a_later_start_or_a_longer_period_never_ends_sooner(one, other, fewer, more):
    start, later = sorted((one, other))
    short, long = sorted((fewer, more))

    assert calendar().working_days_after(start, short) <= calendar().working_days_after(start, long)
    if short:  # from a day off, "the day itself" is no working day and may lie after the start's next one
        assert calendar().working_days_after(start, short) <= calendar().working_days_after(later, short)


# instants ------------------------------------------------------------------------------------------------


def test_a_period_ends_with_the_last_second_of_its_last_day():
    received = instant(2022, 9, 30, 23, 59, 59)

    assert calendar().due(received, 1) == instant(2022, 10, 8, 23, 59, 59)
    assert calendar().due(received, 0) == instant(2022, 9, 30, 23, 59, 59)


def test_the_day_a_period_begins_on_is_the_day_in_guangdong():
    late_in_greenwich = datetime(2022, 9, 1, 16, 0, tzinfo=UTC)  # 2 September, 00:00, in Guangdong

    assert calendar().due(late_in_greenwich, 1) == instant(2022, 9, 5, 23, 59, 59)


@quick
@given(early_dates, st.times(), counts)
def test_the_hour_of_receipt_does_not_change_the_deadline(day, hour, count):
    some_time = instant(day.year, day.month, day.day, hour.hour, hour.minute, hour.second)

    assert calendar().due(some_time, count) == calendar().due(instant(day.year, day.month, day.day), count)
    assert calendar().due(some_time, count) >= some_time


@pytest.mark.parametrize(
    ("moment", "at_work"),
    [
        (instant(2022, 9, 1, 9, 30), instant(2022, 9, 1, 9, 30)),
        (instant(2022, 9, 1, 8), instant(2022, 9, 1, 8)),
        (instant(2022, 9, 1, 7, 59, 59), instant(2022, 9, 1, 8)),
        (instant(2022, 9, 1, 17, 59, 59), instant(2022, 9, 1, 17, 59, 59)),
        (instant(2022, 9, 1, 18), instant(2022, 9, 2, 8)),
        (instant(2022, 9, 2, 20), instant(2022, 9, 5, 8)),
        (instant(2022, 9, 30, 18), instant(2022, 10, 8, 8)),
        (instant(2022, 10, 8, 12), instant(2022, 10, 8, 12)),
        (instant(2022, 10, 3, 12), instant(2022, 10, 8, 8)),
    ],
    ids=str,
)
def test_work_goes_on_at_once_in_office_hours_else_at_the_next_opening(moment, at_work):
    assert calendar().at_work(moment, time(8), time(18)) == at_work


@quick
@given(st.datetimes(datetime(2020, 1, 1), datetime(2026, 12, 31)))
def test_offices_are_open_at_the_moment_work_goes_on(naive):
    moment = instant(naive.year, naive.month, naive.day, naive.hour, naive.minute, naive.second)

    found = calendar().at_work(moment, time(8), time(18))

    assert found >= moment
    assert calendar().is_working(found.date())
    assert time(8) <= found.time() < time(18)
    assert calendar().at_work(found, time(8), time(18)) == found


# the edges -----------------------------------------------------------------------------------------------


@given(st.dates(max_value=FIRST - timedelta(days=1)) | st.dates(min_value=LAST + timedelta(days=1)))
def test_a_day_outside_the_calendar_is_refused_whatever_is_asked_about_it(outside):
    questions = [
        lambda: calendar().day(outside),
        lambda: calendar().is_working(outside),
        lambda: calendar().working_days_after(outside, 0),
        lambda: calendar().working_days_after(outside, 1),
        lambda: calendar().working_days_between(outside, date(2022, 9, 1)),
        lambda: calendar().working_days_between(date(2022, 9, 1), outside),
    ]

    for question in questions:
        with pytest.raises(Refused, match="beyond_calendar"):
            question()


def test_a_period_that_would_end_after_the_calendar_is_refused():
    last_working_day = date(2027, 12, 31)

    assert calendar().working_days_after(date(2027, 12, 30), 1) == last_working_day
    with pytest.raises(Refused, match="beyond_calendar"):
        calendar().working_days_after(last_working_day, 1)
    with pytest.raises(Refused, match="beyond_calendar"):
        calendar().at_work(instant(2027, 12, 31, 18), time(8), time(18))


def test_the_clock_may_run_to_the_last_second_of_the_calendar():
    assert calendar().end == instant(2027, 12, 31, 23, 59, 59)
