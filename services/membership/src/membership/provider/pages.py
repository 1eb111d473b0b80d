"""The provider's addresses: discovery, keys, authorize, token, userinfo, end-session."""

from urllib.parse import parse_qs, urlencode, urlsplit

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2 import OAuth2Error
from flask import Blueprint, Response, current_app, jsonify, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from membership.provider.clients import SCOPES, find_client, issuer
from membership.provider.keys import public_keys
from membership.provider.models import AccessToken
from membership.provider.server import SignedInPerson, claims_of, person_of
from shared.staff.sessions import SESSION_KEY, end_session, session_of
from shared.staff.tokens import hash_token
from shared.web import reading, runtime, unit_of_work
from shared.web.guards import called_by_programs, public
from shared.web.headers import allow_form_target

blueprint = Blueprint("provider", __name__, template_folder="templates")
EXTENSION = "membership_provider"
CLAIMS = ("sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "sid", "name", "preferred_username", "locale")


def server() -> AuthorizationServer:
    return current_app.extensions[EXTENSION]


@blueprint.get("/.well-known/openid-configuration")
@public
def configuration() -> ResponseReturnValue:
    """OpenID Connect Discovery 1.0, section 3."""
    base = issuer(runtime())
    return _for_programs(
        {
            "issuer": base,
            "authorization_endpoint": f"{base}/oidc/authorize",
            "token_endpoint": f"{base}/oidc/token",
            "userinfo_endpoint": f"{base}/oidc/userinfo",
            "jwks_uri": f"{base}/oidc/keys",
            "end_session_endpoint": f"{base}/oidc/end-session",
            "scopes_supported": list(SCOPES),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "code_challenge_methods_supported": ["S256"],
            "prompt_values_supported": ["none", "login"],
            "claims_supported": list(CLAIMS),
            "ui_locales_supported": ["zh-Hans", "en"],
            "authorization_response_iss_parameter_supported": True,
            "backchannel_logout_supported": True,
            "backchannel_logout_session_supported": True,
        }
    )


@blueprint.get("/oidc/keys")
@public
def keys() -> ResponseReturnValue:
    return _for_programs(public_keys(runtime()))


@blueprint.get("/oidc/authorize")
@public
def authorize() -> ResponseReturnValue:
    """Send whoever is signed in back with a code, and everybody else to the sign-in page first.

    Nobody is asked for consent: only programs that the centre registered get this far.
    """
    person = _person()
    try:
        grant = server().get_consent_grant(end_user=person)
    except OAuth2Error as error:
        return _refusal(error)
    if person is None or grant.prompt == "login":
        return _to_sign_in()
    return server().create_authorization_response(grant_user=person, grant=grant)


@blueprint.post("/oidc/token")
@called_by_programs
def token() -> ResponseReturnValue:
    response = server().create_token_response()
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.route("/oidc/userinfo", methods=["GET", "POST"])
@called_by_programs
def userinfo() -> ResponseReturnValue:
    """OpenID Connect Core 1.0, section 5.3."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    with reading() as reader:
        row = reader.scalars(
            select(AccessToken).where(AccessToken.token_hash == hash_token(value.strip()))
        ).one_or_none()
    person = None
    if scheme.lower() == "bearer" and row is not None and row.expires_at > runtime().clock():
        person = person_of(runtime(), row.sid, row.account_id)
    if row is None or person is None:
        return _for_programs({"error": "invalid_token"}, 401, {"WWW-Authenticate": 'Bearer error="invalid_token"'})
    return _for_programs(claims_of(person.account, row.scope))


@blueprint.route("/oidc/end-session", methods=["GET", "POST"])
@public
def leave() -> ResponseReturnValue:
    """Sign out here, and with that in every service; ask first where no ID token shows that a client wants it."""
    try:
        asked = server().validate_endpoint_request("end_session")
    except OAuth2Error as error:
        return _refusal(error)
    own = _person()
    if request.method == "GET" and own is not None:
        claims = asked.id_token_claims
        if claims is None or claims.get("sid") != own.sid:
            return render_template("provider/leave.html", query=request.args)
    _end_own_session()
    answer = server().create_endpoint_response("end_session", asked)
    return answer or redirect(url_for("openid.signed_out"), 303)


def form_target(onward: str) -> str | None:
    """Where signing in leads on to, when the sign-in page was reached from a client: its redirect address."""
    parts = urlsplit(onward)
    if parts.path != "/oidc/authorize":
        return None
    query = parse_qs(parts.query)
    address, client_id = query.get("redirect_uri", [""])[0], query.get("client_id", [""])[0]
    with reading() as reader:
        client = find_client(reader, runtime().settings, client_id)
    return address if client is not None and client.check_redirect_uri(address) else None


def let_sign_in_lead_on() -> None:
    """Before the sign-in page: its form may lead to the client that sent the person here (CSP form-action)."""
    if request.endpoint == "sign_in.show":
        target = form_target(request.args.get("next", ""))
        if target:
            allow_form_target(target)


def _person() -> SignedInPerson | None:
    secret = session.get(SESSION_KEY)
    if not secret:
        return None
    with reading() as reader:
        found = session_of(reader, secret)
        if found is None or found.sid is None:
            return None
        sid, account_id = found.sid, found.account_id
    return person_of(runtime(), sid, account_id)


def _end_own_session() -> None:
    secret = session.get(SESSION_KEY)
    if secret:
        with unit_of_work() as work:
            end_session(work, secret)
    session.clear()


def _to_sign_in() -> ResponseReturnValue:
    """To the sign-in page and back to this request; ``prompt=login`` asks again even who is signed in."""
    query = [(name, value) for name, value in request.args.items(multi=True) if name != "prompt"]
    if "login" in request.args.get("prompt", "").split():
        _end_own_session()
    return redirect(url_for("sign_in.show", next=f"/oidc/authorize?{urlencode(query)}"))


def _refusal(error: OAuth2Error) -> ResponseReturnValue:
    """Back to the client where its address is known to be its own; else a page that says what is wrong."""
    if getattr(error, "redirect_uri", None):
        status, body, headers = error()
        return Response(body, status, headers)
    return render_template("provider/refused.html", code=error.error, detail=error.description), 400


def _for_programs(body: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    response = jsonify(body)
    response.status_code = status
    response.headers.update(headers or {})
    return response
