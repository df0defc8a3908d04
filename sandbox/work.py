"""The unit of work: the one write path of the world.

A sandbox has one writer at a time. Actions check everything first, then change objects in memory; leaving
the block writes them table by table, with the events they left, in one transaction at one instant.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar

from django.db import models

from sandbox import agenda, canonical, counters, events, store, turns
from sandbox.actors import SYSTEM, Actor
from sandbox.agenda import Entry
from sandbox.draws import Draw
from sandbox.events import Happened
from sandbox.ids import LOCAL_BITS, LOCAL_MASK
from sandbox.models import AgendaEntry, Counter, Event, JournalBody, JournalEntry, Sandbox
from sandbox.moments import CHINA, iso
from sandbox.refusals import NotFound
from sandbox.rules import RuleBook

M = TypeVar("M", bound=models.Model)
Held = dict[tuple[type[models.Model], int], Any]  # records in memory, by their model and local number


class Work:
    """What one writer does in one sandbox at one instant (`now`), or, for the driver, at one after another."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.objects: Held = {}
        self.entries: dict[tuple[str, int], Entry] = {}
        self.booked: list[Entry] = []  # newly booked since the driver last looked
        self._begin(sandbox)

    def _begin(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.sandbox_id: int = sandbox.pk
        self.prefix = self.sandbox_id << LOCAL_BITS
        self.seed = sandbox.seed
        self.now = sandbox.now.astimezone(CHINA)  # the simulated instant; see `move_to`
        self._now_iso = iso(self.now)
        self._now_stored = store.instant_text(self.now, self._now_iso)
        self._day = self.now.date()
        self.rules = RuleBook(canonical.loads(sandbox.overrides))
        self.open_roles: frozenset[str] = frozenset(canonical.loads(sandbox.open_roles))
        self.sequences: dict[str, int] = canonical.loads(sandbox.sequences)
        self.cause: int | None = None  # the event that what happens now goes back to
        self.latest: int | None = None  # the event that what is booked now goes back to
        self.heard: list[Happened] | None = None  # what is recorded, for a driver that listens
        self.changed = False
        self.memo: dict[str, Any] = {}  # what was looked up and holds until the turn ends
        self._new: dict[type[models.Model], list[Any]] = {}
        self._dirty: dict[type[models.Model], dict[int, Any]] = {}
        self._events: list[store.Row] = []
        self._tally: counters.Tally = {}
        self._unreacted: deque[tuple[Happened, Any]] = deque()
        self._touched: set[tuple[str, int]] = set()
        self._stream = store.Stream(_EVENTS, _event_line)

    @classmethod
    @contextmanager
    def on(cls, sandbox: Sandbox, *, wait: float = turns.WAIT, held: Work | None = None) -> Iterator[Work]:
        """Take a turn in a sandbox; leave by writing everything, or nothing if an exception passes.

        `held` is the unit of work this writer left before: what it has in memory is used again if nobody
        wrote in between. Raises SandboxBusy after `wait` seconds, NotFound if the sandbox is gone.
        """
        with turns.turn(sandbox.pk, wait):
            fresh = Sandbox.objects.filter(pk=sandbox.pk).first()
            if fresh is None:
                raise NotFound("沙箱", sandbox.slug)
            if held is not None and held.sandbox.version == fresh.version and held.sandbox.pk == fresh.pk:
                work = held
                work._begin(fresh)
            else:
                work = cls(fresh)
            try:
                yield work
                work.settle()
                work.finish()
            except BaseException as error:
                work._stream.abandon(error)
                raise

    # time -----------------------------------------------------------------------------------------------

    def move_to(self, moment: datetime) -> None:
        """Let the clock reach an instant; only the driver and the clock's own actions do this."""
        if moment != self.now:
            if moment < self.now:
                raise ValueError(f"the clock cannot go back from {self.now} to {moment}")
            self.now = moment if moment.tzinfo is CHINA else moment.astimezone(CHINA)
            self._now_iso = self.now.isoformat()
            self._now_stored = store.instant_text(self.now, self._now_iso)
            today = self.now.date()
            if today != self._day:  # one object a day: its hash is made once
                self._day = today
            self.changed = True

    def draw(self, number: str, kind: str, attempt: int = 0) -> Draw:
        """A seeded draw for a record of this sandbox."""
        return Draw(self.seed, number, kind, attempt)

    def override_rules(self, overrides: dict[str, int]) -> None:
        self.sandbox.overrides = canonical.dumps(overrides)
        self.rules = RuleBook(overrides)
        self.changed = True

    # records --------------------------------------------------------------------------------------------

    def next_number(self, sequence: str) -> int:
        """The next whole number of a sequence of this sandbox, from 1."""
        number = self.sequences.get(sequence, 0) + 1
        self.sequences[sequence] = number
        return number

    def new(self, model: type[M], **fields: Any) -> M:
        """A new record, whose id is known at once."""
        table = store.table(model)
        number = self.next_number(table.label)
        fields["id"], fields["sandbox_id"] = self.prefix | number, self.sandbox_id
        record: M = table.make(fields)
        self.objects[model, number] = record
        self._new.setdefault(model, []).append(record)
        self.changed = True
        return record

    def attach(self, model: type[M], to: models.Model, **fields: Any) -> M:
        """A new record that goes with another one and shares its number."""
        fields["id"], fields["sandbox_id"] = to.pk, self.sandbox_id
        record: M = store.table(model).make(fields)
        self.objects[model, to.pk & LOCAL_MASK] = record
        self._new.setdefault(model, []).append(record)
        self.changed = True
        return record

    def save(self, record: Any) -> None:
        """Remember that a record has changed."""
        identifier: int = record.id
        model = type(record)
        self.objects[model, identifier & LOCAL_MASK] = record
        self._dirty.setdefault(model, {})[identifier] = record
        self.changed = True

    def get(self, model: type[M], number: int) -> M:
        """A record by its id or its number in this sandbox, as it is at this instant."""
        key = (model, number & LOCAL_MASK)
        found = self.objects.get(key)
        if found is None:
            found = model._default_manager.filter(pk=self.prefix | key[1]).first()
            if found is None:
                raise NotFound(str(model._meta.verbose_name), str(key[1]))
            self.objects[key] = found
        return found  # type: ignore[no-any-return]

    def find(self, model: type[M], number: int) -> M | None:
        """A record by its number in this sandbox, or None if there is none."""
        try:
            return self.get(model, number)
        except NotFound:
            return None

    def query(self, queryset: models.QuerySet[M]) -> list[M]:
        """Run a query over the world as it is at this instant: what is pending is written first, and
        records already held come back as the objects they are held as."""
        self.flush()
        found = []
        for record in queryset.filter(sandbox_id=self.sandbox.pk):
            found.append(self.objects.setdefault((type(record), record.pk & LOCAL_MASK), record))
        return found

    def hold(self, held: Held, model: type[models.Model], numbers: Iterable[int]) -> None:
        """Keep some of the records that were held before."""
        keys = ((model, number & LOCAL_MASK) for number in numbers)
        self.objects.update({key: held[key] for key in keys if key in held})

    def preload(self, model: type[models.Model], numbers: Iterable[int]) -> None:
        """Bring records into memory in bulk."""
        missing = {number & LOCAL_MASK for number in numbers}
        missing = {number for number in missing if (model, number) not in self.objects}
        for record in store.table(model).load(self.prefix | number for number in sorted(missing)):
            self.objects[model, record.id & LOCAL_MASK] = record

    # events ---------------------------------------------------------------------------------------------

    def record(self, type: str, subject: Any, /, *, actor: Actor | None = None, **data: Any) -> Happened:
        """Leave one event: numbered, chained, counted, and shown to those who react to it.

        `subject` is a record with a `number`, or that number. `data` holds public numbers and plain
        values, never names, documents, phones or free text, and never a float.
        """
        if not _PLAIN.issuperset(map(_type, data.values())):
            canonical.refuse_floats(type, data)
        sandbox, cause = self.sandbox, self.cause
        number = sandbox.last_event = sandbox.last_event + 1
        public = subject if subject.__class__ is str else subject.number
        by = (actor or SYSTEM).text
        text = canonical.dumps(data)
        head = events.chained(sandbox.head, events.line(number, type, public, self._now_iso, by, cause, text))
        sandbox.head = head
        self._events.append(
            (
                self.prefix | number, self.sandbox_id, number, type, public, self._now_stored, by, cause, text, head,
            )
        )  # fmt: skip
        self.latest = number
        happened = Happened(number, type, public, self.now, by, cause, data)
        counters.fold(self._tally, self._day, happened)
        if type in events.reactions:
            self._unreacted.append((happened, subject))
        if self.heard is not None:
            self.heard.append(happened)
        self.changed = True
        return happened

    def settle(self) -> None:
        """Let those who react to what happened do so, until nothing more happens."""
        outer = self.cause
        while self._unreacted:
            happened, subject = self._unreacted.popleft()
            self.cause = self.latest = happened.number
            for reaction in events.reactions[happened.type]:
                reaction(self, happened, subject)
        self.cause = outer

    def journal(self, action: str, *, subject: str = "", actor: Actor, args: dict[str, Any]) -> None:
        """Keep an accepted outside input, so that the run can be replayed."""
        number = self.next_number("sandbox.journalentry")
        identifier = self.prefix | number
        shared = {"id": identifier, "sandbox_id": self.sandbox.pk}
        self._new.setdefault(JournalEntry, []).append(
            JournalEntry(
                **shared,
                number=number,
                after_event=self.sandbox.last_event,
                after_entry=self.sandbox.entries_run,
                at=self.now,
                action=action,
                subject=subject,
                actor=str(actor),
            )
        )
        self._new.setdefault(JournalBody, []).append(JournalBody(**shared, args=canonical.dumps(args)))
        self.changed = True

    # the agenda -----------------------------------------------------------------------------------------

    def later(self, moment: datetime, kind: str, subject: Any = None, **args: Any) -> None:
        """Book a moment. There is one live entry for a kind and a subject: booking again replaces it."""
        number = subject.id & LOCAL_MASK if subject is not None else 0
        key = (kind, number)
        before = self.entries.get(key)
        if before is not None:
            before.live = False
            stored = before.stored
        else:  # of a record not written yet nothing can be booked in the database
            stored = False if subject is not None and subject._state.adding else None
        entry = self.entries[key] = Entry(
            moment if moment > self.now else self.now,
            agenda.kinds[kind].priority,
            self.next_number("sandbox.agendaentry"),
            kind,
            number,
            canonical.dumps(args) if args else "{}",
            self.latest,
            stored,
        )
        self._touched.add(key)
        self.booked.append(entry)
        self.changed = True

    def cancel(self, kind: str, subject: Any = None) -> None:
        """Strike a booked moment, if there is one."""
        self._strike((kind, subject.id & LOCAL_MASK if subject is not None else 0))

    def _strike(self, key: tuple[str, int]) -> None:
        self.strike(self.entries.get(key) or Entry(self.now, 0, 0, key[0], key[1], "{}", None, None))

    def strike(self, entry: Entry) -> None:
        """Strike one entry: it has had its turn, or will have none."""
        key = (entry.kind, entry.subject)
        self.entries[key] = entry
        entry.live = False
        self._touched.add(key)
        self.changed = True

    def cancel_all(self, kind: str) -> None:
        """Strike every booked moment of a kind (a role was taken over by a person)."""
        self.flush()
        for subject in AgendaEntry.objects.filter(sandbox=self.sandbox, kind=kind).values_list("subject", flat=True):
            self._strike((kind, subject))

    # writing --------------------------------------------------------------------------------------------

    def flush(self) -> None:
        """Write what is pending, so that queries see it; the transaction stays open."""
        if self._stream.is_open:
            self.send_events()
            self._stream.end()
        elif self._events:  # of a single turn: not worth a second thread
            _EVENTS.insert(self._events)
            self._events = []
        prefix = self.sandbox_id
        for model, fresh in self._new.items():
            dirty = self._dirty.get(model)
            for record in fresh:
                if record.id >> LOCAL_BITS != prefix:
                    raise AssertionError(f"{record!r} belongs to another sandbox")
                if dirty:
                    dirty.pop(record.id, None)
            table = store.table(model)
            table.insert(map(table.row, fresh))
            for record in fresh:
                record._state.adding = False
        self._new = {}
        for model, dirty in self._dirty.items():
            if dirty:
                if any(identifier >> LOCAL_BITS != prefix for identifier in dirty):
                    raise AssertionError(f"a {model.__name__} belongs to another sandbox")
                store.table(model).update(list(dirty.values()))
        self._dirty = {}
        if self._tally:
            rows = []
            for (day, region), here in sorted(self._tally.items()):
                for name, value in sorted(here.items()):
                    number = self.next_number("sandbox.counter")
                    rows.append((self.prefix | number, prefix, day, region, name, value))
            store.table(Counter).upsert(rows, ["day", "region", "name"], add="value")
            self._tally = {}
        self._flush_agenda()

    def send_events(self) -> None:
        """Let the events so far go to the database already; they will not change any more."""
        if self._events:
            self._stream.send(self._events)
            self._events = []

    def _flush_agenda(self) -> None:
        gone, kept = [], []
        for key in self._touched:
            entry = self.entries[key]
            if entry.live:
                kept.append(
                    (
                        self.prefix | entry.number, self.sandbox_id, entry.due, entry.priority, entry.kind,
                        entry.subject, entry.args, entry.caused_by,
                    )
                )  # fmt: skip
                entry.stored = True
            else:
                if entry.stored is not False:
                    gone.append(key)
                del self.entries[key]
        self._touched = set()
        by_kind: dict[str, list[int]] = {}
        for kind, subject in gone:
            by_kind.setdefault(kind, []).append(subject)
        for kind, subjects in by_kind.items():
            store.table(AgendaEntry).delete({"sandbox_id": self.sandbox.pk, "kind": kind}, "subject", subjects)
        if kept:
            store.table(AgendaEntry).upsert(kept, ["kind", "subject"])

    def finish(self) -> None:
        """Write everything, and the sandbox itself."""
        if not self.changed:
            return
        self.flush()
        sandbox = self.sandbox
        sandbox.version += 1
        sandbox.now = self.now
        sandbox.sequences = canonical.dumps(self.sequences)
        sandbox.save(update_fields=_WRITTEN)


# these two are written without a turn in the sandbox, by whoever looks or hints
_WRITTEN = [field.name for field in Sandbox._meta.concrete_fields if field.name not in {"id", "seen_at", "hinted_at"}]
_EVENTS = store.table(Event)


def _event_line(row: store.Row) -> str:
    """An event as a line of COPY; its data alone may hold what must be escaped, and no bare tab or line break."""
    identifier, sandbox, number, type, subject, at, actor, cause, data, head = row
    if "\\" in data:
        data = data.replace("\\", "\\\\")
    before = "\\N" if cause is None else cause
    return f"{identifier}\t{sandbox}\t{number}\t{type}\t{subject}\t{at}\t{actor}\t{before}\t{data}\t{head}\n"


_type = type  # `record` has an argument of this name
_PLAIN = {str, int, bool, type(None)}
