"""``/api/v1/talks``"""

from typing import Any
from uuid import UUID

from flask.views import MethodView
from sqlalchemy.orm import Session

from shared.database import UnitOfWork
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
from welfare import wall
from welfare.confidential.texts import read_text
from welfare.current import keys
from welfare.talks import commands, queries
from welfare.talks.models import Talk
from welfare.talks.schemas import HeldTalkIn, OutcomeIn, TalkIn, TalkOut, TalkQuery, TalkTimes, TextOut

blueprint = ApiBlueprint("talks", __name__, url_prefix="/api/v1/talks", description="Heart-to-heart talks.")


def load(session: Session, talk_id: UUID) -> Talk:
    return queries.find_talk(session, talk_id, principal())


@blueprint.route("")
class Talks(MethodView):
    @requires("viewer")
    @blueprint.arguments(TalkQuery, location="query")
    @blueprint.response(200, page_of(TalkOut))
    def get(self, query: dict[str, Any]) -> Page:
        """Talks of the bodies that you may see"""
        with reading() as session:
            found = queries.list_talks(
                principal(),
                body=query["body"],
                state=query["state"],
                person_id=query["person_id"],
                since=query["since"],
                before=query["before"],
                words=query["q"],
            )
            return paginate(session, found, query)

    @requires("officer")
    @blueprint.arguments(TalkIn)
    @blueprint.response(201, TalkOut)
    @idempotent(load=load)
    def post(self, work: UnitOfWork, data: dict[str, Any]) -> Talk:
        """Make an appointment; the room is asked for over the bus"""
        return commands.arrange_talk(work, **data)


@blueprint.route("/held")
class HeldTalks(MethodView):
    @requires("officer")
    @blueprint.arguments(HeldTalkIn)
    @blueprint.response(201, TalkOut)
    @idempotent(load=load)
    def post(self, work: UnitOfWork, data: dict[str, Any]) -> Talk:
        """Write down a talk that was held without an appointment"""
        return commands.record_talk(work, keys(), **data)


@blueprint.route("/<uuid:talk_id>")
class OneTalk(MethodView):
    @requires("viewer")
    @blueprint.response(200, TalkOut)
    def get(self, talk_id: UUID) -> Talk:
        """One talk"""
        with reading() as session:
            talk = load(session, talk_id)
            set_etag(talk)
            return talk

    @requires("officer")
    @blueprint.arguments(TalkTimes)
    @blueprint.response(200, TalkOut)
    def patch(self, data: dict[str, Any], talk_id: UUID) -> Talk:
        """Move it to another time; needs If-Match"""
        with unit_of_work() as work:
            check_if_match(wall.lock(work, Talk, talk_id))
            talk = commands.move_talk(work, talk_id, **data)
            set_etag(talk)
            return talk


@blueprint.route("/<uuid:talk_id>/cancel")
class Cancelling(MethodView):
    @requires("officer")
    @blueprint.response(200, TalkOut)
    @idempotent(load=load, status=200)
    def post(self, work: UnitOfWork, talk_id: UUID) -> Talk:
        """Call it off"""
        return commands.cancel_talk(work, talk_id)


@blueprint.route("/<uuid:talk_id>/hold")
class Holding(MethodView):
    @requires("officer")
    @blueprint.arguments(OutcomeIn)
    @blueprint.response(200, TalkOut)
    @idempotent(load=load, status=200)
    def post(self, work: UnitOfWork, data: dict[str, Any], talk_id: UUID) -> Talk:
        """Say that it took place, and what came of it"""
        return commands.hold_talk(work, keys(), talk_id, **data)


@blueprint.route("/<uuid:talk_id>/note")
class Note(MethodView):
    @requires("officer")
    @blueprint.response(200, TextOut)
    def get(self, talk_id: UUID) -> dict[str, str]:
        """Read the note; that you did is noted"""
        with unit_of_work() as work:
            return {"text": read_text(work, keys(), "talks", talk_id, "note")}
