"""Sessions of signed-in staff, kept by the server: ending one here ends it in the browser."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, joinedload

from shared.database import UnitOfWork
from shared.principal import Principal
from shared.staff.models import Account, StaffSession
from shared.staff.tokens import hash_token

LASTS = timedelta(hours=12)
SESSION_KEY = "sid"
"""Under which the browser's cookie holds the secret."""


def start_session(
    work: UnitOfWork,
    account: Account,
    *,
    issuer: str | None = None,
    sid: str | None = None,
    id_token: str | None = None,
) -> str:
    """The secret id that goes into the browser's cookie. It ends after a working day.

    ``issuer``, ``sid`` and ``id_token`` say which session at an OpenID provider it follows.
    """
    secret = secrets.token_urlsafe(32)
    work.session.add(
        StaffSession(
            id_hash=hash_token(secret),
            account_id=account.id,
            created_at=work.now,
            expires_at=work.now + LASTS,
            issuer=issuer,
            sid=sid or secrets.token_urlsafe(16),
            id_token=id_token,
        )
    )
    return secret


def session_of(session: Session, secret: str) -> StaffSession | None:
    """The session that this secret opens, whether or not it may still be used."""
    query = select(StaffSession).where(StaffSession.id_hash == hash_token(secret))
    everything = joinedload(StaffSession.account).joinedload(Account.grants)
    return session.scalars(query.options(everything)).unique().one_or_none()


def session_principal(session: Session, secret: str, now: datetime) -> Principal | None:
    """Who holds this session; None when it ended or the account may not come in any more."""
    found = session_of(session, secret)
    if found is None or found.expires_at <= now or not found.account.active:
        return None
    return found.account.principal()


def end_session(work: UnitOfWork, secret: str) -> None:
    work.session.execute(delete(StaffSession).where(StaffSession.id_hash == hash_token(secret)))
