"""Simulated staff and callers: who acts on an order next, when, and how.

An order has one role that is to act at any time; the simulation books that moment, and when it comes the
role acts through the same actions as anybody else. Only people's behaviour is drawn.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from identity import organisations
from sandbox.actors import SYSTEM, Actor, Role
from sandbox.calendar import calendar
from sandbox.draws import Draw
from sandbox.moments import day_of
from sandbox.refusals import Refused
from sandbox.work import Work
from simulation import casting, reading
from simulation.models import Story
from simulation.profiles import Profile, Span
from simulation.texts import reply
from workorders import actions, deadlines, queries
from workorders.categories import categories
from workorders.dispatch import choose
from workorders.lifecycle import ASSIGNMENT, WORK_ORDER, AssignmentState, OrderState
from workorders.vocabulary import RejectReason, RequestType, Satisfied, Solved

if TYPE_CHECKING:
    from workorders.models import Assignment, WorkOrder

ACT = "simulation.act"
OVERTIME = timedelta(hours=1)

S = OrderState
PENDING_SIGN, RETURN_REVIEW = S.PENDING_SIGN.value, S.RETURN_REVIEW.value  # looked at often
AGENT, DISPATCHER, REVIEWER = Actor(Role.AGENT), Actor(Role.DISPATCHER), Actor(Role.REVIEWER)
FOLLOW_UP, CITIZEN = Actor(Role.FOLLOW_UP), Actor(Role.CITIZEN)
TO_ACT: dict[str, Role] = {
    S.PENDING_ACCEPT: Role.AGENT,
    S.PENDING_DISPATCH: Role.DISPATCHER,
    S.PENDING_SIGN: Role.DEPARTMENT,
    S.RETURN_REVIEW: Role.DISPATCHER,
    S.IN_PROGRESS: Role.DEPARTMENT,
    S.REDO: Role.DEPARTMENT,
    S.PENDING_REVIEW: Role.REVIEWER,
    S.PENDING_FOLLOW_UP: Role.FOLLOW_UP,
}


def states_of(role: str) -> list[str]:
    """The states in which a role is the one to act."""
    return [state for state, acting in TO_ACT.items() if acting == role]


def is_open(work: Work, role: str, unit: str = "") -> bool:
    """Whether people play this role (or this unit), so that the simulation keeps its hands off."""
    return bool(work.open_roles) and (role in work.open_roles or f"{role}:{unit}" in work.open_roles)


def prompt(work: Work, order: WorkOrder) -> None:
    """Book the moment at which whoever is to act next will act; nothing where people do, or nobody is."""
    role = TO_ACT.get(order.state)
    when = None
    if role is not None and not is_open(work, role, order.unit):
        try:
            when = _when(work, order, role)
        except Refused as refused:  # no working day is left: a person may still act
            if refused.code != "beyond_calendar":
                raise
    if when is None:
        work.cancel(ACT, order)
    else:
        work.later(when, ACT, order)


def act(work: Work, order: WorkOrder) -> None:
    """The role whose turn it is acts. Where it cannot decide, the order stays and waits for a person."""
    role = TO_ACT.get(order.state)
    if role is not None and not is_open(work, role, order.unit):
        story = casting.story_of(work, order)
        _ACTS[role](work, order, story if story is not None and story.known else None, casting.conduct(work, order))


# when ---------------------------------------------------------------------------------------------------


def _drawn(work: Work, order: WorkOrder, what: str, assignment: Assignment | None = None) -> Draw:
    """The draw of one visit of an order to one desk."""
    visit = f"{what}-{order.state}-{order.dispatches}-{order.redo_count}-{order.follow_ups}"
    contacted = assignment is not None and assignment.contacted_at is not None
    sent_back = assignment is not None and bool(assignment.review_remark)
    return Draw(work.seed, order.number, visit, contacted + 2 * sent_back)


def _in_office(work: Work, moment: datetime, how: Profile, drawn: Draw) -> datetime:
    """A moment if offices are open then, else some time in the first hours of the next working day."""
    unit = how.department
    opening = calendar().at_work(moment, time(unit.opens), time(unit.closes))
    if opening == moment:
        return moment
    return opening + timedelta(seconds=drawn.between(*unit.clears_morning_desk))


def _on_day(work: Work, days: int, how: Profile, drawn: Draw) -> datetime:
    """Some time in office hours, so many working days from now; on the same day within three hours."""
    if days == 0:
        return _in_office(work, work.now + timedelta(seconds=drawn.between(600, 10_800)), how, drawn)
    day = calendar().working_days_after(work.now.date(), days)
    hours = how.department.closes - how.department.opens
    opening = datetime(day.year, day.month, day.day, how.department.opens, tzinfo=work.now.tzinfo)
    return opening + timedelta(seconds=drawn.below(hours * 3600))


def _in_time(work: Work, moment: datetime, dues: list[datetime | None], how: Profile) -> datetime:
    """Whoever would let a deadline pass gets it done before offices close for the last time until then (on a
    Friday, for a contact due on Saturday), if need be a little after."""
    for due in sorted(due for due in dues if due is not None and due < moment):
        closing = datetime.combine(_last_working_day(due), time(how.department.closes), work.now.tzinfo)
        if work.now < closing + OVERTIME:
            earliest = work.now + timedelta(minutes=10)
            span = max(OVERTIME / 2, min(due, closing) - earliest)
            return earliest + (moment - work.now) % span
    return moment


def _last_working_day(moment: datetime) -> date:
    day = day_of(moment)
    while not calendar().is_working(day):
        day -= timedelta(days=1)
    return day


def _when(work: Work, order: WorkOrder, role: Role) -> datetime:
    how = casting.conduct(work, order)
    if role == Role.DEPARTMENT:
        return _when_unit_acts(work, order, how)
    drawn = _drawn(work, order, "when")
    if role == Role.AGENT:
        return _soon(work, how.agent.takes, drawn)
    if role == Role.DISPATCHER:
        return _soon(work, how.dispatcher.takes, drawn)
    takes = how.reviewer.takes if role == Role.REVIEWER else how.follow_up.takes
    return _in_office(work, _soon(work, takes, drawn), how, drawn)


def _soon(work: Work, span: Span, drawn: Draw) -> datetime:
    return work.now + timedelta(seconds=drawn.between(*span))


def _when_unit_acts(work: Work, order: WorkOrder, how: Profile) -> datetime:
    unit = how.department
    assignment = queries.assignment_of(work, order)
    due = deadlines.answer_due(order)
    drawn = _drawn(work, order, "when", assignment)
    if order.state == PENDING_SIGN:
        if drawn.happens(unit.signs_late):
            return _on_day(work, 2 + drawn.between(*unit.sign_days), how, drawn)
        if order.urgent:  # somebody is on duty day and night
            return _soon(work, unit.urgent_sign, drawn)
        moment = _on_day(work, drawn.between(*unit.sign_days), how, drawn)
        return _in_time(work, moment, [assignment.sign_by if assignment else None, due], how)
    if assignment is not None and assignment.contacted_at is None:
        hours = drawn.between(*unit.contact_hours)
        if drawn.happens(unit.contacts_late):
            return _in_office(work, work.now + timedelta(hours=hours + 24), how, drawn)
        if order.urgent:
            return _soon(work, unit.urgent_contact, drawn)
        moment = _in_office(work, work.now + timedelta(hours=hours, minutes=drawn.below(60)), how, drawn)
        return _in_time(work, moment, [assignment.contact_by, due], how)
    left = max(0, calendar().working_days_between(work.now.date(), day_of(due))) if due else 0
    if drawn.happens(unit.answers_late):
        return _on_day(work, left + drawn.between(*unit.late_by_days), how, drawn)
    if order.urgent:
        moment = _in_office(work, _soon(work, unit.urgent_answer, drawn), how, drawn)
    else:
        moment = _on_day(work, left * drawn.between(*unit.answer_percent_of_limit) // 100, how, drawn)
    return _in_time(work, moment, [due], how)


# how ----------------------------------------------------------------------------------------------------


def _agent(work: Work, order: WorkOrder, story: Story | None, how: Profile) -> None:
    by, drawn, said = AGENT, _drawn(work, order, "how"), casting.demand(work, order)
    reason = said.reject or (story.reject if story else reading.refusal_of(order.text))
    kind = said.type or (story.type if story else order.type or reading.type_of(order.text))
    recognised = categories().get(order.category)
    if reason is None and story is None and recognised is not None:
        reason = recognised.not_accepted
    if reason is not None:
        actions.reject(work, order, actor=by, reason=reason, remark=RejectReason(reason).label)
    elif said.unclear or not kind or (story is None and reading.is_unclear(order.text)):
        return  # nobody can tell what kind of demand this is, or what it is about
    elif (
        kind == RequestType.CONSULTATION
        and order.type in ("", kind)
        and (story is not None or recognised is not None or said.type)
        and drawn.happens(how.agent.answers_consultations)
    ):
        actions.answer_directly(work, order, actor=by, text=reply("desk", drawn))
    else:
        misread = story.category if story and recognised is not None and recognised.not_accepted else ""
        hurry = True if said.urgent else None
        actions.accept(work, order, actor=by, type=kind, category=misread, urgent=hurry)
        if said.unit and not is_open(work, Role.DISPATCHER):
            actions.dispatch(work, order, actor=DISPATCHER, unit=said.unit)


@lru_cache(maxsize=8192)
def _of_unit(unit: str) -> Actor:
    return Actor(Role.DEPARTMENT, unit)


def _right_place(order: WorkOrder, story: Story) -> str:
    chosen = choose(category=story.category, region=story.region, type=order.type, urgent=order.urgent)
    return chosen[0].code if chosen else ""


def _dispatcher(work: Work, order: WorkOrder, story: Story | None, how: Profile) -> None:
    by, drawn = DISPATCHER, _drawn(work, order, "how")
    assignment = queries.assignment_of(work, order)
    if order.state == RETURN_REVIEW and assignment is not None:
        justified = assignment.unit != _right_place(order, story) if story else True
        if justified:
            actions.approve_return(work, order, actor=by)
        else:
            actions.refuse_return(work, order, actor=by, reason=reply("refuse_return", drawn))
    elif story is not None:
        mistaken = order.dispatches == 0 and drawn.happens(how.dispatcher.mistakes)
        unit = _some_other_unit(_right_place(order, story), drawn) if mistaken else ""
        actions.dispatch(work, order, actor=by, unit=unit, category=story.category, region=story.region)
    elif assignment is not None and assignment.suggested_unit:
        actions.dispatch(work, order, actor=by, unit=assignment.suggested_unit)
    elif min(order.category_confidence, order.place_confidence) >= how.dispatcher.decides_from_confidence and choose(
        category=order.category, region=order.region, type=order.type, urgent=order.urgent
    ):
        actions.dispatch(work, order, actor=by)


def _some_other_unit(right: str, drawn: Draw) -> str:
    """A unit of the same place a tired dispatcher might confuse with the right one."""
    region = right.partition("-")[0]
    beside = [code for code in organisations.in_region(region) if code != right]
    return drawn.one_of(beside) if beside else right


def _department(work: Work, order: WorkOrder, story: Story | None, how: Profile) -> None:
    assignment = queries.assignment_of(work, order)
    if assignment is None:
        return
    by, drawn = _of_unit(assignment.unit), _drawn(work, order, "how", assignment)
    if order.state == PENDING_SIGN:
        right = _right_place(order, story) if story else assignment.unit
        wrong = right != assignment.unit
        unjust = drawn.happens(how.department.returns_unjustly)
        may = assignment.state != AssignmentState.APPOINTED
        if (wrong or unjust) and may and ASSIGNMENT.refusal(work, assignment, "return_to_centre", by) is None:
            _return(work, order, assignment, by, right if wrong else _some_other_unit(right, drawn), drawn)
        else:
            actions.sign(work, order, actor=by)
    elif assignment.contacted_at is None:
        actions.contact(work, order, actor=by)
    else:
        unit = how.department
        unsolved = max(0, 1000 - unit.solves - unit.mostly_solves)
        outcomes = [(Solved.SOLVED, unit.solves), (Solved.MOSTLY, unit.mostly_solves), (Solved.UNSOLVED, unsolved)]
        solved = drawn.weighted(outcomes)
        text = reply("unsolved" if solved == Solved.UNSOLVED else "unit", drawn)
        actions.answer(work, order, actor=by, text=text, solved=solved)


def _return(work: Work, order: WorkOrder, assignment: Assignment, by: Actor, suggested: str, drawn: Draw) -> None:
    if suggested == assignment.unit:
        actions.sign(work, order, actor=by)
    else:
        actions.return_to_centre(
            work,
            order,
            actor=by,
            reason=reply("return_reason", drawn),
            legal_basis=reply("return_basis", drawn),
            suggested_unit=suggested,
        )


def _reviewer(work: Work, order: WorkOrder, story: Story | None, how: Profile) -> None:
    by, drawn = REVIEWER, _drawn(work, order, "how")
    assignment = queries.assignment_of(work, order)
    once = assignment is not None and not assignment.review_remark
    if once and drawn.happens(how.reviewer.sends_back):
        actions.send_back(work, order, actor=by, reason=reply("send_back", drawn))
    else:
        actions.pass_review(work, order, actor=by)


def _follow_up(work: Work, order: WorkOrder, story: Story | None, how: Profile) -> None:
    staff = how.follow_up
    by_machine = order.follow_ups < work.rules.value("workorder.intelligent_follow_ups", work.now)
    by = SYSTEM if by_machine else FOLLOW_UP
    drawn = _drawn(work, order, "how")
    if not drawn.happens(staff.reached_by_machine if by_machine else staff.reached):
        actions.follow_up(work, order, actor=by, reached=False)
        return
    assignment = queries.assignment_of(work, order)
    solved = assignment.solved if assignment else Solved.UNSOLVED
    content = staff.satisfied_when_unsolved if solved == Solved.UNSOLVED else staff.satisfied_when_solved
    satisfied = Satisfied.SATISFIED if drawn.happens(content) else Satisfied.DISSATISFIED
    if satisfied == Satisfied.SATISFIED and drawn.happens(staff.mostly_satisfied):
        satisfied = Satisfied.MOSTLY
    actions.follow_up(
        work,
        order,
        actor=by,
        reached=True,
        contacted=drawn.happens(staff.contacted),
        solved=solved,
        satisfied=satisfied,
        reasonable=drawn.happens(staff.reasonable),
    )


_ACTS = {
    Role.AGENT: _agent,
    Role.DISPATCHER: _dispatcher,
    Role.DEPARTMENT: _department,
    Role.REVIEWER: _reviewer,
    Role.FOLLOW_UP: _follow_up,
}


# callers ------------------------------------------------------------------------------------------------

WITHDRAW = "simulation.withdraw"


def consider_withdrawing(work: Work, order: WorkOrder) -> None:
    """A caller may think better of it (撤单), some time after having called."""
    how = casting.conduct(work, order).caller
    drawn = work.draw(order.number, "withdraws")
    if not is_open(work, Role.CITIZEN) and drawn.happens(how.withdraws):
        moment = order.received_at + timedelta(seconds=drawn.between(*how.withdraws_after))
        if moment >= work.now:
            work.later(moment, WITHDRAW, order)


def withdraw(work: Work, order: WorkOrder) -> None:
    """A caller takes the demand back, if that is still possible."""
    by = CITIZEN
    if not is_open(work, Role.CITIZEN) and WORK_ORDER.refusal(work, order, "withdraw", by) is None:
        actions.withdraw(work, order, actor=by, reason=reply("withdraw", work.draw(order.number, "withdraw-words")))
