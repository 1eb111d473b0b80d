"""Rules over HTTP."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from notifications.messages.rules import CHANNELS, LANES
from notifications.preferences.rules import CATEGORIES
from notifications.rules.commands import all_rules, change_rule, get_rule
from notifications.rules.models import Rule
from shared.web import ApiBlueprint, Input, check_if_match, reading, requires, set_etag, unit_of_work

blueprint = ApiBlueprint(
    "rules", __name__, url_prefix="/api/v1/rules", description="Which event leads to which message."
)


class RuleIn(Input):
    channels = fields.List(fields.String(validate=validate.OneOf(CHANNELS)), required=True)
    lane = fields.String(required=True, validate=validate.OneOf(list(LANES)))
    passes_quiet_hours = fields.Boolean(required=True)
    fresh_hours = fields.Integer(required=True, metadata={"description": "How old an event may be."})
    longest_hours = fields.Integer(required=True, metadata={"description": "How long a message is worth sending."})
    active = fields.Boolean(required=True)
    category = fields.String(
        validate=validate.OneOf(CATEGORIES),
        metadata={"description": "What recipients may switch off, where it is an optional one; absent: as it is."},
    )


class RuleOut(RuleIn):
    id = fields.UUID()
    key = fields.String()
    event_type = fields.String()
    condition = fields.Dict(metadata={"description": "Values that the event must have."})
    template_key = fields.String()
    version = fields.Integer()


class RuleList(Schema):
    items = fields.List(fields.Nested(RuleOut))


@blueprint.route("")
class Rules(MethodView):
    @requires("viewer")
    @blueprint.response(200, RuleList)
    def get(self) -> dict[str, Sequence[Rule]]:
        """All rules."""
        with reading() as session:
            return {"items": all_rules(session)}


@blueprint.route("/<uuid:rule_id>")
class OneRule(MethodView):
    @requires("viewer")
    @blueprint.response(200, RuleOut)
    def get(self, rule_id: UUID) -> Rule:
        """One rule."""
        with reading() as session:
            rule = get_rule(session, rule_id)
            set_etag(rule)
            return rule

    @requires("manager")
    @blueprint.arguments(RuleIn)
    @blueprint.response(200, RuleOut)
    def put(self, data: dict[str, Any], rule_id: UUID) -> Rule:
        """Change a rule."""
        with unit_of_work() as work:
            rule = get_rule(work.session, rule_id)
            check_if_match(rule)
            changed = change_rule(work, rule_id, version=rule.version, **data)
            set_etag(changed)
            return changed
