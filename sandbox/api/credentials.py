"""Keys: `Authorization: Bearer sk_…` names the sandbox and who acts in it.

An owner's key may act as anybody with `Acting-As: department:440106-cg` (without it, as a citizen) and
control the sandbox itself; any other key is one role for good.
"""

from datetime import timedelta
from typing import Any, cast

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from sandbox import trace, wall
from sandbox.actions import OWNER, key_digest
from sandbox.actors import Actor, Role, person
from sandbox.models import ApiKey, Sandbox
from sandbox.refusals import Refused

SEEN_EVERY = 30  # seconds


class Caller:
    """Whoever holds a key."""

    is_authenticated = True

    def __init__(self, key: ApiKey) -> None:
        self.owner = key.actor == OWNER


class KeyedRequest(Request):
    """A request whose key has been recognised: which sandbox, and who acts."""

    sandbox: Sandbox
    actor: Actor


class KeyAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[Caller, ApiKey] | None:
        header = request.META.get("HTTP_AUTHORIZATION", "")
        if not header:
            return None
        scheme, _, secret = header.partition(" ")
        if scheme.lower() != "bearer" or not secret.isascii():
            raise AuthenticationFailed("凭证应写成 Bearer sk_…")
        key = ApiKey.objects.select_related("sandbox").filter(digest=key_digest(secret.strip())).first()
        if key is None:
            raise AuthenticationFailed("没有这个密钥")
        trace.sandbox.set(key.sandbox.slug)
        seen(key.sandbox)
        keyed = cast(KeyedRequest, request)
        keyed.sandbox, keyed.actor = key.sandbox, _actor(request, key)
        trace.role.set(keyed.actor.role)
        return Caller(key), key

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="yueyan"'


def _actor(request: Request, key: ApiKey) -> Actor:
    wanted = request.META.get("HTTP_ACTING_AS", "").strip()
    if key.actor == OWNER:
        return person(wanted, field="Acting-As") if wanted else Actor(Role.CITIZEN)
    own = person(key.actor, field="Acting-As")
    if wanted and wanted != str(own):
        raise Refused(
            f"这个密钥只能以 {own} 行事",
            code="acting_as_not_allowed",
            status=403,
            field="Acting-As",
            remedy="请去掉 Acting-As",
        )
    return own


def seen(sandbox: Sandbox) -> None:
    """Note that somebody looks, so that a province nobody looks at may fall asleep; at most twice a minute."""
    now = wall.now()
    every = timedelta(seconds=min(SEEN_EVERY, sandbox.idle_after / 2))
    if sandbox.idle_after and (sandbox.seen_at is None or now - sandbox.seen_at > every):
        Sandbox.objects.filter(pk=sandbox.pk).update(seen_at=now)


class HasKey(BasePermission):
    def has_permission(self, request: Request, view: Any) -> bool:
        return isinstance(request.user, Caller)


class IsOwner(HasKey):
    message = "只有沙箱的所有者密钥可以这样做"

    def has_permission(self, request: Request, view: Any) -> bool:
        return isinstance(request.user, Caller) and request.user.owner


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "sandbox.api.credentials.KeyAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "沙箱的密钥，形如 sk_…"}
