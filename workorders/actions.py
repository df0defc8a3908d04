"""Every write of the hotline: one short function a verb of the trade.

Each checks everything first, then moves the records and leaves one event, whose data holds the state before
(`was`) and after (`state`).
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from identity import actions as identity_actions
from identity import organisations
from identity import queries as identity_queries
from sandbox.actors import SYSTEM, Actor, Role
from sandbox.ids import local
from sandbox.refusals import Refused
from sandbox.regions import PROVINCE, city_of
from sandbox.regions import region as region_of
from sandbox.work import Work
from workorders import deadlines, queries
from workorders.categories import categories
from workorders.dispatch import choose
from workorders.lifecycle import ASSIGNMENT, WORK_ORDER, AssignmentState, redo_limit_reached
from workorders.models import Assignment, FollowUp, WorkOrder
from workorders.numbers import number
from workorders.recognition import recognise
from workorders.vocabulary import Channel, Deadline, Ending, RejectReason, RequestType, Satisfied, Solved

if TYPE_CHECKING:
    from identity.models import Party

WATCH = "workorders.deadline"
ARCHIVE = "workorders.archive"


# receiving ----------------------------------------------------------------------------------------------


def register(
    work: Work,
    *,
    actor: Actor,
    text: str,
    caller: Party,
    channel: str = Channel.PHONE,
    place: str = "",
    region: str = "",
    type: str = "",
    category: str = "",
    urgent: bool = False,
    confidential: bool = False,
) -> WorkOrder:
    """Take down a demand (登记), by phone or online, and recognise what and where it is.

    What the caller states (type, category, region) stands; the rest is recognised from the words.
    Raises Refused `unknown_region`, `unknown_category`, and `beyond_calendar` where it could not be answered
    before the working calendar ends.
    """
    if actor.role not in (Role.CITIZEN, Role.AGENT):
        raise Refused(
            "诉求由诉求人提交或由话务员登记",
            code="wrong_role",
            status=403,
            remedy="请以 citizen 或 agent 的身份（Acting-As）重试",
        )
    _known(category=category, region=region)
    deadlines.must_fit(work.rules, type=type or RequestType.COMPLAINT, received_at=work.now)
    seen = recognise(text, place)
    where, place_confidence = (region, 100) if region else (seen.region, seen.place_confidence)
    what, category_confidence = (category, 100) if category else (seen.category, seen.category_confidence)
    hotline = city_of(where) if where else PROVINCE
    order = work.new(
        WorkOrder,
        channel=channel,
        caller=caller,
        text=text,
        place=place,
        confidential=confidential,
        received_at=work.now,
        type=type,
        category=what,
        region=where,
        urgent=urgent or seen.urgent,
        category_confidence=category_confidence,
        place_confidence=place_confidence,
    )
    order.number = number(hotline, work.now.date(), local(order.pk))
    work.record(
        "work_order.received",
        order,
        actor=actor,
        channel=channel,
        caller="" if confidential else caller.number,
        type=type,
        category=what,
        category_confidence=category_confidence,
        region=where,
        place_confidence=place_confidence,
        urgent=order.urgent,
        was="",
        state=order.state,
    )
    return order


def caller(work: Work, *, name: str, phone: str = "", document: str = "", kind: str = "natural") -> Party:
    """Who is calling: known by phone and name, or registered now."""
    known = identity_queries.caller_known_as(work, phone=phone, name=name)
    return known or identity_actions.register_party(work, kind=kind, name=name, phone=phone, document=document)


def accept(
    work: Work,
    order: WorkOrder,
    *,
    actor: Actor,
    type: str = "",
    category: str = "",
    region: str = "",
    urgent: bool | None = None,
) -> WorkOrder:
    """Accept a demand (受理): its type, category and place stand, and its deadline is set, from receipt.

    What the agent states replaces what was recognised and is certain. Raises Refused `type_missing`,
    `unknown_region`, `unknown_category`, `not_accepted_category`.
    """
    WORK_ORDER.check(work, order, "accept", actor)
    _known(category=category, region=region)
    if not (type or order.type):
        raise Refused(
            "受理须写明诉求类型",
            code="type_missing",
            status=422,
            field="type",
            remedy=f"可用：{'、'.join(RequestType.values)}",
        )
    what = category or order.category
    if what and (reason := categories()[what].not_accepted):
        raise Refused(
            f"{categories()[what].name}不属于热线受理范围：{RejectReason(reason).label}",
            code="not_accepted_category",
            field="category",
            remedy=f"请以事由 {reason} 不予受理（reject），并告知诉求人正确渠道",
        )
    # whatever may still be refused comes before anything changes
    kind, hurry = type or order.type, order.urgent if urgent is None else urgent
    due = deadlines.answer_by(work.rules, type=kind, urgent=hurry, received_at=order.received_at)
    order.type, order.urgent, order.due_at = kind, hurry, due
    if category:
        order.category, order.category_confidence = category, 100
    if region:
        order.region, order.place_confidence = region, 100
    order.dispatch_by = deadlines.after(work.rules, "workorder.dispatch", work.now)
    order.accepted_at = work.now
    _moved(
        work,
        order,
        "accept",
        "work_order.accepted",
        actor,
        type=order.type,
        category=order.category,
        region=order.region,
        urgent=order.urgent,
    )
    return _overdue_at_once(work, order, since=order.received_at)


def reject(work: Work, order: WorkOrder, *, actor: Actor, reason: int, remark: str = "") -> WorkOrder:
    """Refuse a demand (不予受理) for one of the listed reasons; the caller is told which, and where to turn."""
    WORK_ORDER.check(work, order, "reject", actor)
    order.reject_reason, order.remark = reason, remark
    return _ended(work, order, Ending.REJECTED, "reject", "work_order.rejected", actor, reason=reason)


def answer_directly(work: Work, order: WorkOrder, *, actor: Actor, text: str) -> WorkOrder:
    """Answer a consultation at the desk (直接答复办结), without dispatching it."""
    WORK_ORDER.check(work, order, "answer_directly", actor)
    order.type = RequestType.CONSULTATION  # an agent who answers at once has understood it as one
    order.answer = text
    return _ended(work, order, Ending.ANSWERED, "answer_directly", "work_order.answered_directly", actor)


# dispatching --------------------------------------------------------------------------------------------


def dispatch(
    work: Work, order: WorkOrder, *, actor: Actor, unit: str = "", category: str = "", region: str = ""
) -> WorkOrder:
    """Hand an order to a unit (派单): the one named, or the one the rules choose for category and place.

    The rule that fired stands on the assignment. Raises Refused `unknown_unit`, `nothing_to_go_by`.
    """
    WORK_ORDER.check(work, order, "dispatch", actor)
    _known(category=category, region=region, unit=unit)
    what, where = category or order.category, region or order.region
    rule = ""
    if not unit:
        chosen = choose(category=what, region=where, type=order.type, urgent=order.urgent)
        if chosen is None:
            missing = "类目" if not what else "地点" if not where else "派单规则"
            raise Refused(
                f"无法按规则派单：{missing}未定",
                code="nothing_to_go_by",
                status=422,
                field="unit",
                remedy="请给出 category 与 region，或直接指定 unit",
            )
        unit, rule = chosen[0].code, chosen[1].id
    sign_by = deadlines.after(work.rules, "workorder.sign", work.now)
    order.category, order.region = what, where
    order.dispatches += 1
    assignment = work.new(
        Assignment,
        order=order,
        position=order.dispatches,
        unit=unit,
        rule=rule,
        dispatched_at=work.now,
        sign_by=sign_by,
    )
    order.assignment_id, order.unit = assignment.pk, unit
    return _moved(
        work,
        order,
        "dispatch",
        "work_order.dispatched",
        actor,
        unit=unit,
        rule=rule,
        position=order.dispatches,
        category=what,
        region=where,
    )


def sign(work: Work, order: WorkOrder, *, actor: Actor) -> WorkOrder:
    """A unit takes an order on (签收); the first contact with the caller is due within a day."""
    assignment = _both(work, order, "sign", actor)
    assignment.signed_at = work.now
    assignment.contact_by = deadlines.after(work.rules, "workorder.first_contact", work.now)
    return _moved(
        work,
        order,
        "sign",
        "work_order.signed",
        actor,
        assignment,
        unit=assignment.unit,
        position=assignment.position,
        on_time=work.now <= assignment.sign_by,
    )


def return_to_centre(
    work: Work, order: WorkOrder, *, actor: Actor, reason: str, legal_basis: str, suggested_unit: str
) -> WorkOrder:
    """A unit asks to give an order back (退单), with reason, legal basis and the unit it thinks is competent."""
    assignment = _both(work, order, "return_to_centre", actor)
    _known(unit=suggested_unit, field="suggested_unit")
    if suggested_unit == assignment.unit:
        raise Refused(
            "建议单位不能是本单位",
            code="suggests_itself",
            status=422,
            field="suggested_unit",
            remedy="请建议职责相符的单位",
        )
    assignment.return_reason, assignment.return_basis = reason, legal_basis
    assignment.suggested_unit = suggested_unit
    return _moved(
        work,
        order,
        "return_to_centre",
        "work_order.return_requested",
        actor,
        assignment,
        unit=assignment.unit,
        suggested_unit=suggested_unit,
    )


def approve_return(work: Work, order: WorkOrder, *, actor: Actor, remark: str = "") -> WorkOrder:
    """The hotline agrees (同意退单): the order waits for a person to dispatch it again; the deadline runs on."""
    assignment = _both(work, order, "approve_return", actor)
    assignment.review_remark = remark
    order.dispatch_by = deadlines.after(work.rules, "workorder.dispatch", work.now)
    order.unit = ""
    return _moved(work, order, "approve_return", "work_order.returned", actor, assignment, unit=assignment.unit)


def refuse_return(work: Work, order: WorkOrder, *, actor: Actor, reason: str) -> WorkOrder:
    """The hotline does not agree (不同意退单): the unit is appointed and must take the order on."""
    assignment = _both(work, order, "refuse_return", actor)
    assignment.review_remark = reason
    return _moved(work, order, "refuse_return", "work_order.return_refused", actor, assignment, unit=assignment.unit)


# handling -----------------------------------------------------------------------------------------------


def contact(work: Work, order: WorkOrder, *, actor: Actor) -> WorkOrder:
    """A unit has contacted the caller (联系诉求人)."""
    assignment = _both(work, order, "contact", actor)
    on_time = assignment.contact_by is None or work.now <= assignment.contact_by
    assignment.contacted_at = work.now
    return _moved(
        work, order, "contact", "work_order.contacted", actor, assignment, unit=assignment.unit, on_time=on_time
    )


def answer(work: Work, order: WorkOrder, *, actor: Actor, text: str, solved: str) -> WorkOrder:
    """Record a unit's answer (答复) and whether the matter is solved; the hotline reviews it."""
    assignment = _both(work, order, "answer", actor)
    due = deadlines.answer_due(order)
    assignment.answer, assignment.answered_at, assignment.solved = text, work.now, solved
    return _moved(
        work,
        order,
        "answer",
        "work_order.answered",
        actor,
        assignment,
        unit=assignment.unit,
        solved=solved,
        on_time=due is None or work.now <= due,
        redo=order.redo_count,
    )


