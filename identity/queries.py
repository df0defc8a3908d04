"""What other apps may ask about people."""

from identity.models import Party
from sandbox.work import Work


def caller_known_as(work: Work, *, phone: str, name: str) -> Party | None:
    """The party that called from this phone under this name before."""
    if not phone:
        return None
    found = work.query(Party.objects.filter(phone=phone, name=name).order_by("id"))
    return found[0] if found else None


def party(work: Work, identifier: int) -> Party:
    return work.get(Party, identifier)
