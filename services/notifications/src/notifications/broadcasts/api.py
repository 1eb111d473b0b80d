"""Broadcasts over HTTP."""

from typing import Any
from uuid import UUID

from flask.views import MethodView
from sqlalchemy.orm import Session

from notifications.broadcasts import commands
from notifications.broadcasts.estimate import estimate
from notifications.broadcasts.limits import limit_of
from notifications.broadcasts.models import Broadcast
from notifications.broadcasts.queries import (
    Progress,
    get_broadcast,
    progress,
    select_broadcasts,
    select_recipients,
    told,
)
from notifications.broadcasts.schemas import (
    BroadcastChange,
    BroadcastIn,
    BroadcastOut,
    BroadcastQuery,
    DecisionIn,
    EstimateOut,
    ProgressOut,
    ReasonIn,
    RecipientQuery,
    ToldOut,
    plan_of,
)
from notifications.broadcasts.stopping import stop
from notifications.broadcasts.trying import send_to_oneself
from notifications.providers.rules import yuan
from shared.database import UnitOfWork
from shared.money import yuan_text
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
    runtime,
    set_etag,
    unit_of_work,
)

blueprint = ApiBlueprint(
    "broadcasts", __name__, url_prefix="/api/v1/broadcasts", description="Writing to many people at once."
)


def _load(session: Session, broadcast_id: UUID) -> Broadcast:
    return get_broadcast(session, broadcast_id, principal())


@blueprint.route("")
class Broadcasts(MethodView):
    @requires("viewer")
    @blueprint.arguments(BroadcastQuery, location="query")
    @blueprint.response(200, page_of(BroadcastOut))
    def get(self, query: dict[str, Any]) -> Page:
        """Broadcasts of the caller's bodies, newest first."""
        with reading() as session:
            return paginate(session, select_broadcasts(principal(), body=query["body"], state=query["state"]), query)

    @requires("officer")
    @blueprint.arguments(BroadcastIn)
    @blueprint.response(201, BroadcastOut)
    @idempotent(load=_load)
    def post(self, work: UnitOfWork, data: dict[str, Any]) -> Broadcast:
        """Begin a draft. Nothing is sent."""
        return commands.write_broadcast(work, body=data["body"], **plan_of(data))


@blueprint.route("/<uuid:broadcast_id>")
class OneBroadcast(MethodView):
    @requires("viewer")
    @blueprint.response(200, BroadcastOut)
    def get(self, broadcast_id: UUID) -> Broadcast:
        """One broadcast."""
        with reading() as session:
            broadcast = _load(session, broadcast_id)
            set_etag(broadcast)
            return broadcast

    @requires("officer")
    @blueprint.arguments(BroadcastChange)
    @blueprint.response(200, BroadcastOut)
    def put(self, data: dict[str, Any], broadcast_id: UUID) -> Broadcast:
        """Change a draft; one that waits for approval is a draft again."""
        with unit_of_work() as work:
            work.lock(Broadcast, broadcast_id)
            check_if_match(_load(work.session, broadcast_id))
            changed = commands.change_broadcast(work, broadcast_id, **plan_of(data))
            set_etag(changed)
            return changed


@blueprint.route("/<uuid:broadcast_id>/estimate")
class Estimated(MethodView):
    @requires("officer")
    @blueprint.response(200, EstimateOut)
    def get(self, broadcast_id: UUID) -> dict[str, Any]:
        """Whom it would reach, what it would cost, and how it would look."""
        with reading() as session:
            broadcast = _load(session, broadcast_id)
            principal().demand("officer", broadcast.body)
            found = estimate(session, broadcast, runtime())
        return {
            "people": found.people,
            "reached": found.reached,
            "left_out": dict(found.left_out),
            "messages": dict(found.messages),
            "segments": found.segments,
            "cost": yuan_text(yuan(found.cost)),
            "needs_approval": limit_of(runtime().settings).exceeded(found.reached, found.cost),
            "sample": [
                {"channel": channel, "subject": content.subject, "text": content.text}
                for channel, content in found.sample.items()
            ],
        }


