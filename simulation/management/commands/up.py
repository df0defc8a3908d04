"""`manage.py up`: the embedded province, one process with web server, Celery worker and beat."""

from __future__ import annotations

import argparse
import fcntl
import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from sandbox import actions, catalogue, clock, embedded, inputs, queries, turns
from sandbox.actors import SYSTEM
from sandbox.catalogue import SeedError
from sandbox.management.database import prepare, recorded
from sandbox.management.servers import listen
from sandbox.moments import instant
from sandbox.vocabulary import Clock
from sandbox.work import Work
from simulation.bulk import CALLS_COME

if TYPE_CHECKING:
    from sandbox.models import Sandbox

log = logging.getLogger(__name__)
DEMO_ORDERS = 1507  # a day: one percent of 日均受理 15.07万件 (2022-08, 全省)
DEMO_RATE = 600  # simulated seconds a real second
DEMO_SLEEPS_AFTER = 1800  # seconds without a reader


class Command(BaseCommand):
    help = "起一个小小的省：网页与接口、后台执行与节拍都在这一个进程里。Ctrl-C 停止。"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="监听地址（默认 127.0.0.1）")
        parser.add_argument("--port", type=int, default=8000, help="端口（默认 8000；0 表示任一空闲端口）")
        parser.add_argument("--fresh", action="store_true", help="重新建立 quickstart 与 demo 两个沙箱")

    def handle(self, **options: Any) -> None:
        recorded()
        with _only_one():
            self._live(**options)

    def _live(self, **options: Any) -> None:
        listener = listen(options["host"], options["port"], by=("--host", "--port"))
        try:
            catalogue.load()
            prepare()
            if options["fresh"]:
                for slug in ("quickstart", "demo"):
                    if sandbox := queries.by_slug(slug):
                        actions.delete(sandbox)
            quickstart = _quickstart()
            demo = _demo()
        except SeedError as error:
            raise CommandError(str(error)) from None
        keys = {sandbox.slug: _key(sandbox) for sandbox in (quickstart, demo)}
        clock.wake_all()

        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        host = f"[{options['host']}]" if ":" in options["host"] else options["host"]
        address = f"http://{host}:{listener.getsockname()[1]}"
        with embedded.running(listener):
            self._say(address, keys)
            stop.wait()
            self.stdout.write("正在停止……")
            self.stdout.flush()

    def _say(self, address: str, keys: dict[str, str]) -> None:
        self.stdout.write(
            f"粤演已启动\n"
            f"  看板       {address}/board/enter#{keys['demo']}   （点开就看运行中的 demo）\n"
            f"  接口说明   {address}/api/docs/\n"
            f"  接口       {address}/api/v1/\n"
            f"  quickstart {keys['quickstart']}   （冻结的沙箱，README 的例子用它）\n"
            f"  demo       {keys['demo']}   （运行中的沙箱，{DEMO_RATE} 倍速，约全省百分之一的来电）\n"
            f"  export YUEYAN={address} KEY={keys['quickstart']}\n"
            f"Ctrl-C 停止。"
        )
        self.stdout.flush()


@contextmanager
def _only_one() -> Iterator[None]:
    """Two of these on one database would mean two beats and two drivers, two in one folder would overwrite each
    other's keys: the second is kept out. (From a server's database only as long as the first one's connection lasts.)
    """
    with turns.house() as mine, (settings.VAR_DIR / "up.lock").open("w") as folder:
        if not mine:
            raise CommandError("这个数据库上已有一个 up 在运行。请先停止它，或用 DATABASE_URL 另指一个数据库")
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError(
                f"{settings.VAR_DIR} 上已有一个 up 在运行。请先停止它，或用 YUEYAN_VAR 另指一个目录"
            ) from None
        yield


def _quickstart() -> Sandbox:
    """A quiet, frozen sandbox of its own for the README's examples."""
    return queries.by_slug("quickstart") or actions.found(
        "quickstart", seed=1, start=instant(2022, 9, 1, 9), name="入门"
    )


def _demo() -> Sandbox:
    """A running province with about one percent of the real volume; one that fell asleep wakes up."""
    found = queries.by_slug("demo")
    if found is not None:
        if found.clock == Clock.FROZEN:
            with Work.on(found) as work:
                clock.run(work, rate=DEMO_RATE)
        return found
    demo = actions.found(
        "demo",
        seed=12345,
        start=instant(2022, 9, 1, 8),
        profile="guangdong-2022",
        name="一个省的百分之一",
        idle_after=DEMO_SLEEPS_AFTER,
    )
    with Work.on(demo) as work:
        inputs.perform(work, CALLS_COME, actor=SYSTEM, args={"orders": DEMO_ORDERS, "days": 1, "endless": True})
    with Work.on(demo) as work:
        clock.run(work, rate=DEMO_RATE)
    return work.sandbox


def _key(sandbox: Sandbox) -> str:
    """The owner's key this process prints: kept beside the database, so that it stays the same. (That of a database
    on a server is kept in VAR_DIR.)"""
    name = f"{sandbox.slug}.key"
    kept = turns.beside(name) if connection.vendor == "sqlite" else settings.VAR_DIR / name
    if kept.exists():
        secret = kept.read_text().strip()
        if queries.opens(sandbox, secret):
            return secret
    secret = actions.give_key(sandbox)
    kept.touch(mode=0o600)
    kept.chmod(0o600)
    kept.write_text(secret)
    return secret
