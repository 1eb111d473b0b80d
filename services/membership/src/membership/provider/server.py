"""The provider made of Authlib's server classes: what it asks of clients, and where codes and tokens are kept.

PKCE is demanded of every client, S256 alone: Authlib lets clients that hold a secret go without.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc9207 import IssuerParameter
from authlib.oidc.core import OpenIDCode
from authlib.oidc.rpinitiated import EndSessionEndpoint
from flask import Flask, g
from joserfc.jwk import KeySet, RSAKey
from sqlalchemy import delete, select, update

from membership.provider.clients import SCOPES, Client, find_client, issuer
from membership.provider.keys import public_key_set, signing_key
from membership.provider.models import AccessToken, AuthorizationCode, ClientSession
from shared.runtime import Runtime
from shared.staff.models import Account, StaffSession
from shared.staff.tokens import hash_token
from shared.web import runtime, unit_of_work

CODE_LASTS = timedelta(minutes=1)
TOKEN_LASTS = timedelta(minutes=10)


@dataclass(frozen=True)
class SignedInPerson:
    """Whose session the browser holds: what a code is made from, and what a token says."""

    account: Account
    sid: str
    signed_in_at: datetime

    def get_user_id(self) -> str:
        return str(self.account.id)


class HeldCode:
    """A code that was just used up, as Authlib asks about it."""

    def __init__(self, row: AuthorizationCode) -> None:
        self.row = row
        self.code_challenge = row.code_challenge
        self.code_challenge_method = "S256"

    def get_redirect_uri(self) -> str:
        return self.row.redirect_uri

    def get_scope(self) -> str:
        return self.row.scope

    def get_nonce(self) -> str | None:
        return self.row.nonce

    def get_auth_time(self) -> int:
        return int(self.row.signed_in_at.timestamp())

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> list[str]:
        return ["pwd"]


class CodeGrant(AuthorizationCodeGrant):  # type: ignore[misc]
    """The authorization code flow: each code counts once; a second try ends what the first one began."""

    def save_authorization_code(self, code: str, request: Any) -> None:
        asked = request.payload.data
        person: SignedInPerson = request.user
        with unit_of_work() as work:
            work.session.add(
                AuthorizationCode(
                    code_hash=hash_token(code),
                    client_id=request.client.client_id,
                    redirect_uri=request.payload.redirect_uri,
                    scope=request.client.get_allowed_scope(request.payload.scope),
                    nonce=asked.get("nonce"),
                    code_challenge=asked["code_challenge"],
                    account_id=person.account.id,
                    sid=person.sid,
                    signed_in_at=person.signed_in_at,
                    expires_at=work.now + CODE_LASTS,
                )
            )

    def query_authorization_code(self, code: str, client: Client) -> HeldCode | None:
        with unit_of_work() as work:
            used: Any = work.session.execute(
                update(AuthorizationCode)
                .where(
                    AuthorizationCode.code_hash == hash_token(code),
                    AuthorizationCode.client_id == client.client_id,
                    AuthorizationCode.used_at.is_(None),
                    AuthorizationCode.expires_at > work.now,
                )
                .values(used_at=work.now)
            )
            row = work.session.get(AuthorizationCode, hash_token(code))
            if used.rowcount == 1:
                assert row is not None
                work.session.expunge(row)
                return HeldCode(row)
            if row is not None and row.used_at is not None:
                # RFC 6749, section 4.1.2: somebody else may hold what this code was exchanged for.
                work.session.execute(delete(AccessToken).where(AccessToken.code_hash == row.code_hash))
                work.audit("code-replayed", f"client/{row.client_id}", presented_by=client.client_id)
        return None

    def delete_authorization_code(self, authorization_code: HeldCode) -> None:
        """Used codes stay until they expired, so that a second try is recognised."""

    def authenticate_user(self, authorization_code: HeldCode) -> SignedInPerson | None:
        """Nobody when the session ended in the meantime or the account was deactivated."""
        row = authorization_code.row
        return person_of(runtime(), row.sid, row.account_id)


class S256Only(CodeChallenge):  # type: ignore[misc]
    """PKCE for everybody, and not in the clear."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        asked = grant.request.payload.data
        if not asked.get("code_challenge") or asked.get("code_challenge_method") != "S256":
            raise InvalidRequestError("PKCE with the method S256 is needed", redirect_uri=redirect_uri)
        super().validate_code_challenge(grant, redirect_uri)


