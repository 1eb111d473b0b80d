"""A worker's own small HTTP server: ``/healthz``, ``/readyz`` and ``/metrics``."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from prometheus_client import generate_latest
from sqlalchemy.exc import SQLAlchemyError

from shared.runtime import Runtime
from shared.worker.state import WorkerState


def report(runtime: Runtime, state: WorkerState, alive: Callable[[], dict[str, bool]]) -> tuple[int, dict[str, Any]]:
    """Status and body of ``/readyz``: 503 while the database is away or a loop is dead."""
    loops = alive()
    body: dict[str, Any] = {
        "service": runtime.service.name,
        "loops": loops,
        "receiving": bool(state.receiver and state.receiver.connected),
        "publishing": state.publishing,
        "bindings": "unknown" if state.missing_publishers is None else "complete",
    }
    if state.missing_publishers:
        body["bindings"] = f"waiting for {', '.join(sorted(state.missing_publishers))}"
    if state.all_forbidden:
        body["bindings"] = "incomplete"
        body["forbidden"] = [str(each) for each in sorted(state.all_forbidden)]
    try:
        body["deliveries"] = runtime.delivery_ages()
    except SQLAlchemyError:
        return 503, {**body, "database": "away"}
    return (200 if all(loops.values()) else 503), body


def serve(runtime: Runtime, state: WorkerState, alive: Callable[[], dict[str, bool]]) -> ThreadingHTTPServer:
    """Start answering in threads of its own; ``shutdown()`` ends it. OSError when the port is taken."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/healthz":
                self._answer(200, b"alive\n", "text/plain")
            elif self.path == "/readyz":
                status, body = report(runtime, state, alive)
                self._answer(status, json.dumps(body).encode(), "application/json")
            elif self.path == "/metrics":
                self._answer(200, self._metrics(), "text/plain; version=0.0.4")
            else:
                self._answer(404, b"not here\n", "text/plain")

        def _metrics(self) -> bytes:
            try:
                for what, value in runtime.delivery_ages().items():
                    state.age.labels(runtime.service.name, what).set(value)
            except SQLAlchemyError:
                state.age.clear()
            return generate_latest(state.registry)

        def _answer(self, status: int, body: bytes, content_type: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Health checks are not worth a line each."""

    server = ThreadingHTTPServer((runtime.settings.host, runtime.settings.worker_port), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="health", daemon=True).start()
    return server
