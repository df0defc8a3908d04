"""Receiving a demand (受理环节): taking it down, and accepting, refusing or answering it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from identity import actions as identity_actions
from identity import queries as identity_queries
from sandbox.actors import Actor, Role
from sandbox.ids import local
from sandbox.refusals import Refused
from sandbox.regions import PROVINCE, city_of
from sandbox.work import Work
from workorders import deadlines
from workorders.actions import steps
from workorders.categories import categories
from workorders.lifecycle import WORK_ORDER
from workorders.models import WorkOrder
from workorders.numbers import number
from workorders.recognition import recognise
from workorders.vocabulary import Channel, Ending, RejectReason, RequestType

if TYPE_CHECKING:
    from identity.models import Party


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
    steps.known(category=category, region=region)
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
    steps.known(category=category, region=region)
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
    steps.moved(
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
    return steps.overdue_at_once(work, order, since=order.received_at)


def reject(work: Work, order: WorkOrder, *, actor: Actor, reason: int, remark: str = "") -> WorkOrder:
    """Refuse a demand (不予受理) for one of the listed reasons; the caller is told which, and where to turn."""
    WORK_ORDER.check(work, order, "reject", actor)
    order.reject_reason, order.remark = reason, remark
    return steps.ended(work, order, Ending.REJECTED, "reject", "work_order.rejected", actor, reason=reason)


def answer_directly(
    work: Work, order: WorkOrder, *, actor: Actor, text: str, article: str = "", confidence: int | None = None
) -> WorkOrder:
    """Answer a consultation at once (直接答复办结), without dispatching it: an agent from the desk, or the
    intelligent agent (智能客服) from an article of the knowledge base, as sure as `confidence` per cent."""
    WORK_ORDER.check(work, order, "answer_directly", actor)
    order.type = RequestType.CONSULTATION  # an agent who answers at once has understood it as one
    order.answer, order.article, order.article_confidence = text, article, confidence
    known: dict[str, Any] = {"article": article, "confidence": confidence} if article else {}
    return steps.ended(work, order, Ending.ANSWERED, "answer_directly", "work_order.answered_directly", actor, **known)
