"""Rules over HTTP."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from notifications.messages.rules import CHANNELS, LANES
from notifications.preferences.rules import CATEGORIES
from notifications.rules.audiences import AUDIENCES
from notifications.rules.checking import RuleText
from notifications.rules.commands import all_rules, change_rule, get_rule, make_rule, switch_rule, text_of
from notifications.rules.conditions import COMPARISONS, MOST_CONDITIONS, Condition
from notifications.rules.dry_run import DryRun, dry_run
from notifications.rules.models import Rule
from shared.database import UnitOfWork
from shared.principal import ALL_BODIES
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

blueprint = ApiBlueprint(
    "rules", __name__, url_prefix="/api/v1/rules", description="Which event leads to which message."
)


class ConditionSchema(Input):
    field = fields.String(required=True, metadata={"description": "A field that this service asks of the event."})
    comparison = fields.String(required=True, validate=validate.OneOf(list(COMPARISONS)))
    value = fields.Raw(load_default=None, allow_none=True, metadata={"description": "A list for one-of."})


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
    template_key = fields.String(validate=validate.Length(1, 55), metadata={"description": "Absent: as it is."})
    audience = fields.String(
        validate=validate.OneOf(AUDIENCES), metadata={"description": "Whom the rule tells; absent: as it is."}
    )
    passes_reason = fields.String(
        validate=validate.Length(max=300),
        metadata={"description": "Why its messages are to pass the quiet hours; needed where they begin to."},
    )
    organisation_id = fields.UUID(
        allow_none=True, metadata={"description": "Whose members are told; null: those of the event's organisation."}
    )
    conditions = fields.List(
        fields.Nested(ConditionSchema),
        validate=validate.Length(max=MOST_CONDITIONS),
        metadata={"description": "All of them must hold; absent: as they are."},
    )


class NewRule(RuleIn):
    class Meta:
        exclude = ("active",)

    key = fields.String(required=True, validate=validate.Length(1, 55), metadata={"description": "Its name."})
    event_type = fields.String(required=True, metadata={"description": "<service>.<noun>.<verb>"})
    template_key = fields.String(required=True, validate=validate.Length(1, 55))


class SwitchIn(Input):
    on = fields.Boolean(required=True)
    reason = fields.String(required=True, validate=validate.Length(1, 300))


class RuleOut(Schema):
    id = fields.UUID()
    key = fields.String()
    event_type = fields.String()
    template_key = fields.String()
    channels = fields.List(fields.String())
    lane = fields.String()
    passes_quiet_hours = fields.Boolean()
    fresh_hours = fields.Integer()
    longest_hours = fields.Integer()
    active = fields.Boolean(attribute="in_use")
    category = fields.String()
    audience = fields.String()
    organisation_id = fields.UUID(allow_none=True)
    condition = fields.Dict(metadata={"description": "Values that the event must have; see conditions."})
    conditions = fields.Function(lambda rule: [one.entry() for one in rule.all_conditions()])
    reason = fields.String(metadata={"description": "Why it was last switched on or off."})
    passes_reason = fields.String(metadata={"description": "Why its messages pass the quiet hours."})
    version = fields.Integer()


class RuleList(Schema):
    items = fields.List(fields.Nested(RuleOut))


class DryRunOut(Schema):
    """Nothing was written."""

    events = fields.Integer(metadata={"description": "Past events of the kind, the newest hundred."})
    fitting = fields.Integer(metadata={"description": "Those that meet the conditions."})
    people = fields.Function(lambda tried: len(tried.people))
    messages = fields.Dict(keys=fields.String(), values=fields.Integer())
    segments = fields.Integer()
    cost_yuan = fields.Function(lambda tried: f"{tried.cost / 10_000:.4f}")
    left_out = fields.Dict(keys=fields.String(), values=fields.Integer())


def _read(data: dict[str, Any], text: RuleText) -> RuleText:
    """The text with what was given; what is absent stays."""
    given = {name: value for name, value in data.items() if name not in ("active", "key", "conditions")}
    if "conditions" in data:
        given["conditions"] = tuple(Condition.of(entry) for entry in data["conditions"])
    return replace(text, **given)


@blueprint.route("")
class Rules(MethodView):
    @requires("viewer")
    @blueprint.response(200, RuleList)
    def get(self) -> dict[str, Sequence[Rule]]:
        """All rules."""
        with reading() as session:
            return {"items": all_rules(session)}

    @requires("manager")
    @blueprint.arguments(NewRule)
    @blueprint.response(201, RuleOut)
    @idempotent(load=get_rule)
    def post(self, work: UnitOfWork, data: dict[str, Any]) -> Rule:
        """Make a rule; it is switched off at first."""
        nothing = RuleText("", "", (), "normal", False, 48, 72, "affairs")
        return make_rule(work, runtime().service, data["key"], _read(data, nothing))


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
            changed = change_rule(
                work, runtime().service, rule_id, version=rule.version, text=_read(data, text_of(rule)),
                active=data["active"],
            )  # fmt: skip
            set_etag(changed)
            return changed


@blueprint.route("/<uuid:rule_id>/switch")
class Switch(MethodView):
    @requires("manager")
    @blueprint.arguments(SwitchIn)
    @blueprint.response(200, RuleOut)
    @idempotent(load=get_rule, status=200)
    def post(self, work: UnitOfWork, data: dict[str, Any], rule_id: UUID) -> Rule:
        """Switch a rule on or off, and say why."""
        rule = get_rule(work.session, rule_id)
        return switch_rule(work, rule_id, version=rule.version, **data)


@blueprint.route("/<uuid:rule_id>/dry-run")
class RuleDryRun(MethodView):
    @requires("manager")
    @blueprint.response(200, DryRunOut)
    def get(self, rule_id: UUID) -> DryRun:
        """What the rule would have done with past events."""
        principal().demand("manager", ALL_BODIES)
        with reading() as session:
            return dry_run(runtime(), session, get_rule(session, rule_id))
