"""Which role each address of a service needs: read from the views themselves, for people and for the tests."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from flask import Flask

from shared.principal import ALL_BODIES, ROLES
from shared.web.belonging import RECORD, Reach
from shared.web.guards import guard_of, own_methods, reach_of

OPEN = ("public", "programs")


@dataclass(frozen=True, order=True)
class Access:
    """One address and method; ``guard`` is a role, ``public``, or ``programs`` (which prove themselves otherwise)."""

    address: str
    method: str
    guard: str
    endpoint: str
    reach: Reach = field(default=Reach(), compare=False)

    @property
    def body(self) -> str:
        """In which body the role has to be held, for people."""
        if self.reach.body == RECORD:
            what = self.reach.parameter.removesuffix("_id").replace("_", " ")
            return f"of the {what}" + (", else 404" if self.reach.confidential else "")
        return {ALL_BODIES: "all"}.get(self.reach.body, self.reach.body)

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
                found.append(Access(rule.rule, method, guard, rule.endpoint, reach_of(app, rule, method)))
    return sorted(found)


def as_markdown(service: str, matrix: Iterable[Access]) -> str:
    """The matrix as a page for people."""
    lines = [
        f"# Who may do what in {service}",
        "",
        "✓ lets the role in, — refuses it (403). *open* needs no sign-in; *programs* prove themselves otherwise, by a",
        "signature or a secret. *Body* says where the role has to be held: in *any* body (lists show what their reader",
        "may see, and what a form names is decided by the command), in *all*, in the one that is named, or in one of",
        "those that the record in the address belongs to. Elsewhere the answer is 403; *else 404* where nobody outside",
        "learns that there is such a record.",
        "",
        f"| address | method | {' | '.join(ROLES)} | body |",
        f"|---|---|{'---|' * len(ROLES)}---|",
    ]
    for access in matrix:
        if access.guard in OPEN:
            cells = [{"public": "open", "programs": "programs"}[access.guard]] * len(ROLES)
        else:
            cells = ["✓" if access.allows(role) else "—" for role in ROLES]
        body = "—" if access.guard in OPEN else access.body
        lines.append(f"| `{access.address}` | {access.method} | {' | '.join(cells)} | {body} |")
    return "\n".join(lines) + "\n"
