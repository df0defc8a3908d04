"""The README's pictures: a private province lives for a week and a morning, and a browser looks at it.

`make screenshots` writes docs/board.png, docs/board-en.png and docs/order.png.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.console.browsing import CHROMIUM, chromium
from tests.journeys.up import ROOT, Up, running, until

DOCS = ROOT / "docs"
DAYS = [f"2022-09-0{day}T10:30:00+08:00" for day in range(2, 10)]
VIEW = {"width": 1280, "height": 1560}
SMALL = ["--disable-lcd-text", "--font-render-hinting=none"]  # grey edges of letters: half the size


def main() -> int:
    if not CHROMIUM.exists():
        print(f"没有浏览器 {CHROMIUM}：请 apt-get install chromium fonts-noto-cjk")
        return 1
    with (
        tempfile.TemporaryDirectory(prefix="yueyan-pictures-") as var,
        running(Path(var)) as up,
        chromium(*SMALL) as browser,
    ):
        _live(up)
        page = browser.new_page(viewport=VIEW, locale="zh-CN")
        page.goto(up.board)
        page.wait_for_url(f"{up.url}/board/")
        page.wait_for_timeout(6_000)
        _take(page, "board")
        page.goto(f"{up.url}/board/?lang=en")
        page.wait_for_timeout(3_000)
        _take(page, "board-en")
        page.goto(f"{up.url}/board/orders/{_eventful(up)}?lang=zh")
        _take(page, "order")
    return 0


def _live(up: Up) -> None:
    """A week and a morning, and then on at the pace of the demo."""
    up.call("sandbox/clock/freeze", {}, of="demo")
    for morning in DAYS:
        up.call("sandbox/clock/advance", {"to": morning, "wait": 0}, of="demo")
        until(
            lambda morning=morning: up.call("sandbox/clock", of="demo")["now"] == morning,
            f"the demo to reach {morning}",
        )
    up.call("sandbox/clock/run", {"rate": 60}, of="demo")


def _eventful(up: Up) -> str:
    """An order with a return and a follow-up in its timeline."""
    listed = up.call("events?type=work_order.redo_ordered&limit=50", of="demo")["results"]
    numbers = [event["subject"] for event in listed]
    return str(max(numbers, key=lambda number: len(up.call(f"workorders/{number}/timeline", of="demo"))))


def _take(page: Any, name: str) -> None:
    file = DOCS / f"{name}.png"
    page.screenshot(path=str(file), clip={"x": 0, "y": 0, **VIEW})
    print(f"{file.relative_to(ROOT)} {file.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    sys.exit(main())
