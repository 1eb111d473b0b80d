"""Who may do what with an activity: the role is needed in one of the bodies that hold it."""

from collections.abc import Sequence

from shared.principal import Principal
from shared.refusal import Forbidden


def demand(principal: Principal, role: str, bodies: Sequence[str]) -> None:
    """Forbidden unless the role is held in one of these bodies. A joint activity has several."""
    if not allows(principal, role, bodies):
        raise Forbidden(role, bodies[0] if bodies else None)


def allows(principal: Principal, role: str, bodies: Sequence[str]) -> bool:
    return any(principal.allows(role, body) for body in bodies)
