"""Fixtures: a fresh sandbox for each test is the isolation; everything commits for real."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from rest_framework.test import APIClient

from sandbox import actions as sandbox_actions
from sandbox import clock, driver
from sandbox.actors import PEOPLE, SYSTEM
from sandbox.inputs import perform
from sandbox.models import Event
from sandbox.moments import instant
from sandbox.work import Work
from tests.backend import BACKEND
from tests.seeds import Seeds, forget, parsed

_names = itertools.count(1)
START = instant(2022, 9, 1, 9)  # a Thursday


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "database" in getattr(item, "fixturenames", ()):
            item.add_marker("database")


@pytest.fixture(scope="session")
def database(django_db_blocker: Any) -> Iterator[str]:
    """The database of this run, migrated once; tests commit to it for real, each in its own sandbox."""
    with django_db_blocker.unblock():
        call_command("migrate", interactive=False, verbosity=0)
        yield BACKEND


class World:
    """A sandbox and short ways to act in it. All roles are open: nobody moves unless the test does."""

    def __init__(
        self, *, seed: int = 7, start: datetime = START, simulated: bool = False, profile: str = "default"
    ) -> None:
        self.sandbox = sandbox_actions.found(f"test-{next(_names)}", seed=seed, start=start, profile=profile)
        if not simulated:
            with self.work() as work:
                for role in PEOPLE:
                    perform(work, "sandbox.open_role", actor=SYSTEM, args={"role": role})

    def work(self) -> Any:
        return Work.on(self.sandbox)

    @property
    def now(self) -> datetime:
        self.sandbox.refresh_from_db()
        return self.sandbox.now

    def do(self, name: str, *, actor: Any, subject: str = "", **args: Any) -> Any:
        """Perform an outside input."""
        with self.work() as work:
            return perform(work, name, actor=actor, subject=subject, args=args)

    def advance(
        self, *, to: datetime | None = None, until: driver.Until | None = None, chunk: int = 5000, **by: int
    ) -> None:
        """Advance the clock and wait until it stands there."""
        with self.work() as work:
            clock.advance(work, to=to, by=timedelta(**by) if by else None, until=until)
        driver.Driver(self.sandbox, chunk=chunk).drive()
        self.sandbox.refresh_from_db()

    def events(self, type: str | None = None) -> list[Event]:
        found = Event.objects.filter(sandbox=self.sandbox).order_by("number")
        return list(found.filter(type=type) if type else found)

    @property
    def hash(self) -> str:
        self.sandbox.refresh_from_db()
        return self.sandbox.head

    def key(self, actor: str = "owner") -> str:
        return sandbox_actions.give_key(self.sandbox, actor)

    def client(self, acting_as: str = "", *, actor: str = "owner") -> APIClient:
        """An API client with a key of this sandbox."""
        client = APIClient(raise_request_exception=False)
        headers = {"HTTP_AUTHORIZATION": f"Bearer {self.key(actor)}"}
        if acting_as:
            headers["HTTP_ACTING_AS"] = acting_as
        client.credentials(**headers)
        return client


@pytest.fixture
def world(database: str) -> World:
    """A sandbox in which every role is open to the test."""
    return World()


@pytest.fixture
def province(database: str) -> World:
    """A sandbox in which every role is played by the simulation."""
    return World(simulated=True)


@pytest.fixture
def other(database: str) -> World:
    """Somebody else's sandbox."""
    return World(seed=8)


@pytest.fixture
def seeds(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Seeds]:
    """A copy of the seeds, read anew, in which the test breaks something."""
    root = tmp_path / "seeds"
    shutil.copytree(settings.SEEDS_DIR, root)
    settings.SEEDS_DIR = root
    monkeypatch.setattr("sandbox.catalogue.tomllib.loads", parsed)
    forget()
    yield Seeds(root)
    forget()
