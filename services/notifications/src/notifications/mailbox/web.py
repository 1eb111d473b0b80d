"""The mailbox over HTTP: routing, request bodies, headers. What the pages show is in pages.py."""

import json
import re
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from notifications.mailbox.faults import LONGEST_AWAY, NO_CONNECTION, UnknownFault
from notifications.mailbox.gateway import Answer, Gateway
from notifications.mailbox.listing import as_json
from notifications.mailbox.pages import Pages
from notifications.mailbox.store import Store

RECEIVERS = ("generic", "aliyun", "tencent", "bounces")
LARGEST_BODY = 1024 * 1024  # bytes
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:;"
    " frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'self'"


@dataclass(frozen=True)
class Request:
    """One request, its body already read. `query` and `form` keep the last value of a repeated name."""

    method: str
    path: str
    query: dict[str, str]
    headers: Any
    raw: bytes

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.raw.decode("utf-8", "replace"), keep_blank_values=True))

    def json(self) -> dict[str, Any]:
        """The body as an object; raises ValueError when it is none."""
        body = json.loads(self.raw)
        if not isinstance(body, dict):
            raise ValueError("the body must be a JSON object")
        return body


@dataclass(frozen=True)
class Response:
    """What goes back; `pause` seconds before it, and nothing at all when `lost`."""

    status: int
    body: bytes
    kind: str = "text/html; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    pause: float = 0.0
    lost: bool = False


