"""The hotlines' seats (坐席): who answers a phone call, how long callers wait, and what they do when nobody answers.

A call first hears the intelligent agent; what that cannot answer waits for a seat, first come, first served. How
many seats are on duty follows from the calls expected and from how the hotline has done so far.
"""

from __future__ import annotations

import heapq
from datetime import timedelta
from typing import TYPE_CHECKING

from identity import queries as identity_queries
from sandbox import canonical
from sandbox.actors import SYSTEM, Actor, Role
from sandbox.agenda import EPOCH, SECOND
from sandbox.ids import local
from sandbox.regions import PROVINCE, city_of
from sandbox.work import Work
from simulation import callers, staff
from simulation.models import Dialling, Story, Switchboard
from simulation.profiles import Centre, Profile, profile
from workorders import actions, knowledge, queries
from workorders.lifecycle import CallState
from workorders.vocabulary import Channel

if TYPE_CHECKING:
    from identity.models import Party
    from workorders.models import PhoneCall, WorkOrder

CALL_DUE, REDIAL, SEAT_FREE = "simulation.call_due", "simulation.redial", "simulation.seat_free"
BOARDS = "simulation.switchboards"
HOUR, DAY = 3_600, 86_400


def take_down(work: Work, call: callers.Call, who: Party, *, actor: Actor) -> WorkOrder:
    """What a simulated caller says becomes an order, and its story is remembered."""
    order = actions.register(
        work,
        actor=actor,
        text=call.text,
        caller=who,
        channel=call.channel,
        place=call.place,
        type=call.type if call.states_type else "",
        confidential=call.confidential,
    )
    work.attach(Story, order, type=call.type, category=call.category, region=call.region, reject=call.reject)
    return order


