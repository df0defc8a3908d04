"""Replay: the same inputs at the same places of the same world give the same event log."""

from sandbox import actions, canonical, clock, turns
from sandbox.actors import Actor
from sandbox.driver import Driver, Until
from sandbox.inputs import perform
from sandbox.models import JournalBody, JournalEntry, Sandbox
from sandbox.refusals import Refused, SandboxBusy
from sandbox.work import Work


def replay(original: Sandbox, slug: str) -> Sandbox:
    """Live through a sandbox's journal again in a new one, up to where the original stands.

    Raises Refused `journal_erased` at an input whose words were erased with a person.
    """
    original.refresh_from_db()
    copy = actions.found(slug, seed=original.seed, start=original.start, profile=original.profile, name=original.name)
    with turns.seat(copy.pk) as mine:  # else a worker would drive it past the places of its inputs
        if not mine:
            raise SandboxBusy
        return _live_through(original, copy)


def _live_through(original: Sandbox, copy: Sandbox) -> Sandbox:
    bodies = dict(JournalBody.objects.filter(sandbox=original).values_list("id", "args"))
    for entry in JournalEntry.objects.filter(sandbox=original).order_by("number"):
        if entry.id not in bodies:
            raise Refused(
                f"第 {entry.number} 条输入的内容已随个人信息删除，重放到此为止",
                code="journal_erased",
                remedy="此前的事件仍可核对",
            )
        _run_until(copy, entry.after_entry)
        with Work.on(copy) as work:
            work.move_to(entry.at)
            role, _, unit = entry.actor.partition(":")
            perform(
                work,
                entry.action,
                actor=Actor(role, unit),
                subject=entry.subject,
                args=canonical.loads(bodies[entry.id]),
            )
    _run_until(copy, original.entries_run)
    with Work.on(copy) as work:
        work.move_to(original.now)
    return work.sandbox


def _run_until(sandbox: Sandbox, entries: int) -> None:
    with Work.on(sandbox) as work:
        if work.sandbox.entries_run >= entries:
            return
        clock.advance(work, until=Until(idle=True))
    Driver(sandbox, stop_at=entries).drive()
    with Work.on(sandbox) as work:
        clock.freeze(work)
