"""Simulated instants: whole seconds at +08:00, and the one way they are written."""

from datetime import date, datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8))


def instant(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, second, tzinfo=CHINA)


def iso(moment: datetime) -> str:
    """`2022-09-01T09:00:00+08:00`: how an instant stands in events, answers and hashes."""
    return moment.astimezone(CHINA).isoformat()


def day_of(moment: datetime) -> date:
    """The calendar day an instant falls on in Guangdong."""
    return moment.date() if moment.tzinfo is CHINA else moment.astimezone(CHINA).date()


def end_of(day: date) -> datetime:
    """The last second of a day (民法典 §203: the last day ends at 24:00)."""
    return datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=CHINA)
