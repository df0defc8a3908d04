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


def demand_port(host: str, port: int, *, by: tuple[str, str] = ("YUEYAN_HOST", "YUEYAN_PORT")) -> None:
    listen(host, port, by=by).close()


def listen(host: str, port: int, *, by: tuple[str, str]) -> socket.socket:
    """A socket at an address; `by` says where another host and another port can be given."""
    host_by, port_by = by
    if not 0 <= port <= 65535:
        raise CommandError(f"{port_by} 须为 0 至 65535 的整数，现为 {port}")
    listener = None
    try:
        listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except (OSError, UnicodeError) as error:
        if listener is not None:
            listener.close()
        raise CommandError(f"不能在 {host}:{port} 监听：{_why(error, host_by, port_by)}") from None
    return listener


def _why(error: OSError | UnicodeError, host_by: str, port_by: str) -> str:
    """What is wrong with an address, and whether another port or another host helps."""
    another_port, another_host = f"请用 {port_by} 换一个端口", f"请用 {host_by} 换一个本机的地址，如 127.0.0.1"
    if isinstance(error, socket.gaierror | UnicodeError):
        return f"没有这个主机名。{another_host}"
    if error.errno == errno.EADDRINUSE:
        return f"端口已被占用。{another_port}"
    if error.errno == errno.EACCES:
        return f"没有权限使用这个端口。{another_port}"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"本机没有这个地址。{another_host}"
    return f"{error.strerror}。请检查 {host_by} 与 {port_by}"
