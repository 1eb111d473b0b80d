"""Drafts, previews and tests of templates over HTTP: for managers of all bodies, as on the pages."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask.views import MethodView
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from notifications.messages.api import MessageOut
from notifications.messages.models import Message
from notifications.messages.queries import get_message
from notifications.messages.test_sends import Trial, send_test
from notifications.sending.settings import SendingSettings
from notifications.wording.api import ApprovalIn, TemplateOut, read_approvals
from notifications.wording.approvals import Demands
from notifications.wording.commands import discard_draft, publish_draft, save_draft
from notifications.wording.editions import edition, read_edition
from notifications.wording.models import TemplateDraft, TemplateVersion
from notifications.wording.previews import Preview, demands_of, make_preview
from notifications.wording.queries import edition_of, find_draft, get_template, is_known
from notifications.wording.samples import MADE_UP, chosen_sample
from notifications.wording.values import LANGUAGES
from shared.database import UnitOfWork
from shared.principal import ALL_BODIES
from shared.refusal import NotFound
from shared.web import (
    ApiBlueprint,
    Input,
    check_if_match,
    idempotent,
    principal,
    reading,
    requires,
    runtime,
    set_etag,
    unit_of_work,
)
from shared.web.wording import in_words

blueprint = ApiBlueprint(
    "template-drafts", __name__, url_prefix="/api/v1/templates", description="What messages are to say."
)
ONE = "/<string:key>/<string:channel>/<string:language>"


class DraftIn(Input):
    subject = fields.String(load_default="", validate=validate.Length(max=200))
    body = fields.String(required=True, validate=validate.Length(1, 5000))
    approvals = fields.List(
        fields.Nested(ApprovalIn),
        load_default=list,
        metadata={"description": "The codes under which providers approved this text."},
    )


class TriedTextIn(DraftIn):
    sample = fields.String(
        load_default=MADE_UP,
        validate=validate.Length(max=40),
        metadata={"description": "The number of a past event in the inbox, or made-up."},
    )


class DraftApprovalOut(Schema):
    provider = fields.String()
    code = fields.String()
    parameters = fields.Function(lambda one: [{"name": name, "text": text} for name, text in one["parameters"]])


class TemplateDraftOut(Schema):
    key = fields.String()
    channel = fields.String()
    language = fields.String()
    subject = fields.String()
    body = fields.String()
    approvals = fields.List(fields.Nested(DraftApprovalOut))
    follows = fields.Integer(metadata={"description": "The published version that it follows; 0: none."})
    changed_at = fields.AwareDateTime()
    changed_by = fields.String()


class TextPriceOut(Schema):
    provider = fields.String()
    destination = fields.String()
    segments = fields.Integer()
    cost_yuan = fields.Function(lambda price: f"{price.cost / 10_000:.4f}")


class VendorTextOut(Schema):
    kind = fields.String()
    provider = fields.String(allow_none=True)
    code = fields.String()
    handed_in = fields.String(metadata={"description": "The text as this kind of provider wants it submitted."})
    parameters = fields.String(metadata={"description": "What is sent each time, as JSON."})


class TextPreviewOut(Schema):
    subject = fields.Function(lambda preview: preview.content.subject if preview.content else None)
    text = fields.Function(lambda preview: preview.content.text if preview.content else None)
    html = fields.Function(lambda preview: (preview.content.html or None) if preview.content else None)
    problem = fields.Function(lambda preview: in_words(preview.problem) if preview.problem else None)
    parts = fields.List(fields.String(), metadata={"description": "Of an SMS within the mainland."})
    prices = fields.List(fields.Nested(TextPriceOut))
    vendors = fields.List(fields.Nested(VendorTextOut))


@dataclass
class _Tag:
    """What an ETag is made of."""

    version: int


def _demands() -> Demands:
    return demands_of(SendingSettings.of(runtime().settings))


def _known(session: Session, key: str, channel: str, language: str) -> None:
    principal().demand("manager", ALL_BODIES)
    if channel not in ("sms", "email") or language not in LANGUAGES or not is_known(session, key):
        raise NotFound("template")


def _draft(session: Session, key: str, channel: str, language: str) -> TemplateDraft:
    found = find_draft(session, key, channel, language)
    if found is None:
        raise NotFound("draft")
    return found


@blueprint.route(f"{ONE}/draft")
class Draft(MethodView):
    @requires("manager")
    @blueprint.response(200, TemplateDraftOut)
    def get(self, key: str, channel: str, language: str) -> TemplateDraft:
        """The draft of the next version; 404 where nobody has begun one."""
        with reading() as session:
            _known(session, key, channel, language)
            found = _draft(session, key, channel, language)
            set_etag(_Tag(edition(found.follows, found.version)))
            return found

    @requires("manager")
    @blueprint.arguments(DraftIn)
    @blueprint.response(200, TemplateDraftOut)
    def put(self, data: dict[str, Any], key: str, channel: str, language: str) -> TemplateDraft:
        """Keep a draft; nobody gets it before it is published. If-Match: the ETag of the draft, or `*` to begin one."""
        with unit_of_work() as work:
            _known(work.session, key, channel, language)
            tag = edition_of(work.session, key, channel, language)
            check_if_match(_Tag(tag))
            approvals = read_approvals(data.pop("approvals"))
            kept = save_draft(work, key, channel, language, approvals=approvals, **read_edition(tag), **data)
            set_etag(_Tag(edition(kept.follows, kept.version)))
            return kept

    @requires("manager")
    @blueprint.response(204)
    def delete(self, key: str, channel: str, language: str) -> None:
        """Throw the draft away."""
        with unit_of_work() as work:
            check_if_match(_Tag(edition_of(work.session, key, channel, language)))
            discard_draft(work, key, channel, language)


class PublishDraftIn(Input):
    etag = fields.Integer(required=True, metadata={"description": "The ETag of the draft that was read."})


@blueprint.route(f"{ONE}/draft/publish")
class Published(MethodView):
    @requires("manager")
    @blueprint.arguments(PublishDraftIn)
    @blueprint.response(201, TemplateOut)
    @idempotent(load=get_template)
    def post(self, work: UnitOfWork, data: dict[str, Any], key: str, channel: str, language: str) -> TemplateVersion:
        """Make the draft the version in use."""
        return publish_draft(work, key, channel, language, **read_edition(data["etag"]), demands=_demands())


@blueprint.route(f"{ONE}/preview")
class Previewed(MethodView):
    @requires("manager")
    @blueprint.arguments(TriedTextIn)
    @blueprint.response(200, TextPreviewOut)
    def post(self, data: dict[str, Any], key: str, channel: str, language: str) -> Preview:
        """What the text would look like; nothing is kept, so that it needs no idempotency key."""
        settings, zone = SendingSettings.of(runtime().settings), runtime().settings.time_zone
        with reading() as session:
            _known(session, key, channel, language)
            sample = chosen_sample(runtime(), session, key, language, data["sample"])
        approvals = read_approvals(data["approvals"])
        return make_preview(channel, language, data["subject"], data["body"], approvals, sample, settings, zone)


def _load(session: Session, message_id: UUID) -> Message:
    return get_message(session, message_id, principal())


@blueprint.route(f"{ONE}/test")
class Tried(MethodView):
    @requires("manager")
    @blueprint.arguments(TriedTextIn)
    @blueprint.response(201, MessageOut)
    @idempotent(load=_load)
    def post(self, work: UnitOfWork, data: dict[str, Any], key: str, channel: str, language: str) -> Message:
        """Send the text to oneself; a token that is tied to no person is refused."""
        _known(work.session, key, channel, language)
        sample = chosen_sample(runtime(), work.session, key, language, data["sample"])
        approvals = tuple(read_approvals(data["approvals"]))
        return send_test(work, Trial(key, channel, language, data["subject"], data["body"], sample.facts, approvals))
