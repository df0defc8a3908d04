"""What other apps may ask about a sandbox."""

from django.db.models import QuerySet

from sandbox.actions import key_digest
from sandbox.ids import within
from sandbox.models import ApiKey, Event, Sandbox


def events(sandbox: Sandbox, *, after: int = 0) -> QuerySet[Event]:
    """The events of a sandbox after a number, in their order."""
    return Event.objects.filter(**within(sandbox.pk, after=after)).order_by("id")


def timeline(sandbox: Sandbox, subject: str) -> QuerySet[Event]:
    """What happened to one subject, in order (经过)."""
    return Event.objects.filter(sandbox=sandbox, subject=subject).order_by("number")


def by_slug(slug: str) -> Sandbox | None:
    return Sandbox.objects.filter(slug=slug).first()


def opens(sandbox: Sandbox, secret: str) -> bool:
    """Whether a key opens a sandbox."""
    return ApiKey.objects.filter(sandbox=sandbox, digest=key_digest(secret)).exists()


def holder(digest: str) -> tuple[Sandbox, str] | None:
    """The sandbox a key belongs to and who acts with it (`owner`, or one role), by the key's digest."""
    key = ApiKey.objects.select_related("sandbox").filter(digest=digest).first()
    return None if key is None else (key.sandbox, key.actor)


def free_slug(prefix: str) -> str:
    """`prefix-1`, `prefix-2` …: the first name no sandbox has."""
    taken = set(Sandbox.objects.filter(slug__startswith=f"{prefix}-").values_list("slug", flat=True))
    return next(slug for slug in (f"{prefix}-{position}" for position in range(1, len(taken) + 2)) if slug not in taken)
