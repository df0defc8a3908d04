"""Starting a bulk run in a sandbox: the input that sets it going, and an advance until nothing is booked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox import clock
from sandbox.actors import SYSTEM
from sandbox.driver import Until
from sandbox.inputs import perform
from sandbox.work import Work

if TYPE_CHECKING:
    from sandbox.models import Sandbox


CALLS_COME = "simulation.calls_come"


def begin_calls(sandbox: Sandbox, *, orders: int, days: int) -> None:
    """So many calls over so many days, then until idle."""
    _begin(sandbox, CALLS_COME, {"orders": orders, "days": days, "endless": False})


def begin_rows(sandbox: Sandbox, rows: list[dict[str, Any]]) -> None:
    """The calls of a file at their times, then until idle."""
    _begin(sandbox, "simulation.calls_of_a_file", {"rows": rows})


def _begin(sandbox: Sandbox, name: str, args: dict[str, Any]) -> None:
    with Work.on(sandbox) as work:
        perform(work, name, actor=SYSTEM, args=args)
        clock.advance(work, until=Until(idle=True))
