"""The web side of the example publisher: one resource, to name things with."""

from typing import Any
from uuid import UUID

from flask import Flask
from flask.views import MethodView
from marshmallow import Schema, fields
from sqlalchemy.orm import Session

from shared.database import UnitOfWork
from shared.identifiers import new_id
from shared.runtime import Runtime
from shared.testing.example import PUBLISHER, Thing, name_thing
from shared.web import ApiBlueprint, Input, idempotent, requires
from shared.web import create_app as web_app


class ThingIn(Input):
    name = fields.String(required=True, metadata={"description": "Its name."})


class ThingOut(Schema):
    id = fields.UUID()
    name = fields.String()


blueprint = ApiBlueprint("things", __name__, url_prefix="/api/v1/things", description="Things with names.")


def get_thing(session: Session, thing_id: UUID) -> Thing | None:
    return session.get(Thing, thing_id)


@blueprint.route("")
class Things(MethodView):
    @requires("officer")
    @blueprint.arguments(ThingIn)  # type: ignore[untyped-decorator]
    @blueprint.response(201, ThingOut)  # type: ignore[untyped-decorator]
    @idempotent(load=get_thing)
    def post(self, work: UnitOfWork, data: dict[str, Any]) -> Thing | None:
        """Name a new thing."""
        thing_id = new_id()
        name_thing(work, thing_id, data["name"])
        return get_thing(work.session, thing_id)


def create_app() -> Flask:
    return web_app(
        Runtime.from_environment(PUBLISHER), pages=[], apis=[blueprint], navigation=[], package="shared.testing"
    )
