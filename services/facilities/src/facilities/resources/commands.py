"""Making and changing resources."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from facilities import published
from facilities.occupancy.ledger import lock, write
from facilities.occupancy.models import Occupancy
from facilities.occupancy.rules import Window, peak
from facilities.resources.models import Resource
from facilities.resources.rules import broken_resource_rules
from shared.database import UnitOfWork
from shared.identifiers import new_id
from shared.refusal import NotFound, Reason, Refused, Stale
from shared.texts import N_

_EDITABLE = (
    "name_zh",
    "name_en",
    "subject_zh",
    "subject_en",
    "capacity",
    "quantity",
    "needs_approval",
    "after_hours_needs_duty",
    "minutes_before",
    "minutes_after",
    "opening",
    "active",
)
_RULED = (
    "code",
    "kind",
    "name_zh",
    "name_en",
    "capacity",
    "quantity",
    "minutes_before",
    "minutes_after",
    "opening",
)


@dataclass(frozen=True)
class NewResource:
    """A room or a pool; see :class:`facilities.resources.models.Resource` for what each part means."""

    code: str
    kind: str
    name_zh: str
    name_en: str
    subject_zh: str | None = None
    subject_en: str | None = None
    capacity: int | None = None
    quantity: int = 1
    confidential: bool = False
    needs_approval: bool = False
    after_hours_needs_duty: bool = False
    minutes_before: int = 0
    minutes_after: int = 0
    opening: Any = None
    time_zone: str = "Asia/Shanghai"
    id: UUID | None = None


def add_resource(work: UnitOfWork, new: NewResource) -> Resource:
    """Make a resource. Refused names every broken rule; a code is given once."""
    work.actor.demand("admin")
    values = asdict(new)
    reasons = broken_resource_rules(**{name: values[name] for name in _RULED})
    if work.session.scalar(select(func.count()).where(Resource.code == new.code)):
        reasons.append(Reason("code-taken", N_("Another resource has this code."), "code"))
    if reasons:
        raise Refused.many(reasons)
    values["id"] = new.id or new_id()
    resource = Resource(**values, exclusive=new.kind == "room", active=True, created_at=work.now, version=1)
    work.session.add(resource)
    work.session.flush()
    _record(work, resource)
    work.audit("resource.added", f"resource/{resource.id}", code=resource.code)
    return resource


def change_resource(
    work: UnitOfWork, resource_id: UUID, changes: Mapping[str, Any], *, version: int | None = None
) -> Resource:
    """Change what may be changed; code, kind and confidentiality stay. Refused when more is promised than remains.

    A new turnaround or opening counts for what is booked from now on.
    """
    work.actor.demand("admin")
    resource = lock(work.session, [resource_id]).get(resource_id)
    if resource is None:
        raise NotFound("resource")
    if version is not None and version != resource.version:
        raise Stale(resource.version)
    wanted = {name: value for name, value in changes.items() if name in _EDITABLE}
    merged = {name: wanted.get(name, getattr(resource, name)) for name in _RULED}
    reasons = broken_resource_rules(**merged)
    if not reasons:
        reasons = _broken_promises(work, resource, merged["quantity"], merged["capacity"])
        if wanted.get("active", True) is False:
            reasons += _still_promised(work, resource)
        if reasons:
            raise Refused.many(reasons, status=409)
    if reasons:
        raise Refused.many(reasons)
    for name, value in wanted.items():
        setattr(resource, name, value)
    resource.version += 1
    write(work.session)
    _record(work, resource)
    work.audit("resource.changed", f"resource/{resource.id}", fields=sorted(wanted))
    return resource


def _coming(work: UnitOfWork, resource: Resource) -> list[Occupancy]:
    return list(
        work.session.scalars(
            select(Occupancy).where(
                Occupancy.resource_id == resource.id, Occupancy.live, Occupancy.blocked_until > work.now
            )
        )
    )


def _broken_promises(work: UnitOfWork, resource: Resource, quantity: int, capacity: int | None) -> list[Reason]:
    """What was promised and could not be kept with fewer units, or in a smaller room."""
    reasons = []
    coming = _coming(work, resource)
    if quantity < resource.quantity and coming:
        taken = [row.taken for row in coming]
        last = max(row.blocked_until for row in coming)
        promised = peak(taken, Window(work.now, last))
        if promised > quantity:
            reasons.append(
                Reason(
                    "promised",
                    N_("%(promised)s units are promised at the same time."),
                    "quantity",
                    {"resource_code": resource.code, "promised": promised},
                )
            )
    people = max((row.people or 0 for row in coming), default=0)
    if capacity is not None and people > capacity:
        reasons.append(
            Reason(
                "promised-people",
                N_("The room is booked for %(promised)s people."),
                "capacity",
                {"resource_code": resource.code, "promised": people},
            )
        )
    return reasons


def _still_promised(work: UnitOfWork, resource: Resource) -> list[Reason]:
    count = len([row for row in _coming(work, resource) if row.kind != "closure"])
    if not count:
        return []
    return [
        Reason(
            "still-booked",
            N_("%(count)s bookings are still to come."),
            "active",
            {"resource_code": resource.code, "count": count},
        )
    ]


def _record(work: UnitOfWork, resource: Resource) -> None:
    work.record(published.resource_changed, resource.id, resource_data(resource))


def resource_data(resource: Resource) -> dict[str, Any]:
    """The data of resource.changed and of the resource's snapshot."""
    return {
        "resource_id": resource.id,
        "code": resource.code,
        "kind": resource.kind,
        "name_zh": resource.name_zh,
        "name_en": resource.name_en,
        "capacity": resource.capacity,
        "quantity": resource.quantity,
        "confidential": resource.confidential,
        "active": resource.active,
    }
