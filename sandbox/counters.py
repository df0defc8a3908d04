"""Counters: a declared fold over events, kept in the same flush and recomputed by the same function."""

from collections import defaultdict
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from sandbox.events import Happened

if TYPE_CHECKING:
    from sandbox.models import Sandbox

# the region an event counts for, and the names it adds one to
Counted = tuple[str, list[str]]
Fold = Callable[[Happened], Counted]
Tally = dict[tuple[date, str], dict[str, int]]  # (day, region) → name → how many
_folds: dict[str, list[Fold]] = defaultdict(list)


def counts(*types: str) -> Callable[[Fold], Fold]:
    """Declare what events of these types add to the counters."""

    def register(function: Fold) -> Fold:
        for type in types:
            _folds[type].append(function)
        return function

    return register


def fold(tally: Tally, day: date, happened: Happened) -> None:
    """Add one event to a tally."""
    for function in _folds.get(happened.type, ()):
        region, names = function(happened)
        here = tally.get((day, region))
        if here is None:
            here = tally[day, region] = {}
        for name in names:
            here[name] = here.get(name, 0) + 1


def totals(
    sandbox: "Sandbox", *, first: date | None = None, last: date | None = None, region: str | None = None
) -> dict[str, int]:
    """Every counter of a sandbox summed by name, over a span of days (both included) and a city."""
    from django.db.models import Sum

    from sandbox.models import Counter

    rows = Counter.objects.filter(sandbox=sandbox)
    if first:
        rows = rows.filter(day__gte=first)
    if last:
        rows = rows.filter(day__lte=last)
    if region:
        rows = rows.filter(region=region)
    return dict(rows.values_list("name").annotate(total=Sum("value")).order_by("name"))
