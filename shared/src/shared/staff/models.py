"""Tables of staff accounts, roles, sessions, tokens and answered requests, in each service's own database.

No web code is imported here, so that the worker can clean up.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shared.database.tables import SharedBase
from shared.database.types import UtcDateTime, Uuid
from shared.principal import Grant, Principal


def _grant_checks() -> tuple[CheckConstraint, CheckConstraint]:
    return (
        CheckConstraint("role IN ('viewer', 'officer', 'manager', 'admin')", name="role"),
        CheckConstraint("body IN ('party', 'union', 'league', 'women', '*')", name="body"),
    )


class Account(SharedBase):
    """A member of staff, signing in with a password of this service or through an OpenID provider.

    ``username`` is lower-case. ``issuer`` and ``issuer_subject`` name the person at the provider; an account that
    came from there has an empty ``password_hash``, which no password fits.
    """

    __tablename__ = "staff_accounts"
    __table_args__ = (
        UniqueConstraint("username"),
        Index("uq_staff_accounts_issuer", "issuer", "issuer_subject", unique=True),
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    username: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(120))
    password_hash: Mapped[str] = mapped_column(Text)
    language: Mapped[str | None] = mapped_column(String(16))
    person_id: Mapped[UUID | None] = mapped_column(Uuid)
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)
    issuer: Mapped[str | None] = mapped_column(String(300))
    issuer_subject: Mapped[str | None] = mapped_column(String(255))
    grants: Mapped[list["AccountGrant"]] = relationship(
        cascade="all, delete-orphan", lazy="selectin", order_by="AccountGrant.body"
    )

    def principal(self) -> Principal:
        return Principal(
            id=self.id,
            name=self.name,
            kind="staff",
            person_id=self.person_id,
            grants=tuple(Grant(held.role, held.body) for held in self.grants),
            language=self.language,
        )


class AccountGrant(SharedBase):
    """One role in one body; a second role in the same body replaces the first."""

    __tablename__ = "staff_grants"
    __table_args__ = _grant_checks()
    account_id: Mapped[UUID] = mapped_column(ForeignKey("staff_accounts.id", ondelete="CASCADE"), primary_key=True)
    body: Mapped[str] = mapped_column(String(10), primary_key=True)
    role: Mapped[str] = mapped_column(String(10))


class StaffSession(SharedBase):
    """A sign-in that has not ended. The cookie holds a random id of which only the SHA-256 is kept.

    ``sid`` names the session between services and opens nothing: the provider's name for it where it began there
    (``issuer``), whose ``id_token`` is shown when the session ends.
    """

    __tablename__ = "staff_sessions"
    id_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("staff_accounts.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    sid: Mapped[str | None] = mapped_column(String(80), index=True)
    issuer: Mapped[str | None] = mapped_column(String(300))
    id_token: Mapped[str | None] = mapped_column(Text)
    account: Mapped[Account] = relationship(lazy="joined")


class ApiToken(SharedBase):
    """A program's way in. Shown once when it is made; only its SHA-256 is kept."""

    __tablename__ = "api_tokens"
    __table_args__ = (UniqueConstraint("token_hash"),)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    hint: Mapped[str] = mapped_column(String(8))
    made_by: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    grants: Mapped[list["TokenGrant"]] = relationship(
        cascade="all, delete-orphan", lazy="selectin", order_by="TokenGrant.body"
    )

    def principal(self) -> Principal:
        return Principal(
            id=self.id,
            name=self.name,
            kind="token",
            grants=tuple(Grant(held.role, held.body) for held in self.grants),
        )


class TokenGrant(SharedBase):
    __tablename__ = "api_token_grants"
    __table_args__ = _grant_checks()
    token_id: Mapped[UUID] = mapped_column(ForeignKey("api_tokens.id", ondelete="CASCADE"), primary_key=True)
    body: Mapped[str] = mapped_column(String(10), primary_key=True)
    role: Mapped[str] = mapped_column(String(10))


class SignInAttempts(SharedBase):
    """Attempts of one account or one address since the last success; ``key`` is a hash, no address is kept."""

    __tablename__ = "sign_in_attempts"
    key: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    count: Mapped[int]
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    blocked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)


class IdempotencyKey(SharedBase):
    """A request that was carried out: what it asked (as an HMAC) and which resource it led to, nothing else.

    Written in the command's own transaction, so a key exists exactly when its command was committed.
    """

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index("ix_idempotency_keys_expires_at", "expires_at"),)
    principal: Mapped[str] = mapped_column(String(80), primary_key=True)
    route: Mapped[str] = mapped_column(String(300), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    body_hmac: Mapped[bytes] = mapped_column(LargeBinary(32))
    status: Mapped[int]
    resource_id: Mapped[str] = mapped_column(String(80))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
