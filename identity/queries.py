"""What other apps may ask about people."""

from collections.abc import Iterable

from identity.models import Party
from sandbox.work import Work

NEIGHBOURS = 500
CALLERS = "identity.callers"  # phone → the parties that called from it, as far as they were looked up


def look_up_callers(work: Work, phones: Iterable[str]) -> None:
    """Find out in one query who has called from some phones before."""
    known: dict[str, list[Party]] = work.memo.setdefault(CALLERS, {})
    if missing := sorted({phone for phone in phones if phone} - known.keys()):
        known.update({phone: [] for phone in missing})
        for party in work.query(Party.objects.filter(phone__in=missing).order_by("id")):
            known[party.phone].append(party)


def caller_known_as(work: Work, *, phone: str, name: str) -> Party | None:
    """The party that called from this phone under this name before."""
    if not phone:
        return None
    look_up_callers(work, [phone])
    return next((party for party in work.memo[CALLERS][phone] if party.name == name), None)


def party(work: Work, identifier: int) -> Party:
    return work.get(Party, identifier)


def resident(work: Work, number: int) -> Party:
    """One of the population; where a resident is not in memory yet, the neighbours come along in one query."""
    if (Party, number) not in work.objects:
        first = number - number % NEIGHBOURS
        work.preload(Party, range(first, first + NEIGHBOURS))
    return work.get(Party, number)
