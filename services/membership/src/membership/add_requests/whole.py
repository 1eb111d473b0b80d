"""Who sees all of a record, as a condition of a statement; :mod:`membership.add_requests.visibility` says the rule."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import aliased

from membership.add_requests.models import AddRequest
from membership.memberships.models import Membership
from membership.memberships.rules import STAGE_ROLES
from shared.principal import BODIES, Principal


def sees_every_body(reader: Principal) -> bool:
    return reader.kind == "system" or len(reader.bodies("viewer")) == len(BODIES)


def lent_to(bodies: Sequence[str], today: date) -> ColumnElement[bool]:
    """The condition that an add-request opens the record to one of these bodies today."""
    return (AddRequest.state == "accepted") & (AddRequest.until >= today) & AddRequest.body.in_(bodies)


def seen_whole(reader: Principal, today: date, person_id: Any) -> ColumnElement[bool]:
    """The condition that the reader sees all of the record of the person that a column names."""
    if sees_every_body(reader):
        return true()
    mine = reader.bodies("viewer")
    one = aliased(Membership)
    holds = (one.start_on <= today) & or_(one.end_on.is_(None), one.end_on > today)
    held = select(one.id).where(one.person_id == person_id, holds)
    lent = select(AddRequest.id).where(AddRequest.person_id == person_id, lent_to(mine, today))
    others = held.where(one.body.is_not(None), one.role.not_in(STAGE_ROLES))
    return or_(~others.exists(), held.where(one.body.in_(mine)).exists(), lent.exists())
