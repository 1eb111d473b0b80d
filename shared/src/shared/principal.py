"""Who is asking: a member of staff, an API token, or the service itself, and what they were granted."""

from dataclasses import dataclass
from uuid import UUID

from shared.refusal import Forbidden

ROLES = ("viewer", "officer", "manager", "admin")
BODIES = ("party", "union", "league", "women")
ALL_BODIES = "*"
_RANK = {role: rank for rank, role in enumerate(ROLES)}


@dataclass(frozen=True)
class Grant:
    """A role within one body, or within all of them (``*``). A higher role includes the lower ones."""

    role: str
    body: str

    def __post_init__(self) -> None:
        if self.role not in _RANK:
            raise ValueError(f"unknown role {self.role!r}")
        if self.body != ALL_BODIES and self.body not in BODIES:
            raise ValueError(f"unknown body {self.body!r}")


@dataclass(frozen=True)
class Principal:
    """``person_id`` ties an account to a person, so that four eyes can be counted by person."""

    id: UUID | None
    name: str
    kind: str = "staff"
    person_id: UUID | None = None
    grants: tuple[Grant, ...] = ()
    language: str | None = None

    def allows(self, role: str, body: str | None = None) -> bool:
        """Whether the role is held: in that body, or in any body when none is named."""
        if self.kind == "system":
            return True
        return any(
            _RANK[grant.role] >= _RANK[role] and (body is None or grant.body in (body, ALL_BODIES))
            for grant in self.grants
        )

    def demand(self, role: str, body: str | None = None) -> None:
        """Forbidden unless the role is held."""
        if not self.allows(role, body):
            raise Forbidden(role, body)

    def bodies(self, role: str = "viewer") -> tuple[str, ...]:
        """The bodies in which the role is held."""
        return tuple(body for body in BODIES if self.allows(role, body))

    @property
    def key(self) -> str:
        """A stable text for audit rows and idempotency keys."""
        return f"{self.kind}:{self.id}" if self.id else self.kind


SYSTEM = Principal(id=None, name="system", kind="system")
