"""Counters: a declared fold over events, kept in the same flush and recomputed by the same function."""

from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date
from typing import TYPE_CHECKING

from sandbox.events import Happened

if TYPE_CHECKING:
    from sandbox.models import Sandbox

# (name, region, by how much)
Count = tuple[str, str, int]
Fold = Callable[[Happened], Iterable[Count]]
_folds: dict[str, list[Fold]] = defaultdict(list)


def counts(*types: str) -> Callable[[Fold], Fold]:
    """Declare what events of these types add to the counters."""

    def register(function: Fold) -> Fold:
        for type in types:
            _folds[type].append(function)
        return function

    return register


def fold(tally: "Tally[tuple[date, str, str]]", day: date, happened: Happened) -> None:
    """Add one event to a tally of (day, region, name)."""
    for function in _folds.get(happened.type, ()):
        for name, region, by in function(happened):
            tally[day, region, name] += by


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
