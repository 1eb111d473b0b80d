"""What the provider does because time passed: telling clients of ended sessions, changing keys, forgetting."""

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import httpx
from joserfc import jwt
from sqlalchemy import delete, select, update

from membership.provider.announcing import announce_staff
from membership.provider.clients import find_client, issuer
from membership.provider.keys import change_keys, signing_key
from membership.provider.models import AccessToken, AuthorizationCode, ClientSession
from shared.identifiers import new_id
from shared.runtime import Runtime
from shared.staff.models import StaffSession
from shared.staff.openid.provider import LOGOUT_EVENT
from shared.timers import Timer

log = logging.getLogger(__name__)

TOKEN_LASTS = timedelta(minutes=2)
GIVE_UP_AFTER = timedelta(hours=13)
"""Longer than any session lasts: by then the client's own has ended."""
_AT_ONCE = 50


def tell_clients(runtime: Runtime) -> int:
    """Tell each client whose session of ours has ended, whatever ended it (Back-Channel Logout 1.0).

    A client that does not answer is told again, later and later; it holds nobody else up. Returns how many were told.
    """
    told = 0
    for row in _ended(runtime):
        if _tell(runtime, row):
            told += 1
            _forget(runtime, row)
        elif runtime.clock() - row.created_at > GIVE_UP_AFTER:
            _forget(runtime, row)
        else:
            _later(runtime, row)
    return told


def _ended(runtime: Runtime) -> Sequence[ClientSession]:
    now = runtime.clock()
    chosen = (
        select(ClientSession)
        .outerjoin(StaffSession, StaffSession.sid == ClientSession.sid)
        .where((StaffSession.sid.is_(None)) | (StaffSession.expires_at <= now))
        .where(ClientSession.next_attempt_at.is_(None) | (ClientSession.next_attempt_at <= now))
        .order_by(ClientSession.created_at)
        .limit(_AT_ONCE)
    )
    with runtime.reading() as session:
        found = session.scalars(chosen).all()
        session.expunge_all()
    return found


def _tell(runtime: Runtime, row: ClientSession) -> bool:
    with runtime.reading() as session:
        client = find_client(session, runtime.settings, row.client_id)
    if client is None or client.back_channel is None:
        return True
    try:
        answer = httpx.post(client.back_channel, data={"logout_token": _logout_token(runtime, row)}, timeout=5.0)
    except httpx.HTTPError as error:
        log.info("a client was not told of a sign-out", extra={"client": row.client_id, "error": type(error).__name__})
        return False
    if answer.status_code == 400:
        log.warning("a client did not believe a sign-out", extra={"client": row.client_id, "said": answer.text[:80]})
    return answer.status_code in (200, 204, 400)


def _logout_token(runtime: Runtime, row: ClientSession) -> str:
    key = signing_key(runtime)
    now = int(runtime.clock().timestamp())
    claims: dict[str, Any] = {
        "iss": issuer(runtime),
        "aud": row.client_id,
        "sub": str(row.account_id),
        "sid": row.sid,
        "iat": now,
        "exp": now + int(TOKEN_LASTS.total_seconds()),
        "jti": str(new_id()),
        "events": {LOGOUT_EVENT: {}},
    }
    return jwt.encode({"alg": "RS256", "typ": "logout+jwt", "kid": str(key.kid)}, claims, key, ["RS256"])


def _forget(runtime: Runtime, row: ClientSession) -> None:
    with runtime.database.writing() as session:
        session.execute(
            delete(ClientSession).where(ClientSession.sid == row.sid, ClientSession.client_id == row.client_id)
        )


def _later(runtime: Runtime, row: ClientSession) -> None:
    wait = timedelta(seconds=min(5 * 2**row.attempts, 600))
    with runtime.database.writing() as session:
        session.execute(
            update(ClientSession)
            .where(ClientSession.sid == row.sid, ClientSession.client_id == row.client_id)
            .values(attempts=ClientSession.attempts + 1, next_attempt_at=runtime.clock() + wait)
        )


def forget_what_expired(runtime: Runtime) -> int:
    """Delete codes and tokens whose time is over, and change the signing key when it is old enough."""
    with runtime.unit_of_work() as work:
        work.session.execute(delete(AuthorizationCode).where(AuthorizationCode.expires_at <= work.now - GIVE_UP_AFTER))
        work.session.execute(delete(AccessToken).where(AccessToken.expires_at <= work.now))
    return change_keys(runtime)


TIMERS = (
    Timer("tell clients of ended sessions", timedelta(seconds=2), tell_clients),
    Timer("announce staff", timedelta(seconds=5), announce_staff),
    Timer("forget codes and change keys", timedelta(hours=1), forget_what_expired),
)
