"""Reading resources."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from facilities.resources.commands import resource_data
from facilities.resources.models import Resource


def get_resource(session: Session, resource_id: UUID) -> Resource | None:
    return session.get(Resource, resource_id)


def find_by_code(session: Session, code: str) -> Resource | None:
    return session.scalars(select(Resource).where(Resource.code == code)).one_or_none()


def list_resources(*, kind: str | None = None, search: str | None = None, active: bool | None = None) -> Select[Any]:
    """Resources whose name or code contains the search text."""
    found = select(Resource)
    if kind:
        found = found.where(Resource.kind == kind)
    if active is not None:
        found = found.where(Resource.active == active)
    if search:
        found = found.where(
            or_(
                Resource.name_zh.icontains(search, autoescape=True),
                Resource.name_en.icontains(search, autoescape=True),
                Resource.code.icontains(search, autoescape=True),
            )
        )
    return found


def rooms(session: Session) -> list[Resource]:
    """The rooms in use, in the order in which they were made."""
    return list(
        session.scalars(
            select(Resource).where(Resource.exclusive, Resource.active).order_by(Resource.created_at, Resource.code)
        )
    )


def pools(session: Session) -> list[Resource]:
    """Equipment first, then books."""
    return list(
        session.scalars(
            select(Resource).where(~Resource.exclusive, Resource.active).order_by(Resource.kind.desc(), Resource.code)
        )
    )


def snapshots(
    session: Session, after: UUID | None, only: UUID | None, limit: int
) -> Sequence[tuple[UUID, Mapping[str, Any]]]:
    """Resources as their snapshot events say them, in the order of ids."""
    query = select(Resource).order_by(Resource.id).limit(limit)
    if after is not None:
        query = query.where(Resource.id > after)
    if only is not None:
        query = query.where(Resource.id == only)
    return [(resource.id, resource_data(resource)) for resource in session.scalars(query)]
