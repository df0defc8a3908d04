"""Simulated callers: when they call, what about, and in which words."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from sandbox.draws import below, between, draw, happens, weighted
from sandbox.regions import full_name, regions
from simulation.profiles import Profile
from simulation.texts import patterns
from workorders.vocabulary import Channel, RequestType

DAY = 86_400
HOUR = 3_600


@dataclass(frozen=True, slots=True)
class Call:
    """One simulated call: what is said, and what it is really about."""

    text: str
    place: str
    channel: str
    type: str
    category: str
    region: str
    reject: int | None
    confidential: bool
    states_type: bool


@cache
def _counties(city: str) -> list[str]:
    return [code for code, region in regions().items() if region.parent == city] or [city]


def _said(region: str, style: int) -> str:
    """A place the way people say it: 广州市天河区, 广州天河, 天河区."""
    here = regions()[region]
    if here.level == "city":
        return here.name if style else here.short_name
    city = regions()[here.parent]
    return (full_name(region).removeprefix("广东省"), city.short_name + here.short_name, city.short_name + here.name)[
        style
    ]


def call(profile: Profile, seed: int, number: str) -> Call:
    """The call of a number: the same one every time it is asked for."""
    by_type, refused = patterns()
    if happens(profile.caller.must_be_refused, draw(seed, number, "refusable")):
        pattern = refused[below(len(refused), draw(seed, number, "pattern"))]
    else:
        listed = by_type[weighted(profile.types, draw(seed, number, "type"))]
        pattern = listed[below(len(listed), draw(seed, number, "pattern"))]
    counties = _counties(weighted(profile.cities, draw(seed, number, "city")))
    region = counties[below(len(counties), draw(seed, number, "county"))]
    said = _said(region, below(3, draw(seed, number, "style")))
    channel = weighted(profile.channels, draw(seed, number, "channel"))
    return Call(
        text=pattern.words(seed, number, said),
        place=said if happens(profile.caller.gives_place, draw(seed, number, "place")) else "",
        channel=channel,
        type=pattern.type,
        category=pattern.category,
        region=region,
        reject=pattern.reject,
        confidential=pattern.type == RequestType.REPORT
        and happens(profile.caller.confidential_reports, draw(seed, number, "confidential")),
        states_type=channel != Channel.PHONE,
    )


@cache
def _shape(hours: tuple[int, ...]) -> tuple[int, ...]:
    """Cumulated weights of the hours of a day."""
    total, cumulated = 0, [0]
    for weight in hours:
        total += weight
        cumulated.append(total)
    return tuple(cumulated)


def arrival(profile: Profile, seed: int, start: datetime, index: int, orders: int, days: int) -> datetime:
    """When the index-th of so many calls comes that arrive over so many days: by the shape of the day, whole
    seconds, never before the one before it."""
    cumulated = _shape(profile.hours)
    scale = 1 << 20
    position = index * scale + between(0, scale - 1, draw(seed, f"call-{index}", "arrival"))
    # position / (orders · scale) is a share of days · the day's total weight
    weight, rest = divmod(position * days * cumulated[-1], orders * scale)
    day, weight = divmod(weight, cumulated[-1])
    hour = next(hour for hour in range(24) if weight < cumulated[hour + 1])
    within = ((weight - cumulated[hour]) * orders * scale + rest) * HOUR // (profile.hours[hour] * orders * scale)
    return start + timedelta(seconds=day * DAY + hour * HOUR + within)
