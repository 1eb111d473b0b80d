"""The demo's API."""

from typing import Any
from uuid import UUID

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from shared.database import UnitOfWork
from shared.principal import BODIES
from shared.web import (
    ApiBlueprint,
    Input,
    Page,
    PageQuery,
    check_if_match,
    idempotent,
    page_of,
    paginate,
    reading,
    requires,
    set_etag,
    unit_of_work,
)

from .things import Thing, add_thing, get_thing, things

blueprint = ApiBlueprint("things", __name__, url_prefix="/api/v1/things", description="Things that are lent.")


class ThingIn(Input):
    name = fields.String(required=True, validate=validate.Length(1, 60), metadata={"description": "Its name."})
    body = fields.String(load_default="party", validate=validate.OneOf(BODIES), metadata={"description": "Its owner."})


class ThingOut(Schema):
    id = fields.UUID()
    name = fields.String()
    body = fields.String()
    added_at = fields.AwareDateTime()
    version = fields.Integer()


class ThingQuery(PageQuery):
    body = fields.String(load_default=None, metadata={"description": "Only those of one body."})


@blueprint.route("")
class Things(MethodView):
    @requires("viewer")
    @blueprint.arguments(ThingQuery, location="query")
    @blueprint.response(200, page_of(ThingOut))
    def get(self, query: dict[str, Any]) -> Page:
        """Things, newest first."""
        with reading() as session:
            return paginate(session, things(query["body"]), query)

    @requires("officer")
    @blueprint.arguments(ThingIn)
    @blueprint.response(201, ThingOut)
    @idempotent(load=get_thing)
    def post(self, work: UnitOfWork, data: dict[str, Any]) -> Thing:
        """Add a thing."""
        return add_thing(work, **data)


@blueprint.route("/<uuid:thing_id>")
class OneThing(MethodView):
    @requires("viewer")
    @blueprint.response(200, ThingOut)
    def get(self, thing_id: UUID) -> Thing:
        """One thing."""
        with reading() as session:
            thing = get_thing(session, thing_id)
            set_etag(thing)
            return thing

    @requires("officer")
    @blueprint.arguments(ThingIn)
    @blueprint.response(200, ThingOut)
    def put(self, data: dict[str, Any], thing_id: UUID) -> Thing:
        """Change a thing."""
        with unit_of_work() as work:
            thing = get_thing(work.session, thing_id)
            check_if_match(thing)
            thing.name = data["name"]
            thing.version += 1
            set_etag(thing)
            return thing
