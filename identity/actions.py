"""What is written of people: registering who turns to the hotline."""

from identity import fictitious
from identity.models import Party
from identity.queries import CALLERS
from sandbox.work import Work


def register_party(work: Work, *, kind: str, name: str, document: str = "", phone: str = "", region: str = "") -> Party:
    """Register someone who makes a demand (诉求人). The event holds a number, never the name or the phone."""
    number = f"P{work.next_number('party'):07d}"
    party = work.new(Party, number=number, kind=kind, name=name, document=document, phone=phone, region=region)
    work.record("party.registered", party, kind=kind)
    work.memo.get(CALLERS, {}).get(phone, []).append(party)
    return party


def settle_population(work: Work, size: int) -> None:
    """Let fictitious people and companies move in, so that there is somebody to call; one in eight is a company."""
    for position in range(1, size + 1):
        number = work.next_number("party")
        who = (fictitious.company if position % 8 == 0 else fictitious.citizen)(work.seed, number)
        work.new(Party, number=f"P{number:07d}", kind=who.kind, name=who.name, document=who.document, phone=who.phone)
    work.record("population.settled", "sandbox", size=size)
