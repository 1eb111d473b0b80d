"""Who may send people here to sign in: the services of the suite, and programs registered on the command line."""

import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from authlib.oauth2.rfc6749 import ClientMixin
from sqlalchemy import select
from sqlalchemy.orm import Session

from membership.provider.models import ProviderClient
from shared.database import UnitOfWork
from shared.refusal import Refused
from shared.runtime import Runtime
from shared.settings import Settings
from shared.staff.tokens import hash_token
from shared.texts import N_

SCOPES = ("openid", "profile")
_CLIENT_ID = re.compile(r"[a-z0-9][a-z0-9-]{1,59}")


@dataclass(frozen=True)
class Client(ClientMixin):  # type: ignore[misc]
    """A client as Authlib asks about it. Every one is confidential, and every address counts exactly."""

    client_id: str
    name: str
    secret_hash: bytes = field(repr=False)
    redirect_uris: Sequence[str]
    after_sign_out: Sequence[str]
    back_channel: str | None

    @property
    def client_metadata(self) -> dict[str, object]:
        return {"post_logout_redirect_uris": list(self.after_sign_out)}

    @property
    def id_token_signed_response_alg(self) -> str:
        return "RS256"

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> None:
        """None: a client says where it wants to be answered."""

    def get_allowed_scope(self, scope: str | None) -> str:
        return " ".join(name for name in (scope or "").split() if name in SCOPES)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        return hmac.compare_digest(self.secret_hash, hash_token(client_secret))

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method in ("client_secret_basic", "client_secret_post")

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


def issuer(runtime: Runtime) -> str:
    """The provider's name: the address under which browsers reach membership."""
    return runtime.settings.public_url.rstrip("/")


def services_as_clients(settings: Settings) -> dict[str, Client]:
    """The other services, from ``OIDC_CLIENTS`` (``facilities:secret,…``); their addresses from ``<SERVICE>_URL``.

    ``<SERVICE>_INTERNAL_URL`` is where this process reaches one that browsers reach by another name.

    ValueError when the variable is malformed or names no service.
    """
    found = {}
    for part in filter(None, (text.strip() for text in settings.environ.get("OIDC_CLIENTS", "").split(","))):
        name, _, secret = part.partition(":")
        if name not in settings.service_urls or len(secret) < 16:
            raise ValueError("OIDC_CLIENTS must be service:secret pairs, with secrets of at least 16 characters")
        base = settings.service_urls[name].rstrip("/")
        inside = (settings.environ.get(f"{name.upper()}_INTERNAL_URL") or base).rstrip("/")
        found[name] = Client(
            client_id=name,
            name=name,
            secret_hash=hash_token(secret),
            redirect_uris=(f"{base}/sign-in/callback",),
            after_sign_out=(f"{base}/signed-out",),
            back_channel=f"{inside}/sign-in/back-channel-logout",
        )
    return found


def find_client(session: Session, settings: Settings, client_id: str) -> Client | None:
    """The client of this id that may still ask."""
    known = services_as_clients(settings).get(client_id)
    if known is not None:
        return known
    row = session.get(ProviderClient, client_id)
    if row is None or row.revoked_at is not None:
        return None
    return Client(
        row.client_id, row.name, row.secret_hash, tuple(row.redirect_uris), tuple(row.after_sign_out), row.back_channel
    )


def add_client(
    work: UnitOfWork,
    *,
    client_id: str,
    name: str,
    redirect_uris: Sequence[str],
    after_sign_out: Sequence[str] = (),
    back_channel: str | None = None,
) -> str:
    """Register a program and return its secret, which cannot be read again. Refused when something is malformed."""
    if not _CLIENT_ID.fullmatch(client_id) or work.session.get(ProviderClient, client_id) is not None:
        raise Refused(
            "client-id",
            N_("A client id has 2 to 60 small letters, digits or hyphens and is not taken yet."),
            field="client_id",
            status=422,
        )
    addresses = [*redirect_uris, *after_sign_out, *([back_channel] if back_channel else [])]
    if not redirect_uris or not all(_is_fit(address) for address in addresses):
        raise Refused(
            "client-address",
            N_("Addresses are whole https addresses without a fragment; http only on this machine."),
            field="redirect_uris",
            status=422,
        )
    secret = secrets.token_urlsafe(32)
    work.session.add(
        ProviderClient(
            client_id=client_id,
            name=name.strip()[:120] or client_id,
            secret_hash=hash_token(secret),
            redirect_uris=list(redirect_uris),
            after_sign_out=list(after_sign_out),
            back_channel=back_channel,
            created_at=work.now,
        )
    )
    work.audit("client-added", f"client/{client_id}", redirect_uris=list(redirect_uris))
    return secret


def revoke_client(work: UnitOfWork, client_id: str) -> None:
    """The program is refused from now on. Refused (404) when there is none."""
    row = work.lock(ProviderClient, client_id)
    if row is None:
        raise Refused("not-found", N_("There is no such client."), status=404)
    row.revoked_at = row.revoked_at or work.now
    work.audit("client-revoked", f"client/{client_id}")


def list_clients(session: Session) -> Sequence[ProviderClient]:
    return session.scalars(select(ProviderClient).order_by(ProviderClient.client_id)).all()


def _is_fit(address: str) -> bool:
    parts = urlsplit(address)
    local = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1")
    return (parts.scheme == "https" or local) and bool(parts.netloc) and not parts.fragment and len(address) <= 300
