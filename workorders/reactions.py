"""What the hotline's own system does by itself: the intelligent agent (智能客服) and intelligent dispatch (智能派单)."""

from sandbox.actors import SYSTEM
from sandbox.events import Happened, on
from sandbox.work import Work
from workorders import actions, knowledge
from workorders.dispatch import choose
from workorders.models import WorkOrder


@on("work_order.received")
def answer_what_is_known(work: Work, happened: Happened, order: WorkOrder) -> None:
    """Answer a consultation from the knowledge base where it is sure enough; everything else waits for an agent."""
    found = knowledge.answering(work, order.text, order.type)
    if found is not None:
        actions.answer_directly(
            work,
            order,
            actor=SYSTEM,
            text=found.article.answer,
            article=found.article.code,
            confidence=found.confidence,
        )


@on("work_order.accepted")
def dispatch_what_is_recognised(work: Work, happened: Happened, order: WorkOrder) -> None:
    """Dispatch by rule what was recognised well enough; everything else waits for a person."""
    if order.state != happened.data["state"]:
        return  # somebody was quicker
    enough = work.rules.value("workorder.auto_dispatch_confidence", work.now)
    if min(order.category_confidence, order.place_confidence) < enough:
        return
    if choose(category=order.category, region=order.region, type=order.type, urgent=order.urgent):
        actions.dispatch(work, order, actor=SYSTEM)
