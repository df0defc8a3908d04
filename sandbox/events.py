"""Events: what a step of the world leaves behind, how it is hashed, and who reacts to it."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sandbox import canonical
from sandbox.moments import iso

if TYPE_CHECKING:
    from sandbox.models import Event
    from sandbox.work import Work

GENESIS = "0" * 64


@dataclass(slots=True)
class Happened:
    """An event as those who react to it and those who count it see it."""

    number: int
    type: str
    subject: str
    at: datetime
    actor: str
    caused_by: int | None
    data: dict[str, Any]


def line(number: int, type: str, subject: str, at: str, actor: str, caused_by: int | None, data: str) -> str:
    """The canonical line of an event, of which the hash is made. `data` is canonical JSON already.

    Keys stand in the order canonical JSON would sort them in.
    """
    cause = "null" if caused_by is None else str(caused_by)
    return (
        f'{{"actor":"{actor}","at":"{at}","caused_by":{cause},"data":{data},'
        f'"number":{number},"subject":"{subject}","type":"{type}"}}'
    )


def chained(head: str, canonical_line: str) -> str:
    """The hash of an event: SHA-256 over the hash before it and its canonical line."""
    return hashlib.sha256(f"{head}\n{canonical_line}".encode()).hexdigest()


def verify(events: "list[Event] | Any", head: str = GENESIS, after: int = 0) -> str:
    """Walk a run of events and return the last hash. Raises ValueError at a gap or a broken link."""
    for event in events:
        if event.number != after + 1:
            raise ValueError(f"event {after + 1} is missing")
        if canonical.dumps(canonical.loads(event.data)) != event.data:
            raise ValueError(f"event {event.number} is not canonical")
        head = chained(
            head, line(event.number, event.type, event.subject, iso(event.at), event.actor, event.caused_by, event.data)
        )
        if head != event.hash:
            raise ValueError(f"event {event.number} does not fit the hash chain")
        after = event.number
    return head


Reaction = Callable[["Work", Happened, Any], None]
reactions: dict[str, list[Reaction]] = {}


def on(*types: str) -> Callable[[Reaction], Reaction]:
    """Register a reaction: run by the unit of work after the action that recorded such an event."""

    def register(function: Reaction) -> Reaction:
        for type in types:
            reactions.setdefault(type, []).append(function)
        return function

    return register
