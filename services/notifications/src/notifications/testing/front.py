"""What stands before the SMS gateway simulator and counts: every request that hands something over, and its fate."""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx


class Front:
    """Passes requests on to `target`, or answers 503 while it is `away`. `records` are (own id, "away" or "taken")
    in the order of arrival; `at_once` is how many were passed on at the same time, at most."""

    def __init__(self, target: str) -> None:
        self._client = httpx.Client(base_url=target, trust_env=False, timeout=60)
        self._lock = threading.Lock()
        self._inside = 0
        self.away = False
        self.records: list[tuple[str, str]] = []
        self.at_once = 0
        front = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 60

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self._answer(*front.hand_on(body))

            def do_GET(self) -> None:
                self._answer(*front.look_up(self.path))

            def _answer(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, request: Any, client_address: Any) -> None:
                """A sender that was killed."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/sms"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def hand_on(self, body: bytes) -> tuple[int, bytes]:
        own_id = str(json.loads(body)["id"])
        with self._lock:
            away = self.away
            self.records.append((own_id, "away" if away else "taken"))
            if not away:
                self._inside += 1
                self.at_once = max(self.at_once, self._inside)
        if away:
            return 503, b"{}"
        try:
            answer = self._client.post("/sms", content=body)
        finally:
            with self._lock:
                self._inside -= 1
        return answer.status_code, answer.content

    def look_up(self, path: str) -> tuple[int, bytes]:
        if self.away:
            return 503, b"{}"
        answer = self._client.get(path)
        return answer.status_code, answer.content

    def counted(self, fate: str) -> Counter[str]:
        """How often each message was handed over with this fate."""
        with self._lock:
            return Counter(own_id for own_id, what in self.records if what == fate)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._client.close()


@contextmanager
def front_of(target: str) -> Iterator[Front]:
    front = Front(target)
    try:
        yield front
    finally:
        front.close()