class Site:
    """All addresses of the mailbox."""

    def __init__(self, store: Store, gateway: Gateway, close_door: Callable[[float], None] | None = None) -> None:
        self._close_door = close_door
        self._store = store
        self._gateway = gateway
        self._pages = Pages(store)
        self._routes: list[tuple[str, re.Pattern[str], Callable[..., Response]]] = [
            ("GET", re.compile(r"/"), self._list),
            ("GET", re.compile(r"/messages/(\d+)"), self._message),
            ("GET", re.compile(r"/messages/(\d+)/html"), self._mail_html),
            ("POST", re.compile(r"/messages/(\d+)/reply"), self._reply_form),
            ("POST", re.compile(r"/api/messages/(\d+)/reply"), self._api_reply),
            ("GET", re.compile(r"/faults"), self._faults_page),
            ("POST", re.compile(r"/faults"), self._ask_for_fault),
            ("POST", re.compile(r"/faults/remove"), self._remove_fault_form),
            ("POST", re.compile(r"/clear"), self._clear_form),
            ("GET", re.compile(r"/static/(mailbox\.css|mailbox\.js)"), self._static),
            ("GET", re.compile(r"/healthz"), lambda request: _json(200, {"status": "ok"})),
            ("GET", re.compile(r"/api/messages"), self._api_messages),
            ("DELETE", re.compile(r"/api/messages"), self._api_clear),
            ("GET", re.compile(r"/api/messages/(\d+)"), self._api_message),
            ("GET", re.compile(r"/api/messages/(\d+)/raw"), self._api_raw),
            ("GET", re.compile(r"/api/faults"), self._api_faults),
            ("POST", re.compile(r"/api/faults"), self._api_add_fault),
            ("DELETE", re.compile(r"/api/faults(?:/(\d+))?"), self._api_remove_fault),
            ("POST", re.compile(r"/sms"), self._sms),
            ("GET", re.compile(r"/sms/([^/]+)"), self._sms_query),
            ("GET", re.compile(r"/api/receipts"), self._api_receipts),
            ("GET", re.compile(r"/api/receivers"), self._api_receivers),
            ("POST", re.compile(r"/api/receivers"), self._api_set_receivers),
            ("POST", re.compile(r"/receivers"), self._set_receivers_form),
            ("POST", re.compile(r"/aliyun/?"), self._aliyun),
            ("POST", re.compile(r"/tencent/?"), self._tencent),
        ]

    def answer(self, request: Request) -> Response:
        """The response to any request; malformed ones are 400, foreign browser pages 403."""
        if request.method != "GET" and _from_another_site(request):
            return _json(403, {"error": "this request comes from another site"})
        allowed = set()
        for method, pattern, view in self._routes:
            match = pattern.fullmatch(request.path)
            if match is None:
                continue
            if method == request.method:
                try:
                    return view(request, *match.groups())
                except UnknownFault as error:
                    return _json(422, {"error": str(error)})
                except ValueError as error:
                    return _json(400, {"error": f"malformed request: {error}"})
            allowed.add(method)
        if allowed:
            return _json(405, {"error": "method not allowed"}, {"Allow": ", ".join(sorted(allowed))})
        return _json(404, {"error": "no such address"})

    # --- pages

    def _list(self, request: Request) -> Response:
        return self._page(request, self._pages.messages(request.query, _language(request)))

    def _message(self, request: Request, number: str) -> Response:
        answered = request.query.get("answered", "")
        return self._page(request, self._pages.message(int(number), _language(request), answered))

    def _faults_page(self, request: Request) -> Response:
        return self._page(request, self._pages.faults(_language(request)))

    def _page(self, request: Request, html: str | None) -> Response:
        if html is None:
            return _json(404, {"error": "no such message"})
        headers = {"Content-Security-Policy": PAGE_POLICY}
        if "lang" in request.query:
            headers["Set-Cookie"] = f"mailbox_lang={_language(request)}; Path=/; SameSite=Lax; HttpOnly"
        return Response(200, html.encode(), headers=headers)

    def _mail_html(self, request: Request, number: str) -> Response:
        html = self._pages.mail_html(int(number))
        if html is None:
            return _json(404, {"error": "no such message"})
        return Response(200, html.encode(), headers={"Content-Security-Policy": MAIL_POLICY})

    def _ask_for_fault(self, request: Request) -> Response:
        form = request.form
        channel, _, kind = form.get("kind", "").partition("/")
        self._add_fault({**form, "channel": channel, "kind": kind})
        return _see_other("/faults")

    def _remove_fault_form(self, request: Request) -> Response:
        number = request.form.get("id", "")
        self._store.remove_faults(int(number) if number else None)
        return _see_other("/faults")

    def _clear_form(self, request: Request) -> Response:
        self._store.clear()
        return _see_other("/")

    def _static(self, request: Request, name: str) -> Response:
        body = resources.files("notifications.mailbox").joinpath("static", name).read_bytes()
        kind = "text/css; charset=utf-8" if name.endswith("css") else "text/javascript; charset=utf-8"
        return Response(200, body, kind)

    # --- JSON

    def _api_messages(self, request: Request) -> Response:
        query = request.query
        found = self._store.messages(
            to=query.get("to", ""),
            channel=query.get("channel", ""),
            since=query.get("since", ""),
            text=query.get("text", ""),
            limit=min(int(query.get("limit", "200")), 50_000),
        )
        body = {"messages": [as_json(kept) for kept in found], "newest": self._store.newest()}
        return _json(200, body)

    def _api_message(self, request: Request, number: str) -> Response:
        kept = self._store.message(int(number))
        return _json(404, {"error": "no such message"}) if kept is None else _json(200, as_json(kept, whole=True))

    def _api_reply(self, request: Request, number: str) -> Response:
        if not self._gateway.reply(int(number), str(request.json().get("text", ""))):
            return _json(404, {"error": "no such SMS, or nobody is told of answers to it"})
        return _json(202, {"state": "accepted"})

    def _reply_form(self, request: Request, number: str) -> Response:
        told = self._gateway.reply(int(number), request.form.get("text", ""))
        return _see_other(f"/messages/{number}?answered={'yes' if told else 'no'}")

    def _api_raw(self, request: Request, number: str) -> Response:
        kept = self._store.message(int(number))
        if kept is None:
            return _json(404, {"error": "no such message"})
        return Response(200, kept.raw, "text/plain; charset=utf-8")

    def _api_clear(self, request: Request) -> Response:
        self._store.clear()
        return Response(204, b"")

    def _api_faults(self, request: Request) -> Response:
        return _json(200, {"faults": [vars(fault) for fault in self._store.faults()]})

    def _api_add_fault(self, request: Request) -> Response:
        return _json(201, {"id": self._add_fault(request.json())})

    def _add_fault(self, values: dict[str, Any]) -> int:
        remaining, lasting = values.get("remaining"), values.get("lasting")
        if (values.get("channel"), values.get("kind")) == ("sms", NO_CONNECTION) and self._close_door is not None:
            self._close_door(min(float(lasting or values.get("seconds") or 30), LONGEST_AWAY))
            return 0
        return self._store.add_fault(
            str(values.get("channel", "")),
            str(values.get("kind", "")),
            recipient=str(values.get("recipient") or ""),
            remaining=int(remaining) if remaining not in (None, "") else None,
            seconds=min(float(values.get("seconds") or 30), 3600.0),
            lasting=min(float(lasting), 86_400.0) if lasting not in (None, "") else None,
        )

    def _api_receipts(self, request: Request) -> Response:
        """What is still to be reported, the earliest first."""
        waiting = [
            {"due": due, "url": one.url, "items": json.loads(one.body), "tries": one.tries}
            for due, one in self._store.waiting_receipts()
        ]
        return _json(200, {"receipts": waiting})

    def _api_receivers(self, request: Request) -> Response:
        return _json(200, {"receivers": self._store.receivers()})

    def _api_set_receivers(self, request: Request) -> Response:
        self._set_receivers(request.json())
        return _json(200, {"receivers": self._store.receivers()})

    def _set_receivers_form(self, request: Request) -> Response:
        self._set_receivers(request.form)
        return _see_other("/faults")

    def _set_receivers(self, values: Mapping[str, Any]) -> None:
        for name, url in values.items():
            if name not in RECEIVERS or (url and urlsplit(str(url)).scheme not in ("http", "https")):
                raise ValueError(f"receivers are {', '.join(RECEIVERS)}, each an address")
            self._store.set_receiver(name, str(url))

    def _api_remove_fault(self, request: Request, number: str | None = None) -> Response:
        self._store.remove_faults(int(number) if number else None)
        return Response(204, b"")

    # --- gateways

    def _sms(self, request: Request) -> Response:
        return _from_gateway(self._gateway.generic(request.json(), request.raw))

    def _sms_query(self, request: Request, own_id: str) -> Response:
        return _from_gateway(self._gateway.generic_query(unquote(own_id)))

    def _aliyun(self, request: Request) -> Response:
        action = request.headers.get("x-acs-action", "")
        fields = {"Action": action, **request.query, **request.form}
        return _from_gateway(self._gateway.aliyun(fields, request.raw))

    def _tencent(self, request: Request) -> Response:
        action = request.headers.get("X-TC-Action", "")
        return _from_gateway(self._gateway.tencent(action, request.json(), request.raw))


