"""API tokens: made for one program, shown once, limited by grants and by time."""

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.database import UnitOfWork
from shared.identifiers import new_id
from shared.principal import Grant, Principal
from shared.refusal import NotFound, Refused
from shared.staff.models import ApiToken, TokenGrant
from shared.texts import N_

PREFIX = "yz_"
DEFAULT_VALIDITY = timedelta(days=90)
LONGEST_VALIDITY = timedelta(days=366)


def add_token(work: UnitOfWork, *, name: str, grants: Iterable[Grant], valid_for: timedelta = DEFAULT_VALIDITY) -> str:
    """Make a token and return it; it cannot be read again. Nobody gives away more than they hold."""
    asked = {grant.body: grant for grant in grants}
    if not asked:
        raise Refused("token-without-grants", N_("Choose at least one role."), field="grants", status=422)
    if not timedelta(0) < valid_for <= LONGEST_VALIDITY:
        raise Refused("token-validity", N_("A token is valid for 1 to 366 days."), field="days", status=422)
    for grant in asked.values():
        work.actor.demand(grant.role, grant.body)
    token = PREFIX + secrets.token_urlsafe(32)
    row = ApiToken(
        id=new_id(),
        name=name.strip()[:120] or "token",
        token_hash=hash_token(token),
        hint=token[-4:],
        made_by=work.actor.name[:120],
        created_at=work.now,
        expires_at=work.now + valid_for,
        grants=[TokenGrant(body=grant.body, role=grant.role) for grant in asked.values()],
    )
    work.session.add(row)
    work.session.flush()
    work.audit("token-made", f"token/{row.id}", grants=sorted(f"{grant.role} {grant.body}" for grant in asked.values()))
    return token


def revoke_token(work: UnitOfWork, token_id: UUID) -> ApiToken:
    """The token is refused from now on. NotFound when there is none."""
    row: ApiToken | None = work.lock(ApiToken, token_id)
    if row is None:
        raise NotFound("token")
    if row.revoked_at is None:
        row.revoked_at = work.now
        work.audit("token-revoked", f"token/{row.id}")
    return row


def list_tokens(session: Session) -> Sequence[ApiToken]:
    """All tokens, newest first; the revoked and expired ones too."""
    return session.scalars(select(ApiToken).order_by(ApiToken.id.desc())).all()


def token_principal(session: Session, token: str, now: datetime) -> Principal | None:
    """Whose token this is; None when it is unknown, revoked or expired."""
    row = session.scalars(select(ApiToken).where(ApiToken.token_hash == hash_token(token))).one_or_none()
    if row is None or row.revoked_at is not None or row.expires_at <= now:
        return None
    return row.principal()


def hash_token(token: str) -> bytes:
    """Under what a token, or another secret made here, is kept: it is random and long, so that a plain SHA-256 cannot
    be guessed backwards."""
    return hashlib.sha256(token.encode()).digest()
