"""Logs as JSON lines with request, correlation and event ids, and without personal data.

Values of SQL statements are hidden by the engines; what PostgreSQL says about the values in its DETAIL is cut out
here. Code logs ids and counts, never names, numbers or texts of people.
"""

import contextvars
import logging
import re
import sys

from pythonjsonlogger.json import JsonFormatter

correlation: contextvars.ContextVar[str | None] = contextvars.ContextVar("correlation", default=None)
"""The correlation id of the request or event that is being worked on."""

_DETAIL = re.compile(r"(DETAIL|CONTEXT|parameters):.*", re.IGNORECASE)


class _Formatter(JsonFormatter):
    def formatException(self, ei: object) -> str:
        return _DETAIL.sub(r"\1: (left out)", super().formatException(ei))  # type: ignore[arg-type]

    def format(self, record: logging.LogRecord) -> str:
        record.correlation_id = getattr(record, "correlation_id", None) or correlation.get()
        return super().format(record)


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
