"""What is done to a sandbox as a whole: founding it, giving keys, leaving roles open, overriding rules."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import datetime
from typing import Any

from django.db import IntegrityError

from sandbox import canonical, catalogue, turns, wall
from sandbox.actors import Actor, person
from sandbox.calendar import calendar
from sandbox.inputs import accepts
from sandbox.models import ApiKey, Sandbox
from sandbox.moments import iso
from sandbox.refusals import Refused
from sandbox.rules import brought_by, check_override
from sandbox.work import Work

OWNER = "owner"
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


def found(
    slug: str, *, seed: int, start: datetime, profile: str = "default", name: str = "", idle_after: int = 0
) -> Sandbox:
    """Found a sandbox: a province at an instant, with nobody having called yet. Its clock is frozen.

    Raises Refused `bad_slug`, `unknown_profile`, `slug_taken`, `beyond_calendar`, `seed_range`.
    """
    if not calendar().first <= start.date() <= calendar().last:
        raise Refused(
            f"起始时刻须在工作日历之内（{calendar().first} 至 {calendar().last}）",
            code="beyond_calendar",
            status=422,
            field="start",
            remedy="请改用日历之内的时刻",
        )
    if not _SLUG.fullmatch(slug):
        raise Refused(
            "沙箱的名字须为 1 至 40 个小写字母、数字或连字符，以字母或数字开头",
            code="bad_slug",
            status=422,
            field="slug",
            remedy="例如 class-3",
        )
    overrides = brought_by(profile)
    if not 0 <= seed < 1 << 63:
        raise Refused("种子须为 0 至 2⁶³−1 的整数", code="seed_range", status=422, field="seed", remedy="请换一个种子")
    start = start.replace(microsecond=0)
    try:
        with turns.service_turn():
            sandbox = Sandbox.objects.create(
                slug=slug,
                name=name,
                seed=seed,
                profile=profile,
                catalogue=catalogue.fingerprint(),
                created_at=wall.now(),
                start=start,
                now=start,
                idle_after=idle_after,
                overrides=canonical.dumps(overrides),
            )
    except IntegrityError:
        raise Refused(f"已有名为 {slug} 的沙箱", code="slug_taken", field="slug", remedy="请换一个名字") from None
    with Work.on(sandbox) as work:
        work.record(
            "sandbox.founded", "sandbox", seed=seed, profile=profile, start=iso(start), catalogue=sandbox.catalogue
        )
    return work.sandbox


def give_key(sandbox: Sandbox, actor: str = OWNER) -> str:
    """Give a key to a sandbox, for its owner or for one role (and unit) only. Shown once, never kept."""
    if actor != OWNER:
        actor = str(person(actor, field="actor"))
    secret = "sk_" + secrets.token_urlsafe(32)
    with turns.service_turn():
        ApiKey.objects.create(
            sandbox=sandbox, digest=key_digest(secret), prefix=secret[:8], actor=actor, created_at=wall.now()
        )
    return secret


def key_digest(secret: str) -> str:
    """A key has 256 random bits, so a plain digest of it gives nothing away."""
    return hashlib.sha256(secret.encode()).hexdigest()


def delete(sandbox: Sandbox) -> None:
    """Remove a sandbox with everything in it."""
    with turns.turn(sandbox.pk, wait=60):
        Sandbox.objects.filter(pk=sandbox.pk).delete()


@accepts("sandbox.open_role")
def open_role(work: Work, actor: Actor, subject: str, args: dict[str, Any]) -> None:
    """Leave a role, or one unit's, open to people; what the simulation had booked for it is dropped."""
    role = str(person(args["role"], field="role", without_unit=True))
    _set_roles(work, work.open_roles | {role})
    work.record("role.opened", role, actor=actor)


@accepts("sandbox.close_role")
def close_role(work: Work, actor: Actor, subject: str, args: dict[str, Any]) -> None:
    """Give a role back to the simulation, which books what there is to do for it."""
    role = str(person(args["role"], field="role", without_unit=True))
    if role not in work.open_roles:
        raise Refused(
            f"{role} 本来就由模拟扮演", code="role_not_open", field="role", remedy="GET /api/v1/sandbox 可见开放的角色"
        )
    _set_roles(work, work.open_roles - {role})
    work.record("role.closed", role, actor=actor)


def _set_roles(work: Work, roles: frozenset[str]) -> None:
    work.open_roles = roles
    work.sandbox.open_roles = canonical.dumps(sorted(roles))
    work.changed = True


@accepts("sandbox.override_rule")
def override_rule(work: Work, actor: Actor, subject: str, args: dict[str, Any]) -> None:
    """Set a rule of this sandbox to a value of its own, or with None back to the rule book's.

    It applies to what is decided from now on; deadlines already set stay as they are.
    """
    key, value = args["key"], args["value"]
    overrides = canonical.loads(work.sandbox.overrides)
    if value is None:
        overrides.pop(key, None)
    else:
        overrides[key] = check_override(key, value)
    work.override_rules(overrides)
    work.record("rule.overridden", key, actor=actor, value=value)
