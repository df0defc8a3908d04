"""`manage.py serve`: the web service of the scaled mode, granian with several processes."""

import argparse
import copy
import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from sandbox import readiness
from sandbox.management import database, servers

GIVEN = ("--host 或 YUEYAN_HOST", "--port 或 YUEYAN_PORT")
LEAVE = 25  # seconds requests have to come to their end when the service stops


class Command(BaseCommand):
    help = "起网页与接口服务（granian，多进程）。后台执行与节拍另起：celery -A config worker、celery -A config beat。"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--host", default=settings.HOST, help="监听地址（默认 YUEYAN_HOST 或 127.0.0.1）")
        parser.add_argument(
            "--port", type=int, default=int(settings.PORT or 8000), help="端口（默认 YUEYAN_PORT 或 8000）"
        )
        parser.add_argument("--workers", type=int, default=2, help="进程数（默认 2）")
        parser.add_argument("--threads", type=int, default=8, help="每个进程的线程数（默认 8）")

    def handle(self, **options: Any) -> None:
        for name in ("workers", "threads"):
            if not 1 <= options[name] <= 256:
                raise CommandError(f"--{name} 须为 1 至 256 的整数，现为 {options[name]}")
        if not os.environ.get("SECRET_KEY"):
            raise CommandError("没有设 SECRET_KEY：多个进程须共用一个。请设为例如 openssl rand -hex 32 的输出")
        servers.demand_shared_broker()
        database.demand()
        if away := readiness.broker():  # hints wait, people need not
            self.stderr.write(f"{away}：先照常服务，时钟要等它回来")
        servers.demand_port(options["host"], options["port"], by=GIVEN)
        Server(
            "config.wsgi:application",
            address=options["host"],
            port=options["port"],
            interface=Interfaces.WSGI,
            workers=options["workers"],
            blocking_threads=options["threads"],
            respawn_failed_workers=True,
            workers_kill_timeout=LEAVE,
            log_level=LogLevels.__members__.get(settings.LOG_LEVEL.lower(), LogLevels.warning),
            log_dictconfig=copy.deepcopy(settings.LOGGING),
        ).serve()
