"""Quiet hours over HTTP."""

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from notifications.preferences.rules import CATEGORIES
from notifications.quiet_hours.commands import set_hours, unset_hours
from notifications.quiet_hours.models import SendingHours
from notifications.quiet_hours.queries import own_hours
from shared.refusal import NotFound
from shared.web import ApiBlueprint, Input, check_if_match, reading, requires, set_etag, unit_of_work

blueprint = ApiBlueprint(
    "quiet-hours", __name__, url_prefix="/api/v1/quiet-hours", description="At which times which category is sent."
)


class HoursIn(Input):
    workday_from = fields.Time(format="%H:%M", required=True, metadata={"description": "In the centre's zone."})
    workday_until = fields.Time(format="%H:%M", required=True)
    day_off_from = fields.Time(
        format="%H:%M", allow_none=True, load_default=None, metadata={"description": "null: nothing on days off."}
    )
    day_off_until = fields.Time(format="%H:%M", allow_none=True, load_default=None)


class HoursOut(Schema):
    category = fields.String()
    workday_from = fields.String()
    workday_until = fields.String()
    day_off_from = fields.String(allow_none=True)
    day_off_until = fields.String(allow_none=True)
    version = fields.Integer()


class HoursList(Schema):
    items = fields.List(fields.Nested(HoursOut))


@blueprint.route("")
class AllHours(MethodView):
    @requires("viewer")
    @blueprint.response(200, HoursList)
    def get(self) -> dict[str, list[SendingHours]]:
        """Categories with hours of their own; the others have those of the installation."""
        with reading() as session:
            return {"items": list(own_hours(session).values())}


@blueprint.route("/<string:category>")
class OneCategory(MethodView):
    @requires("manager")
    @blueprint.arguments(HoursIn)
    @blueprint.response(200, HoursOut)
    def put(self, data: dict[str, Any], category: str) -> SendingHours:
        """Set the hours of a category; `If-Match` is needed where it has some."""
        start, end = data["day_off_from"], data["day_off_until"]
        with unit_of_work() as work:
            known = own_hours(work.session).get(category)
            if known is not None:
                check_if_match(known)
            row = set_hours(
                work, category, version=known.version if known is not None else 0,
                workday=(data["workday_from"], data["workday_until"]),
                day_off=None if start is None and end is None else (start, end),
            )  # fmt: skip
            set_etag(row)
            return row

    @requires("manager")
    @blueprint.response(204)
    def delete(self, category: str) -> None:
        """The category has the hours of the installation again."""
        if category not in CATEGORIES:
            raise NotFound("category")
        with unit_of_work() as work:
            known = own_hours(work.session).get(category)
            if known is not None:
                check_if_match(known)
                unset_hours(work, category, version=known.version)
