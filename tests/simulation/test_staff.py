"""When simulated staff act."""

from datetime import UTC, date

from sandbox.moments import instant
from simulation.staff import _last_working_day


def test_the_day_of_a_deadline_is_guangdongs_wherever_the_deadline_was_read_from():
    early_on_monday = instant(2022, 9, 5, 3)

    days = {_last_working_day(moment) for moment in (early_on_monday, early_on_monday.astimezone(UTC))}

    assert days == {date(2022, 9, 5)}
