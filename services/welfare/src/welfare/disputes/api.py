"""``/api/v1/disputes``"""

from typing import Any
from uuid import UUID

from flask.views import MethodView
from sqlalchemy.orm import Session

from shared.database import UnitOfWork
from shared.refusal import NotFound
from shared.web import (
    ApiBlueprint,
    Page,
    idempotent,
    page_of,
    paginate,
    principal,
    reading,
    requires,
    set_etag,
    unit_of_work,
)
from welfare.confidential.texts import read_text
from welfare.current import keys, today
from welfare.disputes import commands, queries
from welfare.disputes.models import Dispute
from welfare.disputes.schemas import DisputeIn, DisputeOut, DisputeQuery, GiveUpIn, SessionIn, SettleIn
from welfare.talks.schemas import TextOut

blueprint = ApiBlueprint("disputes", __name__, url_prefix="/api/v1/disputes", description="Disputes and mediation.")


def load(session: Session, dispute_id: UUID) -> Dispute:
    return queries.find_dispute(session, dispute_id, principal())


@blueprint.route("")
class Disputes(MethodView):
    @requires("viewer")
    @blueprint.arguments(DisputeQuery, location="query")
    @blueprint.response(200, page_of(DisputeOut))
    def get(self, query: dict[str, Any]) -> Page:
        """Disputes of the bodies that you may see"""
        with reading() as session:
            found = queries.list_disputes(
                principal(),
                body=query["body"],
                state=query["state"],
                kind=query["kind"],
                person_id=query["person_id"],
                words=query["q"],
            )
            return paginate(session, found, query)

    @requires("officer")
    @blueprint.arguments(DisputeIn)
    @blueprint.response(201, DisputeOut)
    @idempotent(load=load)
    def post(self, work: UnitOfWork, data: dict[str, Any]) -> Dispute:
        """Take a dispute up"""
        return commands.open_dispute(work, keys(), today=today(), **data)


@blueprint.route("/<uuid:dispute_id>")
class OneDispute(MethodView):
    @requires("viewer")
    @blueprint.response(200, DisputeOut)
    def get(self, dispute_id: UUID) -> Dispute:
        """One dispute"""
        with reading() as session:
            dispute = load(session, dispute_id)
            set_etag(dispute)
            return dispute


@blueprint.route("/<uuid:dispute_id>/sessions")
class Sessions(MethodView):
    @requires("officer")
    @blueprint.arguments(SessionIn)
    @blueprint.response(201, DisputeOut)
    @idempotent(load=load)
    def post(self, work: UnitOfWork, data: dict[str, Any], dispute_id: UUID) -> Dispute:
        """Write down a mediation session; gives the dispute"""
        commands.add_session(work, keys(), dispute_id, today=today(), **data)
        return load(work.session, dispute_id)


@blueprint.route("/<uuid:dispute_id>/settle")
class Settling(MethodView):
    @requires("officer")
    @blueprint.arguments(SettleIn)
    @blueprint.response(200, DisputeOut)
    @idempotent(load=load, status=200)
    def post(self, work: UnitOfWork, data: dict[str, Any], dispute_id: UUID) -> Dispute:
        """The parties agreed"""
        return commands.settle_dispute(work, keys(), dispute_id, today=today(), **data)


@blueprint.route("/<uuid:dispute_id>/give-up")
class GivingUp(MethodView):
    @requires("officer")
    @blueprint.arguments(GiveUpIn)
    @blueprint.response(200, DisputeOut)
    @idempotent(load=load, status=200)
    def post(self, work: UnitOfWork, data: dict[str, Any], dispute_id: UUID) -> Dispute:
        """Mediation ended without an agreement"""
        return commands.give_up_dispute(work, dispute_id, today=today(), **data)


@blueprint.route("/<uuid:dispute_id>/texts/<string:part>")
class DisputeText(MethodView):
    @requires("officer")
    @blueprint.response(200, TextOut)
    def get(self, dispute_id: UUID, part: str) -> dict[str, str]:
        """Read its matter or its terms; that you did is noted"""
        if part not in ("matter", "terms"):
            raise NotFound("note")
        with unit_of_work() as work:
            return {"text": read_text(work, keys(), "disputes", dispute_id, part)}


@blueprint.route("/<uuid:dispute_id>/sessions/<uuid:session_id>/note")
class SessionNote(MethodView):
    @requires("officer")
    @blueprint.response(200, TextOut)
    def get(self, dispute_id: UUID, session_id: UUID) -> dict[str, str]:
        """Read the note of a session; that you did is noted"""
        with unit_of_work() as work:
            dispute = load(work.session, dispute_id)
            if session_id not in [one.id for one in dispute.sessions]:
                raise NotFound("note")
            return {"text": read_text(work, keys(), "mediation_sessions", session_id, "note")}