def pass_review(work: Work, order: WorkOrder, *, actor: Actor) -> WorkOrder:
    """The hotline finds the answer good (审核通过): 部门办结; the caller is to be followed up."""
    assignment = _both(work, order, "pass_review", actor)
    order.follow_up_by = deadlines.after(work.rules, "workorder.follow_up", work.now)
    order.answer, order.completed_at = assignment.answer, work.now
    order.follow_ups, order.solved, order.satisfied = 0, "", ""  # of this round
    return _moved(work, order, "pass_review", "work_order.completed", actor, assignment, unit=assignment.unit)


def send_back(work: Work, order: WorkOrder, *, actor: Actor, reason: str) -> WorkOrder:
    """The hotline finds the answer lacking (退回补办); the deadline stays as it was."""
    assignment = _both(work, order, "send_back", actor)
    assignment.review_remark = reason
    _moved(work, order, "send_back", "work_order.sent_back", actor, assignment, unit=assignment.unit)
    return _overdue_at_once(work, order, since=assignment.answered_at)


# following up -------------------------------------------------------------------------------------------


def follow_up(
    work: Work,
    order: WorkOrder,
    *,
    actor: Actor,
    reached: bool,
    contacted: bool | None = None,
    solved: str = "",
    satisfied: str = "",
    reasonable: bool = True,
    remark: str = "",
) -> WorkOrder:
    """Ask the caller (回访): contacted? solved? satisfied? What follows is decided at once.

    Not reached: try again, and after the last attempt close. Dissatisfied or unsolved with a reasonable
    demand: redo, as often as the rule book allows. Otherwise: close.
    Raises Refused `answers_missing` when the caller was reached but did not answer the three questions.
    """
    WORK_ORDER.check(work, order, "follow_up", actor)
    if reached and (contacted is None or not solved or not satisfied):
        raise Refused(
            "接通的回访须有三项结果：是否联系、是否解决、是否满意",
            code="answers_missing",
            status=422,
            field="contacted" if contacted is None else "solved" if not solved else "satisfied",
            remedy="请补全 contacted、solved、satisfied；未接通请写 reached=false",
        )
    if not reached and (contacted is not None or solved or satisfied):
        raise Refused(
            "未接通的回访不能有三项结果",
            code="answers_without_call",
            status=422,
            field="reached",
            remedy="请去掉结果或写 reached=true",
        )
    order.follow_ups += 1
    work.new(
        FollowUp,
        order=order,
        attempt=order.follow_ups,
        at=work.now,
        reached=reached,
        contacted=contacted,
        solved=solved,
        satisfied=satisfied,
        reasonable=reasonable,
        remark=remark,
    )
    if reached:
        order.solved, order.satisfied = solved, satisfied
    category = categories().get(order.category)
    _moved(
        work,
        order,
        "follow_up",
        "work_order.followed_up",
        actor,
        attempt=order.follow_ups,
        reached=reached,
        contacted=contacted,
        solved=solved,
        satisfied=satisfied,
        reasonable=reasonable,
        excluded=bool(category and category.excluded_from_satisfaction),
    )
    if not reached:
        if order.follow_ups >= work.rules.value("workorder.follow_up_attempts", work.now):
            return close(work, order, actor=actor, reason=f"{order.follow_ups} 次回访均未接通")
        return order
    unhappy = satisfied == Satisfied.DISSATISFIED or solved == Solved.UNSOLVED
    if unhappy and reasonable and redo_limit_reached(work, order, actor) is None:
        return order_redo(work, order, actor=actor)
    return close(work, order, actor=actor)


