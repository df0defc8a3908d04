"""Sandboxes and the ground they stand on.

World tables (Event, AgendaEntry, JournalEntry, JournalBody, Counter) belong to one sandbox and are written
only through `Work`; their id is `sandbox << 40 | n`. Service tables (ApiKey, IdempotentAnswer) have
database ids and wall time and are never part of the world.
"""

from datetime import timedelta

from django.db import models

from sandbox.events import GENESIS
from sandbox.ids import local
from sandbox.vocabulary import Clock


class Sandbox(models.Model):
    """A small province with its own clock (沙箱)."""

    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80, blank=True)
    seed = models.BigIntegerField()
    profile = models.CharField(max_length=40)
    catalogue = models.CharField(max_length=16)
    generation = models.IntegerField(default=1)
    created_at = models.DateTimeField()

    clock = models.CharField(max_length=8, choices=Clock, default=Clock.FROZEN)
    start = models.DateTimeField()
    now = models.DateTimeField()
    target = models.DateTimeField(null=True)
    until = models.TextField(default="", blank=True)  # canonical JSON: stop at the first event that fits
    rate = models.IntegerField(default=0)  # simulated seconds a real second, while running
    running_from = models.DateTimeField(null=True)  # simulated
    running_since = models.DateTimeField(null=True)  # wall
    barrier = models.BooleanField(default=False)
    settled = models.BigIntegerField(default=0)  # the last event whose receivers have confirmed it
    halted = models.TextField(default="", blank=True)  # canonical JSON: the entry and the reason
    idle_after = models.IntegerField(default=0)  # freeze after so many real seconds without a reader; 0 never
    seen_at = models.DateTimeField(null=True)  # wall
    hinted_at = models.DateTimeField(null=True)  # wall: the live hint that something is due

    version = models.BigIntegerField(default=0)  # one more with every unit of work
    last_event = models.BigIntegerField(default=0)
    head = models.CharField(max_length=64, default=GENESIS)  # hash of the last event
    entries_run = models.BigIntegerField(default=0)
    sequences = models.TextField(default="{}")  # table → last local number
    overrides = models.TextField(default="{}")  # rule key → value
    open_roles = models.TextField(default="[]")  # roles, or role:unit, not played by the simulation

    class Meta:
        verbose_name = "沙箱"

    def __str__(self) -> str:
        return self.slug


class Event(models.Model):
    """One step of the world: the audit trail, the timeline, the source of counters, the outbox."""

    id = models.BigIntegerField(primary_key=True)
    sandbox = models.ForeignKey(Sandbox, on_delete=models.CASCADE, related_name="events", db_index=False)
    number = models.BigIntegerField()  # 1, 2, 3 … without gaps
    type = models.CharField(max_length=60)
    subject = models.CharField(max_length=60)
    at = models.DateTimeField()
    actor = models.CharField(max_length=60)
    caused_by = models.BigIntegerField(null=True)
    data = models.TextField()  # canonical JSON
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = "事件"
        constraints = [
            models.UniqueConstraint(fields=["sandbox", "number"], name="event_number_once"),
        ]
        indexes = [models.Index(fields=["sandbox", "subject", "number"], name="event_timeline")]

    def __str__(self) -> str:
        return f"{self.number} {self.type} {self.subject}"


class AgendaEntry(models.Model):
    """A booked moment: when `due` comes, `kind` happens to its subject."""

    id = models.BigIntegerField(primary_key=True)
    sandbox = models.ForeignKey(Sandbox, on_delete=models.CASCADE, db_index=False)
    due = models.DateTimeField()
    priority = models.SmallIntegerField()
    kind = models.CharField(max_length=40)
    subject = models.BigIntegerField()  # local number of the subject; 0 for none
    args = models.TextField(default="{}")
    caused_by = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = "日程"
        constraints = [
            models.UniqueConstraint(fields=["sandbox", "kind", "subject"], name="agenda_one_live_entry"),
        ]
        indexes = [models.Index(fields=["sandbox", "due", "priority", "id"], name="agenda_order")]

    def __str__(self) -> str:
        return f"{self.due} {self.kind} {self.subject}"


class JournalEntry(models.Model):
    """An accepted outside input: with all of them, any run can be replayed."""

    id = models.BigIntegerField(primary_key=True)
    sandbox = models.ForeignKey(Sandbox, on_delete=models.CASCADE, db_index=False)
    number = models.BigIntegerField()
    after_event = models.BigIntegerField()
    after_entry = models.BigIntegerField()
    at = models.DateTimeField()
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=60)
    actor = models.CharField(max_length=60)

    class Meta:
        verbose_name = "输入记录"
        constraints = [models.UniqueConstraint(fields=["sandbox", "number"], name="journal_number_once")]

    def __str__(self) -> str:
        return f"{self.number} {self.action} {self.subject}"


class JournalBody(models.Model):
    """What an input said, apart from that it was made, so that a person's words can be erased."""

    id = models.BigIntegerField(primary_key=True)  # the journal entry's own
    sandbox = models.ForeignKey(Sandbox, on_delete=models.CASCADE, db_index=False)
    args = models.TextField()  # canonical JSON

    class Meta:
        verbose_name = "输入内容"

    def __str__(self) -> str:
        return str(local(self.id))


class Counter(models.Model):
    """A fold over events: how many times something happened on a day in a city."""

    id = models.BigIntegerField(primary_key=True)
    sandbox = models.ForeignKey(Sandbox, on_delete=models.CASCADE, db_index=False)
    day = models.DateField()
    region = models.CharField(max_length=9)
    name = models.CharField(max_length=60)
    value = models.BigIntegerField()

    class Meta:
        verbose_name = "计数"
        constraints = [
            models.UniqueConstraint(fields=["sandbox", "day", "region", "name"], name="counter_once"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.region} {self.name} {self.value}"


class ApiKey(models.Model):
    """A credential: which sandbox, and who acts with it. Only its digest is kept."""

    sandbox = models.ForeignKey(Sandbox, on_delete=models.CASCADE, related_name="keys")
    digest = models.CharField(max_length=64, unique=True)
    prefix = models.CharField(max_length=12)
    actor = models.CharField(max_length=60)  # "owner", or one role (and unit) for good
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = "密钥"

    def __str__(self) -> str:
        return f"{self.prefix}… {self.actor}"


class IdempotentAnswer(models.Model):
    """The answer once given to an Idempotency-Key, kept in the same commit as its effect."""

    KEPT = timedelta(hours=24)  # of real time

    sandbox = models.ForeignKey(Sandbox, on_delete=models.CASCADE, db_index=False)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)  # of method, path, actor and body
    status = models.SmallIntegerField()
    body = models.TextField()
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = "幂等应答"
        constraints = [models.UniqueConstraint(fields=["sandbox", "key"], name="idempotency_key_once")]

    def __str__(self) -> str:
        return self.key
