"""Celery's hints: "this sandbox has something due". The truth is in the database."""

import logging
from datetime import timedelta

from celery import shared_task
from django.db.models import Q
from kombu.exceptions import OperationalError as BrokerError

from sandbox import clock, driver, metrics, trace, turns, wall
from sandbox.models import IdempotentAnswer, Sandbox
from sandbox.vocabulary import Clock
from sandbox.work import Work

log = logging.getLogger(__name__)
SHIFT = 2.0  # seconds a hint works at most before it sends itself again
LOST = timedelta(seconds=10)  # after which a hint nobody has taken up is sent anew


def hint(sandbox_id: int) -> None:
    """Say that a sandbox has something due, unless that has been said and not been taken up yet.

    At most one hint of a sandbox is live, however often it is hinted at: the newest, by its stamp.
    """
    now = wall.now()
    unsaid = Q(hinted_at=None) | Q(hinted_at__lt=now - LOST)
    with turns.service_turn():
        said = Sandbox.objects.filter(unsaid, pk=sandbox_id).update(hinted_at=now)
    if not said:
        return
    try:
        drive.apply_async((sandbox_id, now.isoformat()), headers={"request_id": trace.request_id.get()})
    except BrokerError:  # nobody waits for the broker: the sweep hints again once it is there
        metrics.HINTS_UNSENT.inc()
        log.warning("the broker did not take a hint")


@shared_task
def drive(sandbox_id: int, stamp: str = "") -> None:
    """Bring a sandbox forward for at most two seconds, and ask for more if there is more."""
    sandbox = Sandbox.objects.filter(pk=sandbox_id).first()
    if sandbox is None or (stamp and (sandbox.hinted_at is None or sandbox.hinted_at.isoformat() != stamp)):
        return  # gone, or a newer hint took the place of this one
    with trace.of((drive.request.headers or {}).get("request_id", "")):
        trace.sandbox.set(sandbox.slug)
        with turns.service_turn():
            Sandbox.objects.filter(pk=sandbox_id).update(hinted_at=None)
        with turns.seat(sandbox.pk) as mine:
            finished = not mine or _drive(sandbox)
        if not finished:
            hint(sandbox_id)


def _drive(sandbox: Sandbox) -> bool:
    began, driven = wall.stopwatch(), driver.Driver(sandbox)
    done = driven.drive(SHIFT)
    if driven.ran:
        facts = {"steps": driven.ran, "chunks": driven.chunks, "done": done}
        took = round((wall.stopwatch() - began) * 1000, 1)
        log.info("drove %s: %s steps", sandbox.slug, driven.ran, extra={**facts, "milliseconds": took})
    return done


@shared_task
def sweep() -> None:
    """Once a second: hint at every sandbox whose clock is behind, since hints may get lost."""
    behind = Sandbox.objects.filter(Q(clock=Clock.RUNNING) | Q(clock=Clock.FROZEN, target__isnull=False))
    for sandbox in behind:
        if sandbox.idle_after and sandbox.clock == Clock.RUNNING and _unseen(sandbox):
            _fall_asleep(sandbox)
        else:
            hint(sandbox.pk)


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
