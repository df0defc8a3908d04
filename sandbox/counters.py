"""Counters: a declared fold over events, kept in the same flush and recomputed by the same function."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

from sandbox.events import Happened

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from sandbox.models import Counter, Sandbox

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
    rows = _between(sandbox, first, last)
    if region:
        rows = rows.filter(region=region)
    return dict(_summed(rows, "name"))


def by_region(sandbox: "Sandbox", *, first: date | None = None, last: date | None = None) -> dict[str, dict[str, int]]:
    """The same for each region of its own."""
    return _grouped(_summed(_between(sandbox, first, last), "region", "name"))


def by_day(sandbox: "Sandbox", *, first: date | None = None, last: date | None = None) -> dict[date, dict[str, int]]:
    """The same for each day of its own, all regions together."""
    return _grouped(_summed(_between(sandbox, first, last), "day", "name"))


def _between(sandbox: "Sandbox", first: date | None, last: date | None) -> "QuerySet[Counter]":
    from sandbox.models import Counter

    rows = Counter.objects.filter(sandbox=sandbox)
    if first:
        rows = rows.filter(day__gte=first)
    if last:
        rows = rows.filter(day__lte=last)
    return rows


def _summed(rows: "QuerySet[Counter]", *by: str) -> Any:
    from django.db.models import Sum

    return rows.values_list(*by).annotate(total=Sum("value")).order_by(*by)


def _grouped(rows: Iterable[tuple[Any, str, int]]) -> dict[Any, dict[str, int]]:
    found: dict[Any, dict[str, int]] = {}
    for key, name, value in rows:
        found.setdefault(key, {})[name] = value
    return found
