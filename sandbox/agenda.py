"""The agenda (日程): kinds of booked moments, and one entry of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import models

if TYPE_CHECKING:
    from sandbox.work import Work

EPOCH, SECOND = datetime.fromtimestamp(0, UTC), timedelta(seconds=1)
Handler = Callable[["Work", Any, dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Kind:
    """What happens when a moment comes: `handler(work, subject, args)`.

    `subject` is the record the entry is about (None for an entry of the whole sandbox); `together` names
    foreign keys of it that are loaded in bulk along with it, `alongside` models that share its number.
    """

    name: str
    handler: Handler
    model: type[models.Model] | None
    priority: int
    together: tuple[str, ...]
    alongside: tuple[type[models.Model], ...]


kinds: dict[str, Kind] = {}


def kind(
    name: str,
    *,
    model: str = "",
    priority: int = 50,
    together: tuple[str, ...] = (),
    alongside: tuple[str, ...] = (),
) -> Callable[[Handler], Handler]:
    """Register a kind of moment; models go by name. Of moments due at one instant, a lower priority comes first."""

    def register(handler: Handler) -> Handler:
        kinds[name] = Kind(
            name,
            handler,
            apps.get_model(model) if model else None,
            priority,
            together,
            tuple(apps.get_model(one) for one in alongside),
        )
        return handler

    return register


class Entry:
    """A booked moment in memory. `stored`: True in the database, False not, None not known."""

    __slots__ = ("args", "caused_by", "due", "kind", "live", "number", "order", "priority", "stored", "subject")
    order: int  # (due, priority, number) as one whole number, which a heap compares fastest

    def __init__(
        self,
        due: datetime,
        priority: int,
        number: int,
        kind: str,
        subject: int,
        args: str,
        caused_by: int | None,
        stored: bool | None,
    ) -> None:
        self.due, self.priority, self.number, self.kind, self.subject = due, priority, number, kind, subject
        self.args, self.caused_by, self.stored = args, caused_by, stored
        self.live = True
        self.order = (due - EPOCH) // SECOND << 56 | priority << 40 | number
