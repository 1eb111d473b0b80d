"""Templates over HTTP."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from notifications.wording.commands import save_template
from notifications.wording.models import TemplateVersion
from notifications.wording.queries import get_template, templates_in_use
from shared.database import UnitOfWork
from shared.web import ApiBlueprint, Input, idempotent, reading, requires

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


class TemplateList(Schema):
    items = fields.List(fields.Nested(TemplateOut))


class TemplateIn(Input):
    subject = fields.String(load_default="", validate=validate.Length(max=200))
    body = fields.String(required=True, validate=validate.Length(1, 5000))
    version = fields.Integer(required=True, metadata={"description": "The version that this one follows."})


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
        """Add a version; the next messages use it."""
        return save_template(work, key, channel, language, **data)