def order_redo(work: Work, order: WorkOrder, *, actor: Actor) -> WorkOrder:
    """Send an order back to its unit to be done again (发回重办), with a limit of its own."""
    assignment = _both(work, order, "order_redo", actor)
    order.redo_by = deadlines.after(work.rules, "workorder.redo", work.now)
    order.redo_count += 1
    assignment.contacted_at, assignment.contact_by = (
        None,
        deadlines.after(work.rules, "workorder.first_contact", work.now),
    )
    return _moved(
        work,
        order,
        "order_redo",
        "work_order.redo_ordered",
        actor,
        assignment,
        unit=assignment.unit,
        redo=order.redo_count,
    )


def close(work: Work, order: WorkOrder, *, actor: Actor, reason: str = "") -> WorkOrder:
    """Close an order (办结): followed up, or exempt from it for a stated reason."""
    WORK_ORDER.check(work, order, "close", actor)
    if not reason and order.follow_ups == 0:
        raise Refused(
            "未经回访的办结须说明理由",
            code="reason_missing",
            status=422,
            field="reason",
            remedy="例如：诉求人明确表示无需回访",
        )
    order.remark = reason
    return _ended(work, order, Ending.CLOSED, "close", "work_order.closed", actor, redo=order.redo_count)


# ending -------------------------------------------------------------------------------------------------