@blueprint.route("/<uuid:broadcast_id>/progress")
class HowFar(MethodView):
    @requires("viewer")
    @blueprint.response(200, ProgressOut)
    def get(self, broadcast_id: UUID) -> Progress:
        """What became of it so far."""
        with reading() as session:
            return progress(session, _load(session, broadcast_id))


@blueprint.route("/<uuid:broadcast_id>/recipients")
class Recipients(MethodView):
    @requires("viewer")
    @blueprint.arguments(RecipientQuery, location="query")
    @blueprint.response(200, page_of(ToldOut))
    def get(self, query: dict[str, Any], broadcast_id: UUID) -> Page:
        """The frozen list, and what became of each."""
        with reading() as session:
            broadcast = _load(session, broadcast_id)
            page = paginate(session, select_recipients(session, broadcast, left_out=query["left_out"]), query)
            return Page(told(session, broadcast, page.items), page.next, page.cursor)


@blueprint.route("/<uuid:broadcast_id>/hand-in")
class HandIn(MethodView):
    @requires("officer")
    @blueprint.arguments(DecisionIn)
    @blueprint.response(200, BroadcastOut)
    @idempotent(load=_load, status=200)
    def post(self, work: UnitOfWork, data: dict[str, Any], broadcast_id: UUID) -> Broadcast:
        """Send it, or ask a second person where it is above the limit."""
        return commands.hand_in(work, broadcast_id, runtime(), people=data["people"])


@blueprint.route("/<uuid:broadcast_id>/approve")
class Approve(MethodView):
    @requires("officer")
    @blueprint.arguments(DecisionIn)
    @blueprint.response(200, BroadcastOut)
    @idempotent(load=_load, status=200)
    def post(self, work: UnitOfWork, data: dict[str, Any], broadcast_id: UUID) -> Broadcast:
        """Send what somebody else handed in. Not for programs: a second person looks at it."""
        return commands.approve(work, broadcast_id, runtime(), people=data["people"])


@blueprint.route("/<uuid:broadcast_id>/give-back")
class GiveBack(MethodView):
    @requires("officer")
    @blueprint.arguments(ReasonIn)
    @blueprint.response(200, BroadcastOut)
    @idempotent(load=_load, status=200)
    def post(self, work: UnitOfWork, data: dict[str, Any], broadcast_id: UUID) -> Broadcast:
        """Do not approve it; it is a draft again."""
        return commands.give_back(work, broadcast_id, data["reason"])


@blueprint.route("/<uuid:broadcast_id>/stop")
class Stop(MethodView):
    @requires("officer")
    @blueprint.arguments(ReasonIn)
    @blueprint.response(200, BroadcastOut)
    @idempotent(load=_load, status=200)
    def post(self, work: UnitOfWork, data: dict[str, Any], broadcast_id: UUID) -> Broadcast:
        """Stop it while it runs: what waits is cancelled."""
        return stop(work, broadcast_id, data["reason"])


@blueprint.route("/<uuid:broadcast_id>/discard")
class Discard(MethodView):
    @requires("officer")
    @blueprint.response(200, BroadcastOut)
    @idempotent(load=_load, status=200)
    def post(self, work: UnitOfWork, broadcast_id: UUID) -> Broadcast:
        """Throw away what was never sent."""
        return commands.discard(work, broadcast_id)


@blueprint.route("/<uuid:broadcast_id>/test")
class SendToOneself(MethodView):
    @requires("officer")
    @blueprint.response(200, BroadcastOut)
    @idempotent(load=_load, status=200)
    def post(self, work: UnitOfWork, broadcast_id: UUID) -> Broadcast:
        """Send it to the caller alone."""
        return send_to_oneself(work, broadcast_id)
