"""Kinds of moments and reactions that live for one test."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sandbox import agenda, events


@pytest.fixture
def kind() -> Iterator[Callable[..., None]]:
    """Register kinds of moments for this test: `kind("test.note", handler, priority=10)`."""
    added: list[str] = []

    def register(name: str, handler: Any, *, model: Any = None, priority: int = 50) -> None:
        agenda.kind(name, model=model._meta.label if model else "", priority=priority)(handler)
        added.append(name)

    yield register
    for name in added:
        agenda.kinds.pop(name, None)


@pytest.fixture
def reacting() -> Iterator[Callable[..., None]]:
    """Register reactions for this test: `reacting("test.happened", function)`."""
    added: list[tuple[str, Any]] = []

    def register(type: str, function: Any) -> None:
        events.on(type)(function)
        added.append((type, function))

    yield register
    for type, function in added:
        events.reactions[type].remove(function)
