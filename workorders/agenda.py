"""What the hotline does when a booked moment comes: noting what is overdue, and archiving."""

from typing import Any

from sandbox import agenda
from sandbox.work import Work
from workorders import actions
from workorders.models import WorkOrder


@agenda.kind(actions.WATCH, model="workorders.WorkOrder", priority=10, together=("assignment",))
def deadline_passed(work: Work, order: WorkOrder, args: dict[str, Any]) -> None:
    actions.note_overdue(work, order)


@agenda.kind(actions.ARCHIVE, model="workorders.WorkOrder", priority=90)
def archive(work: Work, order: WorkOrder, args: dict[str, Any]) -> None:
    actions.archive(work, order)
