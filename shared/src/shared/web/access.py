"""Which role each address of a service needs: read from the views themselves, for people and for the tests."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask import Flask

from shared.principal import ROLES
from shared.web.guards import guard_of, own_methods

OPEN = ("public", "programs")


@dataclass(frozen=True, order=True)
class Access:
    """One address and method; ``guard`` is a role, ``public``, or ``programs`` (which prove themselves otherwise)."""

    address: str
    method: str
    guard: str
    endpoint: str

    def allows(self, role: str | None) -> bool:
        """Whether somebody with this role in some body gets past the door; None for somebody who is not signed in."""
        if self.guard in OPEN:
            return True
        return role is not None and ROLES.index(role) >= ROLES.index(self.guard)


def access_matrix(app: Flask) -> list[Access]:
    """Every address of the application that is not a file, in the order of addresses."""
    found = []
    for rule in app.url_map.iter_rules():
        for method in own_methods(rule):
            guard = guard_of(app, rule.endpoint, method)
            if guard is not None and not rule.endpoint.endswith("static"):
                found.append(Access(rule.rule, method, guard, rule.endpoint))
    return sorted(found)


def as_markdown(service: str, matrix: Iterable[Access]) -> str:
    """The matrix as a page for people."""
    lines = [
        f"# Who may do what in {service}",
        "",
        "✓ lets the role in, — refuses it (403). *open* needs no sign-in; *programs* prove themselves otherwise, by a",
        "signature or a secret. A role counts in the bodies it was given for. Where a thing belongs to another body,",
        "the command refuses it (403), or says that nothing is there where even its existence is confidential (404).",
        "",
        f"| address | method | {' | '.join(ROLES)} |",
        f"|---|---|{'---|' * len(ROLES)}",
    ]
    for access in matrix:
        if access.guard in OPEN:
            cells = [{"public": "open", "programs": "programs"}[access.guard]] * len(ROLES)
        else:
            cells = ["✓" if access.allows(role) else "—" for role in ROLES]
        lines.append(f"| `{access.address}` | {access.method} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"
