"""Being watched: three addresses for those who run a service, and one line and one count for every request.

`/healthz`: the process lives. `/readyz`: it has what it needs. `/metrics`: for Prometheus. A worker and a beat,
which serve nothing else, answer on these three at YUEYAN_PORT.
"""

from __future__ import annotations

import ipaddress
import logging
import secrets
import threading
from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import DatabaseError, InterfaceError, connections
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from prometheus_client import generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from waitress import create_server

from sandbox import canonical, metrics, readiness, trace, wall
from sandbox.api.problems import MEDIA_TYPE, problem
from sandbox.driver import target_of
from sandbox.models import Sandbox
from sandbox.vocabulary import Clock

log = logging.getLogger(__name__)
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
TEXT = "text/plain; version=0.0.4; charset=utf-8"


class Watched:
    """The outermost middleware: it names the request, answers the three addresses, counts and logs the rest."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        identifier = trace.named(request.META.get("HTTP_X_REQUEST_ID", ""))
        with trace.of(identifier):
            own = ADDRESSES.get(request.path_info)
            response = own(request) if own else self._answered(request)
        response[trace.HEADER] = identifier
        return response

    def _answered(self, request: HttpRequest) -> HttpResponse:
        began = wall.stopwatch()
        response = self.get_response(request)
        seconds = wall.stopwatch() - began
        method = request.method if request.method in METHODS else "other"
        route = request.resolver_match.route if request.resolver_match else "unmatched"
        metrics.REQUESTS.labels(method, route, response.status_code).inc()
        metrics.REQUEST_SECONDS.labels(method, route).observe(seconds)
        milliseconds = round(seconds * 1000, 1)
        facts = {"method": method, "route": route, "status": response.status_code, "milliseconds": milliseconds}
        log.info("%s %s %s", method, route, response.status_code, extra=facts)
        return response


def healthz(request: HttpRequest) -> HttpResponse:
    return _json({"alive": True})


def readyz(request: HttpRequest) -> HttpResponse:
    found = readiness.problems()
    checks = {name: missing or "ok" for name, missing in found.items()}
    if any(found.values()):
        missing = "；".join(dict.fromkeys(filter(None, found.values())))
        return _problem(503, "not_ready", missing, remedy="处理办法见 docs/operating.md", checks=checks)
    return _json({"ready": True, "checks": checks})


def measured(request: HttpRequest) -> HttpResponse:
    if not _may_measure(request):
        remedy = "请带上 Authorization: Bearer（METRICS_TOKEN 的值）；没有设 METRICS_TOKEN 时只答复本机"
        return _problem(403, "metrics_not_allowed", "不可读取指标", remedy=remedy)
    return HttpResponse(metrics.collected() + generate_latest(_State()), content_type=TEXT)


ADDRESSES = {"/healthz": healthz, "/readyz": readyz, "/metrics": measured}


def _json(body: dict[str, Any]) -> HttpResponse:
    return HttpResponse(canonical.dumps(body), content_type="application/json")


def _problem(status: int, code: str, detail: str, **extra: Any) -> HttpResponse:
    body = problem(status, code, detail, **extra)
    return HttpResponse(canonical.dumps(body), status=status, content_type=MEDIA_TYPE)


def _may_measure(request: HttpRequest) -> bool:
    """Whoever knows the token; where there is none, whoever asks from this machine, and not through a proxy."""
    if settings.METRICS_TOKEN:
        given = request.META.get("HTTP_AUTHORIZATION", "")
        return secrets.compare_digest(given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode())
    if request.META.keys() & {"HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP"}:
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


# how the sandboxes stand -----------------------------------------------------------------------------------


def _stand() -> Iterator[Metric]:
    """Asked of the database, which all services share: every one of them says the same."""
    counted = dict(Sandbox.objects.values_list("clock").annotate(n=Count("id")).order_by())
    clocks = GaugeMetricFamily("yueyan_sandboxes", "Sandboxes by the state of their clock.", labels=["clock"])
    for state in Clock:
        clocks.add_metric([state.value], counted.get(state.value, 0))
    yield clocks
    lag = max(map(_behind, Sandbox.objects.filter(clock=Clock.RUNNING)), default=0.0)
    yield GaugeMetricFamily("yueyan_clock_lag_seconds", "Real seconds the slowest running clock is behind.", lag)
    asked = Sandbox.objects.aggregate(
        hints=Count("id", filter=~Q(hinted_at=None)),
        advances=Count("id", filter=Q(clock=Clock.FROZEN, target__isnull=False)),
    )
    yield GaugeMetricFamily("yueyan_hints_pending", "Hints given that no worker has taken up.", asked["hints"])
    yield GaugeMetricFamily("yueyan_advances_pending", "Frozen clocks on their way to a target.", asked["advances"])


def _behind(sandbox: Sandbox) -> float:
    target = target_of(sandbox)
    return max(0.0, (target - sandbox.now).total_seconds() / max(1, sandbox.rate)) if target else 0.0


class _State(Collector):
    """How the sandboxes stand; without a database, only that there is none."""

    def collect(self) -> Iterator[Metric]:
        try:
            found = [*_stand(), _database_up(1)]
        except (DatabaseError, InterfaceError):
            found = [_database_up(0)]
        yield from found


def _database_up(value: int) -> Metric:
    return GaugeMetricFamily("yueyan_database_up", "Whether the database answers.", value)


# a worker's and a beat's face ---------------------------------------------------------------------------------


def beside(host: str, port: int) -> None:
    """Answer on the three addresses beside a process that serves nothing else, in a thread that ends with it."""
    server = create_server(_only_watched(), host=host, port=port, threads=1, ident="Yueyan")
    threading.Thread(target=server.run, name="watch", daemon=True).start()


def _only_watched() -> Callable[[dict[str, Any], Callable[..., Any]], Any]:
    django = get_wsgi_application()

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        if environ["PATH_INFO"] not in ADDRESSES:
            start_response("404 Not Found", [("Content-Type", "text/plain")])
            return []
        try:
            return django(environ, start_response)
        finally:
            connections.close_all()  # a pool's process forked later must not inherit it

    return application