def _json(status: int, body: Any, headers: dict[str, str] | None = None) -> Response:
    encoded = json.dumps(body, ensure_ascii=False).encode()
    return Response(status, encoded, "application/json; charset=utf-8", headers or {})


def _see_other(path: str) -> Response:
    return Response(303, b"", headers={"Location": path})


def _from_gateway(answer: Answer) -> Response:
    plain = _json(answer.status, answer.body)
    return Response(plain.status, plain.body, plain.kind, pause=answer.pause, lost=answer.lost)


def _from_another_site(request: Request) -> bool:
    origin = request.headers.get("Origin")
    return bool(origin) and urlsplit(origin).netloc != request.headers.get("Host")


def _language(request: Request) -> str:
    cookies = request.headers.get("Cookie", "")
    wished = request.query.get("lang") or ("zh" if "mailbox_lang=zh" in cookies else "")
    if not wished and "mailbox_lang=en" not in cookies:
        wished = request.headers.get("Accept-Language", "")[:2]
    return "zh" if wished.lower().startswith("zh") else "en"


class Handler(BaseHTTPRequestHandler):
    """One connection with keep-alive; http.server's plumbing only."""

    protocol_version = "HTTP/1.1"
    timeout = 120
    site: Site

    def _handle(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > LARGEST_BODY:
            self.send_error(413)
            self.close_connection = True
            return
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        request = Request(self.command, parts.path, query, self.headers, self.rfile.read(length))
        response = self.site.answer(request)
        if response.pause:
            time.sleep(response.pause)
        if response.lost:
            self.close_connection = True
            return
        self.send_response(response.status)
        self.send_header("Content-Type", response.kind)
        self.send_header("Content-Length", str(len(response.body)))
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cache-Control", "no-store")
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(response.body)

    do_GET = do_POST = do_DELETE = _handle

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: addresses and numbers do not belong in logs."""


class Server(ThreadingHTTPServer):
    """Knows its connections, so that all of them can be closed at once."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, *args: Any) -> None:
        self._open: set[socket.socket] = set()
        super().__init__(*args)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """Close every connection, whatever is said on it just now."""
        for one in list(self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hung up is no error of ours."""


def make_server(site: Site, host: str, port: int) -> Server:
    """Bound and ready to serve; raises OSError when the port is taken."""
    handler = type("MailboxHandler", (Handler,), {"site": site})
    return Server((host, port), handler)
