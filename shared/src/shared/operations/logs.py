"""Logs as JSON lines with correlation, trace and event ids, and without personal data.

Values of SQL statements are hidden by the engines; what PostgreSQL says about the values in its DETAIL is cut out
here. Code logs ids and counts, never names, numbers or texts of people.
"""

import contextvars
import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from pythonjsonlogger.json import JsonFormatter

correlation: contextvars.ContextVar[str | None] = contextvars.ContextVar("correlation", default=None)
"""The correlation id of the request or event that is being worked on."""
event: contextvars.ContextVar[str | None] = contextvars.ContextVar("event", default=None)
"""The id of the event that is being worked on."""

_DETAIL = re.compile(r"(DETAIL|CONTEXT|parameters):.*", re.IGNORECASE)


class _Formatter(JsonFormatter):
    def formatException(self, ei: object) -> str:
        return _DETAIL.sub(r"\1: (left out)", super().formatException(ei))  # type: ignore[arg-type]

    def format(self, record: logging.LogRecord) -> str:
        record.correlation_id = getattr(record, "correlation_id", None) or correlation.get()
        record.event_id = getattr(record, "event_id", None) or event.get()
        span = trace.get_current_span().get_span_context()
        record.trace_id = getattr(record, "trace_id", None) or (f"{span.trace_id:032x}" if span.is_valid else None)
        return super().format(record)


@contextmanager
def about(correlation_id: str | None, event_id: str | None = None) -> Iterator[None]:
    """Log lines that are written inside carry these ids."""
    held = correlation.set(correlation_id), event.set(event_id)
    try:
        yield
    finally:
        correlation.reset(held[0])
        event.reset(held[1])


def configure(service: str, role: str) -> None:
    """Send the logs of this process to standard error, one JSON object a line."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        _Formatter(
            "%(asctime)s %(levelname)s %(name)s %(message)s",
            rename_fields={"asctime": "time", "levelname": "level", "name": "logger"},
            static_fields={"service": service, "role": role},
            json_ensure_ascii=False,
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for chatty in ("amqp", "kombu", "httpx", "alembic", "sqlalchemy.pool"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
