"""Who is asking: a bearer token on the API, a session cookie everywhere."""

from flask import g, request, session
from werkzeug.exceptions import Unauthorized

from shared.principal import Principal
from shared.staff.sessions import SESSION_KEY, session_principal
from shared.staff.tokens import token_principal
from shared.web.context import ANONYMOUS, runtime

_UNASKED = ("/healthz", "/readyz", "/metrics")


def identify() -> None:
    """Before each request: set ``g.principal``. An unknown token is refused (401) rather than ignored."""
    g.principal = ANONYMOUS
    if request.path in _UNASKED or (request.endpoint or "").endswith("static"):
        return
    token = _bearer()
    if token is not None:
        g.principal = _from_token(token)
        return
    secret = session.get(SESSION_KEY)
    if secret:
        with runtime().reading() as reader:
            found = session_principal(reader, secret, runtime().clock())
        if found is None:
            session.pop(SESSION_KEY)
        else:
            g.principal = found


def _bearer() -> str | None:
    """Tokens are for programs: they open the API only."""
    if not request.path.startswith("/api/"):
        return None
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _from_token(token: str) -> Principal:
    with runtime().reading() as reader:
        found = token_principal(reader, token, runtime().clock())
    if found is None:
        raise Unauthorized()
    return found
