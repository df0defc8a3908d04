"""Celery's hints: "this sandbox has something due". The truth is in the database."""

from datetime import timedelta

from celery import shared_task
from django.db.models import Q

from sandbox import clock, driver, turns, wall
from sandbox.models import IdempotentAnswer, Sandbox
from sandbox.vocabulary import Clock
from sandbox.work import Work

SHIFT = 2.0  # seconds a hint works at most before it sends itself again


@shared_task
def drive(sandbox_id: int) -> None:
    """Bring a sandbox forward for at most two seconds, and ask for more if there is more."""
    sandbox = Sandbox.objects.filter(pk=sandbox_id).first()
    if sandbox is None:
        return
    with turns.seat(sandbox.pk) as mine:
        if mine and not driver.Driver(sandbox).drive(SHIFT):
            drive.delay(sandbox_id)


@shared_task
def sweep() -> None:
    """Once a second: hint at every sandbox whose clock is behind, since hints may get lost."""
    behind = Sandbox.objects.filter(Q(clock=Clock.RUNNING) | Q(clock=Clock.FROZEN, target__isnull=False))
    for sandbox in behind:
        if sandbox.idle_after and sandbox.clock == Clock.RUNNING and _unseen(sandbox):
            _fall_asleep(sandbox)
        else:
            drive.delay(sandbox.pk)


def _unseen(sandbox: Sandbox) -> bool:
    seen = max(filter(None, [sandbox.seen_at, sandbox.running_since]), default=None)
    return seen is not None and wall.now() - seen > timedelta(seconds=sandbox.idle_after)


def _fall_asleep(sandbox: Sandbox) -> None:
    """Freeze a province nobody has looked at for a while."""
    with Work.on(sandbox) as work:
        if work.sandbox.clock == Clock.RUNNING:
            clock.freeze(work)


@shared_task
def tidy() -> None:
    """Once an hour: forget idempotent answers after their 24 hours."""
    with turns.service_turn(wait=60):
        IdempotentAnswer.objects.filter(created_at__lt=wall.now() - IdempotentAnswer.KEPT).delete()
