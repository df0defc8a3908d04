"""The telephone (话务): a call comes in, is answered by a seat or by the intelligent agent, or is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.actors import Actor, Role
from sandbox.refusals import Refused
from sandbox.regions import city_of
from sandbox.regions import region as region_of
from sandbox.work import Work
from workorders.lifecycle import PHONE_CALL
from workorders.models import PhoneCall
from workorders.numbers import call_number

if TYPE_CHECKING:
    from identity.models import Party


def offer(work: Work, *, actor: Actor, caller: Party, hotline: str) -> PhoneCall:
    """A call comes in at a hotline (呼入) and waits. Its event names no caller: a report may be confidential.

    Raises Refused `unknown_hotline`: there is one in every city, and the provincial platform's.
    """
    if region_of(hotline) is None or city_of(hotline) != hotline:
        raise Refused(
            f"没有热线 {hotline}",
            code="unknown_hotline",
            status=422,
            field="hotline",
            remedy="请写市的地区代码，省级平台为 440000",
        )
    if actor.role != Role.CITIZEN:
        raise Refused("来电由诉求人拨打", code="wrong_role", status=403, remedy="请以 citizen 的身份（Acting-As）重试")
    number = call_number(work.next_number("call"))
    call = work.new(PhoneCall, number=number, hotline=hotline, caller=caller, offered_at=work.now)
    work.record("call.offered", call, actor=actor, hotline=hotline)
    return call


def pick_up(work: Work, call: PhoneCall, *, actor: Actor) -> PhoneCall:
    """A seat, or the intelligent agent (system), answers a call (接通): how long it waited, and whether within the
    rule book's seconds. What the caller says then is theirs."""
    PHONE_CALL.check(work, call, "pick_up", actor)
    PHONE_CALL.move(call, "pick_up")
    call.ended_waiting_at, call.intelligent = work.now, actor.role == Role.SYSTEM
    waited = int((work.now - call.offered_at).total_seconds())
    on_time = waited <= work.rules.value("workorder.call_answer", work.now)
    work.save(call)
    work.record("call.answered", call, actor=actor, hotline=call.hotline, waited=waited, on_time=on_time)
    return call


def give_up(work: Work, call: PhoneCall, *, actor: Actor) -> PhoneCall:
    """The caller's patience ends before anybody answers: the call is lost (未接通)."""
    PHONE_CALL.check(work, call, "give_up", actor)
    PHONE_CALL.move(call, "give_up")
    call.ended_waiting_at = work.now
    waited = int((work.now - call.offered_at).total_seconds())
    work.save(call)
    work.record("call.lost", call, actor=actor, hotline=call.hotline, waited=waited)
    return call
