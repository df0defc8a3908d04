"""Writing over HTTP: one unit of work a request, and an answer that is given once for an Idempotency-Key."""

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

from rest_framework.response import Response

from sandbox import turns, wall
from sandbox.api.credentials import KeyedRequest
from sandbox.api.shapes import rendered
from sandbox.models import IdempotentAnswer
from sandbox.refusals import Refused
from sandbox.work import Work

_KEY = re.compile(r"[\x21-\x7e]{1,255}")


def write(request: KeyedRequest, do: Callable[[Work], Any], *, status: int = 200) -> Response:
    """Do something in the caller's sandbox and answer with what it returns, rendered in the same commit.

    With an `Idempotency-Key` the answer is kept for 24 hours in that commit: the same request again gets
    it back (`Idempotent-Replayed: true`), another request under the same key is refused.
    """
    key = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if key is not None and not _KEY.fullmatch(key):
        raise Refused(
            "Idempotency-Key 须为 1 至 255 个可见的 ASCII 字符",
            code="bad_idempotency_key",
            status=422,
            field="Idempotency-Key",
            remedy="例如一个 UUID",
        )
    with Work.on(request.sandbox) as work:
        if key is not None and (kept := _kept(request, work, key)):
            return Response(json.loads(kept.body), status=kept.status, headers={"Idempotent-Replayed": "true"})
        body = do(work)
        if key is not None:
            IdempotentAnswer.objects.create(
                sandbox=work.sandbox,
                key=key,
                fingerprint=_fingerprint(request),
                status=status,
                body=rendered(body),
                created_at=wall.now(),
            )
    return Response(body, status=status)


def keep_instead(request: KeyedRequest, body: Any) -> None:
    """Put what a write has led to in the place of the answer kept for its key."""
    if key := request.META.get("HTTP_IDEMPOTENCY_KEY"):
        with turns.service_turn():
            IdempotentAnswer.objects.filter(sandbox=request.sandbox, key=key).update(body=rendered(body))


def _kept(request: KeyedRequest, work: Work, key: str) -> IdempotentAnswer | None:
    kept = IdempotentAnswer.objects.filter(sandbox=work.sandbox, key=key).first()
    if kept is None:
        return None
    if kept.created_at < wall.now() - IdempotentAnswer.KEPT:
        kept.delete()
        return None
    if kept.fingerprint != _fingerprint(request):
        raise Refused(
            "这个 Idempotency-Key 已用于另一个请求",
            code="idempotency_key_reused",
            status=422,
            field="Idempotency-Key",
            remedy="不同的请求请用不同的键",
        )
    return kept


def _fingerprint(request: KeyedRequest) -> str:
    said = json.dumps(request.data, sort_keys=True)
    return hashlib.sha256(f"{request.method} {request.path} {request.actor} {said}".encode()).hexdigest()
