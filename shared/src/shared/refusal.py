"""How a rule says no: a code for programs, a sentence for people, and the facts that belong to it.

The sentence is an English gettext message with ``%(name)s`` placeholders; whoever shows it translates it
first and fills in the facts afterwards. Nothing in here knows HTTP libraries or databases, so that pure
rules can raise it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any


@dataclass(frozen=True)
class Reason:
    """One broken rule.

    ``code`` is stable and kebab-case, ``field`` the input's name where one is to blame, ``facts`` fill the
    placeholders of ``text`` and are shown to programs as they are.
    """

    code: str
    text: str
    field: str | None = None
    facts: Mapping[str, Any] = dataclass_field(default_factory=dict)

    def __str__(self) -> str:
        return self.text % dict(self.facts) if self.facts else self.text


class Refused(Exception):
    """The request was understood and a rule of the domain forbids it. Carries every broken rule, not just one."""

    def __init__(self, code: str, text: str, *, field: str | None = None, status: int = 409, **facts: Any) -> None:
        super().__init__(code)
        self.status = status
        self.reasons: tuple[Reason, ...] = (Reason(code, text, field, facts),)

    @classmethod
    def many(cls, reasons: Sequence[Reason], status: int = 422) -> "Refused":
        """All broken rules at once; ``reasons`` must not be empty."""
        first = reasons[0]
        refused = cls(first.code, first.text, field=first.field, status=status, **first.facts)
        refused.reasons = tuple(reasons)
        return refused

    @property
    def code(self) -> str:
        return self.reasons[0].code

    def __str__(self) -> str:
        return "; ".join(str(reason) for reason in self.reasons)


class NotFound(Refused):
    """There is no such thing, or nobody may tell this principal that there is."""

    def __init__(self, noun: str) -> None:
        super().__init__("not-found", "There is no such %(noun)s.", status=404, noun=noun)


class Forbidden(Refused):
    """The principal is known and lacks the role for this body."""

    def __init__(self, role: str, body: str | None = None) -> None:
        if body is None:
            super().__init__("forbidden", "This needs the role %(role)s.", status=403, role=role)
        else:
            super().__init__("forbidden", "This needs the role %(role)s in %(body)s.", status=403, role=role, body=body)


class Stale(Refused):
    """Somebody else changed the thing since it was read (RFC 9110, section 13.1.1)."""

    def __init__(self, current_version: int) -> None:
        super().__init__(
            "stale",
            "Somebody changed this in the meantime. Look at it again before you save.",
            status=412,
            current_version=current_version,
        )