class IdTokens(OpenIDCode):  # type: ignore[misc]
    """What ID tokens say: who, in which session, for which client, for ten minutes."""

    def exists_nonce(self, nonce: str, request: Any) -> bool:
        """Codes are good once, so a nonce cannot come back with one."""
        return False

    def resolve_client_private_key(self, client: Client) -> RSAKey:
        """The key of this request: the header names the one that signs, also while keys change."""
        if "signing_key" not in g:
            g.signing_key = signing_key(runtime())
        key: RSAKey = g.signing_key
        return key

    def get_encode_header(self, client: Client) -> dict[str, str]:
        return {"alg": "RS256", "typ": "JWT", "kid": str(self.resolve_client_private_key(client).kid)}

    def get_client_claims(self, client: Client) -> dict[str, Any]:
        now = int(runtime().clock().timestamp())
        return {
            "iss": issuer(runtime()),
            "aud": [client.client_id],
            "iat": now,
            "exp": now + int(TOKEN_LASTS.total_seconds()),
        }

    def generate_user_info(self, user: SignedInPerson, scope: str) -> dict[str, Any]:
        return {**claims_of(user.account, scope), "sid": user.sid}


class EndSession(EndSessionEndpoint):  # type: ignore[misc]
    """RP-Initiated Logout 1.0. The page that calls it asks the person wherever no ID token proves who asks."""

    def get_server_jwks(self) -> KeySet:
        return public_key_set(runtime())

    def end_session(self, end_session_request: Any) -> None:
        """End the session that the token names; the browser's own is ended by the page."""
        claims = end_session_request.id_token_claims
        if claims and claims.get("sid"):
            with unit_of_work() as work:
                ended: Any = work.session.execute(delete(StaffSession).where(StaffSession.sid == claims["sid"]))
                if ended.rowcount:
                    work.audit("signed-out", f"account/{claims['sub']}", by="client")


class NamedIssuer(IssuerParameter):  # type: ignore[misc]
    def get_issuer(self) -> str:
        return issuer(runtime())


def make_server(app: Flask) -> AuthorizationServer:
    """The authorization server of one application."""
    server = AuthorizationServer(query_client=_query_client, save_token=_save_token)
    app.config.setdefault("OAUTH2_TOKEN_EXPIRES_IN", {"authorization_code": int(TOKEN_LASTS.total_seconds())})
    app.config.setdefault("OAUTH2_SCOPES_SUPPORTED", list(SCOPES))
    server.init_app(app)
    server.register_grant(CodeGrant, [S256Only(required=True), IdTokens(require_nonce=True)])
    server.register_endpoint(EndSession)
    server.register_extension(lambda held: NamedIssuer()(held))
    return server


def claims_of(account: Account, scope: str) -> dict[str, Any]:
    """What a client learns of a person: the subject always, the names under ``profile``."""
    claims: dict[str, Any] = {"sub": str(account.id)}
    if "profile" in scope.split():
        claims |= {"name": account.name, "preferred_username": account.username}
        if account.language:
            claims["locale"] = account.language
    return claims


def person_of(held: Runtime, sid: str, account_id: UUID) -> SignedInPerson | None:
    """Who holds this session, if it goes on and the account is active."""
    with held.reading() as session:
        row = session.scalars(
            select(StaffSession).where(StaffSession.sid == sid, StaffSession.account_id == account_id)
        ).first()
        if row is None or row.expires_at <= held.clock() or not row.account.active:
            return None
        session.expunge_all()
    return SignedInPerson(row.account, sid, row.created_at)


def _query_client(client_id: str) -> Client | None:
    held = runtime()
    with held.reading() as session:
        return find_client(session, held.settings, client_id)


def _save_token(token: Mapping[str, Any], request: Any) -> None:
    """Keep the token, and that this client now carries the session on."""
    code: AuthorizationCode = request.authorization_code.row
    with unit_of_work() as work:
        work.session.add(
            AccessToken(
                token_hash=hash_token(token["access_token"]),
                code_hash=code.code_hash,
                client_id=code.client_id,
                account_id=code.account_id,
                sid=code.sid,
                scope=code.scope,
                expires_at=work.now + TOKEN_LASTS,
            )
        )
        if work.session.get(ClientSession, (code.sid, code.client_id)) is None:
            work.session.add(
                ClientSession(
                    sid=code.sid, client_id=code.client_id, account_id=code.account_id, created_at=work.now, attempts=0
                )
            )
