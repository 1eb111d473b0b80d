"""/api/v1/erasures"""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from flask.views import MethodView
from sqlalchemy.orm import Session

from membership.acknowledgements.queries import answers
from membership.acknowledgements.rules import Answer
from membership.current import centre
from membership.erasures.commands import ask_again, confirm_erasure, decline_erasure, request_erasure, withdraw_erasure
from membership.erasures.models import Erasure
from membership.erasures.queries import get_erasure, selection, standing_against
from membership.erasures.schemas import DeclineIn, ErasureIn, ErasureOut, ErasureQuery
from shared.database import UnitOfWork
from shared.refusal import Reason
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
)

blueprint = ApiBlueprint(
    "erasures",
    __name__,
    url_prefix="/api/v1/erasures",
    description="Erasing a person: asked for, checked in all services, confirmed by a second person.",
)


@dataclass(frozen=True)
class ErasureRecord:
    """A request with what stands against it and what the services said."""

    erasure: Erasure
    standing_against: list[Reason]
    answers: list[Answer]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.erasure, name)


def _record(session: Session, erasure_id: UUID) -> ErasureRecord:
    erasure = get_erasure(session, erasure_id)
    standing = standing_against(session, erasure, principal()) if erasure.state == "requested" else []
    matter = ("erasure", erasure.person_id) if erasure.state == "done" else ("check", erasure.id)
    return ErasureRecord(erasure, standing, answers(session, *matter))


@blueprint.route("")
class Erasures(MethodView):
    @requires("officer")
    @blueprint.arguments(ErasureQuery, location="query")
    @blueprint.response(200, page_of(ErasureOut))
    def get(self, query: dict[str, Any]) -> Page:
        """Requests, the newest first."""
        with reading() as session:
            page = paginate(session, selection(state=query["state"]), query)
            return replace(page, items=[_record(session, one.id) for one in page.items])

    @requires("officer")
    @blueprint.arguments(ErasureIn)
    @blueprint.response(201, ErasureOut)
    @idempotent(load=_record)
    def post(self, work: UnitOfWork, data: dict[str, Any]) -> Erasure:
        """Ask that a person be erased; the services are asked what is open there."""
        return request_erasure(work, data["person_id"], data["reason"], centre=centre())


@blueprint.route("/<uuid:erasure_id>")
class OneErasure(MethodView):
    @requires("officer")
    @blueprint.response(200, ErasureOut)
    def get(self, erasure_id: UUID) -> ErasureRecord:
        """One request, what stands against it, and what the services answered."""
        with reading() as session:
            record = _record(session, erasure_id)
            set_etag(record.erasure)
            return record


@blueprint.route("/<uuid:erasure_id>/check")
class Check(MethodView):
    @requires("officer")
    @blueprint.response(200, ErasureOut)
    @idempotent(load=_record, status=200)
    def post(self, work: UnitOfWork, erasure_id: UUID) -> Erasure:
        """Ask the services again."""
        return ask_again(work, erasure_id)


@blueprint.route("/<uuid:erasure_id>/confirmation")
class Confirmation(MethodView):
    @requires("manager")
    @blueprint.response(200, ErasureOut)
    @idempotent(load=_record, status=200)
    def post(self, work: UnitOfWork, erasure_id: UUID) -> Erasure:
        """Erase, for good. Not by the one who asked."""
        found = get_erasure(work.session, erasure_id)
        check_if_match(found)
        return confirm_erasure(work, erasure_id, version=found.version, centre=centre())


@blueprint.route("/<uuid:erasure_id>/refusal")
class Refusal(MethodView):
    @requires("manager")
    @blueprint.arguments(DeclineIn)
    @blueprint.response(200, ErasureOut)
    @idempotent(load=_record, status=200)
    def post(self, work: UnitOfWork, data: dict[str, Any], erasure_id: UUID) -> Erasure:
        """The person stays, and why."""
        found = get_erasure(work.session, erasure_id)
        check_if_match(found)
        return decline_erasure(work, erasure_id, data["note"], version=found.version)


@blueprint.route("/<uuid:erasure_id>/withdrawal")
class Withdrawal(MethodView):
    @requires("officer")
    @blueprint.response(200, ErasureOut)
    @idempotent(load=_record, status=200)
    def post(self, work: UnitOfWork, erasure_id: UUID) -> Erasure:
        """Nobody asks for it any more."""
        found = get_erasure(work.session, erasure_id)
        check_if_match(found)
        return withdraw_erasure(work, erasure_id, version=found.version)