def withdraw(work: Work, order: WorkOrder, *, actor: Actor, reason: str = "") -> WorkOrder:
    """The caller takes the demand back (撤单), as long as no answer is under review."""
    WORK_ORDER.check(work, order, "withdraw", actor)
    assignment = queries.assignment_of(work, order)
    if assignment is not None and assignment.state != AssignmentState.RETURNED:
        ASSIGNMENT.check(work, assignment, "withdraw", actor)
    else:
        assignment = None
    order.remark = reason
    return _ended(work, order, Ending.WITHDRAWN, "withdraw", "work_order.withdrawn", actor, assignment)


def archive(work: Work, order: WorkOrder, *, actor: Actor = SYSTEM) -> WorkOrder:
    """Put an ended order into the archive (归档), where nothing changes any more."""
    WORK_ORDER.check(work, order, "archive", actor)
    order.archived_at = work.now
    return _moved(work, order, "archive", "work_order.archived", actor, ending=order.ending)


def note_overdue(work: Work, order: WorkOrder) -> None:
    """Record every deadline that has just passed (超期), once each, and watch the next one."""
    assignment = queries.assignment_of(work, order)
    for moment, what in deadlines.pending(order, assignment):
        if moment < work.now and (work.now - moment).total_seconds() <= 1:
            _overdue(work, order, what)
    order.watch_at = None
    _watch(work, order, assignment)
    work.save(order)


