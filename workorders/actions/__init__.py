"""Every write of the hotline: one short function a verb of the trade.

Each checks everything first, then moves the records and leaves one event, whose data holds the state before
(`was`) and after (`state`).
"""

from workorders.actions.dispatching import approve_return, dispatch, refuse_return, return_to_centre, sign
from workorders.actions.ending import archive, note_overdue, withdraw
from workorders.actions.following_up import close, follow_up, order_redo
from workorders.actions.handling import answer, contact, pass_review, send_back
from workorders.actions.receiving import accept, answer_directly, caller, register, reject
from workorders.actions.steps import ARCHIVE, WATCH
from workorders.actions.telephone import give_up, offer, pick_up

__all__ = [
    "ARCHIVE",
    "WATCH",
    "accept",
    "answer",
    "answer_directly",
    "approve_return",
    "archive",
    "caller",
    "close",
    "contact",
    "dispatch",
    "follow_up",
    "give_up",
    "note_overdue",
    "offer",
    "order_redo",
    "pass_review",
    "pick_up",
    "refuse_return",
    "register",
    "reject",
    "return_to_centre",
    "send_back",
    "sign",
    "withdraw",
]
