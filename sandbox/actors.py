"""Who acts: a role, and for a department which unit. Written `department:440100-cg`, `citizen`, `system`."""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.db.models import TextChoices

from sandbox.canonical import shown
from sandbox.refusals import Refused


class Role(TextChoices):
    """The roles of the hotline's closed loop; each is played by the simulation or left open to people."""

    CITIZEN = "citizen", "诉求人"
    AGENT = "agent", "话务员"
    DISPATCHER = "dispatcher", "派单员"
    DEPARTMENT = "department", "承办单位"
    REVIEWER = "reviewer", "审核员"
    FOLLOW_UP = "follow_up", "回访员"
    SYSTEM = "system", "系统"


PEOPLE = [role for role in Role if role != Role.SYSTEM]


@dataclass(frozen=True, slots=True)
class Actor:
    role: str
    unit: str = ""
    text: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        role = str(self.role)  # plain text, which compares faster than a choice
        object.__setattr__(self, "role", role)
        object.__setattr__(self, "text", f"{role}:{self.unit}" if self.unit else role)

    def __str__(self) -> str:
        return self.text


SYSTEM = Actor(Role.SYSTEM)

# identity says which units there are; the ground only asks
unit_exists: list[Callable[[str], bool]] = []


def person(text: str, *, field: str, without_unit: bool = False) -> Actor:
    """The actor a text names. Raises Refused for a role or unit there is not.

    `without_unit` allows `department` alone: every unit of the sandbox.
    """
    role, colon, unit = text.partition(":")
    if role not in PEOPLE:
        raise Refused(
            f"没有角色“{shown(role)}”",
            code="unknown_role",
            status=422,
            field=field,
            remedy=f"可用：{'、'.join(PEOPLE)}",
        )
    if role != Role.DEPARTMENT and colon:
        raise Refused("只有 department 带单位代码", code="unknown_role", status=422, field=field, remedy=f"请写 {role}")
    if role == Role.DEPARTMENT and not unit and (colon or not without_unit):
        raise Refused(
            "承办单位须写明单位代码",
            code="unit_missing",
            status=422,
            field=field,
            remedy="例如 department:440106-cg，见 GET /api/v1/units",
        )
    if unit and not all(exists(unit) for exists in unit_exists):
        raise Refused(
            f"没有单位“{shown(unit)}”",
            code="unknown_unit",
            status=422,
            field=field,
            remedy="GET /api/v1/units 列出全部单位",
        )
    return Actor(role, unit)