def _overdue_at_once(work: Work, order: WorkOrder, *, since: datetime | None) -> WorkOrder:
    """Record that the unit's deadline passed while nobody watched it: before acceptance, or under review."""
    due = deadlines.answer_due(order)
    if since is not None and due is not None and since <= due < work.now:
        _overdue(work, order, Deadline.ANSWER)
    return order


def _overdue(work: Work, order: WorkOrder, what: Deadline) -> None:
    work.record("work_order.overdue", order, what=what, unit=order.unit, was=order.state, state=order.state)


# what they share ----------------------------------------------------------------------------------------


def _known(*, category: str = "", region: str = "", unit: str = "", field: str = "unit") -> None:
    if category and category not in categories():
        raise Refused(
            f"没有类目 {category}",
            code="unknown_category",
            status=422,
            field="category",
            remedy="GET /api/v1/categories 列出全部类目",
        )
    if region and region_of(region) is None:
        raise Refused(
            f"广东省没有地区 {region}",
            code="unknown_region",
            status=422,
            field="region",
            remedy="GET /api/v1/regions 列出全部地区",
        )
    if unit and organisations.unit(unit) is None:
        raise Refused(
            f"没有单位 {unit}", code="unknown_unit", status=422, field=field, remedy="GET /api/v1/units 列出全部单位"
        )


def _both(work: Work, order: WorkOrder, action: str, actor: Actor) -> Assignment:
    """The order's assignment, once both tables have allowed the step."""
    WORK_ORDER.check(work, order, action, actor)
    assignment = queries.assignment_of(work, order)
    if assignment is None:
        raise AssertionError(f"{order} is {order.state} without an assignment")
    ASSIGNMENT.check(work, assignment, action, actor)
    return assignment


def _moved(
    work: Work,
    order: WorkOrder,
    action: str,
    event: str,
    actor: Actor,
    assignment: Assignment | None = None,
    **data: Any,
) -> WorkOrder:
    """Take the checked step in the order's table and its assignment's, record it, watch the next deadline."""
    was = order.state
    WORK_ORDER.move(order, action)
    if assignment is not None:
        ASSIGNMENT.move(assignment, action)
        work.save(assignment)
    work.save(order)
    work.record(event, order, actor=actor, was=was, state=order.state, **data)
    _watch(work, order, assignment)
    return order


def _ended(
    work: Work,
    order: WorkOrder,
    ending: Ending,
    action: str,
    event: str,
    actor: Actor,
    assignment: Assignment | None = None,
    **data: Any,
) -> WorkOrder:
    order.ending, order.closed_at = ending, work.now
    _moved(work, order, action, event, actor, assignment, ending=ending, **data)
    work.later(deadlines.after(work.rules, "workorder.archive", work.now), ARCHIVE, order)
    return order


def _watch(work: Work, order: WorkOrder, assignment: Assignment | None) -> None:
    """See to it that the order is looked at a second after its next deadline, or sooner.

    A look that was booked for an earlier deadline stays booked: it finds nothing overdue and books the
    next one, which costs less than booking anew at every step.
    """
    now = work.now
    upcoming = None
    if order.state in deadlines.RUNNING:
        for moment, _ in deadlines.pending(order, assignment or queries.assignment_of(work, order)):
            if moment >= now and (upcoming is None or moment < upcoming):
                upcoming = moment
    if upcoming is None:
        if order.ending and order.watch_at is not None:
            order.watch_at = None
            work.cancel(WATCH, order)
    elif order.watch_at is None or upcoming < order.watch_at:
        order.watch_at = upcoming
        work.later(upcoming + deadlines.SECOND, WATCH, order)
