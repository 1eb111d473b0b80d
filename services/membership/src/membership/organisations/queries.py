"""Reading organisations: one, all as trees, by code, and as snapshots."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from membership.organisations.models import Organisation
from membership.organisations.periods import as_of
from membership.searching import contains
from shared.refusal import NotFound
from shared.texts import N_

NOUN = N_("organisation")


@dataclass(frozen=True)
class OrganisationThen:
    """An organisation as it was on some day."""

    id: UUID
    code: str
    kind: str
    body: str | None
    parent_id: UUID | None
    name_zh: str
    name_en: str
    active: bool = True

    def name(self, language: str) -> str:
        """The name of that day in the reader's language."""
        return self.name_zh if language.startswith("zh") else self.name_en


_OF_NOW = [getattr(Organisation, field.name) for field in fields(OrganisationThen)]


@dataclass(frozen=True)
class Branch:
    """An organisation in its tree, with how deep it stands and how many hold a role in it on the day in question."""

    organisation: Organisation | OrganisationThen
    depth: int
    members: int


def get_organisation(session: Session, organisation_id: UUID) -> Organisation:
    """NotFound when there is none."""
    found = session.get(Organisation, organisation_id)
    if found is None:
        raise NotFound(NOUN)
    return found


def find_by_code(session: Session, code: str) -> Organisation | None:
    return session.scalars(select(Organisation).where(Organisation.code == code.strip().upper())).one_or_none()


def by_codes(session: Session, codes: Sequence[str]) -> Mapping[str, Organisation]:
    """The organisations with these codes, by code; unknown codes are absent."""
    rows = session.scalars(select(Organisation).where(Organisation.code.in_(codes)))
    return {organisation.code: organisation for organisation in rows}


def selection(
    *,
    text: str | None = None,
    kind: str | None = None,
    body: str | None = None,
    parent_id: UUID | None = None,
    active: bool | None = None,
) -> Select[Any]:
    """Organisations by part of a name or code, kind, body, parent and state."""
    query = select(Organisation)
    if text:
        columns = (Organisation.name_zh, Organisation.name_en, Organisation.code)
        query = query.where(or_(*(contains(column, text) for column in columns)))
    for column, value in (
        (Organisation.kind, kind),
        (Organisation.body, body),
        (Organisation.parent_id, parent_id),
        (Organisation.active, active),
    ):
        if value is not None:
            query = query.where(column == value)
    return query


def ancestors(session: Session, organisation: Organisation) -> list[Organisation]:
    """From the top of the tree down to the parent."""
    found: list[Organisation] = []
    above = organisation.parent_id
    while above is not None:
        parent = get_organisation(session, above)
        found.insert(0, parent)
        above = parent.parent_id
    return found


def then(
    session: Session, day: date, *, text: str | None = None, kind: str | None = None, body: str | None = None
) -> list[OrganisationThen]:
    """The organisations as they were on that day, by part of the name of then or of the code, kind and body."""
    there = as_of(session, day)
    found = []
    for one in session.scalars(select(Organisation).where(Organisation.id.in_(there))):
        was = there[one.id]
        found.append(OrganisationThen(one.id, one.code, was.kind, one.body, was.parent_id, was.name_zh, was.name_en))
    words = (text or "").strip().lower()
    return [
        one
        for one in found
        if (kind is None or one.kind == kind)
        and (body is None or one.body == body)
        and (not words or any(words in name.lower() for name in (one.name_zh, one.name_en, one.code)))
    ]


def trees(found: Sequence[Organisation | OrganisationThen], members: Mapping[UUID, int]) -> list[Branch]:
    """The organisations in the order of their trees, each under its parent; orphans of a filter stand at the top."""
    present = {organisation.id for organisation in found}
    children: dict[UUID | None, list[Organisation | OrganisationThen]] = {}
    for organisation in sorted(found, key=lambda one: (_BODY_ORDER.get(one.body, 9), one.kind, one.code)):
        parent = organisation.parent_id if organisation.parent_id in present else None
        children.setdefault(parent, []).append(organisation)
    ordered: list[Branch] = []

    def descend(parent: UUID | None, depth: int) -> None:
        for organisation in children.get(parent, []):
            ordered.append(Branch(organisation, depth, members.get(organisation.id, 0)))
            descend(organisation.id, depth + 1)

    descend(None, 0)
    return ordered


def party_name(session: Session) -> str:
    """Who signs papers, in Chinese: the Party committee at the top of the tree."""
    query = select(Organisation.name_zh).where(Organisation.kind == "party-committee", Organisation.active)
    return session.scalars(query.order_by(Organisation.code).limit(1)).first() or "党组织"


_BODY_ORDER: Mapping[str | None, int] = {"party": 0, "union": 1, "league": 2, "women": 3}


def event_data(organisation: Organisation) -> dict[str, Any]:
    """What organisation.changed and organisation.snapshot say."""
    return {
        "organisation_id": organisation.id,
        "parent_id": organisation.parent_id,
        "kind": organisation.kind,
        "body": organisation.body,
        "name_zh": organisation.name_zh,
        "name_en": organisation.name_en,
        "active": organisation.active,
    }


def choosable(session: Session, bodies: Sequence[str | None] | None = None) -> list[Branch]:
    """Active organisations in the order of their trees; only those of some bodies (None: of no body) when given.

    Their columns alone: a list of hundreds stands in the filters of pages that are asked for all day long.
    """
    rows = session.execute(selection(active=True).with_only_columns(*_OF_NOW))
    found = [OrganisationThen(*row) for row in rows]
    return trees([one for one in found if bodies is None or one.body in bodies], {})


def filter_choices(session: Session, language: str) -> list[tuple[str, str]]:
    """Active organisations for a filter of a list: the id, and the name set in by its depth in the tree."""
    indent = "\N{IDEOGRAPHIC SPACE}"
    return [
        (str(one.organisation.id), indent * one.depth + one.organisation.name(language)) for one in choosable(session)
    ]
