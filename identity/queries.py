"""What other apps may ask about people."""

from identity.models import Party
from sandbox.work import Work

NEIGHBOURS = 500


def caller_known_as(work: Work, *, phone: str, name: str) -> Party | None:
    """The party that called from this phone under this name before."""
    if not phone:
        return None
    found = work.query(Party.objects.filter(phone=phone, name=name).order_by("id"))
    return found[0] if found else None


def party(work: Work, identifier: int) -> Party:
    return work.get(Party, identifier)


def resident(work: Work, number: int) -> Party:
    """One of the population; where a resident is not in memory yet, the neighbours come along in one query."""
    if (Party, number) not in work.objects:
        first = number - number % NEIGHBOURS
        work.preload(Party, range(first, first + NEIGHBOURS))
    return work.get(Party, number)
