"""The only module that reads the wall clock. Everything else lives in simulated time.

Wall time belongs to deliveries, limits, idempotent answers, sign-in and the pace of a running clock.
"""

import time
from datetime import UTC, datetime


def now() -> datetime:
    """The real instant, in UTC."""
    return datetime.now(UTC)


def stopwatch() -> float:
    """Seconds of a clock that only goes forward, for measuring how long something took."""
    return time.monotonic()


def pause(seconds: float) -> None:
    """Give way to others for so many real seconds."""
    time.sleep(seconds)
