"""Tables of the provider. Codes, tokens and secrets are kept as SHA-256 alone, signing keys sealed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from membership.base import Base
from shared.database.types import Json, UtcDateTime, Uuid


class ProviderClient(Base):
    """A program that lets people sign in here and that is no service of this suite. Addresses count exactly."""

    __tablename__ = "provider_clients"
    client_id: Mapped[str] = mapped_column(String(60), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    redirect_uris: Mapped[Any] = mapped_column(Json)
    after_sign_out: Mapped[Any] = mapped_column(Json)
    back_channel: Mapped[str | None] = mapped_column(String(300))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SigningKey(Base):
    """A key that signs tokens. The newest that is not retired signs; retired ones are still shown for a while."""

    __tablename__ = "provider_signing_keys"
    kid: Mapped[str] = mapped_column(String(60), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AuthorizationCode(Base):
    """What the browser carries to the client: good once and for a minute. ``sid`` is the session it came from."""

    __tablename__ = "provider_codes"
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    client_id: Mapped[str] = mapped_column(String(60))
    redirect_uri: Mapped[str] = mapped_column(String(500))
    scope: Mapped[str] = mapped_column(String(200))
    nonce: Mapped[str | None] = mapped_column(Text)
    code_challenge: Mapped[str] = mapped_column(String(128))
    account_id: Mapped[UUID] = mapped_column(Uuid)
    sid: Mapped[str] = mapped_column(String(80))
    signed_in_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AccessToken(Base):
    """Lets a client ask who signed in (userinfo), for some minutes and while the session lasts."""

    __tablename__ = "provider_access_tokens"
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32), index=True)
    client_id: Mapped[str] = mapped_column(String(60))
    account_id: Mapped[UUID] = mapped_column(Uuid)
    sid: Mapped[str] = mapped_column(String(80))
    scope: Mapped[str] = mapped_column(String(200))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class ClientSession(Base):
    """A client in which a session of ours was carried on. When ours ends, the client is told, until it has heard."""

    __tablename__ = "provider_client_sessions"
    sid: Mapped[str] = mapped_column(String(80), primary_key=True)
    client_id: Mapped[str] = mapped_column(String(60), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(Uuid)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AnnouncedAccount(Base):
    """The version of an account that the other services were last told of, under which issuer."""

    __tablename__ = "announced_accounts"
    account_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    issuer: Mapped[str] = mapped_column(String(300))
    version: Mapped[int]
