"""Test people at work: what a persona's outcome forces, laid over the behaviour profile.

Whose phone calls is noted on the order's story when it is received; ordinary callers leave nothing. A persona
changes how simulated people behave, never what the rules allow.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from identity import queries as identity_queries
from identity.personas import FILE, PersonaKind, PersonaStatus, outcomes, personas
from identity.personas import plain as everybody
from sandbox import catalogue
from sandbox.ids import local
from sandbox.work import Work
from simulation.models import Story
from simulation.profiles import ROLES, Profile, checked, profile
from workorders.vocabulary import RejectReason, RequestType

if TYPE_CHECKING:
    from workorders.models import WorkOrder

STORIES = "simulation.stories"  # order → its story, or None, as far as it was looked up
Conduct = Mapping[str, dict[str, Any]]  # role → settings of a profile

_DEMAND = catalogue.Shape({}, {"type": str, "urgent": bool, "reject": int, "unclear": bool})


@dataclass(frozen=True, slots=True)
class Demand:
    """What an agent makes of a persona's demand; what is left out is read from the words as usual."""

    type: str = ""
    urgent: bool = False
    reject: int | None = None
    unclear: bool = False
    unit: str = ""  # handed to this unit at once


@dataclass(frozen=True, slots=True)
class Forced:
    """What an outcome forces."""

    conduct: Conduct
    demand: Demand
    until_redo: int | None
    until_attempt: int | None

    def holds(self, order: WorkOrder) -> bool:
        """Whether it still does so, or its time is over for this order."""
        return (self.until_redo is None or order.redo_count < self.until_redo) and (
            self.until_attempt is None or order.follow_ups < self.until_attempt
        )


# the catalogue ------------------------------------------------------------------------------------------


def _conduct(where: str, table: Mapping[str, Any]) -> Conduct:
    file = catalogue.path(FILE)
    if strange := sorted(table.keys() - ROLES.keys()):
        raise catalogue.SeedError(file, where, f"没有角色 {strange[0]} 的行为设定", f"可用：{'、'.join(ROLES)}")
    return {role: checked(file, f"{where} {role}", ROLES[role], values, partly=True) for role, values in table.items()}


def _demand(where: str, table: Mapping[str, Any]) -> Demand:
    file = catalogue.path(FILE)
    _DEMAND.check(file, f"{where} demand", dict(table))
    if table.get("type", RequestType.HELP) not in RequestType.values:
        raise catalogue.SeedError(
            file, where, f"没有诉求类型 {table['type']}", f"可用：{'、'.join(RequestType.values)}"
        )
    if table.get("reject") not in {None, *RejectReason.values}:
        raise catalogue.SeedError(file, where, f"没有不予受理事由 {table['reject']}", "见 RejectReason")
    return Demand(**table)


@cache
def forced() -> dict[str, Forced]:
    """What each outcome forces, by its id."""
    return {
        one.id: Forced(
            _conduct(f"{one.where} conduct", one.conduct),
            _demand(one.where, one.demand),
            one.until_redo,
            one.until_attempt,
        )
        for one in outcomes().values()
    }


@cache
def plain() -> Conduct:
    """How everybody else behaves in a persona's order."""
    return _conduct("[plain]", everybody())


@cache
def _by_phone() -> dict[str, str]:
    """Whose phone it is: those whose outcome is real, under either style of their number."""
    callers = (PersonaKind.NATURAL, PersonaKind.LEGAL, PersonaKind.UNIT)
    now = [one for one in personas().values() if one.status == PersonaStatus.NOW and one.kind in callers]
    return {phone: one.id for one in now for phone in one.phones}


@cache
def _by_unit() -> dict[str, str]:
    """The outcomes of test units by the units' codes."""
    return {one.unit: one.outcome.id for one in personas().values() if one.unit and one.status == PersonaStatus.NOW}


# orders -------------------------------------------------------------------------------------------------


def notice(work: Work, order: WorkOrder) -> None:
    """Note on an order just received that a persona calls."""
    story: Story | None = work.objects.get((Story, local(order.id)))  # of a new order there is none elsewhere
    persona = _by_phone().get(identity_queries.party(work, order.caller_id).phone)
    if persona is not None:
        if story is None:
            story = work.attach(Story, order)
        story.persona = persona
        work.save(story)
    work.memo.setdefault(STORIES, {})[order.id] = story


def story_of(work: Work, order: WorkOrder) -> Story | None:
    """What the simulation knows of an order, looked up once a turn."""
    try:
        return work.memo[STORIES][order.id]  # type: ignore[no-any-return]
    except KeyError:
        story = work.memo.setdefault(STORIES, {})[order.id] = work.find(Story, order.id)
        return story


def look_up(work: Work, orders: list[WorkOrder]) -> None:
    """Look up the stories of many orders in one query."""
    work.preload(Story, [order.id for order in orders])
    known = work.memo.setdefault(STORIES, {})
    known.update({order.id: work.objects.get((Story, local(order.id))) for order in orders})


def demand(work: Work, order: WorkOrder) -> Demand:
    """What an agent is to make of an order's demand."""
    story = story_of(work, order)
    persona = personas().get(story.persona) if story is not None and story.persona else None
    if persona is None:  # an ordinary caller, or one of an earlier seed
        return _ORDINARY
    return Demand(unit=persona.unit) if persona.unit else forced()[persona.outcome.id].demand


_ORDINARY = Demand()


def conduct(work: Work, order: WorkOrder) -> Profile:
    """How simulated people behave over an order: by the profile, unless a persona calls or a test unit has it."""
    story = story_of(work, order)
    persona = personas().get(story.persona) if story is not None and story.persona else None
    if persona is None and order.unit not in _by_unit():
        return profile(work.sandbox.profile)
    caller = persona.outcome.id if persona is not None and not persona.unit else ""
    if caller and not forced()[caller].holds(order):
        caller = ""
    return _laid_over(work.sandbox.profile, caller, _by_unit().get(order.unit, ""))


@lru_cache(maxsize=1024)
def _laid_over(name: str, caller: str, unit: str) -> Profile:
    """A profile with the plain conduct, then the caller's outcome, then the unit's laid over it."""
    how = profile(name)
    for over in (plain(), *(forced()[outcome].conduct for outcome in (caller, unit) if outcome)):
        for role, values in over.items():
            how = replace(how, **{role: replace(getattr(how, role), **values)})
    return how
