"""Kinds of moments and reactions, and copies of the seeds, that live for one test."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox import agenda, events
from tests.sandbox.seeds import Seeds, forget


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


@pytest.fixture
def seeds(tmp_path: Path, settings: Any) -> Iterator[Seeds]:
    """A copy of the seeds, read anew, in which the test breaks something."""
    root = tmp_path / "seeds"
    shutil.copytree(settings.SEEDS_DIR, root)
    settings.SEEDS_DIR = root
    forget()
    yield Seeds(root)
    forget()
