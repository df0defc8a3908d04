"""The driver: runs what the agenda holds, in order, in chunks that are one transaction each.

A chunk loads the next entries and their subjects in bulk; what is newly booked joins while it sorts before
the first entry not loaded. A process killed anywhere loses nothing and repeats nothing. Requests take their
turn between chunks.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heappop, heappush
from operator import attrgetter

from django.db import models

from sandbox import agenda, canonical, metrics, store, turns, wall
from sandbox.agenda import Entry
from sandbox.calendar import calendar
from sandbox.events import Happened
from sandbox.ids import local
from sandbox.models import AgendaEntry, Sandbox
from sandbox.moments import CHINA
from sandbox.refusals import SandboxBusy
from sandbox.vocabulary import Clock
from sandbox.work import Work

log = logging.getLogger(__name__)

CHUNK = 50_000  # entries at most; most chunks end sooner, by BUDGET or by what they hold (WINDOW, GROWTH)
BUDGET = 0.15  # seconds of real time after which a chunk ends
BREATH = 0.002  # seconds between chunks in which another process may take its turn
WINDOW = 8_000  # entries that stay loaded from one chunk to the next; later ones wait in the database
HELD = 24_000  # records in memory from which on only those of loaded entries stay
GROWTH = 16_000  # records more in memory after which a chunk ends
PATIENCE = 60.0  # seconds the driver waits for its own turn


@dataclass(frozen=True, slots=True)
class Until:
    """Where an advance stops before its target: at the first event that fits, or when nothing is booked."""

    type: str = ""
    subject: str = ""
    idle: bool = False

    @classmethod
    def parse(cls, text: str) -> Until | None:
        return cls(**canonical.loads(text)) if text else None

    def text(self) -> str:
        return canonical.dumps({"idle": self.idle, "subject": self.subject, "type": self.type})

    def fits(self, happened: Happened) -> bool:
        if self.idle:
            return False
        return self.type in {"", happened.type} and self.subject in {"", happened.subject}


def target_of(sandbox: Sandbox) -> datetime | None:
    """How far the clock should have come by now; None where it stands still."""
    if sandbox.clock == Clock.RUNNING and sandbox.running_from and sandbox.running_since:
        start, end = sandbox.running_from.astimezone(CHINA), calendar().end
        elapsed = int((wall.now() - sandbox.running_since).total_seconds() * sandbox.rate)
        return end if elapsed >= (end - start).total_seconds() else start + timedelta(seconds=max(0, elapsed))
    if sandbox.clock == Clock.FROZEN and sandbox.target is not None:
        return sandbox.target.astimezone(CHINA)
    return None


class Driver:
    """Drives one sandbox; what it holds in memory is used again while nobody else writes."""

    def __init__(
        self, sandbox: Sandbox, *, chunk: int = CHUNK, budget: float = BUDGET, stop_at: int | None = None
    ) -> None:
        self.sandbox, self.chunk, self.budget = sandbox, chunk, budget
        self.stop_at = stop_at  # stop once so many entries have been run since the sandbox was founded
        self.ran = self.chunks = 0
        # how many entries to load: twice what the last chunk ran, so that loading anew after somebody else's
        # write costs about what it is worth
        self._window = 256
        # how many entries a chunk may run: half as many after one that failed, until the culprit is alone; 0 stands
        # for one that has failed alone already, and is tried once more
        self._limit, self._seeking = chunk, False
        self._forget()

    def _forget(self) -> None:
        self._held: Work | None = None
        self._heap: list[int] = []  # the order of each entry: whole numbers, which compare fastest
        self._loaded_entries: dict[int, Entry] = {}  # by their order
        self._horizon: int | None = None  # order of the last entry loaded; None: all are
        self._loaded = False
        self._current: Entry | None = None
        self._begun = 0  # entries of this chunk

    def drive(self, seconds: float | None = None) -> bool:
        """Run chunks until the clock stands where it should, or for so many real seconds (and until one succeeds:
        whoever comes next would have to look for a culprit from the start).

        Returns whether there is nothing left to do for now.
        """
        began = wall.stopwatch()
        while True:
            if self.step():
                return True
            if seconds is not None and not self._seeking and wall.stopwatch() - began >= seconds:
                return False
            wall.pause(BREATH)

    def step(self) -> bool:
        """One chunk. Returns whether there is nothing left to do for now."""
        try:
            done = self._chunk(max(1, self._limit))
        except SandboxBusy:
            return False
        except Exception as error:  # whatever a handler raises: the chunk has been rolled back
            culprit, begun = self._current, self._begun
            self._forget()
            if store.away(error):  # nobody's fault, and worth another try
                metrics.DATABASE_ERRORS.inc()
                raise
            if self._limit:
                log.exception("a chunk of sandbox %s failed; fewer entries are tried", self.sandbox.slug)
                self._limit, self._seeking = begun // 2, True
                return False
            if culprit is None:
                raise
            self._halt(culprit, error)
            return True
        self._limit, self._seeking = min(self.chunk, max(1, 2 * self._limit)), False
        return done

    def _halt(self, culprit: Entry, error: Exception) -> None:
        metrics.HALTS.inc()
        log.exception("sandbox %s is halted at %s %s", self.sandbox.slug, culprit.kind, culprit.subject)
        with Work.on(self.sandbox, wait=PATIENCE) as work:
            work.sandbox.clock = Clock.HALTED
            work.sandbox.halted = canonical.dumps(
                {
                    "kind": culprit.kind,
                    "subject": culprit.subject,
                    "due": culprit.due.astimezone(CHINA).isoformat(),
                    "error": type(error).__name__,
                    "reason": str(error)[:500],
                }
            )
            work.changed = True

    def _chunk(self, limit: int) -> bool:
        """A chunk, with garbage collected after it: inside, nearly everything that is made is kept."""
        collects = gc.isenabled()
        gc.disable()
        try:
            return self._run_chunk(limit)
        finally:
            if collects:
                gc.enable()

    def _run_chunk(self, limit: int) -> bool:
        self._current, self._begun = None, 0
        with Work.on(self.sandbox, wait=PATIENCE, held=self._held) as work:
            if work is not self._held:
                self._forget()
            self._held = None  # until this chunk has been committed
            self.sandbox = sandbox = work.sandbox
            target = target_of(sandbox)
            if target is None:
                return True
            if sandbox.barrier and sandbox.last_event > sandbox.settled:
                sandbox.clock, work.changed = Clock.WAITING, True
                return True
            if self.stop_at is not None:
                limit = min(limit, self.stop_at - sandbox.entries_run)
                if limit <= 0:
                    return True
            until = Until.parse(sandbox.until)
            listening = sandbox.barrier or (until is not None and not until.idle)
            began = wall.stopwatch()
            if not self._loaded:
                self._load(work, max(1, min(self.chunk, self._window)))
            stopped = False
            most = len(work.objects) + GROWTH
            ran = 0
            while ran < limit:
                entry = self._next(work, target)
                if entry is None:
                    break
                if listening:
                    work.heard = []
                self._run(work, entry)
                ran += 1
                if listening and work.heard and self._stops(work, until, work.heard):
                    stopped = True
                    break
                if ran & 255 == 0:
                    work.send_events()
                if ran & 15 == 0 and (wall.stopwatch() - began > self.budget or len(work.objects) > most):
                    break
            self._window = max(64, min(self.chunk, WINDOW, 2 * ran))
            work.heard = None
            sandbox.entries_run += ran
            done = stopped
            if not stopped and self._exhausted(work, target):
                done = True
                # what was waited for will not come where nothing is booked: the clock stays, far from its end
                endless = until is not None and target == calendar().end and not self._heap
                if not endless:
                    work.move_to(max(target, work.now))
                sandbox.target, sandbox.until = None, ""
                work.changed = True
        if ran:
            self.ran, self.chunks = self.ran + ran, self.chunks + 1
            metrics.STEPS.inc(ran)
            metrics.CHUNK_SECONDS.observe(wall.stopwatch() - began)
        self._keep(work)
        return done

    def _stops(self, work: Work, until: Until | None, heard: list[Happened]) -> bool:
        """Whether the clock stands still at what was just heard."""
        sandbox = work.sandbox
        if until is not None and any(until.fits(happened) for happened in heard):
            sandbox.target, sandbox.until = None, ""
            return True
        if sandbox.barrier:
            sandbox.clock = Clock.WAITING
            return True
        return False

    def _run(self, work: Work, entry: Entry) -> None:
        self._current = entry
        self._begun += 1
        kind = agenda.kinds[entry.kind]
        work.move_to(entry.due)
        work.strike(entry)
        work.cause = work.latest = entry.caused_by
        subject = work.get(kind.model, entry.subject) if kind.model is not None else None
        kind.handler(work, subject, canonical.loads(entry.args) if entry.args != "{}" else {})
        work.settle()

    def _next(self, work: Work, target: datetime) -> Entry | None:
        """The next entry that is due and sorts before the first one not loaded."""
        heap, loaded, horizon = self._heap, self._loaded_entries, self._horizon
        if work.booked:
            for entry in work.booked:
                if entry.live and (horizon is None or entry.order <= horizon):
                    loaded[entry.order] = entry
                    heappush(heap, entry.order)
            work.booked = []
        while heap:
            entry = loaded[heap[0]]
            if entry.live and entry.due > target:
                return None
            del loaded[heappop(heap)]
            if entry.live:
                return entry
        return None

    def _exhausted(self, work: Work, target: datetime) -> bool:
        """Whether nothing due is left, loaded or not."""
        if (entry := self._next(work, target)) is not None:
            self._loaded_entries[entry.order] = entry
            heappush(self._heap, entry.order)
            return False
        if self._horizon is None or self._horizon >> 56 > target.timestamp():
            return True
        self._loaded = False  # there is more in the database
        return False

    def _load(self, work: Work, limit: int) -> None:
        rows = list(
            AgendaEntry.objects.filter(sandbox_id=work.sandbox.pk)
            .order_by("due", "priority", "id")
            .values_list("due", "priority", "id", "kind", "subject", "args", "caused_by")[: limit + 1]
        )
        more = len(rows) > limit
        self._heap, self._loaded_entries = [], {}
        work.entries, work.booked = {}, []
        for due, priority, identifier, kind, subject, args, cause in rows[:limit]:
            entry = Entry(due.astimezone(CHINA), priority, local(identifier), kind, subject, args, cause, True)
            work.entries[kind, subject] = entry
            self._loaded_entries[entry.order] = entry
            self._heap.append(entry.order)  # in order already, so a heap
        self._horizon = self._heap[-1] if more else None
        self._loaded = True
        self._preload(work)

    def _preload(self, work: Work) -> None:
        """Bring the subjects of the loaded entries into memory, and what goes with them; where too much is
        held already, nothing else stays."""
        if len(work.objects) > HELD:
            held, work.objects = work.objects, {}
            self._bring(work, lambda model, numbers: work.hold(held, model, numbers))
            held.clear()
        self._bring(work, work.preload)

    def _bring(self, work: Work, bring: Callable[[type[models.Model], Iterable[int]], None]) -> None:
        wanted: dict[type[models.Model], set[int]] = {}
        together: dict[type[models.Model], set[str]] = {}
        for entry in self._loaded_entries.values():
            kind = agenda.kinds.get(entry.kind)  # one that is not known halts the clock when its turn comes
            if kind is not None and kind.model is not None:
                wanted.setdefault(kind.model, set()).add(entry.subject)
                together.setdefault(kind.model, set()).update(kind.together)
                for model in kind.alongside:
                    wanted.setdefault(model, set()).add(entry.subject)
        for model, numbers in wanted.items():
            bring(model, numbers)
        for model, names in together.items():
            for name in sorted(names):
                field = model._meta.get_field(name)
                records = (work.objects[model, number] for number in wanted[model] if (model, number) in work.objects)
                targets = {getattr(record, field.attname) for record in records}  # type: ignore[union-attr]
                bring(field.related_model, targets - {None})  # type: ignore[arg-type]

    def _keep(self, work: Work) -> None:
        """What is worth holding after a commit: records up to a limit, and the entries still loaded."""
        if not self._loaded:
            work.entries = {}
        else:
            booked = [entry for entry in work.entries.values() if self._horizon is None or entry.order <= self._horizon]
            if len(booked) > WINDOW:  # the later ones are in the database, to be loaded when their time comes
                booked.sort(key=_in_order)
                self._horizon = booked[WINDOW - 1].order
                del booked[WINDOW:]
                self._heap = [entry.order for entry in booked]
                self._loaded_entries = {entry.order: entry for entry in booked}
                work.booked = []
            work.entries = {(entry.kind, entry.subject): entry for entry in booked}
            if len(work.objects) > HELD:
                self._preload(work)
        self._held = work


_in_order = attrgetter("order")


def advance(sandbox: Sandbox, *, chunk: int = CHUNK, seconds: float | None = None) -> bool:
    """Bring a sandbox to where its clock should stand, unless somebody else is doing so.

    Returns whether it stands there. Drives for at most `seconds` of real time.
    """
    began = wall.stopwatch()
    while True:
        with turns.seat(sandbox.pk) as mine:
            if mine:
                left = None if seconds is None else seconds - (wall.stopwatch() - began)
                return Driver(sandbox, chunk=chunk).drive(left)
        current = Sandbox.objects.filter(pk=sandbox.pk).first()
        if current is None or target_of(current) is None:
            return True
        if seconds is not None and wall.stopwatch() - began >= seconds:
            return False
        wall.pause(0.02)
