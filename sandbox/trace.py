"""Whom the present line of the log is about: the request, the sandbox, the role. Never a person.

Each is set by whoever knows it first and forgotten when the request (or the hint) is over.
"""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")
sandbox: ContextVar[str] = ContextVar("sandbox", default="")
role: ContextVar[str] = ContextVar("role", default="")
HEADER = "X-Request-ID"
_SANE = re.compile(r"[A-Za-z0-9_-]{1,64}")


def named(given: str) -> str:
    """The id a caller gave the request, or a new one where there is none or it could be anything."""
    return given if _SANE.fullmatch(given) else secrets.token_hex(8)


@contextmanager
def of(identifier: str) -> Iterator[None]:
    """Everything in the block goes back to this request."""
    tokens = [
        (variable, variable.set(value)) for variable, value in ((request_id, identifier), (sandbox, ""), (role, ""))
    ]
    try:
        yield
    finally:
        for variable, token in tokens:
            variable.reset(token)
