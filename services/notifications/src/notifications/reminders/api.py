"""Rules of reminders over HTTP."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from notifications.messages.rules import CHANNELS, LANES
from notifications.reminders.commands import change_reminder_rule
from notifications.reminders.models import ReminderRule
from notifications.reminders.queries import all_reminder_rules, get_reminder_rule
from shared.web import ApiBlueprint, Input, check_if_match, reading, requires, set_etag, unit_of_work

blueprint = ApiBlueprint(
    "reminder-rules",
    __name__,
    url_prefix="/api/v1/reminder-rules",
    description="How long before something its people are reminded.",
)


class ReminderRuleIn(Input):
    minutes_before = fields.Integer(required=True, metadata={"description": "Minutes before the beginning."})
    apart_minutes = fields.Integer(
        required=True, metadata={"description": "Who was told of the time later than this before is not reminded."}
    )
    channels = fields.List(fields.String(validate=validate.OneOf(CHANNELS)), required=True)
    lane = fields.String(required=True, validate=validate.OneOf(list(LANES)))
    passes_quiet_hours = fields.Boolean(required=True)
    passes_reason = fields.String(
        validate=validate.Length(max=300),
        metadata={"description": "Why its reminders are to pass the quiet hours; needed where they begin to."},
    )
    active = fields.Boolean(required=True)


class ReminderRuleOut(ReminderRuleIn):
    id = fields.UUID()
    key = fields.String()
    kind = fields.String(metadata={"description": "What people are reminded of: <service>.<noun>."})
    template_key = fields.String()
    since = fields.AwareDateTime(metadata={"description": "What was due before then is not made up for."})
    version = fields.Integer()


class ReminderRuleList(Schema):
    items = fields.List(fields.Nested(ReminderRuleOut))


@blueprint.route("")
class ReminderRules(MethodView):
    @requires("viewer")
    @blueprint.response(200, ReminderRuleList)
    def get(self) -> dict[str, Sequence[ReminderRule]]:
        """All rules of reminders."""
        with reading() as session:
            return {"items": all_reminder_rules(session)}


@blueprint.route("/<uuid:rule_id>")
class OneReminderRule(MethodView):
    @requires("viewer")
    @blueprint.response(200, ReminderRuleOut)
    def get(self, rule_id: UUID) -> ReminderRule:
        """One rule."""
        with reading() as session:
            rule = get_reminder_rule(session, rule_id)
            set_etag(rule)
            return rule

    @requires("manager")
    @blueprint.arguments(ReminderRuleIn)
    @blueprint.response(200, ReminderRuleOut)
    def put(self, data: dict[str, Any], rule_id: UUID) -> ReminderRule:
        """Change when and how people are reminded."""
        with unit_of_work() as work:
            rule = get_reminder_rule(work.session, rule_id)
            check_if_match(rule)
            changed = change_reminder_rule(work, rule_id, version=rule.version, **data)
            set_etag(changed)
            return changed