def set_up(work: Work, how: Profile, centre: Centre, *, orders: int, days: int) -> None:
    """Give every hotline its seats, for the calls it is to expect: by its city's share, or the province's."""
    phoned = dict(how.channels)[Channel.PHONE] * 1000 // sum(weight for _, weight in how.channels)
    to_seats = orders * phoned * centre.reach_seats // (1000 * days)  # thousandths of a call a day
    shares = [(city, weight * (1000 - centre.dials_province)) for city, weight in how.cities]
    total = sum(weight for _, weight in how.cities) * 1000
    known = _boards(work)
    for hotline, share in [(PROVINCE, total * centre.dials_province // 1000), *shares]:
        expected = to_seats * share // total
        if hotline in known:
            known[hotline].expected = expected
            work.save(known[hotline])
        else:
            known[hotline] = work.new(Switchboard, hotline=hotline, expected=expected)


def dial(work: Work, who: Party, *, index: int, attempt: int = 1) -> None:
    """A simulated person dials 12345: their city's hotline, or the provincial platform."""
    how = profile(work.sandbox.profile)
    assert how.centre is not None
    said = callers.call(how, work.seed, f"call-{index}")
    provincial = work.draw(f"call-{index}", "dials").happens(how.centre.dials_province)
    hotline = PROVINCE if provincial else city_of(said.region)
    phone = actions.offer(work, actor=staff.CITIZEN, caller=who, hotline=hotline)
    work.attach(Dialling, phone, index=index, attempt=attempt)


def it_rings(work: Work, phone: PhoneCall) -> None:
    """A call has come in: the intelligent agent hears it first; what that cannot answer is put through to the seats."""
    dialling = work.find(Dialling, phone.id)
    if dialling is not None and knowledge.answering(work, _said(work, dialling).text) is not None:
        actions.pick_up(work, phone, actor=SYSTEM)
    else:
        wait_for_a_seat(work, phone)


def _said(work: Work, dialling: Dialling) -> callers.Call:
    return callers.call(profile(work.sandbox.profile), work.seed, f"call-{dialling.index}")


def wait_for_a_seat(work: Work, phone: PhoneCall) -> None:
    """A call joins the end of its hotline's queue, until a seat answers it or its caller gives up."""
    centre = profile(work.sandbox.profile).centre
    if centre is None:  # seats without number, callers without end to their patience
        if not staff.is_open(work, Role.AGENT):
            actions.pick_up(work, phone, actor=staff.AGENT)
        return
    patience = work.draw(phone.number, "patience").between(*centre.patience)
    work.later(phone.offered_at + timedelta(seconds=patience), CALL_DUE, phone)
    if not staff.is_open(work, Role.AGENT):  # else people answer, or nobody does
        board = _board(work, phone.hotline)
        _put_through(work, board, centre, [*canonical.loads(board.waiting), local(phone.id)])


def _put_through(work: Work, board: Switchboard, centre: Centre, waiting: list[int]) -> None:
    """Every free seat answers whoever has waited longest. While somebody still waits, the next look is booked: when
    enough seats have ended their talks, or at the hour, when other seats come on duty."""
    now = (work.now - EPOCH) // SECOND
    busy = [until for until in canonical.loads(board.busy) if until > now]
    while waiting:
        seats = _on_duty(work, board, centre)
        if len(busy) >= seats:
            free = EPOCH + SECOND * heapq.nsmallest(len(busy) - seats + 1, busy)[-1]
            shift = work.now.replace(minute=0, second=0) + timedelta(seconds=HOUR)
            work.later(min(free, shift), SEAT_FREE, board)
            break
        phone = queries.call_here(work, waiting.pop(0))
        if phone.state == CallState.WAITING:  # else a person has answered meanwhile
            board.offered, board.answered = board.offered + 1, board.answered + 1
            busy.append(now + work.draw(phone.number, "talks").between(*centre.talk))
            work.cancel(CALL_DUE, phone)
            actions.pick_up(work, phone, actor=staff.AGENT)
    board.busy, board.waiting = canonical.dumps(sorted(busy)), canonical.dumps(waiting)
    work.save(board)


def _on_duty(work: Work, board: Switchboard, centre: Centre) -> int:
    """The seats on duty this hour (排班): one for every caller who would be talking on average, at least one. A
    hotline that has fallen behind its rate of calls answered calls in a quarter more, at least one."""
    hours = profile(work.sandbox.profile).hours
    talking = board.expected * hours[work.now.hour] * (centre.talk[0] + centre.talk[1]) // (2 * HOUR * sum(hours))
    seats = max(1, talking // 1000)
    behind = board.answered * 1000 < board.offered * centre.connection
    return seats + max(1, seats // 4) if behind else seats


def _board(work: Work, hotline: str) -> Switchboard:
    boards = _boards(work)
    if hotline not in boards:  # nobody told it how many calls to expect
        boards[hotline] = work.new(Switchboard, hotline=hotline, expected=0)
    return boards[hotline]


def _boards(work: Work) -> dict[str, Switchboard]:
    found: dict[str, Switchboard] | None = work.memo.get(BOARDS)
    if found is None:
        listed = work.query(Switchboard.objects.order_by("id"))
        found = work.memo[BOARDS] = {board.hotline: board for board in listed}
    return found


def seat_is_free(work: Work, board: Switchboard) -> None:
    """A seat of a hotline may have become free while somebody waits."""
    centre = profile(work.sandbox.profile).centre
    if centre is not None:
        _put_through(work, board, centre, canonical.loads(board.waiting))


def call_is_due(work: Work, phone: PhoneCall) -> None:
    """A caller's patience has ended."""
    if phone.state == CallState.WAITING:  # else a person has answered meanwhile
        actions.give_up(work, phone, actor=staff.CITIZEN)


def nobody_answered(work: Work, phone: PhoneCall) -> None:
    """A caller whose call was lost leaves the queue, and may try again later."""
    centre = profile(work.sandbox.profile).centre
    if centre is None:
        return
    if not staff.is_open(work, Role.AGENT):
        board = _board(work, phone.hotline)
        board.offered += 1  # and where the hotline falls behind by it, more seats come on duty
        left = [number for number in canonical.loads(board.waiting) if number != local(phone.id)]
        _put_through(work, board, centre, left)
    dialling, drawn = work.find(Dialling, phone.id), work.draw(phone.number, "redials")
    if dialling and dialling.attempt < centre.dials_at_most and drawn.happens(centre.redials):
        work.later(work.now + timedelta(seconds=drawn.between(*centre.redials_after)), REDIAL, phone)


def redial(work: Work, phone: PhoneCall) -> None:
    """Somebody whose call was lost tries once more."""
    if not staff.is_open(work, Role.CITIZEN):
        before = work.get(Dialling, phone.id)
        who = identity_queries.party(work, phone.caller_id)
        dial(work, who, index=before.index, attempt=before.attempt + 1)


def speak(work: Work, phone: PhoneCall) -> None:
    """A caller who got through says what it is about: the agent takes it down, or the machine as it is said."""
    dialling = work.find(Dialling, phone.id)
    if dialling is not None:
        who = identity_queries.party(work, phone.caller_id)
        by = staff.CITIZEN if phone.intelligent else staff.AGENT
        phone.order_number = take_down(work, _said(work, dialling), who, actor=by).number
        work.save(phone)


def people_take_the_seats(work: Work) -> None:
    """People answer from now on: the simulation's seats put nobody through any more."""
    if profile(work.sandbox.profile).centre is not None:
        for board in _boards(work).values():
            work.cancel(SEAT_FREE, board)
            board.waiting = canonical.dumps([])
            work.save(board)


def seats_return(work: Work) -> None:
    """The simulation takes the seats again: whoever still waits is put through in turn."""
    for phone in queries.calls_waiting(work):
        wait_for_a_seat(work, phone)
