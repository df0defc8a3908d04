"""Simulated staff and callers: who acts on an order next, when, and how.

An order has one role that is to act at any time; the simulation books that moment, and when it comes the
role acts through the same actions as anybody else. Only people's behaviour is drawn.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from identity import organisations
from sandbox.actors import Actor, Role
from sandbox.calendar import calendar
from sandbox.draws import between, happens
from sandbox.work import Work
from simulation import reading
from simulation.models import Story
from simulation.profiles import Profile, Span, profile
from simulation.texts import reply
from workorders import actions, queries
from workorders.categories import categories
from workorders.dispatch import choose
from workorders.lifecycle import ASSIGNMENT, WORK_ORDER, AssignmentState, OrderState
from workorders.vocabulary import RejectReason, RequestType, Satisfied, Solved

if TYPE_CHECKING:
    from workorders.models import Assignment, WorkOrder

ACT = "simulation.act"
OVERTIME = timedelta(hours=1)

S = OrderState
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
    return role in work.open_roles or f"{role}:{unit}" in work.open_roles


def prompt(work: Work, order: WorkOrder) -> None:
    """Book the moment at which whoever is to act next will act; nothing where people do, or nobody is."""
    role = TO_ACT.get(order.state)
    if role is None or is_open(work, role, order.unit):
        work.cancel(ACT, order)
    else:
        work.later(_when(work, order, role), ACT, order)


def act(work: Work, order: WorkOrder) -> None:
    """The role whose turn it is acts. Where it cannot decide, the order stays and waits for a person."""
    role = TO_ACT.get(order.state)
    if role is not None and not is_open(work, role, order.unit):
        _ACTS[role](work, order, work.find(Story, order.pk), profile(work.sandbox.profile))


# when ---------------------------------------------------------------------------------------------------


def _seconds(work: Work, order: WorkOrder, span: Span, kind: str) -> datetime:
    return work.now + timedelta(
        seconds=between(*span, work.draw(order.number, kind, order.dispatches + order.follow_ups))
    )


def _in_office(work: Work, order: WorkOrder, moment: datetime, how: Profile, kind: str, attempt: int) -> datetime:
    """A moment if offices are open then, else some time in the first hours of the next working day."""
    unit = how.department
    opening = calendar().at_work(moment, time(unit.opens), time(unit.closes))
    if opening == moment:
        return moment
    return opening + timedelta(
        seconds=between(*unit.clears_morning_desk, work.draw(order.number, f"{kind}-morning", attempt))
    )


def _on_day(work: Work, order: WorkOrder, days: int, how: Profile, kind: str, attempt: int) -> datetime:
    """Some time in office hours, so many working days from now; on the same day within three hours."""
    value = work.draw(order.number, kind, attempt)
    if days == 0:
        soon = work.now + timedelta(seconds=between(600, 10_800, value))
        return _in_office(work, order, soon, how, kind, attempt)
    day = calendar().working_days_after(work.now.date(), days)
    hours = how.department.closes - how.department.opens
    opening = datetime(day.year, day.month, day.day, how.department.opens, tzinfo=work.now.tzinfo)
    return opening + timedelta(seconds=between(0, hours * 3600 - 1, value))


def _in_time(work: Work, moment: datetime, deadlines: list[datetime | None], how: Profile) -> datetime:
    """Whoever would let a deadline pass gets it done before offices close for the last time until then (on a
    Friday, for a contact due on Saturday), if need be a little after."""
    for due in sorted(due for due in deadlines if due is not None and due < moment):
        closing = datetime.combine(_last_working_day(due), time(how.department.closes), work.now.tzinfo)
        if work.now < closing + OVERTIME:
            earliest = work.now + timedelta(minutes=10)
            span = max(OVERTIME / 2, min(due, closing) - earliest)
            return earliest + (moment - work.now) % span
    return moment


def _last_working_day(moment: datetime) -> date:
    day = moment.date()
    while not calendar().is_working(day):
        day -= timedelta(days=1)
    return day


def _when(work: Work, order: WorkOrder, role: Role) -> datetime:
    how = profile(work.sandbox.profile)
    if role == Role.AGENT:
        return _seconds(work, order, how.agent.takes, "agent")
    if role == Role.DISPATCHER:
        return _seconds(work, order, how.dispatcher.takes, "dispatcher")
    if role == Role.DEPARTMENT:
        return _when_unit_acts(work, order, how)
    takes, kind = (
        (how.reviewer.takes, f"reviewer-{order.redo_count}")
        if role == Role.REVIEWER
        else (how.follow_up.takes, f"follow-up-{order.redo_count}")
    )
    attempt = order.dispatches + order.follow_ups
    return _in_office(work, order, _seconds(work, order, takes, kind), how, kind, attempt)


def _when_unit_acts(work: Work, order: WorkOrder, how: Profile) -> datetime:
    unit, attempt = how.department, order.dispatches * 10 + order.redo_count
    assignment = queries.assignment_of(work, order)
    due = order.redo_by if order.state == S.REDO else order.due_at
    if order.state == S.PENDING_SIGN:
        if happens(unit.signs_late, work.draw(order.number, "signs-late", attempt)):
            days = 2 + between(*unit.sign_days, work.draw(order.number, "sign-days", attempt))
            return _on_day(work, order, days, how, "sign", attempt)
        if order.urgent:  # somebody is on duty day and night
            return _seconds(work, order, unit.urgent_sign, "sign")
        days = between(*unit.sign_days, work.draw(order.number, "sign-days", attempt))
        moment = _on_day(work, order, days, how, "sign", attempt)
        return _in_time(work, moment, [assignment.sign_by if assignment else None, due], how)
    if assignment is not None and assignment.contacted_at is None:
        hours = between(*unit.contact_hours, work.draw(order.number, "contact-hours", attempt))
        if happens(unit.contacts_late, work.draw(order.number, "contacts-late", attempt)):
            return _in_office(work, order, work.now + timedelta(hours=hours + 24), how, "contact", attempt)
        if order.urgent:
            return _seconds(work, order, unit.urgent_contact, "contact")
        minutes = between(0, 59, work.draw(order.number, "contact-minutes", attempt))
        moment = work.now + timedelta(hours=hours, minutes=minutes)
        moment = _in_office(work, order, moment, how, "contact", attempt)
        return _in_time(work, moment, [assignment.contact_by, due], how)
    left = max(0, calendar().working_days_between(work.now.date(), due.date())) if due else 0
    if happens(unit.answers_late, work.draw(order.number, "answers-late", attempt)):
        days = left + between(*unit.late_by_days, work.draw(order.number, "late-by", attempt))
        return _on_day(work, order, days, how, "answer", attempt)
    if order.urgent:
        moment = _in_office(work, order, _seconds(work, order, unit.urgent_answer, "answer"), how, "answer", attempt)
    else:
        share = between(*unit.answer_percent_of_limit, work.draw(order.number, "answer-share", attempt))
        moment = _on_day(work, order, left * share // 100, how, "answer", attempt)
    return _in_time(work, moment, [due], how)


# how ----------------------------------------------------------------------------------------------------


def _agent(work: Work, order: WorkOrder, story: Story | None, how: Profile) -> None:
    by = Actor(Role.AGENT)
    reason = story.reject if story else reading.refusal_of(order.text)
    kind = story.type if story else order.type or reading.type_of(order.text)
    recognised = categories().get(order.category)
    if reason is None and story is None and recognised is not None:
        reason = recognised.not_accepted
    if reason is not None:
        actions.reject(work, order, actor=by, reason=reason, remark=RejectReason(reason).label)
    elif not kind or (story is None and reading.is_unclear(order.text)):
        return  # nobody can tell what kind of demand this is, or what it is about
    elif (
        kind == RequestType.CONSULTATION
        and (story is not None or recognised is not None)
        and happens(how.agent.answers_consultations, work.draw(order.number, "answers-at-desk"))
    ):
        order.type = kind
        actions.answer_directly(work, order, actor=by, text=reply("desk", work.draw(order.number, "desk-words")))
    else:
        misread = story.category if story and recognised is not None and recognised.not_accepted else ""
        actions.accept(work, order, actor=by, type=kind, category=misread)


def _right_place(order: WorkOrder, story: Story) -> str:
    chosen = choose(category=story.category, region=story.region, type=order.type, urgent=order.urgent)
    return chosen[0].code if chosen else ""


def _dispatcher(work: Work, order: WorkOrder, story: Story | None, how: Profile) -> None:
    by = Actor(Role.DISPATCHER)
    assignment = queries.assignment_of(work, order)
    if order.state == S.RETURN_REVIEW and assignment is not None:
        justified = assignment.unit != _right_place(order, story) if story else True
        if justified:
            actions.approve_return(work, order, actor=by)
        else:
            words = reply("refuse_return", work.draw(order.number, "refuse-words", order.dispatches))
            actions.refuse_return(work, order, actor=by, reason=words)
    elif story is not None:
        mistaken = order.dispatches == 0 and happens(how.dispatcher.mistakes, work.draw(order.number, "mistake"))
        unit = _some_other_unit(work, order, _right_place(order, story)) if mistaken else ""
        actions.dispatch(work, order, actor=by, unit=unit, category=story.category, region=story.region)
    elif assignment is not None and assignment.suggested_unit:
        actions.dispatch(work, order, actor=by, unit=assignment.suggested_unit)
    elif min(order.category_confidence, order.place_confidence) >= how.dispatcher.decides_from_confidence and choose(
        category=order.category, region=order.region, type=order.type, urgent=order.urgent
    ):
        actions.dispatch(work, order, actor=by)


def _some_other_unit(work: Work, order: WorkOrder, right: str) -> str:
    """A unit of the same place a tired dispatcher might confuse with the right one."""
    region = right.partition("-")[0]
    beside = [code for code in organisations.in_region(region) if code != right]
    return beside[between(0, len(beside) - 1, work.draw(order.number, "confuses"))] if beside else right


def _department(work: Work, order: WorkOrder, story: Story | None, how: Profile) -> None:
    assignment = queries.assignment_of(work, order)
    if assignment is None:
        return
    by = Actor(Role.DEPARTMENT, assignment.unit)
    attempt = order.dispatches * 10 + order.redo_count
    if order.state == S.PENDING_SIGN:
        right = _right_place(order, story) if story else assignment.unit
        wrong = right != assignment.unit
        unjust = happens(how.department.returns_unjustly, work.draw(order.number, "unjust-return", attempt))
        may = ASSIGNMENT.refusal(work, assignment, "return_to_centre", by) is None
        if (wrong or unjust) and may and assignment.state != AssignmentState.APPOINTED:
            _return(work, order, assignment, by, right if wrong else _some_other_unit(work, order, right))
        else:
            actions.sign(work, order, actor=by)
    elif assignment.contacted_at is None:
        actions.contact(work, order, actor=by)
    else:
        value = work.draw(order.number, "solves", attempt)
        solved = (
            Solved.SOLVED
            if happens(how.department.solves, value)
            else Solved.MOSTLY
            if happens(how.department.solves + how.department.mostly_solves, value)
            else Solved.UNSOLVED
        )
        words = "unsolved" if solved == Solved.UNSOLVED else "unit"
        text = reply(words, work.draw(order.number, "answer-words", attempt))
        actions.answer(work, order, actor=by, text=text, solved=solved)


def _return(work: Work, order: WorkOrder, assignment: Assignment, by: Actor, suggested: str) -> None:
    value = work.draw(order.number, "return-words", order.dispatches)
    if suggested == assignment.unit:
        actions.sign(work, order, actor=by)
    else:
        actions.return_to_centre(
            work,
            order,
            actor=by,
            reason=reply("return_reason", value),
            legal_basis=reply("return_basis", value),
            suggested_unit=suggested,
        )


def _reviewer(work: Work, order: WorkOrder, story: Story | None, how: Profile) -> None:
    by = Actor(Role.REVIEWER)
    assignment = queries.assignment_of(work, order)
    once = assignment is not None and not assignment.review_remark
    if once and happens(how.reviewer.sends_back, work.draw(order.number, "sends-back", order.dispatches)):
        words = reply("send_back", work.draw(order.number, "send-back-words"))
        actions.send_back(work, order, actor=by, reason=words)
    else:
        actions.pass_review(work, order, actor=by)


def _follow_up(work: Work, order: WorkOrder, story: Story | None, how: Profile) -> None:
    by, staff = Actor(Role.FOLLOW_UP), how.follow_up
    attempt = order.redo_count * 10 + order.follow_ups
    if not happens(staff.reached, work.draw(order.number, "reached", attempt)):
        actions.follow_up(work, order, actor=by, reached=False)
        return
    assignment = queries.assignment_of(work, order)
    solved = assignment.solved if assignment else Solved.UNSOLVED
    content = staff.satisfied_when_unsolved if solved == Solved.UNSOLVED else staff.satisfied_when_solved
    value = work.draw(order.number, "satisfied", attempt)
    satisfied = Satisfied.SATISFIED if happens(content, value) else Satisfied.DISSATISFIED
    if satisfied == Satisfied.SATISFIED and happens(staff.mostly_satisfied, work.draw(order.number, "mostly", attempt)):
        satisfied = Satisfied.MOSTLY
    actions.follow_up(
        work,
        order,
        actor=by,
        reached=True,
        contacted=happens(staff.contacted, work.draw(order.number, "was-contacted", attempt)),
        solved=solved,
        satisfied=satisfied,
        reasonable=happens(staff.reasonable, work.draw(order.number, "reasonable", attempt)),
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
    """A caller may think better of it (撤单)."""
    how = profile(work.sandbox.profile).caller
    if not is_open(work, Role.CITIZEN) and happens(how.withdraws, work.draw(order.number, "withdraws")):
        after = between(*how.withdraws_after, work.draw(order.number, "withdraws-after"))
        work.later(work.now + timedelta(seconds=after), WITHDRAW, order)


def withdraw(work: Work, order: WorkOrder) -> None:
    """A caller takes the demand back, if that is still possible."""
    by = Actor(Role.CITIZEN)
    if not is_open(work, Role.CITIZEN) and WORK_ORDER.refusal(work, order, "withdraw", by) is None:
        actions.withdraw(work, order, actor=by, reason=reply("withdraw", work.draw(order.number, "withdraw-words")))
