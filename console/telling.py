"""Events in words: who did what to which order, when and where."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from django.db.models import Choices

from console.province import city_name
from console.words import Words
from identity.organisations import unit
from sandbox import canonical
from sandbox.actors import Role
from sandbox.regions import full_name
from workorders.categories import categories
from workorders.numbers import hotline_of, is_number
from workorders.vocabulary import Channel, Deadline, Ending, RejectReason, Satisfied, Solved

if TYPE_CHECKING:
    from sandbox.models import Event

_CHOICES: dict[str, type[Choices]] = {"channel": Channel, "solved": Solved, "ending": Ending, "what": Deadline}


def unit_name(code: str) -> str:
    found = unit(code)
    return found.name if found else code


def actor_name(actor: str, words: Words) -> str:
    role, _, code = actor.partition(":")
    return unit_name(code) if code else words.label(Role, role)


def tell(event: Event, words: Words) -> dict[str, Any]:
    """One event as a line of the stream or of a timeline."""
    data = canonical.loads(event.data)
    of_order = is_number(event.subject)
    hotline = hotline_of(event.subject) if of_order else data.get("hotline")
    sentences = words.texts["event"]
    told = (f"{event.type}.{event.actor}", event.type, "unknown")  # some things are told otherwise of the system
    sentence = next(sentences[one] for one in told if one in sentences)
    said = sentence.format_map(_filled(event, data, words)).strip(" ：:")
    return {
        "number": event.number,
        "type": event.type,
        "moment": words.moment(event.at),
        "full_moment": words.full(event.at),
        "sentence": said[:1].upper() + said[1:],
        "order": event.subject if of_order else "",
        "city": city_name(hotline, words) if hotline else "",
        "late": event.type == "work_order.overdue" or data.get("on_time") is False,
    }


def _filled(event: Event, data: dict[str, Any], words: Words) -> dict[str, Any]:
    """What a sentence may name; what an event does not tell stays empty."""
    filled: defaultdict[str, Any] = defaultdict(str, data)
    filled |= {name: words.label(choices, data.get(name)) for name, choices in _CHOICES.items()}
    filled |= {name: unit_name(data.get(name) or "") for name in ("unit", "suggested_unit")}
    filled["actor"] = actor_name(event.actor, words)
    filled["subject"] = actor_name(event.subject, words) if event.type.startswith("role.") else event.subject
    filled["type"] = event.type
    category = categories().get(data.get("category", ""))
    filled["category"] = category.name if category else ""
    place = full_name(data["region"]) if data.get("region") else ""
    filled["place"] = f"{place} " if place and category else place
    if event.type == "work_order.rejected":
        filled["reject_reason"] = words.label(RejectReason, data.get("reason"))
    if event.type == "work_order.followed_up":
        said = [words.label(Solved, data.get("solved")), words.label(Satisfied, data.get("satisfied"))]
        reached = "、" if words.language == "zh" else ", "
        filled["outcome"] = reached.join(filter(None, said)) if data["reached"] else words.say("event", "not_reached")
    return filled
