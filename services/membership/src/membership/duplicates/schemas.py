"""Duplicates and merges in requests and answers."""

from marshmallow import Schema, fields, validate

from membership.duplicates.commands import SIDES
from membership.duplicates.plan import FIELDS
from shared.web import Input, PageQuery


class PersonShort(Schema):
    id = fields.UUID(required=True)
    name = fields.String(required=True)
    version = fields.Integer(required=True)


class PairOut(Schema):
    first = fields.Nested(PersonShort, required=True)
    second = fields.Nested(PersonShort, required=True)
    why = fields.String(required=True, metadata={"description": "name (same name and birthday) or phone."})


class PairsOut(Schema):
    items = fields.List(fields.Nested(PairOut), required=True)
    more = fields.Boolean(required=True, metadata={"description": "There are further ones."})


class DistinctIn(Input):
    first_id = fields.UUID(required=True)
    second_id = fields.UUID(required=True)
    reason = fields.String(required=True, metadata={"description": "Why they are two people; kept."})


class DistinctOut(Schema):
    first_id = fields.UUID(required=True)
    second_id = fields.UUID(required=True)
    reason = fields.String(required=True)
    decided_by = fields.String(required=True)
    decided_at = fields.AwareDateTime(required=True)


class DecisionIn(Input):
    membership_id = fields.UUID(required=True, metadata={"description": "A membership of the old record."})
    keep = fields.String(required=True, validate=validate.OneOf(SIDES))


class MergeIn(Input):
    person_id = fields.UUID(required=True, metadata={"description": "The record that is merged into the other one."})
    into_id = fields.UUID(required=True, metadata={"description": "The record that stays."})
    person_version = fields.Integer(required=True)
    into_version = fields.Integer(required=True)
    reason = fields.String(required=True)
    take = fields.List(
        fields.String(validate=validate.OneOf(FIELDS)),
        load_default=list,
        metadata={"description": "Fields whose value comes from the old record."},
    )
    memberships = fields.List(
        fields.Nested(DecisionIn),
        load_default=list,
        metadata={"description": "For each overlap of the plan which period stays."},
    )
    household = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(SIDES))


class PlanQuery(Input):
    person_id = fields.UUID(required=True)
    into_id = fields.UUID(required=True)


class OverlapOut(Schema):
    membership_id = fields.UUID(required=True, attribute="old.id")
    other_id = fields.UUID(required=True, attribute="into.id")
    organisation_id = fields.UUID(required=True, attribute="old.organisation_id")
    role = fields.String(required=True, attribute="old.role")


class DifferenceOut(Schema):
    field = fields.String(required=True)


class BlockerOut(Schema):
    code = fields.String(required=True)


class PlanOut(Schema):
    old = fields.Nested(PersonShort, required=True)
    into = fields.Nested(PersonShort, required=True)
    differences = fields.List(fields.Nested(DifferenceOut), required=True)
    overlaps = fields.List(fields.Nested(OverlapOut), required=True)
    two_households = fields.Boolean(required=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    blockers = fields.List(fields.Nested(BlockerOut), required=True)


class AnswerOut(Schema):
    service = fields.String(required=True)
    answered_at = fields.AwareDateTime(required=True, allow_none=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class MergeOut(Schema):
    person_id = fields.UUID(required=True)
    into_id = fields.UUID(required=True)
    reason = fields.String(required=True)
    merged_by = fields.String(required=True)
    merged_at = fields.AwareDateTime(required=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    answers = fields.List(
        fields.Nested(AnswerOut), required=True, metadata={"description": "One for each service; null: not yet."}
    )


class MergeQuery(PageQuery):
    pass
