"""Somebody as a provider names them. No web or cryptography is imported here: workers need no more than this."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class SignedIn:
    """What an ID token said."""

    subject: str
    claims: Mapping[str, Any] = field(repr=False)
    id_token: str = field(repr=False)

    @property
    def sid(self) -> str | None:
        """The provider's name for the session."""
        found = self.claims.get("sid")
        return found if isinstance(found, str) else None
