"""What every page of the board has in common: who looks, in which language, and what a browser may load.

Whoever shows an owner's key gets a signed cookie that holds the key's digest; it is looked up again at every
request, so that a key taken back ends its sessions at once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, cast

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.csrf import csrf_protect

from console.words import LANGUAGES, Words, words
from sandbox import queries
from sandbox.actions import OWNER
from sandbox.api.credentials import seen
from sandbox.catalogue import SeedError
from sandbox.refusals import Refused

if TYPE_CHECKING:
    from sandbox.models import Sandbox

log = logging.getLogger(__name__)

SESSION = "yueyan_board"
SALT = "yueyan.console"
SESSION_SECONDS = 12 * 3600
LANGUAGE = "yueyan_language"
ROOT = "/board/"
ENTER = "/board/enter"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "private, no-store",
    "Vary": "Cookie",
}


class BoardRequest(HttpRequest):
    """A request whose session has been recognised."""

    sandbox: Sandbox
    words: Words


Page = Callable[..., HttpResponse]


def page(view: Page) -> Page:
    """A page of the board, for whoever has a session: others are shown the way in."""
    return csrf_protect(spoken(view, session=True))


def open_page(view: Page) -> Page:
    """A page of the board for everybody."""
    return csrf_protect(spoken(view))


def spoken(view: Page, *, session: bool = False) -> Page:
    """In the visitor's language, with the board's headers, and refusals as sentences."""

    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        board = cast(BoardRequest, request)
        board.words = words(_language(request))
        sandbox = _sandbox(request)
        if sandbox is not None:
            board.sandbox = sandbox
            seen(sandbox)
        elif session:
            return _finished(request, _way_in(request))
        try:
            response = view(board, *args, **kwargs)
        except Refused as refused:
            response = refusal(board, refused)
        except SeedError as error:
            log.error("seeds: %s", error)
            response = refusal(board, Refused(str(error), code="seed_error", status=503))
        return _finished(request, response)

    return shown


def is_partial(request: HttpRequest) -> bool:
    """Whether htmx asks, which takes a piece of the page."""
    return request.headers.get("HX-Request") == "true"


def refusal(request: BoardRequest, refused: Refused) -> HttpResponse:
    """A refusal as a page: what is against it, and what to do instead."""
    return render(request, "console/refused.html", context(request, refused=refused), status=refused.status)


def context(request: BoardRequest, **more: Any) -> dict[str, Any]:
    """What every template is given."""
    language = request.words.language
    query = request.GET.copy()
    switch = {}
    for code in LANGUAGES:
        query["lang"] = code
        switch[code] = query.urlencode()
    return {
        "t": request.words.texts,
        "words": request.words,
        "language": language,
        "languages": [(code, name, switch[code]) for code, name in LANGUAGES.items()],
        "sandbox": getattr(request, "sandbox", None),
        **more,
    }


def begin(response: HttpResponse, request: HttpRequest, digest: str) -> None:
    """Give the browser its session: gone when it closes, never seen by scripts, never sent from elsewhere."""
    response.set_signed_cookie(
        SESSION, digest, salt=SALT, path=ROOT, httponly=True, samesite="Strict", secure=request.is_secure()
    )


def end(response: HttpResponse) -> None:
    response.delete_cookie(SESSION, path=ROOT, samesite="Strict")


def _sandbox(request: HttpRequest) -> Sandbox | None:
    digest = request.get_signed_cookie(SESSION, None, salt=SALT, max_age=SESSION_SECONDS)
    found = queries.holder(digest) if digest else None
    return found[0] if found and found[1] == OWNER else None


def _way_in(request: HttpRequest) -> HttpResponse:
    if is_partial(request):  # htmx follows this header with the whole page
        return HttpResponse(status=401, headers={"HX-Redirect": ENTER})
    return HttpResponseRedirect(ENTER)


def _language(request: HttpRequest) -> str:
    wanted = request.GET.get("lang", "")
    return wanted if wanted in LANGUAGES else request.COOKIES.get(LANGUAGE, "zh")


def _finished(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if (wanted := request.GET.get("lang", "")) in LANGUAGES:
        response.set_cookie(LANGUAGE, wanted, path=ROOT, max_age=365 * 86400, httponly=True, samesite="Strict")
    return response
