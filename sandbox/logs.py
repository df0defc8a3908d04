"""Lines of the log as JSON, for a program to collect.

They carry what is listed here and nothing else: no addresses as typed, no bodies, no keys, and of an error its
type and where it arose, since its words may repeat what somebody sent. (A clock that halted keeps the words, for its owner.)
"""

import logging
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from django.db import InterfaceError, OperationalError
from pythonjsonlogger.json import JsonFormatter

from sandbox import trace

FACTS = (
    "method",
    "route",
    "status",
    "milliseconds",
    "steps",
    "chunks",
    "done",
)  # what a line may say beside its message
_SPEAKS_OF_SERVERS_ONLY = (OperationalError, InterfaceError, OSError)
_Raised = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class JsonLine(JsonFormatter):
    """`time, level, logger, message, request_id, sandbox, role`, then the facts, and `error` with `trace`."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(json_ensure_ascii=False, **settings)

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        log_data["time"] = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        log_data["level"], log_data["logger"] = record.levelname, record.name
        log_data["message"] = _message(record)
        for name, variable in (("request_id", trace.request_id), ("sandbox", trace.sandbox), ("role", trace.role)):
            if value := variable.get():
                log_data[name] = value
        for name in FACTS:
            if (fact := getattr(record, name, None)) is not None:
                log_data[name] = fact
        if record.exc_info and record.exc_info[1] is not None:
            log_data["error"] = type(record.exc_info[1]).__name__
            log_data["trace"] = self.formatException(record.exc_info)

    def formatException(self, ei: _Raised) -> str:  # type: ignore[override]
        """Where an error arose, and what it goes back to, without its words."""
        error, parts, seen = ei[1], [], set[int]()
        while error is not None and id(error) not in seen:
            seen.add(id(error))
            words = f": {error}".rstrip() if isinstance(error, _SPEAKS_OF_SERVERS_ONLY) else ""
            parts.append("".join(traceback.format_tb(error.__traceback__)) + type(error).__name__ + words)
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "\nwhile handling:\n".join(parts)


def _message(record: logging.LogRecord) -> str:
    if record.name == "django.request":  # would name the address as typed
        return "a request failed"
    if record.name == "celery.app.trace" and record.levelno >= logging.ERROR:  # would repeat the error's words
        return f"task {getattr(record, 'data', {}).get('name', '')} failed"
    return record.getMessage()
