"""The clock of a sandbox (沙箱时钟): frozen or running, moved forward only, never beyond the calendar.

Running is nothing but advancing to `running_from + rate × wall`. What the clock is told is not an input of
the world: it decides when things happen for us, never what happens.
"""

from datetime import datetime, timedelta
from typing import Any

from sandbox import canonical, wall
from sandbox.calendar import calendar
from sandbox.driver import Until, target_of
from sandbox.models import Sandbox
from sandbox.moments import CHINA, iso
from sandbox.refusals import Refused
from sandbox.vocabulary import Clock
from sandbox.work import Work

MAX_RATE = 100_000


def advance(work: Work, *, to: datetime | None = None, by: timedelta | None = None, until: Until | None = None) -> None:
    """Set how far a frozen clock shall go: to an instant, by a duration, or until an event (or until idle).
    Where nothing is booked any more, an advance without an instant or a duration stops.

    Raises Refused `clock_running`, `clock_halted`, `into_the_past`, `beyond_calendar`.
    """
    sandbox = work.sandbox
    _not_halted(sandbox)
    if sandbox.clock == Clock.RUNNING:
        raise Refused("时钟正在运行，不能拨快", code="clock_running", remedy="请先 POST …/clock/freeze 冻结时钟")
    if to is None and by is None:
        target = calendar().end
    else:
        try:
            target = to if to is not None else work.now + by  # type: ignore[operator]
        except OverflowError:
            raise _beyond("by") from None
    if target < work.now:
        raise Refused(
            f"时钟只能向前：现在是 {iso(work.now)}",
            code="into_the_past",
            status=422,
            field="to" if to is not None else "by",
            remedy="请给出不早于现在的时刻",
        )
    if target > calendar().end:
        raise _beyond("to" if to is not None else "by")
    sandbox.clock = Clock.FROZEN
    sandbox.running_from = sandbox.running_since = None
    sandbox.target = target.astimezone(CHINA).replace(microsecond=0)
    sandbox.until = until.text() if until else ""
    work.changed = True


def _beyond(field: str) -> Refused:
    return Refused(
        f"目标超出工作日历的最后一天 {calendar().last}",
        code="beyond_calendar",
        status=422,
        field=field,
        remedy=f"请给出不晚于 {iso(calendar().end)} 的时刻",
    )


def _not_halted(sandbox: Sandbox) -> None:
    if sandbox.clock == Clock.HALTED:
        raise Refused(
            "时钟因错停止，尚未修复",
            code="clock_halted",
            remedy="修复原因后 POST …/clock/retry",
            halted=canonical.loads(sandbox.halted),
        )


def run(work: Work, *, rate: int) -> None:
    """Let the clock run at so many simulated seconds a real second, from where it stands."""
    sandbox = work.sandbox
    _not_halted(sandbox)
    sandbox.clock, sandbox.rate = Clock.RUNNING, rate
    sandbox.running_from, sandbox.running_since = work.now, wall.now()
    sandbox.target, sandbox.until = None, ""
    work.changed = True


def wake_all() -> None:
    """At the start of a server: running clocks go on from where they stood, and the time nobody served is
    not made up for."""
    for sandbox in Sandbox.objects.filter(clock=Clock.RUNNING):
        with Work.on(sandbox) as work:
            run(work, rate=work.sandbox.rate)
    Sandbox.objects.exclude(idle_after=0).update(seen_at=wall.now())


def freeze(work: Work) -> None:
    """Stop the clock where it stands."""
    sandbox = work.sandbox
    _not_halted(sandbox)
    sandbox.clock, sandbox.target, sandbox.until = Clock.FROZEN, None, ""
    sandbox.running_from = sandbox.running_since = None
    work.changed = True


def retry(work: Work) -> None:
    """Let a halted clock try its entry again; it goes on towards the target it had."""
    sandbox = work.sandbox
    if sandbox.clock != Clock.HALTED:
        raise Refused("时钟没有因错停止", code="clock_not_halted", remedy="只有 halted 的时钟可以重试")
    sandbox.halted = ""
    _go_on(work)


def _go_on(work: Work) -> None:
    """A clock that stood still goes on: running from where it stands, or towards the target it had."""
    sandbox = work.sandbox
    sandbox.clock = Clock.FROZEN
    if sandbox.running_from is not None:
        run(work, rate=sandbox.rate)
    work.changed = True


def set_barrier(work: Work, *, on: bool) -> None:
    """With the barrier, an advance stops at each event until its receivers have confirmed it."""
    sandbox = work.sandbox
    sandbox.barrier = on
    sandbox.settled = sandbox.last_event
    if sandbox.clock == Clock.WAITING:
        _go_on(work)
    work.changed = True


def settle(work: Work, *, event: int) -> None:
    """Confirm that everything up to an event has been received, so that a waiting clock may go on."""
    sandbox = work.sandbox
    if not sandbox.settled <= event <= sandbox.last_event:
        raise Refused(
            f"事件编号须在 {sandbox.settled} 与 {sandbox.last_event} 之间",
            code="event_out_of_range",
            status=422,
            field="event",
            remedy="请确认已收到的最后一个事件编号",
        )
    sandbox.settled = event
    if sandbox.clock == Clock.WAITING and event == sandbox.last_event:
        _go_on(work)
    work.changed = True


def face(sandbox: Sandbox) -> dict[str, Any]:
    """What the clock shows: state, now, where it is going, and how far it lags behind."""
    target = target_of(sandbox)
    lag = int((target - sandbox.now).total_seconds()) if target else 0
    return {
        "state": sandbox.clock,
        "now": sandbox.now,
        "target": target,
        "lag_seconds": max(0, lag),
        "rate": sandbox.rate if sandbox.clock == Clock.RUNNING else 0,
        "until": canonical.loads(sandbox.until) if sandbox.until else None,
        "barrier": sandbox.barrier,
        "waiting_for_event": sandbox.last_event if sandbox.clock == Clock.WAITING else None,
        "halted": canonical.loads(sandbox.halted) if sandbox.halted else None,
    }
