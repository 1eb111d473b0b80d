"""Addresses by which recipients reach their preferences without an account. Pure.

A token is the person's id and a part of its HMAC: it cannot be guessed, says nothing, and does not expire, because
people unsubscribe from mails that are years old. Another SECRET_KEY ends all of them.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from uuid import UUID

_ID_BYTES = 16
_MAC_BYTES = 16


class PreferenceLinks:
    """Makes and reads the links of one service."""

    def __init__(self, public_url: str, secret_key: str) -> None:
        self._url = public_url.rstrip("/")
        self._key = hmac.digest(secret_key.encode(), b"preferences", "sha256")

    def page(self, person_id: UUID) -> str:
        """Where a person chooses what they want."""
        return f"{self._url}/preferences/{self.token(person_id)}"

    def one_click(self, person_id: UUID, category: str) -> str:
        """What a mail program posts to, to switch one category off (RFC 8058)."""
        return f"{self.page(person_id)}/off/{category}"

    def token(self, person_id: UUID) -> str:
        return urlsafe_b64encode(person_id.bytes + self._mac(person_id)).rstrip(b"=").decode()

    def read(self, token: str) -> UUID | None:
        """Whose token it is; None when it was not made here."""
        try:
            content = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except (Error, ValueError):
            return None
        if len(content) != _ID_BYTES + _MAC_BYTES:
            return None
        person_id = UUID(bytes=content[:_ID_BYTES])
        return person_id if hmac.compare_digest(content[_ID_BYTES:], self._mac(person_id)) else None

    def _mac(self, person_id: UUID) -> bytes:
        return hmac.digest(self._key, person_id.bytes, "sha256")[:_MAC_BYTES]
