"""Messages over HTTP."""

from typing import Any
from uuid import UUID

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from notifications.messages.commands import cancel_message, retry_message
from notifications.messages.models import BulkRetry, Message
from notifications.messages.queries import conservation, get_message, queue_ages, select_messages, timeline
from notifications.messages.retrying import Failed, RetryEstimate, estimate_retry, get_retry, retry_many
from notifications.messages.rules import CHANNELS, STATES
from shared.database import UnitOfWork
from shared.web import (
    ApiBlueprint,
    Input,
    Page,
    PageQuery,
    idempotent,
    page_of,
    paginate,
    principal,
    reading,
    requires,
    runtime,
)

blueprint = ApiBlueprint("messages", __name__, url_prefix="/api/v1/messages", description="What was sent to whom.")


class MessageOut(Schema):
    """One message. Telephone numbers and e-mail addresses are not shown here."""

    id = fields.UUID()
    message_id = fields.UUID(metadata={"description": "The id that providers and events know it by."})
    event_id = fields.UUID(attribute="notice.event_id")
    event_type = fields.String()
    person_id = fields.UUID(metadata={"description": "Who is written to."})
    about_id = fields.UUID(attribute="notice.about_id", metadata={"description": "Whom it concerns."})
    channel = fields.String()
    language = fields.String()
    body = fields.String(allow_none=True, metadata={"description": "The owning body."})
    state = fields.String()
    reason = fields.String(allow_none=True)
    delivery = fields.String(allow_none=True)
    maybe_duplicate = fields.Boolean()
    maybe_sent = fields.Boolean(
        metadata={"description": "Whether it may have arrived although it ended as not sent: its sender died over it."}
    )
    attempt = fields.Integer()
    tries = fields.Integer()
    provider = fields.String(allow_none=True)
    segments = fields.Integer(allow_none=True)
    created_at = fields.AwareDateTime()
    expires_at = fields.AwareDateTime()
    finished_at = fields.AwareDateTime(allow_none=True)


class StepOut(Schema):
    at = fields.AwareDateTime()
    kind = fields.String()
    facts = fields.Dict()


class MessageDetail(MessageOut):
    """One message with the timeline that says why."""

    timeline = fields.List(fields.Nested(StepOut), attribute="steps")


class MessageQuery(PageQuery):
    person = fields.UUID(load_default=None, metadata={"description": "Only to this person."})
    state = fields.String(load_default=None, validate=validate.OneOf(STATES))
    channel = fields.String(load_default=None, validate=validate.OneOf(CHANNELS))
    event_type = fields.String(load_default=None, metadata={"description": "<service>.<noun>.<verb>"})
    event = fields.UUID(load_default=None, metadata={"description": "Only because of this event."})


class Law(Schema):
    """The conservation law: accepted = the sum of the states."""

    accepted = fields.Integer()
    states = fields.Dict(keys=fields.String(), values=fields.Integer())
    holds = fields.Boolean()
    waiting = fields.Integer(metadata={"description": "Notices that wait for a contact."})
    queue_ages = fields.Dict(metadata={"description": "Lane -> seconds since its first message should have gone out."})


def _load(session: Any, message_id: UUID) -> Message:
    return get_message(session, message_id, principal())


@blueprint.route("")
class Messages(MethodView):
    @requires("viewer")
    @blueprint.arguments(MessageQuery, location="query")
    @blueprint.response(200, page_of(MessageOut))
    def get(self, query: dict[str, Any]) -> Page:
        """Messages, newest first."""
        chosen = select_messages(
            principal(),
            person_id=query["person"],
            state=query["state"],
            channel=query["channel"],
            event_type=query["event_type"],
            event_id=query["event"],
        )
        with reading() as session:
            return paginate(session, chosen, query)


@blueprint.route("/conservation")
class ConservationLaw(MethodView):
    @requires("viewer")
    @blueprint.response(200, Law)
    def get(self) -> dict[str, Any]:
        """How many messages of the caller's bodies were accepted and what became of them."""
        with reading() as session:
            law = conservation(session, principal())
            ages = queue_ages(session, runtime().clock())
        return {
            "accepted": law.accepted,
            "states": law.states,
            "holds": law.holds,
            "waiting": law.waiting,
            "queue_ages": ages,
        }


class FailedIn(Input):
    before = fields.AwareDateTime(
        required=True, metadata={"description": "Only what had failed by then: when the estimate was asked for."}
    )
    person = fields.UUID(load_default=None, metadata={"description": "Only to this person."})
    channel = fields.String(load_default=None, validate=validate.OneOf(CHANNELS))
    event_type = fields.String(load_default=None, validate=validate.Length(1, 80))


class RetryEstimateOut(Schema):
    """Nothing was changed."""

    messages = fields.Dict(keys=fields.String(), values=fields.Integer(), metadata={"description": "By channel."})
    segments = fields.Integer()
    cost_yuan = fields.Function(lambda estimate: f"{estimate.cost / 10_000:.4f}")
    left = fields.Integer(metadata={"description": "Beyond what is done at once."})
    left_out = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        metadata={"description": "By reason: useless, left-alone, may-have-arrived."},
    )


class BulkRetryOut(Schema):
    id = fields.UUID()
    filters = fields.Dict()
    before = fields.AwareDateTime()
    retried = fields.Integer()
    left = fields.Integer(metadata={"description": "Ask once more for these."})
    made_by = fields.String()
    made_at = fields.AwareDateTime()


@blueprint.route("/retry-estimate")
class EstimatedRetry(MethodView):
    @requires("officer")
    @blueprint.arguments(FailedIn, location="query")
    @blueprint.response(200, RetryEstimateOut)
    def get(self, data: dict[str, Any]) -> RetryEstimate:
        """How many failed messages would be queued once more, and what that costs."""
        with reading() as session:
            return estimate_retry(session, principal(), Failed(**data), runtime())


@blueprint.route("/retry")
class RetryMany(MethodView):
    @requires("officer")
    @blueprint.arguments(FailedIn)
    @blueprint.response(201, BulkRetryOut)
    @idempotent(load=get_retry)
    def post(self, work: UnitOfWork, data: dict[str, Any]) -> BulkRetry:
        """Queue failed messages once more, a thousand at most; none of unknown outcome."""
        return retry_many(work, Failed(**data))


@blueprint.route("/<uuid:message_id>")
class OneMessage(MethodView):
    @requires("viewer")
    @blueprint.response(200, MessageDetail)
    def get(self, message_id: UUID) -> Message:
        """One message with its timeline."""
        with reading() as session:
            message = get_message(session, message_id, principal())
            message.steps = timeline(session, message.notice_id, message.id)  # type: ignore[attr-defined]
            return message


@blueprint.route("/<uuid:message_id>/retry")
class Retry(MethodView):
    @requires("officer")
    @blueprint.response(200, MessageOut)
    @idempotent(load=_load, status=200)
    def post(self, work: UnitOfWork, message_id: UUID) -> Message:
        """Queue a failed message once more."""
        return retry_message(work, message_id)


@blueprint.route("/<uuid:message_id>/cancel")
class Cancel(MethodView):
    @requires("officer")
    @blueprint.response(200, MessageOut)
    @idempotent(load=_load, status=200)
    def post(self, work: UnitOfWork, message_id: UUID) -> Message:
        """Stop a message that still waits."""
        return cancel_message(work, message_id)
