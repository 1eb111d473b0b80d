"""A small OpenID provider of somebody else, for tests: a real HTTP server that can be told to misbehave."""

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

from shared.clock import Clock, utc_now

CLIENT_SECRET = "a-secret-of-the-client"
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
Claims = dict[str, Any]
LI = {"sub": "li-1", "name": "李梅", "preferred_username": "li"}


@cache
def _first_key() -> RSAKey:
    """Made once for all tests of a process: it takes a while."""
    return ForeignProvider.new_key()


@dataclass
class ForeignProvider:
    """``person`` signs in whenever somebody is sent here; ``spoil`` changes the claims before they are signed."""

    issuer: str
    clock: Clock = utc_now
    person: Mapping[str, Any] = field(
        default_factory=lambda: {"sub": "li-1", "name": "李梅", "preferred_username": "li"}
    )
    spoil: Callable[[Claims], Claims] = lambda claims: claims
    header: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.key = _first_key()
        self.signs_with = self.key
        self._codes: dict[str, dict[str, str]] = {}

    @staticmethod
    def new_key() -> RSAKey:
        return RSAKey.generate_key(2048, {"kid": secrets.token_hex(8)}, private=True)

    def visit(self, address: str) -> dict[str, str]:
        """Come here as a browser would: what the provider sends back with it to the redirect address."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        self.asked.append(asked)
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        return {"code": code, "state": asked["state"]}

    def exchange(self, form: Mapping[str, str]) -> tuple[int, Claims]:
        """The token endpoint: a code counts once, for its redirect address and with its verifier."""
        asked = self._codes.pop(form.get("code", ""), None)
        verifier = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).rstrip(b"=").decode()
        if (
            asked is None
            or asked["redirect_uri"] != form.get("redirect_uri")
            or (asked.get("code_challenge_method"), asked.get("code_challenge")) != ("S256", challenge)
        ):
            return 400, {"error": "invalid_grant"}
        claims = {
            **self.person,
            **self._times(),
            "iss": self.issuer,
            "aud": asked["client_id"],
            "nonce": asked["nonce"],
        }
        token = self.sign({"sid": "session-1", **claims})
        return 200, {"access_token": secrets.token_urlsafe(16), "token_type": "Bearer", "id_token": token}

    def sign(self, claims: Claims, *, typ: str = "JWT") -> str:
        header = {"alg": "RS256", "typ": typ, "kid": str(self.signs_with.kid), **self.header}
        return jwt.encode(header, self.spoil(dict(claims)), self.signs_with, ["RS256"])

    def logout_token(self, client_id: str, **more: Any) -> str:
        claims = {**self._times(), "iss": self.issuer, "aud": client_id, "jti": secrets.token_hex(8), **more}
        return self.sign({"events": {LOGOUT_EVENT: {}}, **claims}, typ="logout+jwt")

    def configuration(self) -> Claims:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "end_session_endpoint": f"{self.issuer}/leave",
            **self.metadata,
        }

    def keys(self) -> Claims:
        return {"keys": [self.key.as_dict(private=False)]}

    def _times(self) -> dict[str, int]:
        now = int(self.clock().timestamp())
        return {"iat": now, "exp": now + 300}


@contextmanager
def foreign_provider(port: int, clock: Clock = utc_now) -> Iterator[ForeignProvider]:
    """The provider, listening on this port of the loopback interface."""
    provider = ForeignProvider(f"http://127.0.0.1:{port}", clock)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = {"/.well-known/openid-configuration": provider.configuration, "/keys": provider.keys}.get(self.path)
            self._answer(*((200, found()) if found else (404, {})))

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            form = {name: values[0] for name, values in parse_qs(self.rfile.read(length).decode()).items()}
            _, _, given = self.headers.get("Authorization", "").partition(" ")
            if not base64.b64decode(given).endswith(f":{CLIENT_SECRET}".encode()):
                self._answer(401, {"error": "invalid_client"})
            else:
                self._answer(*provider.exchange(form))

        def _answer(self, status: int, body: Claims) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """Tests are quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
