"""Templates over HTTP."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from notifications.sending.settings import SendingSettings
from notifications.wording.approvals import Approval, Demands
from notifications.wording.commands import restore_version, save_template
from notifications.wording.models import TemplateVersion
from notifications.wording.previews import demands_of
from notifications.wording.queries import get_template, templates_in_use
from shared.database import UnitOfWork
from shared.web import ApiBlueprint, Input, idempotent, reading, requires, runtime

blueprint = ApiBlueprint("templates", __name__, url_prefix="/api/v1/templates", description="What messages say.")


class TemplateOut(Schema):
    id = fields.UUID()
    key = fields.String()
    channel = fields.String()
    language = fields.String()
    version = fields.Integer()
    subject = fields.String()
    body = fields.String()
    created_at = fields.AwareDateTime()
    created_by = fields.String()
    restored_from = fields.Integer(allow_none=True, metadata={"description": "The version whose text it brought back."})


class TemplateList(Schema):
    items = fields.List(fields.Nested(TemplateOut))


class ParameterIn(Input):
    name = fields.String(required=True, validate=validate.Length(1, 60))
    text = fields.String(required=True, metadata={"description": "A text with our placeholders."})


class ApprovalIn(Input):
    provider = fields.String(required=True)
    code = fields.String(required=True, validate=validate.Length(1, 80))
    parameters = fields.List(
        fields.Nested(ParameterIn), required=True, metadata={"description": "In the provider's order."}
    )


class TemplateIn(Input):
    subject = fields.String(load_default="", validate=validate.Length(max=200))
    body = fields.String(required=True, validate=validate.Length(1, 5000))
    version = fields.Integer(required=True, metadata={"description": "The version that this one follows; 0: none."})
    approvals = fields.List(
        fields.Nested(ApprovalIn),
        load_default=list,
        metadata={"description": "The codes under which providers approved this text."},
    )


def read_approvals(given: Sequence[Mapping[str, Any]]) -> list[Approval]:
    """The codes as a program gave them."""
    return [
        Approval(one["provider"], one["code"], tuple((each["name"], each["text"]) for each in one["parameters"]))
        for one in given
    ]


@blueprint.route("")
class Templates(MethodView):
    @requires("viewer")
    @blueprint.response(200, TemplateList)
    def get(self) -> dict[str, Sequence[TemplateVersion]]:
        """The versions in use."""
        with reading() as session:
            return {"items": templates_in_use(session)}


@blueprint.route("/<uuid:template_id>")
class OneTemplate(MethodView):
    @requires("viewer")
    @blueprint.response(200, TemplateOut)
    def get(self, template_id: UUID) -> TemplateVersion:
        """One version."""
        with reading() as session:
            return get_template(session, template_id)


@blueprint.route("/<string:key>/<string:channel>/<string:language>/versions")
class Versions(MethodView):
    @requires("manager")
    @blueprint.arguments(TemplateIn)
    @blueprint.response(201, TemplateOut)
    @idempotent(load=get_template)
    def post(self, work: UnitOfWork, data: dict[str, Any], key: str, channel: str, language: str) -> TemplateVersion:
        """Publish a version; the next messages use it."""
        approvals = read_approvals(data.pop("approvals"))
        return save_template(work, key, channel, language, approvals=approvals, demands=_demands(), **data)


class RestoreIn(Input):
    version = fields.Integer(required=True, metadata={"description": "The version in use."})


@blueprint.route("/<string:key>/<string:channel>/<string:language>/versions/<int:number>/restore")
class Restored(MethodView):
    @requires("manager")
    @blueprint.arguments(RestoreIn)
    @blueprint.response(201, TemplateOut)
    @idempotent(load=get_template)
    def post(
        self, work: UnitOfWork, data: dict[str, Any], key: str, channel: str, language: str, number: int
    ) -> TemplateVersion:
        """Publish the text and the codes of an older version once more."""
        return restore_version(work, key, channel, language, wanted=number, version=data["version"], demands=_demands())


def _demands() -> Demands:
    return demands_of(SendingSettings.of(runtime().settings))
