"""Sessions of signed-in staff, kept by the server: ending one here ends it in the browser."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from shared.database import UnitOfWork
from shared.principal import Principal
from shared.staff.models import Account, StaffSession

LASTS = timedelta(hours=12)


def start_session(work: UnitOfWork, account: Account) -> str:
    """The secret id that goes into the browser's cookie. It ends after a working day."""
    secret = secrets.token_urlsafe(32)
    work.session.add(
        StaffSession(id_hash=_hash(secret), account_id=account.id, created_at=work.now, expires_at=work.now + LASTS)
    )
    return secret


def session_principal(session: Session, secret: str, now: datetime) -> Principal | None:
    """Who holds this session; None when it ended or the account may not come in any more."""
    found = session.scalars(select(StaffSession).where(StaffSession.id_hash == _hash(secret))).one_or_none()
    if found is None or found.expires_at <= now or not found.account.active:
        return None
    return found.account.principal()


def end_session(work: UnitOfWork, secret: str) -> None:
    work.session.execute(delete(StaffSession).where(StaffSession.id_hash == _hash(secret)))


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
