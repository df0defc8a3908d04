"""Outside inputs: everything the outside may do to the world, by name, journalled before it is done.

An interface never calls an action that writes directly: it performs an input, so that the journal holds
all of them and a run can be replayed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sandbox.actors import Actor

if TYPE_CHECKING:
    from sandbox.work import Work

Perform = Callable[["Work", Actor, str, dict[str, Any]], Any]
_inputs: dict[str, Perform] = {}


def accepts(name: str) -> Callable[[Perform], Perform]:
    """Register an input: `function(work, actor, subject number or "", args)`. Args are JSON values."""

    def register(function: Perform) -> Perform:
        _inputs[name] = function
        return function

    return register


def perform(work: Work, name: str, *, actor: Actor, subject: str = "", args: dict[str, Any]) -> Any:
    """Journal an input and do it, with everything that follows from it at once."""
    work.cause = work.latest = None
    work.journal(name, subject=subject, actor=actor, args=args)
    result = _inputs[name](work, actor, subject, args)
    work.settle()
    return result
