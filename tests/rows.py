"""The world of a sandbox as rows, to see whether anything at all has changed."""

from typing import Any

from identity.models import Party
from sandbox.models import AgendaEntry, Counter, Event, JournalBody, JournalEntry, Sandbox
from workorders.models import Assignment, FollowUp, WorkOrder

TABLES = [Event, AgendaEntry, JournalEntry, JournalBody, Counter, Party, WorkOrder, Assignment, FollowUp]


def everything(sandbox: Sandbox) -> list[Any]:
    """Every row of a sandbox, and the sandbox itself."""
    own = list(Sandbox.objects.filter(pk=sandbox.pk).values())
    return [own, *(list(table.objects.filter(sandbox=sandbox).order_by("id").values()) for table in TABLES)]


def standing(sandbox: Sandbox) -> tuple[Any, ...]:
    """What no write leaves as it is: the version, the last event and its hash."""
    return Sandbox.objects.values_list("version", "last_event", "head", "now", "clock", "target").get(pk=sandbox.pk)
