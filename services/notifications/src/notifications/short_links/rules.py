"""Tokens of short links to the preferences. Pure.

The link in a message names it by the first part of its id and proves it by a part of an HMAC of the whole: nothing is
kept for it, and nobody else can make it. The link that staff make is drawn by lot, and kept as a hash.
"""

import hashlib
import hmac
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

_STAFF_BYTES = 9
_NAME_BYTES = 6
_PROOF_BYTES = 6
_STAFF = re.compile(r"[\w-]{12}", re.ASCII)
_MESSAGE = re.compile(r"[\w-]{16}", re.ASCII)
KEPT = timedelta(days=400)
"""A link ends by itself: a telephone number may be somebody else's after a year."""
HIDDEN_TOKEN = "•" * 16
"""What staff see in its place, and what is counted where nothing is sent."""
NAMES = ("preferences", "preferences_code")
"""Placeholders: the whole address, and its last part for gateways that take no address among the parameters."""
_SOMEWHERE = "https://notices.example.cn"


def is_of_staff(token: str) -> bool:
    """Whether a text has the form of a token that staff make."""
    return _STAFF.fullmatch(token) is not None


def new_token() -> str:
    """One that nobody can guess."""
    return urlsafe_b64encode(secrets.token_bytes(_STAFF_BYTES)).decode()


def token_hash(token: str) -> str:
    """What the database keeps. Not salted: a token is drawn by lot."""
    return hashlib.sha256(token.encode()).hexdigest()


def token_of(secret_key: str, message_id: UUID) -> str:
    """That of a message."""
    return urlsafe_b64encode(message_id.bytes[:_NAME_BYTES] + _proof(secret_key, message_id)).decode()


def ids_of(token: str) -> tuple[UUID, UUID] | None:
    """Between which ids the message lies that a token names; None when it has not the form of one."""
    if _MESSAGE.fullmatch(token) is None:
        return None
    name = urlsafe_b64decode(token)[:_NAME_BYTES]
    rest = 16 - _NAME_BYTES
    return UUID(bytes=name + bytes(rest)), UUID(bytes=name + b"\xff" * rest)


def proves(secret_key: str, token: str, message_id: UUID) -> bool:
    """Whether the token was made here for that message."""
    return hmac.compare_digest(token.encode(), token_of(secret_key, message_id).encode())


def _proof(secret_key: str, message_id: UUID) -> bytes:
    key = hmac.digest(secret_key.encode(), b"short links", "sha256")
    return hmac.digest(key, message_id.bytes, "sha256")[:_PROOF_BYTES]


def asks_for_link(body: str) -> bool:
    """Whether a template text leads to the preferences."""
    return any(name in body for name in NAMES)


def address(public_url: str, token: str) -> str:
    """Where a token leads to."""
    return f"{public_url.rstrip('/')}/p/{token}"


def values(public_url: str = _SOMEWHERE, token: str = HIDDEN_TOKEN) -> Mapping[str, str]:
    """What the placeholders stand for; by default what is shown and counted where nothing is sent."""
    whole, code = NAMES
    return {whole: address(public_url, token), code: token}
