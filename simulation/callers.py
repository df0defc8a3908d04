"""Simulated callers: when they call, what about, and in which words."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from sandbox.draws import Draw
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


@cache
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
    matter, caller = Draw(seed, number, "matter"), Draw(seed, number, "caller")
    if matter.happens(profile.caller.must_be_refused):
        pattern = matter.one_of(refused)
    else:
        pattern = matter.one_of(by_type[matter.weighted(profile.types)])
    region = caller.one_of(_counties(caller.weighted(profile.cities)))
    said = _said(region, caller.below(3))
    channel = caller.weighted(profile.channels)
    return Call(
        text=pattern.words(matter, said),
        place=said if caller.happens(profile.caller.gives_place) else "",
        channel=channel,
        type=pattern.type,
        category=pattern.category,
        region=region,
        reject=pattern.reject,
        confidential=pattern.type == RequestType.REPORT and caller.happens(profile.caller.confidential_reports),
        states_type=channel != Channel.PHONE,
    )


def arrival(profile: Profile, seed: int, start: datetime, index: int, orders: int, days: int) -> datetime:
    """When the index-th of so many calls comes that arrive over so many days: by the shape of the day, whole
    seconds, never before the one before it."""
    cumulated = profile.shape
    scale = 1 << 20
    position = index * scale + Draw(seed, f"call-{index}", "arrival").below(scale)
    # weight since the midnight before the start, as a fraction: what of that day had passed at the start, and
    # then position / (orders · scale) as a share of days · the day's total weight
    midnight = start.replace(hour=0, minute=0, second=0)
    hour, second = divmod(int((start - midnight).total_seconds()), HOUR)
    passed = cumulated[hour] * HOUR + profile.hours[hour] * second
    whole = orders * scale * HOUR
    weight, rest = divmod(passed * orders * scale + position * days * cumulated[-1] * HOUR, whole)
    day, weight = divmod(weight, cumulated[-1])
    hour = bisect_right(cumulated, weight) - 1
    within = ((weight - cumulated[hour]) * whole + rest) * HOUR // (profile.hours[hour] * whole)
    return midnight + timedelta(seconds=day * DAY + hour * HOUR + within)
