"""/api/v1/people"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import Response, after_this_request, url_for
from flask.views import MethodView
from sqlalchemy.orm import Session

from membership.consents.rules import ConsentData
from membership.current import centre, today
from membership.households.commands import set_guardians
from membership.people.commands import lock_person, register_person, reveal_id_number, update_person
from membership.people.former import Erased
from membership.people.models import Person
from membership.people.queries import get_person, selection
from membership.people.records import PersonRecord, get_record, records
from membership.people.rules import PersonData
from membership.people.schemas import (
    GuardiansIn,
    PeopleQuery,
    PersonChange,
    PersonIn,
    PersonOut,
    RevealIn,
    RevealOut,
)
from membership.people.tokens import found_by
from shared.database import UnitOfWork
from shared.former_people import current_id
from shared.web import (
    ApiBlueprint,
    Page,
    check_if_match,
    idempotent,
    page_of,
    paginate,
    principal,
    reading,
    requires,
    set_etag,
    unit_of_work,
)

blueprint = ApiBlueprint(
    "people",
    __name__,
    url_prefix="/api/v1/people",
    description="One record for everybody, whichever body they belong to.",
)


def _record(session: Session, person_id: UUID) -> PersonRecord:
    return get_record(session, person_id, principal(), today())


@blueprint.route("")
class People(MethodView):
    @requires("viewer")
    @blueprint.arguments(PeopleQuery, location="query")
    @blueprint.response(200, page_of(PersonOut))
    def get(self, query: dict[str, Any]) -> Page:
        """People, found by name, telephone, organisation or body."""
        by = {name: query[name] for name in ("name", "phone", "organisation_id", "body")}
        with reading() as session:
            search = found_by(query["search"] or "", centre(), principal(), today())
            page = paginate(session, selection(reader=principal(), today=today(), search=search, **by), query)
            return replace(page, items=records(session, page.items, principal(), today()))

    @requires("officer")
    @blueprint.arguments(PersonIn)
    @blueprint.response(201, PersonOut)
    @idempotent(load=_record)
    def post(self, work: UnitOfWork, data: dict[str, Any]) -> Person:
        """Register a person."""
        guardians, consent = tuple(data.pop("guardian_ids")), data.pop("consent")
        data["consent"] = ConsentData(**consent) if consent else None
        return register_person(work, PersonData(**data, guardian_ids=guardians), centre=centre())


def _located(person_id: UUID) -> Callable[[Response], Response]:
    def add(response: Response) -> Response:
        response.headers["Content-Location"] = url_for("people.OnePerson", person_id=person_id)
        return response

    return add


@blueprint.route("/<uuid:person_id>")
class OnePerson(MethodView):
    @requires("viewer")
    @blueprint.response(200, PersonOut)
    def get(self, person_id: UUID) -> PersonRecord:
        """One person, with masked numbers. An id that was merged answers with the record that stands, whose id it
        says and whose address is in Content-Location; an erased person is 410."""
        with reading() as session:
            record = _record(session, current_id(session, person_id))
            if record.person.erased_at is not None:
                raise Erased()
            set_etag(record.person)
            if record.id != person_id:
                after_this_request(_located(record.id))
            return record

    @requires("officer")
    @blueprint.arguments(PersonChange)
    @blueprint.response(200, PersonOut)
    def patch(self, data: dict[str, Any], person_id: UUID) -> PersonRecord:
        """Change what is known of a person."""
        with unit_of_work() as work:
            person = lock_person(work, person_id)
            check_if_match(person)
            update_person(work, person_id, data, version=person.version, centre=centre())
            set_etag(person)
            return _record(work.session, person_id)


@blueprint.route("/<uuid:person_id>/guardians")
class Guardians(MethodView):
    @requires("officer")
    @blueprint.arguments(GuardiansIn)
    @blueprint.response(200, PersonOut)
    def put(self, data: dict[str, Any], person_id: UUID) -> PersonRecord:
        """Say who is written to instead of a child."""
        with unit_of_work() as work:
            person = get_person(work.session, person_id)
            check_if_match(person)
            person = set_guardians(work, person_id, data["guardian_ids"], version=person.version, centre=centre())
            set_etag(person)
            return _record(work.session, person_id)


@blueprint.route("/<uuid:person_id>/id-number-reveals")
class Reveals(MethodView):
    """Each reveal leaves a trace in the audit trail, so each one is carried out; no key makes it once."""

    @requires("manager")
    @blueprint.arguments(RevealIn)
    @blueprint.response(201, RevealOut)
    def post(self, data: dict[str, Any], person_id: UUID) -> dict[str, str]:
        """Show one masked number; who asked, and why, stays in the audit trail."""
        with unit_of_work() as work:
            return {"id_number": reveal_id_number(work, person_id, data["reason"], centre=centre())}
