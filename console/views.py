"""The board's pages (看板): the province at a glance, orders, and the clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from console import board as figures
from console import orders as listing
from console.pages import ENTER, ROOT, BoardRequest, begin, context, end, is_partial, open_page, page, spoken
from console.telling import actor_name
from sandbox import clock, queries, tasks
from sandbox.actions import OWNER, key_digest
from sandbox.calendar import calendar
from sandbox.canonical import shown
from sandbox.clock import MAX_RATE
from sandbox.moments import CHINA, day_of
from sandbox.refusals import Refused
from sandbox.work import Work

OPENING = time(9)


@open_page
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: BoardRequest) -> HttpResponse:
    """The way in: an owner's key for a session. The key comes in the body, so that no log ever holds it."""
    refused = ""
    if request.method == "POST":
        digest = key_digest(request.POST.get("key", "").strip())
        found = queries.holder(digest)
        if found is None:
            refused = request.words.say("enter", "unknown")
        elif found[1] != OWNER:
            refused = request.words.say("enter", "not_owner", actor=actor_name(found[1], request.words))
        else:
            response = HttpResponseRedirect(ROOT)
            begin(response, request, digest)
            return response
    return render(request, "console/enter.html", context(request, error=refused), status=403 if refused else 200)


@page
@require_POST
def leave(request: BoardRequest) -> HttpResponse:
    response = HttpResponseRedirect(ENTER)
    end(response)
    return response


@page
@require_safe
def board(request: BoardRequest) -> HttpResponse:
    return render(request, "console/board.html", context(request, rates=figures.RATES, **_live(request)))


@page
@require_safe
def live(request: BoardRequest) -> HttpResponse:
    """What moves, for whoever polls; nothing is counted where nothing has changed since."""
    tag = figures.entity_tag(request.sandbox, request.words)
    same: HttpResponse | None = get_conditional_response(request, etag=tag)
    return _tagged(same or render(request, "console/live.html", context(request, **_live(request))), tag)


@page
@require_POST
def turn_clock(request: BoardRequest, verb: str) -> HttpResponse:
    """Tell the clock something; the driving is the worker's."""
    turn = _TURNS.get(verb)
    if turn is None:
        raise Refused(request.words.say("clock", "unknown_span"), code="not_found", status=404)
    refused = None
    try:
        do = turn(request)
        with Work.on(request.sandbox) as work:
            do(work)
        tasks.hint(request.sandbox.pk)
    except Refused as error:
        refused = error
    request.sandbox.refresh_from_db()
    if not is_partial(request):
        if refused:
            raise refused
        return HttpResponseRedirect(ROOT)
    tag = figures.entity_tag(request.sandbox, request.words)
    shown_now = context(request, notice=True, refused=refused, **_live(request))
    return _tagged(render(request, "console/live.html", shown_now, status=refused.status if refused else 200), tag)


def _live(request: BoardRequest) -> dict[str, Any]:
    return figures.live(request.sandbox, request.words)


def _tagged(response: HttpResponse, tag: str) -> HttpResponse:
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = "private, no-cache"
    return response


Turn = Callable[[Work], None]


def _run(request: BoardRequest) -> Turn:
    given = request.POST.get("rate", "")
    if not (given.isascii() and given.isdigit() and len(given) < 9 and 1 <= int(given) <= MAX_RATE):
        raise Refused(
            request.words.say("clock", "unknown_rate", most=f"{MAX_RATE:,}"), code="bad_rate", status=422, field="rate"
        )
    return lambda work: clock.run(work, rate=int(given))


def _advance(request: BoardRequest) -> Turn:
    span = request.POST.get("span", "")
    if span == "working_day":
        return lambda work: clock.advance(work, to=_next_opening(work.now))
    if span not in _SPANS:
        raise Refused(request.words.say("clock", "unknown_span"), code="bad_span", status=422, field="span")
    return lambda work: clock.advance(work, by=_SPANS[span])


def _next_opening(now: datetime) -> datetime:
    return datetime.combine(calendar().working_days_after(day_of(now), 1), OPENING, CHINA)


_SPANS = {"hour": timedelta(hours=1), "day": timedelta(days=1)}
_TURNS: dict[str, Callable[[BoardRequest], Turn]] = {
    "run": _run,
    "advance": _advance,
    "freeze": lambda request: clock.freeze,
    "retry": lambda request: clock.retry,
}


@page
@require_safe
def orders(request: BoardRequest) -> HttpResponse:
    return render(request, "console/orders.html", context(request, **listing.page_of(request)))


@page
@require_safe
def order(request: BoardRequest, number: str) -> HttpResponse:
    found = listing.one(request.sandbox, number, request.words)
    if found is None:
        said = request.words.say("order", "missing", number=shown(number, 40))
        raise Refused(said, code="not_found", status=404)
    return render(request, "console/order.html", context(request, **found))


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """What a request without this browser's token is told; nothing was done."""

    def said(request: BoardRequest) -> HttpResponse:
        raise Refused(request.words.say("enter", "forged"), code="forged", status=403)

    return spoken(said)(request)
