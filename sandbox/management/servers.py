"""A broker that can be reached and a free port; what is wrong ends a command in one line."""

import errno
import socket

from django.conf import settings
from django.core.management.base import CommandError

from sandbox import readiness


def demand_shared_broker() -> None:
    if settings.CELERY_BROKER_URL == settings.IN_MEMORY:
        raise CommandError("没有设 REDIS_URL：分开的进程须共用一个 Redis。请设 REDIS_URL，单机请用 manage.py up")


def demand_broker() -> None:
    demand_shared_broker()
    if away := readiness.broker():
        raise CommandError(f"{away}。请检查 REDIS_URL，并确认 Redis 已启动")


def demand_port(host: str, port: int) -> None:
    listen(host, port, "YUEYAN_PORT").close()


def listen(host: str, port: int, named: str) -> socket.socket:
    """A socket at an address; `named` says where another port can be given."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        reason = "端口已被占用" if getattr(error, "errno", 0) == errno.EADDRINUSE else str(error)
        raise CommandError(f"不能在 {host}:{port} 监听：{reason}。请用 {named} 换一个端口") from None
    return listener
