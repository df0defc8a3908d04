"""Looking at the board without a browser: a client with its cookies, and what stands in a page."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from django.test import Client


def client_of(world: Any, actor: str = "owner", **options: Any) -> Client:
    """A client that has entered with a key of the world."""
    client = Client(raise_request_exception=False, **options)
    enter(client, world.key(actor))
    return client


def enter(client: Client, key: str) -> Any:
    return client.post("/board/enter", {"key": key})


def text(answer: Any) -> str:
    return answer.content.decode()


def words(answer: Any) -> str:
    """A page's text as it is read."""
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text(answer))))


def tiles(answer: Any) -> dict[str, int]:
    """Open orders by city, as the map shows them."""
    found = re.findall(r'data-city="(\d+)".*?class="open">([\d,]+)<', text(answer), re.DOTALL)
    return {code: int(shown.replace(",", "")) for code, shown in found}


def standing(answer: Any) -> dict[str, int]:
    """Orders by state, as the flow shows them; states nobody is in are left out."""
    found = re.findall(r'data-state-code="(\w+)" data-count="(\d+)"', text(answer))
    return {code: int(count) for code, count in found if int(count)}
